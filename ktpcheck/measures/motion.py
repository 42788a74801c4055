"""Shake: how unevenly the strokes are blurred over direction, and along which one.

A blur along one direction takes the gradients along it and leaves those across it, so the energy
of the gradients on strokes, a 2 x 2 tensor, becomes one-sided. Type itself has somewhat more
upright than level edges; that is taken off first.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import Float32
from ktpcheck.measures.sharpness import WIDEST_PX, edge_width_across, edge_widths
from ktpcheck.measures.views import View, area_weights, mask_of, steepest

_ROWS: Final = 27
_COLUMNS: Final = 43

#: Energy of gradients along x over that along y in type without shake, by edge width in canvas
#: px: letters have more upright than level edges, until blur melts the rows into level bars.
_WIDTHS: Final = (4.4, 6.7, 7.9, 9.2, 11.8, 14.0)
_TYPE_RATIO: Final = (1.65, 1.45, 1.15, 0.75, 0.41, 0.27)

#: Half width of the neighbourhood whose strokes count together, in cells of 2 mm.
_REACH: Final = 3


def anisotropy(view: View) -> Float32:
    """Map of edge width along the blur over that across it, (27, 43) float32, 1 or more."""
    xx, yy, xy = view.once(_tensor)
    middle, spread = (xx + yy) / 2, np.hypot((xx - yy) / 2, xy)
    weak = np.maximum(middle - spread, 0.02 * middle)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.sqrt((middle + spread) / weak)
    return np.asarray(np.where(middle > 0, ratio, np.nan), np.float32)


def direction(view: View) -> Float32:
    """Map of the direction of the blur, (27, 43) float32, degrees clockwise from the rows."""
    xx, yy, xy = view.once(_tensor)
    strong = 0.5 * np.degrees(np.arctan2(2 * xy, xx - yy))
    return np.asarray(np.where(xx + yy > 0, (strong + 90) % 180, np.nan), np.float32)


def shake_width(view: View) -> Float32:
    """Map of edge width along the card's own blur direction, (108, 171) float32, canvas px.

    A slanted shake leaves parts of upright and level edges in every direction: what counts is how
    steep the print still is along it. NaN where there is no stroke.
    """
    along_x, _ = view.once(edge_widths)
    angles = np.radians(2 * view.once(direction))
    if not np.isfinite(angles).any():
        return np.full(along_x.shape, np.nan, np.float32)
    # Directions 0 and 180 are one: the mean is taken on the doubled angle.
    angle = 0.5 * np.arctan2(np.nanmean(np.sin(angles)), np.nanmean(np.cos(angles)))
    cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    # Every second row is plenty, the gradients are smooth.
    slopes = np.ascontiguousarray(view.slope_x[::2]), np.ascontiguousarray(view.slope_y[::2])
    along = cv2.addWeighted(slopes[0], float(cos), slopes[1], float(sin), 0.0)
    floor = view.tiles.floor_x
    slope = np.sqrt(np.maximum(np.square(steepest(np.asarray(along))) - floor**2, 1e-3))
    contrast = view.tiles.contrast - view.tiles.floor_contrast
    # Sharp upright and level edges, seen along a slant, look wider by this.
    slant = max(abs(float(cos)), abs(float(sin)))
    width = np.minimum(contrast / slope * slant, WIDEST_PX)
    return np.where(np.isfinite(along_x), width, np.float32(np.nan)).astype(np.float32)


def _tensor(view: View) -> tuple[Float32, Float32, Float32]:
    print_mask = mask_of(view.text, (_ROWS, _COLUMNS)).astype(np.float32)
    floor = np.float32(np.hypot(view.tiles.floor_x, view.tiles.floor_y))
    # Every second pixel either way will do.
    gx = np.ascontiguousarray(view.slope_x[::2, ::2])
    gy = np.ascontiguousarray(view.slope_y[::2, ::2])
    strong = (cv2.magnitude(gx, gy) > floor).astype(np.float32)
    down, across = area_weights(_ROWS, gx.shape[0]), area_weights(_COLUMNS, gx.shape[1]).T
    gx, gy = gx * strong, gy * strong
    parts = []
    for product in (gx * gx, gy * gy, gx * gy):
        cells = down @ product @ across
        side = 2 * _REACH + 1
        parts.append(cv2.boxFilter(cells * print_mask, -1, (side, side)) * print_mask)
    # The sharper of the two directions is the blur that a shake adds to.
    sharper = view.once(edge_width_across)
    width = float(np.nanmedian(sharper)) if np.isfinite(sharper).any() else _WIDTHS[0]
    usual = np.float32(np.interp(width, _WIDTHS, _TYPE_RATIO))
    return (
        np.asarray(parts[0] / usual, np.float32),
        np.asarray(parts[1], np.float32),
        np.asarray(parts[2] / np.sqrt(usual), np.float32),
    )
