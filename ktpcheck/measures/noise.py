"""Noise of the photo: standard deviation between neighbouring pixels on the plain ground."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import CARD_HEIGHT_MM, CARD_WIDTH_MM, Box, Float32
from ktpcheck.measures.crops import luma_crop
from ktpcheck.measures.views import View

_ROWS: Final = 4
_COLUMNS: Final = 6
_SIDE_PX: Final = 48

#: Second differences both ways; the squares of the weights sum to 36.
_KERNEL: Final = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)


def noise(view: View) -> Float32:
    """Map of noise in the photo's own pixels, (4, 6) float32, levels.

    Print and pattern only ever add to it, so the plainest part of a card tells its noise.

    References
    ----------
    .. [1] Immerkaer, Fast noise variance estimation, CVIU 64 (1996).
    """
    sigma = np.full((_ROWS, _COLUMNS), np.nan, np.float32)
    height, width = CARD_HEIGHT_MM / _ROWS, CARD_WIDTH_MM / _COLUMNS
    for row in range(_ROWS):
        for column in range(_COLUMNS):
            box = Box(column * width, row * height, (column + 1) * width, (row + 1) * height)
            crop = luma_crop(view, box, most_px=_SIDE_PX)
            if crop is None:
                continue
            response = cv2.filter2D(crop, cv2.CV_32F, _KERNEL)[1:-1, 1:-1]
            # The median ignores the strokes that cross the cell.
            sizes = np.abs(response).ravel()
            sigma[row, column] = np.partition(sizes, sizes.size // 2)[sizes.size // 2] / 0.6745 / 6
    return sigma
