"""Pillow's many modes to upright 8-bit RGB."""

from __future__ import annotations

import io
import struct
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from ktpcheck.geometry import UInt8

_ORIENTATION_TAG: Final = 0x0112
#: What is left to mirror once 5 to 8 are transposed: 1 left-right, 0 top-bottom, -1 both.
_MIRRORS: Final = {2: 1, 3: -1, 4: 0, 6: 1, 7: -1, 8: 0}
#: Full scales that integer and float pictures without a declared range use.
_FULL_SCALES: Final = (1.0, 255.0, 65535.0, 4294967295.0)


def exif_orientation(exif: bytes | None) -> int:
    """Read the one EXIF tag that matters, and nothing else.

    Parameters
    ----------
    exif : bytes or None
        An EXIF block, with or without its ``Exif`` prefix.

    Returns
    -------
    int
        1..8; 1 (upright) where the block is absent, damaged or says something else.
    """
    tiff = (exif or b"").removeprefix(b"Exif\0").lstrip(b"\0")
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None:
        return 1
    try:
        (at,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, at)
        for entry in range(at + 2, at + 2 + 12 * count, 12):
            tag, kind = struct.unpack_from(f"{order}HH", tiff, entry)
            if tag == _ORIENTATION_TAG:
                (value,) = struct.unpack_from(
                    f"{order}{'I' if kind == 4 else 'H'}", tiff, entry + 8
                )
                return int(value) if 1 <= value <= 8 else 1
    except struct.error:
        pass
    return 1


def turn(pixels: UInt8, orientation: int) -> UInt8:
    """Bring stored pixels upright.

    Parameters
    ----------
    pixels : (H, W, 3) uint8
    orientation : int
        EXIF 2.32 orientation, 1..8.

    Returns
    -------
    (H, W, 3) or (W, H, 3) uint8
        The same array if ``orientation`` is 1.
    """
    if orientation in (5, 6, 7, 8):
        pixels = np.asarray(cv2.transpose(pixels), np.uint8)
    mirror = _MIRRORS.get(orientation)
    return pixels if mirror is None else np.asarray(cv2.flip(pixels, mirror), np.uint8)


def to_rgb(image: Image.Image) -> UInt8:
    """Convert a Pillow picture of any mode.

    Transparency is laid on white, the page such pictures are meant for. CMYK goes through its own
    colour profile if it has one. The profiles of RGB pictures are not applied: the difference is
    a few levels, the conversion costs more than the decoding. Sixteen bits keep the upper eight;
    float and 32-bit pictures have no declared range and take the smallest of 1, 255, 65535 or
    2**32 - 1 that holds their largest value, with NaN as black.

    Parameters
    ----------
    image : PIL.Image.Image

    Returns
    -------
    (H, W, 3) uint8
    """
    if "transparency" in image.info or image.mode in ("RGBA", "LA", "PA", "RGBa", "La"):
        return _on_white(image.convert("RGBA"))
    if image.mode.startswith(("I", "F")):
        return _grey_to_rgb(_scaled(image))
    if image.mode in ("1", "L"):
        return _grey_to_rgb(np.asarray(image.convert("L")))
    if image.mode == "CMYK":
        return np.array(_from_cmyk(image), np.uint8)
    if image.mode == "LAB":
        # L spans 0..255 in both; a and b are signed in what Pillow hands out, not in OpenCV.
        lab = np.bitwise_xor(np.asarray(image), np.array([0, 128, 128], np.uint8), dtype=np.uint8)
        return np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), np.uint8)
    return np.array(image if image.mode == "RGB" else image.convert("RGB"), np.uint8)


def _on_white(image: Image.Image) -> UInt8:
    alpha = image.getchannel("A")
    if alpha.getextrema() == (255, 255):
        return np.array(image.convert("RGB"), np.uint8)
    page = Image.new("RGB", image.size, (255, 255, 255))
    page.paste(image, mask=alpha)
    return np.array(page, np.uint8)


def _grey_to_rgb(grey: npt.NDArray[Any]) -> UInt8:
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), np.uint8)


def _scaled(image: Image.Image) -> UInt8:
    values = np.asarray(image)
    if values.dtype.kind == "u" and values.dtype.itemsize == 2:
        grey: UInt8 = (values >> 8).astype(np.uint8)
    else:
        finite = np.nan_to_num(values.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
        peak = float(finite.max(initial=0.0))
        scale = next((s for s in _FULL_SCALES if s >= peak), peak)
        grey = np.clip(finite * (255.0 / scale) + 0.5, 0, 255).astype(np.uint8)
    # Pillow undoes TIFF's "white is zero" in 8 bits, not in these modes.
    tags = getattr(image, "tag_v2", None)
    return 255 - grey if tags is not None and tags.get(262) == 0 else grey


def _from_cmyk(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    if profile:
        from PIL import ImageCms

        try:
            converted = ImageCms.profileToProfile(
                image,
                ImageCms.ImageCmsProfile(io.BytesIO(profile)),
                ImageCms.createProfile("sRGB"),
                outputMode="RGB",
            )
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            converted = None
        if converted is not None:
            return converted
    return image.convert("RGB")
