"""Resolution of the photo on the card, and the height of a capital letter in its pixels."""

from __future__ import annotations

from typing import Final

import numpy as np

from ktpcheck.geometry import (
    CARD_HEIGHT_MM,
    CARD_WIDTH_MM,
    MM_PER_INCH,
    Float32,
    transform,
)
from ktpcheck.layout import LAYOUTS, PRINTED
from ktpcheck.measures.views import View, mask_of

_ROWS: Final = 27
_COLUMNS: Final = 43


def resolution(view: View) -> Float32:
    """Map of photo pixels per inch of card, (27, 43) float32; perspective makes it vary."""
    y, x = np.meshgrid(
        (np.arange(_ROWS) + 0.5) * CARD_HEIGHT_MM / _ROWS,
        (np.arange(_COLUMNS) + 0.5) * CARD_WIDTH_MM / _COLUMNS,
        indexing="ij",
    )
    at = np.stack([x.ravel(), y.ravel()], axis=1)
    here, right, below = (
        transform(view.card.to_photo, at + step) for step in ((0, 0), (0.5, 0), (0, 0.5))
    )
    dx, dy = 2 * (right - here), 2 * (below - here)
    area = np.abs(dx[:, 0] * dy[:, 1] - dx[:, 1] * dy[:, 0])
    return np.asarray(np.sqrt(area).reshape(_ROWS, _COLUMNS) * MM_PER_INCH, np.float32)


def letter_height(view: View) -> Float32:
    """Map of the height of the capitals (on the NIK line: its digits) in photo px, (27, 43)."""
    placement = view.card.placement
    layout = LAYOUTS.get(placement.layout, PRINTED)
    height_mm = np.full((_ROWS, _COLUMNS), layout.cap_height, np.float32)
    height_mm[mask_of(placement.lines.get("nik", ()), height_mm.shape)] = layout.nik_digit_height
    return np.asarray(view.once(resolution) * height_mm / np.float32(MM_PER_INCH), np.float32)
