"""Shadow: how much less light falls on a place than on what lies around it."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import Float32
from ktpcheck.measures.glare import ground_light
from ktpcheck.measures.views import View, luma_of, mask_of

#: Uneven light of a lamp changes little over this distance, the edge of a shadow much.
_REACH_MM: Final = 14


def shadow(view: View) -> Float32:
    """Map of light lost against the brightest ground within 14 mm, (54, 86) float32, 0..1."""
    light = luma_of(view.once(ground_light))
    size = (light.shape[1], light.shape[0])
    inside = cv2.resize(view.inside, size, interpolation=cv2.INTER_AREA) > 128
    shown = inside & ~mask_of((view.portrait.grown(0.5, 0.5),), light.shape)
    weight = cv2.resize(shown.astype(np.float32), (86, 54), interpolation=cv2.INTER_AREA)
    total = cv2.resize(light * shown, (86, 54), interpolation=cv2.INTER_AREA)
    cells = np.where(weight > 0.3, total / np.maximum(weight, 0.3), 0).astype(np.float32)
    # A cell with a bright speck is no lamp: the brightest wide patch counts.
    wide = cv2.erode(cv2.medianBlur(cells, 5), np.ones((3, 3), np.uint8))
    brightest = cv2.dilate(wide, np.ones((2 * _REACH_MM + 1,) * 2, np.uint8))
    lost = 1 - cells / np.maximum(brightest, 1e-3)
    return np.where(weight > 0.3, np.clip(lost, 0, 1), np.float32(np.nan)).astype(np.float32)
