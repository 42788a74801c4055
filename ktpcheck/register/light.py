"""Photos and cards that have too much light, or none."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import Float32, UInt8
from ktpcheck.outline import Reduced

#: Luma of a photo in which nothing can be seen: all of it under the first; half of it over the
#: second and nothing darker than the third, or it would be a page of print.
_BLACK: Final = 30.0
_WHITE, _PALE = 250.0, 170.0
#: Percentile of the luma that is taken for the darkest: fewer pixels may be anything.
_DARKEST: Final = 0.05
#: Luma that is burnt out.
_BURNT: Final = 250.0
#: Corners farther out than this are drawn here: OpenCV counts in 16 bits.
_FAR_PX: Final = 8000


def fault(reduced: Reduced) -> str | None:
    """The guidance id of a photo in which nothing can be seen for its light, if it is one."""
    # Fine strokes are darkest on the finest level.
    dark, middle, bright = np.percentile(reduced.grey(0), (_DARKEST, 50, 100 - _DARKEST))
    if bright < _BLACK:
        return "too_dark"
    return "too_bright" if middle > _WHITE and dark > _PALE else None


def drawn_out(pixels: UInt8, reduced: Reduced) -> UInt8:
    """A photo that is white nearly all over, with what its light left drawn out to black.

    Where strokes are a few levels darker than white, a smaller picture would round them away.

    Parameters
    ----------
    pixels : (H, W, 3) uint8
        RGB.
    reduced : Reduced
        The same photo.

    Returns
    -------
    (H, W, 3) uint8
    """
    dark = float(np.percentile(reduced.grey(0), _DARKEST))
    levels = np.clip((np.arange(256) - dark) * (255.0 / max(255.0 - dark, 1.0)), 0, 255)
    return np.asarray(cv2.LUT(pixels, np.round(levels).astype(np.uint8)), np.uint8)


def burnt(reduced: Reduced, corners_px: Float32) -> float:
    """The share of a card that is white, 0..1."""
    level = len(reduced.levels) - 1
    grey = reduced.grey(level)
    mask = np.zeros(grey.shape, np.uint8)
    at = np.clip(corners_px / (reduced.fine_factor * 2**level), -_FAR_PX, _FAR_PX)
    cv2.fillConvexPoly(mask, np.round(at).astype(np.int32), 1)
    shown = grey[mask > 0]
    return float((shown >= _BURNT).mean()) if shown.size else 0.0
