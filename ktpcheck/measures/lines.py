"""Thin long lines that are no print: scratches and cracks.

A stroke of print is short (2.6 mm at most) and lies in a known box; a scratch is a ridge a few
tenths of a millimetre wide that runs straight for many. Ridges are averaged along 12 directions
over 5 mm, less what stands beside them; where print hides the card nothing is counted.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import Bool, Float32, UInt8
from ktpcheck.measures.views import GROUND_PX_PER_MM, View

_DIRECTIONS: Final = 12
_LENGTH_MM: Final = 5.0

#: A line is judged where at least this share of its length is not hidden by print.
_LEAST_FREE: Final = 0.4

#: Ridges count up to this height: one bright speck is no line.
_MOST_LEVELS: Final = 40.0

#: The two places beside a line, 0.75 mm away.
_BESIDE: Final = np.array([1, 0, 0, 0, 0, 0, 1], np.uint8)[:, None]

#: A ridge of a crack is at least this high, levels.
_CRACK_LEVELS: Final = 14.0

#: What counts for a path where ridges cannot be seen, and what a step aside costs.
_UNSEEN: Final = 0.3
_UNSEEN_ON_TEXT: Final = 0.15
_ASIDE: Final = 0.12
_RIM_PX: Final = 6

#: Share of a path that must be seen to be judged.
_LEAST_SEEN: Final = 0.35


def line_height(view: View) -> Float32:
    """Map of the height (light) or depth (dark) of long lines, (216, 342) float32, levels."""
    ridges = view.ridges
    nothing, text = ridges.nothing, ridges.text
    # Where a light line cannot be told from the ground it is not seen, not absent: between letters.
    seen = ~nothing & (~text | (ridges.light > 0))
    light_lines = _along(np.where(nothing, 0, ridges.light), seen, clutter=0.6)
    dark_lines = _along(np.where(nothing | text, 0, ridges.dark), ~(nothing | text), clutter=1.5)
    return np.maximum(light_lines, dark_lines)


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
        run = cv2.blur(
            cv2.warpAffine(both, turn, (side, side), flags=cv2.INTER_NEAREST), (length, 1)
        )
        height, share = cv2.split(run)
        share = np.maximum(share, round(255 * _LEAST_FREE))
        line = cv2.divide(height, share, scale=255.0)
        # What runs beside it at 0.75 mm is an edge or a texture; a line stands alone.
        beside = cv2.dilate(line, _BESIDE)
        alone = cv2.subtract(line, beside)
        back = cv2.warpAffine(
            alone, turn, (columns, rows), flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
        )
        best = cv2.max(best, back)
    best = cv2.subtract(best, cv2.convertScaleAbs(around, alpha=clutter))
    return np.asarray(best / np.float32(scale), np.float32)


def crack(view: View) -> Float32:
    """How much of the best path from edge to edge is a ridge, (1, 1) float32, 0..1.

    A crack runs from one long side to the other (or between the short ones), jagged but nearly
    straight. Print leaves gaps between its rows, so no path along it stays on ridges.
    """
    light, text = view.ridges.light, view.ridges.text
    ridge = np.where(text, light, np.maximum(light, view.ridges.dark)).astype(np.float32)
    ridge = np.minimum(ridge / _CRACK_LEVELS, 1)
    ridge[view.ridges.nothing] = _UNSEEN
    # On print a crack shows in part only.
    ridge[text & (light == 0)] = _UNSEEN_ON_TEXT
    inner = (slice(_RIM_PX, -_RIM_PX),) * 2
    seen = ~(view.ridges.nothing | (text & (light == 0)))[inner]
    ridge = ridge[inner]
    best = max(_best_path(ridge, seen), _best_path(ridge.T, seen.T))
    return np.full((1, 1), best, np.float32)


def _best_path(ridge: Float32, seen: Bool) -> float:
    """Mean of what is seen along the best path from the first row to the last.

    One step aside a row at most. 0 where hardly anything of the path can be seen.
    """
    total = ridge[0].copy()
    came = np.zeros(ridge.shape, np.int8)
    for index in range(1, len(ridge)):
        left = np.concatenate([[-1.0], total[:-1] - _ASIDE])
        right = np.concatenate([total[1:] - _ASIDE, [-1.0]])
        best = np.maximum(np.maximum(left, right), total)
        came[index] = np.where(best == total, 0, np.where(best == left, -1, 1))
        total = best + ridge[index]
    column = int(total.argmax())
    sums = count = 0.0
    for index in range(len(ridge) - 1, -1, -1):
        if seen[index, column]:
            sums += float(ridge[index, column])
            count += 1
        column += int(came[index, column])
    return sums / count if count > _LEAST_SEEN * len(ridge) else 0.0
