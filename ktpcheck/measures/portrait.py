"""The portrait's colour: what friction and age take first."""

from __future__ import annotations

import cv2
import numpy as np

from ktpcheck.geometry import Float32
from ktpcheck.measures.views import View, mask_of


def portrait_chroma(view: View) -> Float32:
    """CIELAB chroma of the portrait in half-millimetre means, (216, 342) float32; NaN outside it.

    Its ground is saturated red or blue on every card.
    """
    shape = view.assessable.shape
    inner = mask_of((view.portrait.grown(-0.6, -0.6),), shape) & view.assessable
    plane = np.full(shape, np.nan, np.float32)
    if inner.any():
        tones = cv2.resize(view.rgb, (shape[1], shape[0]), interpolation=cv2.INTER_AREA)
        tones = cv2.blur(tones.astype(np.float32) / np.float32(255), (3, 3))
        lab = cv2.cvtColor(tones, cv2.COLOR_RGB2LAB)
        plane[inner] = np.hypot(lab[..., 1], lab[..., 2])[inner]
    return plane
