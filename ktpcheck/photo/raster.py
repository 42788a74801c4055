"""PNG, WebP, TIFF, AVIF, GIF, BMP and HEIF to upright RGB.

Pillow's plugins are called directly, not through ``Image.open``: only the format the bytes show
is tried, size is checked here before decoding, and no process-wide setting is touched.
"""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from ktpcheck.geometry import UInt8
from ktpcheck.photo.pixels import exif_orientation, to_rgb, turn
from ktpcheck.photo.source import Source

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

_SUBFILE_TYPE: Final = 254
#: Bits of TIFF's NewSubfileType: a reduced copy of another page, a transparency mask.
_REDUCED_OR_MASK: Final = 1 | 4

_PICTURE_BOXES: Final = frozenset({b"ftyp", b"meta", b"mdat", b"moov"})


def decode(source: Source, container: str) -> UInt8:
    """Decode the first picture of a PNG, WebP, AVIF, GIF or BMP file.

    Parameters
    ----------
    source : Source
    container : str
        As ``sniff`` names it.

    Returns
    -------
    (H, W, 3) uint8
        RGB, EXIF orientation applied.
    """
    if container == "WEBP":
        _check_webp(source)
    elif container == "AVIF":
        _check_boxes(source)
    elif container == "PNG" and source.data[12:16] == b"IHDR":
        # Pillow reads on to the pixels before it tells the size.
        source.check_size(*struct.unpack(">II", source.data[16:24].ljust(8, b"\0")))
    with _open(source.data, container) as image:
        source.check_size(*image.size)
        image.load()
        return turn(to_rgb(image), exif_orientation(image.info.get("exif")))


def decode_tiff(source: Source) -> Iterator[tuple[int | None, UInt8]]:
    """Decode every page of a TIFF file, without thumbnails and masks.

    Parameters
    ----------
    source : Source

    Yields
    ------
    page : int or None
        From 1; None where the file has one page.
    pixels : (H, W, 3) uint8
    """
    with warnings.catch_warnings():
        # Pillow warns of odd tags and large pages; both are dealt with here.
        warnings.filterwarnings("ignore", module=r"PIL\.")
        with _open(source.data, "TIFF") as image:
            pages = _tiff_pages(image, source)
    for page in pages:
        yield (page + 1 if len(pages) > 1 else None), _tiff_page(source, page)


def _tiff_pages(image: ImageFile, source: Source) -> list[int]:
    pages: list[int] = []
    for index in range(source.limits.max_pages + 1):
        try:
            image.seek(index)
        except EOFError:
            break
        if index == source.limits.max_pages:
            raise source.too_many_pages()
        if not int(_tag(image, _SUBFILE_TYPE, 0)) & _REDUCED_OR_MASK:
            pages.append(index)
            source.check_size(*image.size)
    if not pages:
        raise source.unreadable(
            "the TIFF file holds only thumbnails; it may be a camera raw file",
            "Save or export the photo as JPEG or PNG.",
        )
    return pages


def _tiff_page(source: Source, page: int) -> UInt8:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.")
        with _open(source.data, "TIFF") as image:
            image.seek(page)
            image.load()
            # Pillow turns TIFF pages itself while loading, and then drops the tag.
            orientation = _tag(image, 274, 1)
            return turn(to_rgb(image), orientation if orientation in range(1, 9) else 1)


def _tag(image: ImageFile, tag: int, default: int) -> Any:
    return getattr(image, "tag_v2", {}).get(tag, default)


def decode_heif(source: Source) -> UInt8:
    """Decode the main picture of a HEIF file; libheif hands it out upright.

    Parameters
    ----------
    source : Source

    Returns
    -------
    (H, W, 3) uint8
    """
    import pi_heif

    _check_boxes(source)
    pictures = pi_heif.open_heif(io.BytesIO(source.data))
    primary = pictures[pictures.primary_index]
    source.check_size(*primary.size)
    return to_rgb(primary.to_pillow())


def _open(data: bytes, container: str) -> ImageFile:
    stream = io.BytesIO(data)
    if container == "PNG":
        from PIL.PngImagePlugin import PngImageFile

        return PngImageFile(stream)
    if container == "WEBP":
        from PIL.WebPImagePlugin import WebPImageFile

        return WebPImageFile(stream)
    if container == "TIFF":
        from PIL.TiffImagePlugin import TiffImageFile

        return TiffImageFile(stream)
    if container == "AVIF":
        from PIL.AvifImagePlugin import AvifImageFile

        return AvifImageFile(stream)
    if container == "GIF":
        from PIL.GifImagePlugin import GifImageFile

        return GifImageFile(stream)
    from PIL.BmpImagePlugin import BmpImageFile

    return BmpImageFile(stream)


def _check_boxes(source: Source) -> None:
    """Walk the boxes of an ISO base media file: libheif fills what is missing with grey."""
    data, at, seen = source.data, 0, set()
    while at + 8 <= len(data):
        size, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        elif size == 0:
            size = len(data) - at
        # Anything may follow the picture; only its own boxes must be whole.
        if size < 8 or (at + size > len(data) and kind not in _PICTURE_BOXES):
            break
        if at + size > len(data):
            raise source.unreadable("the file is cut off")
        seen.add(kind)
        at += size
    if b"meta" not in seen and b"moov" not in seen:
        raise source.unreadable("the file is cut off")


def _check_webp(source: Source) -> None:
    """Read size and length from the header: Pillow's decoder allocates while it opens."""
    data = source.data
    if int.from_bytes(data[4:8], "little") + 8 > len(data):
        raise source.unreadable("the WebP file is cut off")
    kind = data[12:16]
    if kind == b"VP8X":
        size = [int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27)]
    elif kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        size = [(bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1]
    else:
        size = [int.from_bytes(data[at : at + 2], "little") & 0x3FFF for at in (26, 28)]
    source.check_size(*size)
