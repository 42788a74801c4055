"""Where a photo comes from: its bytes and its name, both bounded and made safe to show."""

from __future__ import annotations

import io
import os
import stat
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

from ktpcheck.errors import PhotoTooLarge, PhotoUnreadable

_CHUNK_BYTES: Final = 1 << 20

#: Invisible characters that emoji are made of; every other control or format character is escaped.
_EMOJI_JOINERS: Final = frozenset({"\u200c", "\u200d", *map(chr, range(0xE0020, 0xE0080))})

AGAIN: Final = "Copy or send the file again, or take the photo anew."


@dataclass(frozen=True)
class Limits:
    """What is taken in at most; all of it is checked before anything is decoded.

    Attributes
    ----------
    max_bytes : int
        Size of the file.
    max_pixels : int
        Width times height of one picture; a 108-megapixel phone photo passes.
    max_side_px : int
        Longest side; OpenCV's warps take sides below 32 767 px.
    max_pages : int
        Pages of a PDF or TIFF.
    """

    max_bytes: int = 64 * 1024 * 1024
    max_pixels: int = 120_000_000
    max_side_px: int = 32_000
    max_pages: int = 100


@dataclass(frozen=True, eq=False)
class Source:
    """The bytes of one file, the name to show for it, and what is taken in at most."""

    data: bytes = field(repr=False)
    name: str
    limits: Limits

    def unreadable(self, reason: str, remedy: str = AGAIN) -> PhotoUnreadable:
        """The error to raise; messages of decoders are never passed on."""
        return PhotoUnreadable(self.name, reason, remedy)

    def check_size(self, width_px: int, height_px: int) -> None:
        """Refuse a picture over the limits.

        Raises
        ------
        PhotoTooLarge
            Over ``max_pixels`` or ``max_side_px``.
        PhotoUnreadable
            Without any pixel.
        """
        if width_px < 1 or height_px < 1:
            raise self.unreadable("the picture has no pixels")
        if width_px * height_px > self.limits.max_pixels:
            raise PhotoTooLarge(
                self.name,
                f"the picture has {width_px} x {height_px} pixels, over the limit of "
                f"{self.limits.max_pixels / 1e6:g} megapixels",
                "Make it smaller, or raise the pixel limit.",
            )
        if max(width_px, height_px) > self.limits.max_side_px:
            raise PhotoTooLarge(
                self.name,
                f"the picture has {width_px} x {height_px} pixels; a side may have at most "
                f"{self.limits.max_side_px}",
                "Cut out the part that shows the card.",
            )

    def too_many_pages(self) -> PhotoTooLarge:
        return PhotoTooLarge(
            self.name,
            f"it has more than {self.limits.max_pages} pages",
            "Split it, or raise the page limit.",
        )


def shown_name(name: str) -> str:
    r"""Make a file name safe to print, log and put in a report.

    Control, format and undecodable characters become escapes (``\n``, ``\x1b``, ``\u202e``);
    letters of any script and emoji stay.

    Parameters
    ----------
    name : str
        As the operating system gives it.

    Returns
    -------
    str
        Printable, encodable as UTF-8, on one line.
    """
    return "".join(map(_shown, name))


def _shown(character: str) -> str:
    if character in _EMOJI_JOINERS:
        return character
    category = unicodedata.category(character)
    if category == "Cs":
        # Bytes of a file name that are not UTF-8 arrive as lone surrogates.
        code = ord(character)
        return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else f"\\u{code:04x}"
    if category in ("Cc", "Cf", "Cn", "Co", "Zl", "Zp"):
        return character.encode("unicode_escape").decode("ascii")
    return character


def read_source(
    source: str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO,
    name: str | None,
    limits: Limits,
) -> Source:
    """Read the bytes, never more than ``limits.max_bytes``.

    Parameters
    ----------
    source : path, bytes or binary stream
        A path must lead to an ordinary file: a pipe or device could block or never end.
    name : str, optional
        What to call it; by default the file's own name without its folder.
    limits : Limits

    Returns
    -------
    Source

    Raises
    ------
    PhotoUnreadable
        If there is nothing to read, or no right to.
    PhotoTooLarge
        If there is more than ``limits.max_bytes``.
    """
    if isinstance(source, bytes | bytearray | memoryview):
        shown = shown_name(name or "<bytes>")
        size = source.nbytes if isinstance(source, memoryview) else len(source)
        _check_bytes(shown, size, limits)
        data = bytes(source)
    elif isinstance(source, str | os.PathLike):
        path = Path(source)
        shown = shown_name(name or path.name or str(path))
        data = _read_path(path, shown, limits)
    else:
        own = getattr(source, "name", None)
        shown = shown_name(name or (Path(own).name if isinstance(own, str) else "<stream>"))
        try:
            data = _read_bounded(source.read, shown, limits)
        except OSError as error:
            raise _unopened(shown, error) from None
    if not data:
        raise PhotoUnreadable(shown, "the file is empty", AGAIN)
    return Source(data, shown, limits)


def _read_path(path: Path, shown: str, limits: Limits) -> bytes:
    # Opening a pipe blocks until someone writes: not with O_NONBLOCK, and then its kind is known.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        handle = os.open(path, flags)
        with io.FileIO(handle, "rb") as file:
            status = os.fstat(handle)
            if stat.S_ISDIR(status.st_mode):
                raise IsADirectoryError
            if not stat.S_ISREG(status.st_mode):
                raise PhotoUnreadable(
                    shown,
                    "it is a pipe or a device, not a file",
                    "Save the photo to a file, or send its bytes to standard input.",
                )
            _check_bytes(shown, status.st_size, limits)
            return _read_bounded(file.read, shown, limits)
    except (OSError, ValueError) as error:
        if path.is_symlink() and isinstance(error, FileNotFoundError):
            raise PhotoUnreadable(
                shown, "it is a link to a file that is not there", "Give the file itself."
            ) from None
        raise _unopened(shown, error) from None


def _unopened(shown: str, error: Exception) -> PhotoUnreadable:
    if isinstance(error, FileNotFoundError | ValueError):
        reason, remedy = "there is no such file", "Check the name and the folder."
    elif isinstance(error, PermissionError):
        reason, remedy = "there is no permission to read it", "Allow reading it, or copy it."
    elif isinstance(error, IsADirectoryError):
        reason, remedy = "it is a folder", "Name the photos in it."
    else:
        # strerror is the system's own sentence; it holds no path.
        cause = getattr(error, "strerror", None) or "the system refused"
        reason, remedy = f"it could not be read ({cause})", "Copy the file to this computer's disk."
    return PhotoUnreadable(shown, reason, remedy)


def _check_bytes(shown: str, size: int, limits: Limits) -> None:
    if size > limits.max_bytes:
        raise PhotoTooLarge(
            shown,
            f"the file has more than {limits.max_bytes / 2**20:g} MiB",
            "Save it smaller, or raise the size limit.",
        )


def _read_bounded(read: Callable[[int], bytes | None], shown: str, limits: Limits) -> bytes:
    """Read to the end or to one byte over the limit; a stream may hand out less than asked."""
    parts: list[bytes] = []
    size = 0
    while part := read(min(_CHUNK_BYTES, limits.max_bytes + 1 - size)):
        if not isinstance(part, bytes | bytearray):
            raise TypeError("the stream must be opened in binary mode")
        parts.append(part)
        size += len(part)
        _check_bytes(shown, size, limits)
    return b"".join(parts)
