"""Thin light and thin dark things on the card, and where they may be something else than damage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import Bool, Box, Float32, UInt8
from ktpcheck.layout import LAYOUTS, PRINTED
from ktpcheck.records import Placement

#: Nearer to the ground's level than this is noise and guilloche.
_SPECK_LEVELS: Final = 6.0

#: The rim of the card is an edge, not a line.
_RIM_MM: Final = 1.2


@dataclass(frozen=True, eq=False)
class Ridges:
    """``light`` and ``dark`` are (216, 342) uint8: red above the ground, luma below it, levels.

    ``nothing`` and ``text`` are bool: where nothing can be said (portrait, rim, patches, outside
    the photo), and where a dark line may be print.
    """

    light: UInt8
    dark: UInt8
    nothing: Bool
    text: Bool


def find_ridges(rgb: UInt8, blackhat: UInt8, red: Float32, nothing: Bool, text: Bool) -> Ridges:
    """Find them.

    Light things are looked for in red alone: whitened film stands out from the blue of the blank
    twice as much there as in luma, and red is the last channel to be clipped.

    Parameters
    ----------
    rgb : (432, 685, 3) uint8
    blackhat : (432, 685) uint8
    red : (216, 342) float32
        The ground's red.
    nothing, text : (216, 342) bool
        As in ``Ridges``, without the rim.
    """
    half = cv2.GaussianBlur(np.ascontiguousarray(rgb[..., 0]), (3, 3), 0)
    around = cv2.resize(cv2.blur(red, (7, 7)), (half.shape[1], half.shape[0]))
    thin = cv2.subtract(half, cv2.morphologyEx(half, cv2.MORPH_OPEN, np.ones((7, 7), np.uint8)))
    above = np.clip(half - around - _SPECK_LEVELS, 0, 255).astype(np.uint8)
    nothing = nothing.copy()
    rim = round(_RIM_MM * red.shape[1] / 85.6)
    nothing[:rim] = nothing[-rim:] = True
    nothing[:, :rim] = nothing[:, -rim:] = True
    return Ridges(_coarse(cv2.min(thin, above)), _coarse(blackhat), nothing, text)


def printed_boxes(placement: Placement, text: tuple[Box, ...]) -> list[Box]:
    """Boxes that dark strokes of print stand in: labels, colons and values, the signature."""
    layout = LAYOUTS.get(placement.layout, PRINTED)
    boxes = [box.grown(0.35, 0.3) for box in text]
    # Label, colon and value make one row.
    for key, label in placement.labels.items():
        boxes += [label.union(box).grown(0.35, 0.3) for box in placement.lines.get(key, ())[:1]]
    return [*boxes, layout.signature.grown(2.0, 1.0)]


def _coarse(ridge: cv2.typing.MatLike) -> UInt8:
    """Strongest of each quarter millimetre, (216, 342)."""
    peak = cv2.dilate(ridge, np.ones((2, 2), np.uint8), anchor=(0, 0))
    return np.array(peak[: 216 * 2 : 2, : 342 * 2 : 2], np.uint8)
