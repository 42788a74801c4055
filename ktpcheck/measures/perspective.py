"""How steeply the camera looked at the card."""

from __future__ import annotations

import numpy as np

from ktpcheck.geometry import CARD_HEIGHT_MM, CARD_WIDTH_MM, Float32, transform
from ktpcheck.measures.views import View


def tilt(view: View) -> Float32:
    """Angle between the card's normal and the line of sight, (1, 1) float32, degrees.

    Near one point a tilted plane is shortened by the cosine of its tilt, whatever the focal
    length: the ratio of the homography's two local scales.
    """
    centre = np.array([[CARD_WIDTH_MM / 2, CARD_HEIGHT_MM / 2]])
    here, right, below = (
        transform(view.card.to_photo, centre + step)[0].astype(np.float64)
        for step in ((0, 0), (1, 0), (0, 1))
    )
    scales = np.linalg.svd(np.stack([right - here, below - here]), compute_uv=False)
    angle = np.degrees(np.arccos(np.clip(scales[1] / scales[0], 0, 1)))
    return np.full((1, 1), angle, np.float32)


def turn(view: View) -> Float32:
    """How far the card stands turned from upright, either way, (1, 1) float32, 0..180 degrees."""
    ends = np.array([[0, CARD_HEIGHT_MM / 2], [CARD_WIDTH_MM, CARD_HEIGHT_MM / 2]])
    left, right = transform(view.card.to_photo, ends).astype(np.float64)
    along = right - left
    return np.full((1, 1), abs(np.degrees(np.arctan2(along[1], along[0]))), np.float32)
