"""Exposure of the ground: its level, and how much of it is clipped at either end."""

from __future__ import annotations

from typing import Final

import numpy as np

from ktpcheck.geometry import Float32
from ktpcheck.measures.views import View, least_of, luma_of, most_of

_WHITE: Final = 250.0
_BLACK: Final = 16.0


def ground_level(view: View) -> Float32:
    """Map of the ground's luma, (216, 342) float32, levels."""
    return luma_of(view.ground)


def clipped_high(view: View) -> Float32:
    """1 where the ground is white in all three channels, (216, 342) float32."""
    return np.asarray(least_of(view.ground) >= _WHITE, np.float32)


def clipped_low(view: View) -> Float32:
    """1 where the ground is as black as ink, (216, 342) float32."""
    return np.asarray(most_of(view.ground) <= _BLACK, np.float32)
