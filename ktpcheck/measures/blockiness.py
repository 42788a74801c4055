"""Blocks left by JPEG compression, in the photo's own pixel grid."""

from __future__ import annotations

from typing import Final

import numpy as np

from ktpcheck.geometry import CARD_BOX, Float32
from ktpcheck.measures.crops import luma_crop
from ktpcheck.measures.views import View

_BLOCK_PX: Final = 8

#: A step this high is an edge of the picture, not of a block.
_EDGE_LEVELS: Final = 4.0

#: Keeps the ratio finite on a picture without noise, levels.
_FLOOR: Final = 0.1


def blockiness(view: View) -> Float32:
    """Steps between pixels at the edges of 8 px blocks over those inside, (1, 1) float32, 1 or so.

    Compression flattens the inside of a block and leaves steps at its edges.
    """
    crop = luma_crop(view, CARD_BOX, most_px=1024, least_px=8 * _BLOCK_PX)
    if crop is None:
        return np.full((1, 1), np.nan, np.float32)
    return np.full((1, 1), np.sqrt(_ratio(crop) * _ratio(crop.T)), np.float32)


def _ratio(crop: Float32) -> float:
    """Where the blocks begin is unknown after a crop: the strongest of the eight phases."""
    steps = np.minimum(np.abs(np.diff(crop, axis=1)), _EDGE_LEVELS)
    profile = steps.mean(axis=0)
    periods = len(profile) // _BLOCK_PX
    phases = profile[: periods * _BLOCK_PX].reshape(periods, _BLOCK_PX).mean(axis=0)
    peak = int(phases.argmax())
    return float((phases[peak] + _FLOOR) / (np.median(np.delete(phases, peak)) + _FLOOR))
