"""The labels found one by one, to a fraction of a pixel."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import Float32
from ktpcheck.layout import Layout
from ktpcheck.register.print import Word, word

#: Widths over an Arial-like face, and weights, that offices' printers show.
_STRETCHES: Final = (0.84, 0.90, 0.96, 1.02, 1.09)
_WEIGHTS: Final = ("regular", "bold")
_LONG: Final = ("tempat_tgl_lahir", "status_perkawinan", "kewarganegaraan")


@dataclass(frozen=True)
class Face:
    """How the labels of this card are set."""

    weight: str
    stretch: float


@dataclass(frozen=True)
class Found:
    """A label where it correlates best: ink's left edge and baseline in mm, and how well.

    ``cut_mm`` of it, from its left, were not looked at: they lie outside the photo.
    """

    x: float
    y: float
    correlation: float
    cut_mm: float = 0.0


@dataclass(frozen=True, eq=False)
class View:
    """An ink map of a window of the card's plane that starts at ``x0``, ``y0`` mm."""

    ink: Float32
    px_per_mm: float
    x0: float
    y0: float

    def around(self, template: Word, x: float, y: float, reach: tuple[float, float]) -> Found:
        """Find a template whose left edge and baseline are expected at ``x``, ``y`` mm."""
        scale = self.px_per_mm
        height, width = template.ink.shape
        left = (x - self.x0) * scale + template.cut_px
        top = (y - self.y0) * scale - template.baseline_px
        rx, ry = (max(round(r * scale), 1) for r in reach)
        c0, r0 = round(left) - rx, round(top) - ry
        c1, r1 = c0 + width + 2 * rx, r0 + height + 2 * ry
        if c0 < 0 or r0 < 0 or r1 > self.ink.shape[0] or c1 > self.ink.shape[1]:
            return Found(x, y, 0.0)
        patch = self.ink[r0:r1, c0:c1]
        response = np.asarray(
            cv2.matchTemplate(patch, template.ink, cv2.TM_CCOEFF_NORMED), np.float32
        )
        _, peak, _, (column, row) = cv2.minMaxLoc(response)
        if not math.isfinite(peak):
            return Found(x, y, 0.0)
        exact_column = column + _fraction(response[row], column)
        exact_row = row + _fraction(response[:, column], row)
        return Found(
            (c0 + exact_column - template.cut_px) / scale + self.x0,
            (r0 + exact_row + template.baseline_px) / scale + self.y0,
            float(peak),
            template.cut_px / scale,
        )


def _fraction(values: Float32, peak: int) -> float:
    """Offset of the top of a parabola through a peak and its neighbours."""
    if peak <= 0 or peak >= len(values) - 1:
        return 0.0
    before, at, after = values[peak - 1 : peak + 2].tolist()
    bend = before - 2 * at + after
    return min(max(0.5 * (before - after) / bend, -0.5), 0.5) if bend < -1e-9 else 0.0


def choose_face(
    view: View,
    layout: Layout,
    wrapped: tuple[str, ...],
    shift: tuple[float, float],
    reach: float,
) -> Face:
    """Width, then weight of the labels: what correlates best over the long ones."""

    def fit(face: Face) -> float:
        total = 0.0
        for key in _LONG:
            template = word(key, face.weight, layout.cap_height, face.stretch, view.px_per_mm)
            x = layout.row_label_x(key) + shift[0]
            y = layout.row_baseline(key, wrapped) + shift[1]
            total += view.around(template, x, y, (reach, reach)).correlation
        return total

    first, *others = _WEIGHTS
    widest = max((Face(first, stretch) for stretch in _STRETCHES), key=fit)
    return max((widest, *(Face(weight, widest.stretch) for weight in others)), key=fit)
