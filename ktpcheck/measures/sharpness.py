"""Edge width on strokes: contrast over steepest gradient, in canvas px (16 to the millimetre).

It grows with defocus, shake and want of pixels alike, and hardly with contrast or noise, because
what an empty part of the card shows (noise, guilloche) is taken off both terms first.
A sharp stroke of 0.2 mm gives 3 to 4; at 8 the counters of the letters have closed.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ktpcheck.geometry import MM_PER_INCH, PX_PER_MM, Float32
from ktpcheck.measures.views import View, mask_of

#: Strokes must stand out this many times from the empty card to be measured.
_STANDS_OUT: Final = 2.0

#: Widest edge that a tile of 1.5 mm can hold.
WIDEST_PX: Final = 24.0


def edge_width(view: View) -> Float32:
    """Map of edge width, (108, 171) float32, canvas px; NaN where there is no stroke.

    The wider of the widths along x and along y: a shake leaves the edges along it sharp.
    """
    along_x, along_y = view.once(edge_widths)
    return np.asarray(np.maximum(along_x, along_y), np.float32)


def edge_widths(view: View) -> tuple[Float32, Float32]:
    """Edge width along x and along y, each as ``edge_width``."""
    tiles = view.tiles
    contrast = tiles.contrast - tiles.floor_contrast
    stroke = contrast > max(8.0, (_STANDS_OUT - 1) * tiles.floor_contrast)
    stroke &= mask_of((*view.text, view.portrait), contrast.shape)
    widths = []
    for steepest, floor in (
        (tiles.steepest_x, tiles.floor_x),
        (tiles.steepest_y, tiles.floor_y),
    ):
        slope = np.sqrt(np.maximum(np.square(steepest) - floor**2, 1e-3))
        width = np.minimum(contrast / slope, WIDEST_PX)
        widths.append(np.asarray(np.where(stroke, width, np.nan), np.float32))
    return widths[0], widths[1]


def edge_width_across(view: View) -> Float32:
    """The narrower of the widths along x and along y: what a shake leaves sharp."""
    along_x, along_y = view.once(edge_widths)
    return np.asarray(np.minimum(along_x, along_y), np.float32)


def edge_width_in_photo(view: View) -> Float32:
    """``edge_width`` in pixels of the photo: a sharp photo has 2 to 3, however small the card."""
    return np.asarray(
        edge_width(view) * np.float32(view.card.dpi / MM_PER_INCH / PX_PER_MM), np.float32
    )
