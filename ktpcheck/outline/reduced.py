"""The photo at the few sizes the search works at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import UInt8

#: Longest side of the finest picture worked on: a card 1500 px wide loses nothing a side fit
#: could use, and reading works on the photo itself.
_FINE_PX: Final = 2200
#: Longest side of the picture straight edges are looked for in.
_COARSE_PX: Final = 640


@dataclass(frozen=True, eq=False)
class Reduced:
    """One photo at whole fractions of its size.

    ``fine`` is (H, W, 3) uint8 RGB at 1 / ``fine_factor`` of the photo, ``grey`` holds its luma
    at 1, 1/2, 1/4, ... of that, ``coarse`` is RGB at 1 / ``coarse_factor`` of the photo. Factors
    are whole numbers, so averaging is exact and pixel ``u`` of a picture covers photo pixels
    ``u * factor`` to ``(u + 1) * factor``; up to ``factor - 1`` pixels at the right and bottom
    are left out. ``size_px`` is the photo's width and height.
    """

    fine: UInt8 = field(repr=False)
    fine_factor: int
    grey: tuple[UInt8, ...] = field(repr=False)
    coarse: UInt8 = field(repr=False)
    coarse_factor: int
    size_px: tuple[int, int]


def _shrink(picture: UInt8, factor: int) -> UInt8:
    if factor == 1:
        return picture
    height, width = picture.shape[0] // factor, picture.shape[1] // factor
    whole = picture[: height * factor, : width * factor]
    small = cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def reduce_photo(pixels: UInt8) -> Reduced:
    """Shrink a photo for the search.

    Parameters
    ----------
    pixels : (H, W, 3) uint8
        RGB, as displayed.

    Returns
    -------
    Reduced
    """
    height, width = pixels.shape[:2]
    short = min(height, width)
    fine_factor = min(-(-max(height, width) // _FINE_PX), short)
    fine = _shrink(pixels, fine_factor)
    step = min(-(-max(fine.shape[:2]) // _COARSE_PX), min(fine.shape[:2]))
    grey = [np.asarray(cv2.cvtColor(fine, cv2.COLOR_RGB2GRAY), np.uint8)]
    while max(grey[-1].shape) > _COARSE_PX and min(grey[-1].shape) > 1:
        grey.append(_shrink(grey[-1], 2))
    return Reduced(
        fine=fine,
        fine_factor=fine_factor,
        grey=tuple(grey),
        coarse=_shrink(fine, step),
        coarse_factor=fine_factor * step,
        size_px=(width, height),
    )
