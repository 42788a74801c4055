"""The photo at the few sizes the search works at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import CARD_HEIGHT_MM, CARD_WIDTH_MM, Float64, UInt8, transform

#: Longest side of the finest picture worked on: a card 1500 px wide loses nothing a side fit
#: could use, and reading works on the photo itself.
_FINE_PX: Final = 2200
#: Longest side of the coarsest level.
_COARSE_PX: Final = 640


@dataclass(frozen=True, eq=False)
class Reduced:
    """One photo at whole fractions of its size.

    ``levels`` are (H, W, 3) uint8 RGB at 1 / ``fine_factor`` of the photo and 1/2, 1/4, ... of
    that. Factors are whole numbers, so averaging is exact and pixel ``u`` of a picture covers photo
    pixels ``u * factor`` to ``(u + 1) * factor``; up to ``factor - 1`` pixels at the right and
    bottom are left out. ``size_px`` is the photo's width and height.
    """

    levels: tuple[UInt8, ...] = field(repr=False)
    fine_factor: int
    size_px: tuple[int, int]
    _greys: dict[int, UInt8] = field(default_factory=dict, init=False, repr=False)

    @property
    def fine(self) -> UInt8:
        """The finest level."""
        return self.levels[0]

    def grey(self, level: int) -> UInt8:
        """Luma of a level, (H, W) uint8; made when it is first asked for."""
        if level not in self._greys:
            grey = cv2.cvtColor(self.levels[level], cv2.COLOR_RGB2GRAY)
            self._greys[level] = np.asarray(grey, np.uint8)
        return self._greys[level]

    def level_for(self, to_photo: Float64, px_per_mm: float) -> int:
        """The coarsest level that still shows the middle of a card at about a resolution."""
        x, y = 0.5 * CARD_WIDTH_MM, 0.5 * CARD_HEIGHT_MM
        middle, right, below = transform(to_photo, [(x, y), (x + 0.5, y), (x, y + 0.5)])
        (ax, ay), (bx, by) = 2.0 * (right - middle), 2.0 * (below - middle)
        native = float(np.sqrt(abs(ax * by - ay * bx))) / self.fine_factor
        level = int(np.clip(np.floor(np.log2(max(native / px_per_mm, 1.0)) + 0.3), 0, 12))
        return min(level, len(self.levels) - 1)


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
    levels = [fine]
    while max(levels[-1].shape) > _COARSE_PX and min(levels[-1].shape[:2]) > 1:
        levels.append(_shrink(levels[-1], 2))
    return Reduced(
        levels=tuple(levels),
        fine_factor=fine_factor,
        size_px=(width, height),
    )
