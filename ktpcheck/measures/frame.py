"""How much of the card lies outside the photo."""

from __future__ import annotations

import numpy as np

from ktpcheck.geometry import Float32
from ktpcheck.measures.views import View


def outside(view: View) -> Float32:
    """Share outside the frame, (216, 342) float32, 0..1."""
    return np.asarray(1 - view.inside.astype(np.float32) / 255, np.float32)
