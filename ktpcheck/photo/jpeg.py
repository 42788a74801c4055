"""JPEG to upright RGB, without anything that a damaged file could slip through.

simplejpeg decodes a 12-megapixel photo in about half of OpenCV's time to the same bytes, and says
when libjpeg was not content. Such a file goes to OpenCV: most are only untidy, but OpenCV accepts
also one whose end is missing, and fills the rest with grey. So the markers are read here first:
size, orientation and end are known before a pixel is decoded.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import simplejpeg

from ktpcheck.geometry import UInt8
from ktpcheck.photo.pixels import exif_orientation, to_rgb, turn
from ktpcheck.photo.source import Source

_EOI, _SOS, _DRI, _APP1 = 0xD9, 0xDA, 0xDD, 0xE1
#: Start-of-frame markers; C4, C8 and CC are other things (ITU-T T.81, table B.1).
_SOF: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE: Final = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
#: Markers without a length: fill, TEM, RST0-7, SOI.
_BARE: Final = frozenset({0x00, 0x01, *range(0xD0, 0xD9)})

#: What the decoder fills missing blocks with.
_FILLER: Final = 128
#: A coded block takes at least two bits, a unit of 16 x 16 pixels at least four blocks of them.
_LEAST_UNIT_BITS: Final = 8
#: How much of the coded data's end is looked at, and the longest period looked for, in bits.
_TAIL_BITS: Final = 256
_LONGEST_PERIOD_BITS: Final = 128


@dataclass(frozen=True)
class Header:
    """What the markers before the first scan say."""

    width_px: int
    height_px: int
    components: int
    progressive: bool
    restarts: bool
    orientation: int
    scan_at: int


def read_header(data: bytes) -> Header | None:
    """Walk the markers up to the first scan.

    Parameters
    ----------
    data : bytes
        Starts with SOI; what follows the picture does not matter.

    Returns
    -------
    Header or None
        None where the file ends, or the picture does, before a scan starts.
    """
    frame: tuple[int, int, int, bool] | None = None
    orientation = 0
    restarts = False
    at = 2
    while (at := data.find(b"\xff", at)) >= 0 and at + 4 <= len(data):
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker in _BARE:
            at += 2
            continue
        if marker == _EOI:
            return None
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        body = data[at + 4 : at + 2 + length]
        if marker == _SOS:
            if frame is None:
                return None
            return Header(*frame, restarts, orientation or 1, at + 2 + length)
        if marker in _SOF and len(body) >= 6:
            height, width = int.from_bytes(body[1:3], "big"), int.from_bytes(body[3:5], "big")
            frame = width, height, body[5], marker in _PROGRESSIVE
        elif marker == _DRI:
            restarts = any(body[:2])
        elif marker == _APP1 and not orientation and body.startswith(b"Exif\0"):
            orientation = exif_orientation(body)
        at += 2 + max(length, 2)
    return None


def is_whole(data: bytes) -> bool:
    """Whether the picture's end is there (an end inside a thumbnail does not count)."""
    header = read_header(data)
    return header is not None and data.find(b"\xff\xd9", header.scan_at) >= 0


def decode(source: Source) -> UInt8:
    """Decode the first picture in a JPEG file.

    Parameters
    ----------
    source : Source

    Returns
    -------
    (H, W, 3) uint8
        RGB, EXIF orientation applied.

    Raises
    ------
    PhotoUnreadable
        If it is damaged or cut off.
    PhotoTooLarge
    """
    header = read_header(source.data)
    end = -1 if header is None else source.data.find(b"\xff\xd9", header.scan_at)
    if header is None or end < 0:
        raise source.unreadable("the JPEG file is cut off")
    source.check_size(header.width_px, header.height_px)
    if header.components == 4:
        pixels = _decode_cmyk(source)
    else:
        clean = _decode_clean(source.data, header)
        pixels = _decode_untidy(source, header, end) if clean is None else clean
    return turn(pixels, header.orientation)


def _decode_clean(data: bytes, header: Header) -> UInt8 | None:
    """RGB as stored, or None where libjpeg so much as warns."""
    # Room from numpy comes in large pages, which saves a quarter of the time.
    room = np.empty((header.height_px, header.width_px, 3), np.uint8)
    try:
        pixels = simplejpeg.decode_jpeg(data, buffer=room)
    except ValueError:
        return None
    return pixels if pixels.shape == room.shape else None


def _decode_untidy(source: Source, header: Header, end: int) -> UInt8:
    """RGB as stored of a file that breaks some rule, refused where data is missing."""
    pixels = _imdecode(source.data[: end + 2])
    if pixels is None or pixels.shape[:2] != (header.height_px, header.width_px):
        raise source.unreadable("the JPEG data is damaged")
    coded = source.data[header.scan_at : end]
    if not (header.progressive or header.restarts) and _ends_in_filler(pixels, coded):
        raise source.unreadable("the JPEG file is cut off")
    return pixels


def _imdecode(data: bytes) -> UInt8 | None:
    """RGB as stored, or None."""
    # From OpenCV 4.11 on the decoder itself writes RGB.
    rgb = getattr(cv2, "IMREAD_COLOR_RGB", None)
    flags = (cv2.IMREAD_COLOR if rgb is None else rgb) | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        decoded = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error:
        return None
    if decoded is None or rgb is not None:
        return decoded  # type: ignore[return-value]
    return np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB), np.uint8)


def _decode_cmyk(source: Source) -> UInt8:
    from PIL import JpegImagePlugin

    # Pillow undoes the inversion of Adobe's CMYK.
    with JpegImagePlugin.JpegImageFile(io.BytesIO(source.data)) as image:
        return to_rgb(image)


def _ends_in_filler(pixels: UInt8, coded: bytes) -> bool:
    """Whether a glued-on end hides missing data: the decoder fills what is missing with grey.

    A picture may well end in that grey by itself. Then its last coded blocks are all alike, and
    the coded data ends in a repeating pattern; where data is missing, it ends like a photo's.
    """
    if (pixels[-1] != _FILLER).any():
        return False
    filled = (pixels[-512:] == _FILLER).all(axis=(1, 2))[::-1]
    rows = len(filled) if filled.all() else int(np.argmin(filled))
    units = rows // 16 * (pixels.shape[1] // 16)
    if units * _LEAST_UNIT_BITS < _TAIL_BITS:
        return False
    tail = coded.replace(b"\xff\0", b"\xff")[-_TAIL_BITS // 8 - 1 : -1]
    bits = np.unpackbits(np.frombuffer(tail, np.uint8))
    return not any(
        np.array_equal(bits[period:], bits[:-period])
        for period in range(1, min(_LONGEST_PERIOD_BITS, len(bits) // 2) + 1)
    )
