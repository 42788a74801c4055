"""Blisters under the laminate: short arcs of light, bent to a circle of a few millimetres."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import Float32
from ktpcheck.measures.views import GROUND_PX_PER_MM, View

#: An arc is lighter than its ground by this, levels.
_LIGHT: Final = 5

#: Radius of a blister, mm.
_RADIUS_MM: Final = (0.8, 7.0)

#: An arc is at least this long and spans at least this angle.
_LENGTH_MM: Final = 2.5
_SPAN_DEG: Final = 80.0

#: Its points lie this near to the circle, shares of the radius.
_OFF: Final = 0.16


def bubbled(view: View) -> Float32:
    """Where blisters are, (216, 342) float32, 0 or 1."""
    plane = np.zeros(view.assessable.shape, np.float32)
    light = np.where(view.ridges.nothing | view.ridges.text, 0, view.ridges.light)
    arcs = (light > _LIGHT).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(arcs, connectivity=8)
    for label in range(1, count):
        x, y, width, height, area = (int(v) for v in stats[label])
        if max(width, height) < 1.2 * GROUND_PX_PER_MM or area < _LENGTH_MM * GROUND_PX_PER_MM:
            continue
        rows, columns = np.nonzero(labels[y : y + height, x : x + width] == label)
        circle = _circle(columns + x, rows + y)
        if circle is not None:
            cx, cy, radius = circle
            cv2.circle(plane, (round(cx), round(cy)), round(radius), 1.0, -1)
    return plane


def _circle(
    x: np.ndarray[tuple[int, ...], np.dtype[np.int64]],
    y: np.ndarray[tuple[int, ...], np.dtype[np.int64]],
) -> tuple[float, float, float] | None:
    """The circle that points lie on, or None when they lie on none of a blister's size."""
    design = np.stack([x, y, np.ones(len(x))], axis=1).astype(np.float64)
    design[:, :2] -= design[:, :2].mean(axis=0)
    square = (design[:, :2] ** 2).sum(axis=1)
    solution, _, rank, _ = np.linalg.lstsq(design, square, rcond=None)
    if rank < 3:
        return None
    middle = solution[:2] / 2
    radius = float(np.sqrt(max(solution[2] + middle @ middle, 0)))
    low, high = (r * GROUND_PX_PER_MM for r in _RADIUS_MM)
    if not low < radius < high:
        return None
    away = design[:, :2] - middle
    off = np.abs(np.hypot(away[:, 0], away[:, 1]) - radius)
    angles = np.sort(np.degrees(np.arctan2(away[:, 1], away[:, 0])))
    gaps = np.diff(np.append(angles, angles[0] + 360))
    if float(off.mean()) > _OFF * radius + 0.5 or 360 - float(gaps.max()) < _SPAN_DEG:
        return None
    return float(middle[0] + x.mean()), float(middle[1] + y.mean()), radius
