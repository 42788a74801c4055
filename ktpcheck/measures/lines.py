"""Thin long lines that are no print: scratches and cracks.

A stroke of print is short (2.6 mm at most) and lies in a known box; a scratch is a ridge a few
tenths of a millimetre wide that runs straight for many. Ridges are averaged along 16 directions
over 6 mm, less what stands beside them; where print hides the card nothing is counted.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import Bool, Float32, UInt8
from ktpcheck.layout import LAYOUTS, PRINTED
from ktpcheck.measures.views import GROUND_PX_PER_MM, View, luma_of, mask_of

_DIRECTIONS: Final = 16
_LENGTH_MM: Final = 6.0

#: A line is judged where at least this share of its length is not hidden by print.
_LEAST_FREE: Final = 0.4

#: Ridges count up to this height: one bright speck is no line.
_MOST_LEVELS: Final = 40.0

#: Lighter than the ground by this much is no print, levels.
_SPECK_LEVELS: Final = 4.0

#: The two places beside a line, 0.75 mm away.
_BESIDE: Final = np.array([1, 0, 0, 0, 0, 0, 1], np.uint8)[:, None]

#: A ridge of a crack is at least this high, levels.
_CRACK_LEVELS: Final = 14.0

#: What counts for a path where ridges cannot be seen, and what a step aside costs.
_UNSEEN: Final = 0.3
_UNSEEN_ON_TEXT: Final = 0.15
_ASIDE: Final = 0.12
_RIM_PX: Final = 6

#: The rim of the card is an edge, not a scratch.
_RIM_MM: Final = 1.2


def line_height(view: View) -> Float32:
    """Map of the height (light) or depth (dark) of long lines, (216, 342) float32, levels."""
    light, dark, nothing, text = ridges(view)
    # Where a light line cannot be told from the ground it is not seen, not absent: between letters.
    seen = ~nothing & (~text | (light > 0))
    light_lines = _along(np.where(nothing, 0, light), seen, clutter=0.6)
    dark_lines = _along(np.where(nothing | text, 0, dark), ~(nothing | text), clutter=1.5)
    return np.maximum(light_lines, dark_lines)


def ridges(view: View) -> tuple[UInt8, UInt8, Bool, Bool]:
    """Thin light and thin dark things on the card, and where they may be something else.

    Returns
    -------
    light, dark : (216, 342) uint8
        Levels above and below the ground.
    nothing, text : (216, 342) bool
        Where nothing can be said (portrait, rim, outside); where a dark line may be print.
    """
    half = cv2.GaussianBlur(cv2.cvtColor(view.rgb, cv2.COLOR_RGB2GRAY), (3, 3), 0)
    size = (half.shape[1], half.shape[0])
    level = cv2.resize(cv2.blur(luma_of(view.ground), (7, 7)), size)
    thin = cv2.subtract(half, cv2.morphologyEx(half, cv2.MORPH_OPEN, np.ones((7, 7), np.uint8)))
    above = np.clip(half - level - _SPECK_LEVELS, 0, 255).astype(np.uint8)
    nothing, text = _hidden(view)
    return _coarse(cv2.min(thin, above)), _coarse(view.blackhat), nothing, text


def _coarse(ridge: cv2.typing.MatLike) -> UInt8:
    """Strongest of each quarter millimetre, (216, 342)."""
    peak = cv2.dilate(ridge, np.ones((2, 2), np.uint8), anchor=(0, 0))
    return np.array(peak[: 216 * 2 : 2, : 342 * 2 : 2], np.uint8)


def _hidden(view: View) -> tuple[Bool, Bool]:
    """Where nothing can be said (portrait, rim, outside), and where a dark line may be print."""
    shape = view.assessable.shape
    placement = view.card.placement
    layout = LAYOUTS.get(placement.layout, PRINTED)
    nothing = mask_of([view.portrait.grown(0.6, 0.6)], shape) | ~view.assessable
    rim = round(_RIM_MM * GROUND_PX_PER_MM)
    nothing[:rim] = nothing[-rim:] = True
    nothing[:, :rim] = nothing[:, -rim:] = True
    boxes = [box.grown(0.3, 0.3) for box in view.text]
    boxes.append(layout.signature.grown(1.5, 1.0))
    # Label, colon and value make one row.
    for key, label in placement.labels.items():
        boxes += [label.union(box).grown(0.3, 0.3) for box in placement.lines.get(key, ())[:1]]
    return nothing, mask_of(boxes, shape)


def _along(ridge: UInt8, free: Bool, *, clutter: float) -> Float32:
    """Mean ridge along the best direction through each point."""
    scale = 255.0 / _MOST_LEVELS
    capped = np.asarray(cv2.convertScaleAbs(ridge, alpha=scale), np.uint8)
    both = cv2.merge([capped, free.astype(np.uint8) * 255])
    rows, columns = ridge.shape
    side = int(np.ceil(np.hypot(rows, columns))) + 2
    length = round(_LENGTH_MM * GROUND_PX_PER_MM)
    # Print and texture fill an area: a line is what one direction has more than all together.
    around = cv2.blur(capped, (length, length))
    best: cv2.typing.MatLike = np.zeros_like(capped)
    for step in range(_DIRECTIONS):
        turn = cv2.getRotationMatrix2D(
            ((columns - 1) / 2, (rows - 1) / 2), 180.0 * step / _DIRECTIONS, 1.0
        )
        turn[:, 2] += [(side - columns) / 2, (side - rows) / 2]
        run = cv2.blur(cv2.warpAffine(both, turn, (side, side)), (length, 1))
        height, share = cv2.split(run)
        share = np.maximum(share, round(255 * _LEAST_FREE))
        line = cv2.divide(height, share, scale=255.0)
        # What runs beside it at 0.75 mm is an edge or a texture; a line stands alone.
        beside = cv2.dilate(line, _BESIDE)
        alone = cv2.subtract(line, beside)
        back = cv2.warpAffine(
            alone, turn, (columns, rows), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        )
        best = cv2.max(best, back)
    best = cv2.subtract(best, cv2.convertScaleAbs(around, alpha=clutter))
    return np.asarray(best / np.float32(scale), np.float32)


def crack(view: View) -> Float32:
    """How much of the best path from edge to edge is a ridge, (1, 1) float32, 0..1.

    A crack runs from one long side to the other (or between the short ones), jagged but nearly
    straight. Print leaves gaps between its rows, so no path along it stays on ridges.
    """
    light, dark, nothing, text = ridges(view)
    ridge = np.where(text, light, np.maximum(light, dark)).astype(np.float32)
    ridge = np.minimum(ridge / _CRACK_LEVELS, 1)
    ridge[nothing] = _UNSEEN
    # On print a crack shows in part only.
    ridge[text & (light == 0)] = _UNSEEN_ON_TEXT
    inner = ridge[_RIM_PX:-_RIM_PX, _RIM_PX:-_RIM_PX]
    return np.full((1, 1), max(_best_path(inner), _best_path(inner.T)), np.float32)


def _best_path(ridge: Float32) -> float:
    """Largest mean along a path from the first row to the last, one step aside a row at most."""
    total = ridge[0].copy()
    for row in ridge[1:]:
        best = total.copy()
        best[1:] = np.maximum(best[1:], total[:-1] - _ASIDE)
        best[:-1] = np.maximum(best[:-1], total[1:] - _ASIDE)
        total = best + row
    return float(total.max() / len(ridge))
