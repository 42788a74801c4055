"""Pieces of the photo in its own pixel grid, where compression and screens leave their traces."""

from __future__ import annotations

import cv2
import numpy as np

from ktpcheck.geometry import Box, Float32, transform
from ktpcheck.measures.views import View


def luma_crop(view: View, box: Box, *, most_px: int, least_px: int = 16) -> Float32 | None:
    """Luma of an upright rectangle of the photo at the middle of a box on the card.

    Parameters
    ----------
    view : View
    box : Box
        On the card, mm.
    most_px : int
        Longest side returned; the middle is taken from a larger box.
    least_px : int
        A crop with a shorter side is not returned.

    Returns
    -------
    (h, w) float32 or None
        0..255; None where the box lies outside the photo or is too small.
    """
    corners = transform(view.card.to_photo, box.corners_mm)
    height, width = view.photo.pixels.shape[:2]
    centre = corners.mean(axis=0)
    half = np.minimum((corners.max(axis=0) - corners.min(axis=0)) / 2, most_px / 2)
    low = np.maximum(np.round(centre - half).astype(int), 0)
    high = np.minimum(np.round(centre + half).astype(int), [width, height])
    if (high - low < least_px).any():
        return None
    piece = np.ascontiguousarray(view.photo.pixels[low[1] : high[1], low[0] : high[0]])
    return np.asarray(cv2.cvtColor(piece, cv2.COLOR_RGB2GRAY), np.float32)
