"""Print that should be there and is not."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import Float32
from ktpcheck.measures.views import View, mask_of

#: Contrast under this share of the card's usual is no print.
_ABSENT: Final = 0.22

#: Half-millimetre tiles that must all be empty: wider than any space between words.
_GAP: Final = 3


def missing_print(view: View) -> Float32:
    """Share of print that is absent, (108, 171) float32: 0 or 1 on print, NaN elsewhere.

    A tile reaches 1.5 mm; where even the darkest of three neighbours has hardly any contrast by
    the card's own measure, no ink is left to see. Blur that flattens all print alike does not
    count.
    """
    contrast = np.maximum(view.tiles.contrast - view.tiles.floor_contrast, 0)
    # The middle of each line: a tile at its rim may hold no ink by rights.
    middles = [box.grown(-0.3, -0.35 * box.height) for box in view.text]
    text = mask_of(middles, contrast.shape)
    if not text.any():
        return np.full(contrast.shape, np.nan, np.float32)
    usual = float(np.percentile(contrast[text], 60))
    near = cv2.dilate(contrast, np.ones((1, _GAP), np.uint8))
    absent = (near < _ABSENT * usual).astype(np.float32)
    return np.where(text, absent, np.float32(np.nan))
