"""Edge width on strokes: contrast over steepest gradient, in canvas px (16 to the millimetre).

It grows with defocus, shake and want of pixels alike, and hardly with contrast or noise, because
what an empty part of the card shows (noise, guilloche) is taken off both terms first.
A sharp stroke of 0.2 mm gives 3 to 4; at 8 the counters of the letters have closed.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ktpcheck.geometry import Float32
from ktpcheck.measures.views import View, mask_of

#: Strokes must stand out this many times from the empty card to be measured.
_STANDS_OUT: Final = 2.0


def edge_width(view: View) -> Float32:
    """Map of edge width, (108, 171) float32, canvas px; NaN where there is no stroke."""
    tiles = view.tiles
    contrast = tiles.contrast - tiles.floor_contrast
    square = np.square(tiles.steepest) - tiles.floor_steepest**2
    stroke = (contrast > max(8.0, (_STANDS_OUT - 1) * tiles.floor_contrast)) & (square > 0.05)
    stroke &= mask_of((*view.text, view.portrait), contrast.shape)
    width = np.full(contrast.shape, np.nan, np.float32)
    width[stroke] = contrast[stroke] / np.sqrt(square[stroke])
    return width
