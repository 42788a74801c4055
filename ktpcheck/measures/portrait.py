"""The portrait's own range of tones and colours: what friction rubs off first."""

from __future__ import annotations

import cv2
import numpy as np

from ktpcheck.geometry import Float32
from ktpcheck.measures.views import View, luma_of, mask_of


def portrait_range(view: View) -> Float32:
    """Distance of a tone from the portrait's mean one, over the ground's level, (216, 342) float32.

    NaN outside the portrait. Millimetre means, so that grain and mottling do not count; the
    ground's level takes the exposure out.
    """
    shape = view.assessable.shape
    inner = mask_of((view.portrait.grown(-0.6, -0.6),), shape) & view.assessable
    plane = np.full(shape, np.nan, np.float32)
    if not inner.any():
        return plane
    tones = cv2.resize(view.rgb, (shape[1], shape[0]), interpolation=cv2.INTER_AREA)
    tones = cv2.blur(tones.astype(np.float32), (5, 5))[inner]
    level = float(np.median(luma_of(view.expected)[view.assessable]))
    away = tones - tones.mean(axis=0)
    plane[inner] = np.sqrt((away**2).sum(axis=1)) / max(level, 1.0)
    return plane
