"""Ink against ground: in levels as photographed, and as Michelson contrast.

Michelson contrast, (ground - ink) / (ground + ink), does not move with exposure, so it tells a
pale print from a dark photo; a veil of stray light lowers both.
"""

from __future__ import annotations

import cv2
import numpy as np

from ktpcheck.geometry import Float32
from ktpcheck.measures.views import View

#: Half-millimetre tiles over which the darkest ink counts: a word space never hides it.
_REACH = 5


def ink_contrast(view: View) -> Float32:
    """Map of ground minus ink, (108, 171) float32, levels 0..255."""
    tiles = view.tiles
    contrast = np.maximum(tiles.contrast - tiles.floor_contrast, 0)
    return np.asarray(cv2.dilate(contrast, np.ones((1, _REACH), np.uint8)), np.float32)


def ink_michelson(view: View) -> Float32:
    """Map of (ground - ink) / (ground + ink), (108, 171) float32, 0..1."""
    contrast = view.once(ink_contrast)
    size = (contrast.shape[1], contrast.shape[0])
    ground = cv2.resize(
        cv2.cvtColor(view.ground, cv2.COLOR_RGB2GRAY), size, interpolation=cv2.INTER_AREA
    )
    ink = np.maximum(ground - contrast, 0)
    return np.asarray((ground - ink) / np.maximum(ground + ink, 1.0), np.float32)


def ink_depth(view: View) -> Float32:
    """``ink_michelson`` of ink on blank ground alone: NaN where a tile holds no stroke."""
    michelson = view.once(ink_michelson)
    tiles = view.tiles
    strokes = tiles.contrast - tiles.floor_contrast > max(8.0, tiles.floor_contrast)
    return np.where(strokes, michelson, np.float32(np.nan)).astype(np.float32)
