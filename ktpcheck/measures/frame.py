"""How much of the card lies outside the photo."""

from __future__ import annotations

import cv2
import numpy as np

from ktpcheck.geometry import Float32
from ktpcheck.measures.views import View


def outside(view: View) -> Float32:
    """Share outside the frame, (216, 342) float32, 0..1."""
    rows, columns = view.assessable.shape
    if view.card.inside.all():
        return np.zeros((rows, columns), np.float32)
    inside = cv2.resize(
        view.card.inside.astype(np.float32), (columns, rows), interpolation=cv2.INTER_AREA
    )
    return np.asarray(1 - inside, np.float32)
