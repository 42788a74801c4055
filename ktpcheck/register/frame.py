"""The portrait's frame: a coloured or grey rectangle whose size is known."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import Box, Float32, Float64
from ktpcheck.layout import Layout
from ktpcheck.outline import Reduced
from ktpcheck.register.flat import warp_window

_PX_PER_MM: Final = 4.0
_REACH_MM: Final = 1.8
#: Width and height may differ from the layout's by this much.
_SIZE_MM: Final = 0.7


def find_portrait(reduced: Reduced, to_photo: Float64, layout: Layout) -> tuple[Box, float, float]:
    """Find the portrait's frame near its place.

    Returns
    -------
    box : Box
        Where the frame was found, mm.
    across, down : float
        How clearly its upright and its level sides stand out, 0..1; under 0.3 is nothing.
    """
    frame = layout.portrait
    window = frame.grown(_REACH_MM + 1.0, _REACH_MM + 1.0)
    pixels = warp_window(
        reduced.fine, reduced.fine_factor, to_photo, window, (_PX_PER_MM, _PX_PER_MM)
    )
    smooth = cv2.GaussianBlur(pixels.astype(np.float32), (0, 0), 0.8)
    margin = round((_REACH_MM + 3.0) * _PX_PER_MM)
    rows = _profile(np.diff(smooth[margin:-margin], axis=1).transpose(1, 0, 2))
    columns = _profile(np.diff(smooth[:, margin:-margin], axis=0))
    x0, x1, across = _pair(rows, frame.width)
    y0, y1, down = _pair(columns, frame.height)
    return (
        Box(window.x0 + x0, window.y0 + y0, window.x0 + x1, window.y0 + y1),
        across,
        down,
    )


def _profile(slopes: Float32) -> Float64:
    """How consistently an edge runs along each line: 0..1."""
    saturated = slopes / (3.0 + np.abs(slopes))
    return np.asarray(np.abs(saturated.mean(axis=1)).max(axis=1), np.float64)


def _pair(profile: Float64, size_mm: float) -> tuple[float, float, float]:
    """Positions (mm into the window) of two edges about ``size_mm`` apart."""
    base = float(np.median(profile))
    reach = round(_REACH_MM * _PX_PER_MM)
    start = (_REACH_MM + 1.0) * _PX_PER_MM
    best, found = -1.0, (start, start + size_mm * _PX_PER_MM)
    slack = round(_SIZE_MM * _PX_PER_MM)
    for offset in range(-reach, reach + 1):
        # Slope k lies between pixels k and k + 1, that is at k + 1 in the continuous plane.
        a = round(start) - 1 + offset
        for extra in range(-slack, slack + 1):
            b = a + round(size_mm * _PX_PER_MM) + extra
            if not (0 < a < len(profile) and 0 < b < len(profile) - 1):
                continue
            worth = min(profile[a], profile[b]) + 0.5 * max(profile[a], profile[b])
            worth -= 0.015 * abs(extra) + 0.004 * abs(offset)
            if worth > best:
                best, found = worth, (a + 1.0, b + 1.0)
    a, b = (int(x - 1) for x in found)
    clear = float(min(profile[a], profile[b]) - base)
    return found[0] / _PX_PER_MM, found[1] / _PX_PER_MM, float(np.clip(clear * 1.5, 0, 1))
