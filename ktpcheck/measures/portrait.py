"""The portrait's colour: what friction and age take first."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import Box, Float32
from ktpcheck.measures.views import View, mask_of

#: The upper corners of the portrait show its ground on every card: shares of its width and height.
_CORNER_WIDTH: Final = 0.22
_CORNER_HEIGHT: Final = 0.3

_FRAME_MM: Final = 0.7


def portrait_chroma(view: View) -> Float32:
    """CIELAB chroma of the portrait's ground, (216, 342) float32; NaN elsewhere.

    The ground is saturated red or blue (orange on a foreigner's card) until it wears off.
    """
    shape = view.assessable.shape
    box = view.portrait.grown(-_FRAME_MM, -_FRAME_MM)
    width, bottom = _CORNER_WIDTH * box.width, box.y0 + _CORNER_HEIGHT * box.height
    corners = (
        Box(box.x0, box.y0, box.x0 + width, bottom),
        Box(box.x1 - width, box.y0, box.x1, bottom),
    )
    inner = mask_of(corners, shape) & view.assessable
    plane = np.full(shape, np.nan, np.float32)
    if inner.any():
        rows, columns = view.portrait.slices(shape)
        fine = view.rgb[2 * rows.start : 2 * rows.stop, 2 * columns.start : 2 * columns.stop]
        size = (columns.stop - columns.start, rows.stop - rows.start)
        tones = cv2.resize(fine, size, interpolation=cv2.INTER_AREA)
        tones = cv2.blur(tones.astype(np.float32) / np.float32(255), (3, 3))
        lab = cv2.cvtColor(tones, cv2.COLOR_RGB2LAB)
        chroma = np.hypot(lab[..., 1], lab[..., 2])
        plane[rows, columns] = np.where(inner[rows, columns], chroma, np.float32(np.nan))
    return plane
