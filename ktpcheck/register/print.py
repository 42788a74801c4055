"""The fixed print as templates: every word that stands on every e-KTP, at any scale.

``print.npz`` beside this file is made by ``models/print/make.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from io import BytesIO
from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import Float32, UInt8
from ktpcheck.layout import LAYOUTS

#: Blur given to templates and to ink maps alike, so that neither noise nor a half-pixel decides.
BLUR_MM: Final = 0.16
#: Paper kept above and below the caps of a template, in cap heights.
ABOVE: Final = 0.25
BELOW: Final = 0.35


@dataclass(frozen=True, eq=False)
class Word:
    """One word ready to be matched.

    ``ink`` is (h, w) float32; its left column is the ink's left edge, ``cap_top_px`` the row of
    the top of its capitals and ``baseline_px`` that of its baseline. ``cut_px`` columns have been
    taken off at the left.
    """

    ink: Float32
    cap_top_px: float
    baseline_px: float
    cut_px: int = 0

    def without(self, columns: int) -> Word:
        """The word with columns taken off at its left."""
        if columns <= 0:
            return self
        return Word(self.ink[:, columns:], self.cap_top_px, self.baseline_px, columns)


@lru_cache(maxsize=1)
def _drawn() -> tuple[dict[str, UInt8], float, float]:
    raw = files("ktpcheck.register").joinpath("print.npz").read_bytes()
    with np.load(BytesIO(raw)) as archive:
        words = {key: archive[key] for key in archive.files if "/" in key}
        return words, float(archive["cap_px"]), float(archive["baseline_px"])


@lru_cache(maxsize=512)
def word(key: str, weight: str, cap_mm: float, stretch: float, px_per_mm: float) -> Word:
    """One template.

    Parameters
    ----------
    key : str
        A key of ``layout.ROW_LABELS``, ``nik``, ``provinsi`` or ``golongan_darah``.
    weight : str
        regular, bold, or medium (their mean, at the regular width).
    cap_mm : float
        Height of its capitals.
    stretch : float
        Width over the width of an Arial-like face of that height.
    px_per_mm : float

    Returns
    -------
    Word
    """
    drawn, cap, baseline = _drawn()
    if weight == "medium":
        regular, bold = drawn[f"regular/{key}"], drawn[f"bold/{key}"]
        same = cv2.resize(bold, regular.shape[1::-1], interpolation=cv2.INTER_LINEAR)
        source = 0.5 * regular.astype(np.float32) + 0.5 * np.asarray(same, np.float32)
    else:
        source = drawn[f"{weight}/{key}"].astype(np.float32)
    scale = cap_mm * px_per_mm / cap
    top = round(baseline - cap - ABOVE * cap)
    bottom = round(baseline + BELOW * cap)
    source = source[top:bottom]
    size = (
        max(round(source.shape[1] * scale * stretch), 4),
        max(round(source.shape[0] * scale), 4),
    )
    ink = cv2.resize(source / 255.0, size, interpolation=cv2.INTER_AREA)
    ink = cv2.GaussianBlur(ink, (0, 0), BLUR_MM * px_per_mm, borderType=cv2.BORDER_CONSTANT)
    row = size[1] / source.shape[0]
    return Word(np.asarray(ink, np.float32), (baseline - cap - top) * row, (baseline - top) * row)


def ink_map(grey: UInt8, px_per_mm: float) -> Float32:
    """Dark strokes on any ground: what a closing fills in.

    Parameters
    ----------
    grey : (h, w) uint8
        Flattened card.
    px_per_mm : float

    Returns
    -------
    (h, w) float32
        Grey levels, 0 where there is no stroke.
    """
    span = 2 * round(0.8 * px_per_mm) + 1
    hat = cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, np.ones((span, span), np.uint8))
    return np.asarray(cv2.GaussianBlur(hat.astype(np.float32), (0, 0), BLUR_MM * px_per_mm))


#: Both layouts, the more common first.
LAYOUT_LIST: Final = tuple(LAYOUTS.values())
