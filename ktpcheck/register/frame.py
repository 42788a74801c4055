"""The portrait's frame: a coloured or grey rectangle whose size is known."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import Box, Float32, Float64
from ktpcheck.layout import Layout
from ktpcheck.outline import Reduced
from ktpcheck.outline.flat import warp_window

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
    slack = round(_SIZE_MM * _PX_PER_MM)
    offset = np.arange(-reach, reach + 1)[:, None]
    extra = np.arange(-slack, slack + 1)[None, :]
    # Slope k lies between pixels k and k + 1, that is at k + 1 in the continuous plane.
    first = np.broadcast_to(round(start) - 1 + offset, (offset.size, extra.size))
    second = first + round(size_mm * _PX_PER_MM) + extra
    last = len(profile) - 1
    at_first, at_second = profile[np.clip(first, 0, last)], profile[np.clip(second, 0, last)]
    worth = np.minimum(at_first, at_second) + 0.5 * np.maximum(at_first, at_second)
    worth -= 0.015 * np.abs(extra) + 0.004 * np.abs(offset)
    worth[(first <= 0) | (first > last) | (second <= 0) | (second >= last)] = -1.0
    best = np.unravel_index(int(worth.argmax()), worth.shape)
    clear = float(min(at_first[best], at_second[best]) - base)
    x, y = (first[best] + 1.0) / _PX_PER_MM, (second[best] + 1.0) / _PX_PER_MM
    return float(x), float(y), float(np.clip(clear * 1.5, 0, 1))
