"""Photos from files: bytes to upright RGB, bounded, and nothing but ``PhotoError`` for bad ones.

What is decoded is told from the bytes. Limits on bytes, pixels and pages are checked before
decoding; a damaged or cut file is refused whole, never taken in part. No temporary files are
written, no process-wide setting is changed, and several threads may load at once (PDF pages are
decoded one at a time).

``source``  bytes and names, limits
``sniff``   what the bytes are
``jpeg``, ``raster``, ``pdf``  decoders
``pixels``  modes to RGB, orientation
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Generator, Iterator
from typing import BinaryIO, Final

from ktpcheck.errors import PhotoError, PhotoTooLarge
from ktpcheck.geometry import UInt8
from ktpcheck.photo import jpeg, pdf, raster
from ktpcheck.photo.sniff import sniff
from ktpcheck.photo.source import Limits, Source, read_source, shown_name
from ktpcheck.records import Photo

__all__ = ["SUFFIXES", "Limits", "load_photo", "load_photos", "shown_name"]

#: Lower-case extensions that a folder is searched for. Only for folders: a named file is taken
#: by its bytes.
SUFFIXES: Final = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".apng", ".webp", ".tif", ".tiff"}
    | {".avif", ".avifs", ".heic", ".heics", ".heif", ".hif", ".pdf", ".bmp", ".dib", ".gif"}
)

PhotoSource = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO


def load_photos(
    source: PhotoSource, *, name: str | None = None, limits: Limits | None = None
) -> Generator[Photo, None, None]:
    """Load every picture of a file: the pages of a PDF or TIFF, else the first picture.

    Parameters
    ----------
    source : path, bytes or binary stream
    name : str, optional
        What to call it in results and errors; by default the file's name without its folder.
        Control characters in it are escaped.
    limits : Limits, optional

    Yields
    ------
    Photo
        Upright RGB. ``page`` counts from 1 in a PDF or a TIFF of several pages.

    Raises
    ------
    PhotoUnreadable
        If the file cannot be read or decoded whole. Pages before the damage may have been
        yielded.
    PhotoTooLarge
        If it is over a limit.
    """
    opened = read_source(source, name, limits or Limits())
    container = sniff(opened)
    sha256 = hashlib.sha256(opened.data).hexdigest()
    pages = _pages(opened, container)
    while True:
        try:
            page, pixels = next(pages)
        except StopIteration:
            return
        except PhotoError:
            raise
        except MemoryError:
            raise PhotoTooLarge(
                opened.name, "there is not enough memory to decode it", "Make it smaller."
            ) from None
        except Exception:
            # Decoders raise almost anything on damaged data, and quote from it.
            raise opened.unreadable(
                f"the {_TITLES[container]} data is damaged or cut off"
            ) from None
        yield Photo(pixels=pixels, name=opened.name, page=page, sha256=sha256, format=container)


def load_photo(
    source: PhotoSource, *, name: str | None = None, limits: Limits | None = None
) -> Photo:
    """Load the first picture of a file.

    Parameters
    ----------
    source : path, bytes or binary stream
    name : str, optional
        As for ``load_photos``.
    limits : Limits, optional

    Returns
    -------
    Photo

    Raises
    ------
    PhotoUnreadable, PhotoTooLarge
        As for ``load_photos``.
    """
    photos = load_photos(source, name=name, limits=limits)
    try:
        return next(photos)
    finally:
        photos.close()


_TITLES: Final = {
    "JPEG": "JPEG",
    "PNG": "PNG",
    "WEBP": "WebP",
    "TIFF": "TIFF",
    "AVIF": "AVIF",
    "GIF": "GIF",
    "BMP": "BMP",
    "HEIF": "HEIC",
    "PDF": "PDF",
}


def _pages(source: Source, container: str) -> Iterator[tuple[int | None, UInt8]]:
    if container == "PDF":
        yield from pdf.decode_pages(source)
    elif container == "TIFF":
        yield from raster.decode_tiff(source)
    elif container == "JPEG":
        yield None, jpeg.decode(source)
    elif container == "HEIF":
        yield None, raster.decode_heif(source)
    else:
        yield None, raster.decode(source, container)
