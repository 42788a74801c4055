"""Blisters under the laminate: round whitened places with a rim, of a few millimetres.

The red of the ground stands out most: whitening takes the blue of the blank away. A reflection
whitens too, but fades out softly; lifted film reaches the card's edge; the lightest parts of the
printed ground lift its red by some 20 levels at most.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import Float32
from ktpcheck.measures.patches import at_edge
from ktpcheck.measures.views import GROUND_PX_PER_MM, View

#: A place is looked at when its red stands this far above what lies within 5 mm, levels ...
_LIGHTER: Final = 7.0
_AROUND_MM: Final = 10

#: ... and is a blister when a tenth of it stands this far.
_WHITENED: Final = 21.0

#: Its area, mm², and share of the circle around it.
_AREA_MM2: Final = (3.5, 75.0)
_ROUND: Final = 0.45

#: How steep its rim is, levels per mm, over its height: a reflection is softer, a scratch harder.
_RIM: Final = (0.5, 1.25)
_STEEP: Final = 9.0


def bubbled(view: View) -> Float32:
    """Where blisters are, (216, 342) float32, 0 or 1."""
    plane = np.zeros(view.assessable.shape, np.float32)
    shown = (~view.ridges.nothing).astype(np.float32)
    red = np.ascontiguousarray(view.ground[..., 0])
    side = (_AROUND_MM * GROUND_PX_PER_MM + 1,) * 2
    around = cv2.blur(red * shown, side) / np.maximum(cv2.blur(shown, side), 0.05)
    lift = np.asarray(cv2.GaussianBlur(red, (5, 5), 0.8) - around, np.float32)
    lighter = ((lift > _LIGHTER) & (shown > 0)).astype(np.uint8)
    lighter = cv2.morphologyEx(lighter, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(lighter, connectivity=4)
    low, high = (area * GROUND_PX_PER_MM**2 for area in _AREA_MM2)
    for label in range(1, count):
        x, y, width, height, area = (int(v) for v in stats[label])
        if not low <= area <= high or at_edge(x, y, width, height, plane.shape):
            continue
        here = slice(y, y + height), slice(x, x + width)
        mask = labels[here] == label
        whitened = float(np.percentile(lift[here][mask], 90))
        if whitened < _WHITENED or not _round(mask, area):
            continue
        steep = _rim_steepness(lift[here], mask)
        if steep > _STEEP and _RIM[0] < steep / whitened < _RIM[1]:
            plane[here][mask] = 1.0
    return plane


def _round(mask: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], area: int) -> bool:
    contours, _ = cv2.findContours(
        mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE
    )
    _, radius = cv2.minEnclosingCircle(max(contours, key=cv2.contourArea))
    return area > _ROUND * np.pi * max(radius, 1.0) ** 2


def _rim_steepness(lift: Float32, mask: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> float:
    """Median slope along the outline, levels per mm."""
    scale = GROUND_PX_PER_MM / 8
    gx = cv2.Sobel(lift, cv2.CV_32F, 1, 0, ksize=3, scale=scale)
    gy = cv2.Sobel(lift, cv2.CV_32F, 0, 1, ksize=3, scale=scale)
    inner = cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    return float(np.median(cv2.magnitude(gx, gy)[mask & ~inner]))
