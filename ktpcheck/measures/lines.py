"""Thin long lines that are no print: scratches and cracks.

A stroke of print is short (2.6 mm at most) and lies in a known box; a scratch is a ridge a few
tenths of a millimetre wide that runs straight for many. Ridges are averaged along 12 directions
over 4 mm and more, less what stands beside them; where print hides the card nothing is counted.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from ktpcheck.geometry import Bool, Float32, UInt8
from ktpcheck.measures.views import View

Int16 = npt.NDArray[np.int16]

_DIRECTIONS: Final = 12

#: Length of a run along which ridges are averaged: 4 to 5.7 mm, as the grid goes.
_RUN_PX: Final = 16
_PAD_PX: Final = _RUN_PX + 4

#: A line is judged where at least this share of its length is not hidden by print.
_LEAST_FREE: Final = 0.4

#: Ridges count up to this height: one bright speck is no line.
_MOST_LEVELS: Final = 40

#: The two places beside a line, 0.75 mm away.
_BESIDE_PX: Final = 3

#: A ridge of a crack is at least this high, levels.
_CRACK_LEVELS: Final = 10.0

#: What counts for a path where ridges cannot be seen, and what a step aside costs.
_UNSEEN: Final = 0.3
_UNSEEN_ON_TEXT: Final = 0.15
_ASIDE: Final = 0.12
_RIM_PX: Final = 6

#: Share of a path that must be seen to be judged: down the card it crosses every row of print,
#: along it it can lie between two, and where it lies on one a scratch looks the same.
_LEAST_SEEN_DOWN: Final = 0.35
_LEAST_SEEN_ALONG: Final = 0.6


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
    capped = np.minimum(ridge, np.uint8(_MOST_LEVELS))
    # Print and texture fill an area: a line is what one direction has more than all together.
    around = cv2.blur(capped, (_RUN_PX, _RUN_PX)).astype(np.float32) * np.float32(clutter)
    rows, columns = ridge.shape
    # Padded and flat, a step along any direction is one offset, and never wraps onto the card.
    wide = columns + 2 * _PAD_PX
    flat = [_padded(plane.astype(np.int16)) for plane in (capped, free.astype(np.uint8))]
    best = np.zeros(flat[0].size, np.float32)
    for steps, middle, beside in _runs(wide):
        height, share = (_summed(plane, steps) for plane in flat)
        line = height / np.maximum(share, np.float32(_LEAST_FREE * _RUN_PX))
        # What runs beside it at 0.75 mm is an edge or a texture; a line stands alone.
        alone = line.copy()
        alone[beside:-beside] -= np.maximum(line[2 * beside :], line[: -2 * beside])
        part = best[middle : middle + len(alone)]
        np.maximum(part, alone, out=part)
    inner = best.reshape(-1, wide)[_PAD_PX : _PAD_PX + rows, _PAD_PX : _PAD_PX + columns]
    return np.asarray(np.maximum(inner - around, 0), np.float32)


def _padded(plane: Int16) -> Int16:
    return np.pad(plane, _PAD_PX).ravel()


def _summed(flat: Int16, steps: tuple[int, ...]) -> Float32:
    """Sums over runs of ``_RUN_PX`` pixels that begin at each: each step doubles the length."""
    for step in steps:
        flat = flat[:-step] + flat[step:]
    return flat.astype(np.float32)


@lru_cache(maxsize=2)
def _runs(wide: int) -> tuple[tuple[tuple[int, ...], int, int], ...]:
    """Of every direction: the offsets that double a run, to its middle, and to what lies beside."""
    runs = []
    for turn in range(_DIRECTIONS):
        # From just right of upright round to just before it again: every offset goes forward.
        angle = np.pi * (turn + 0.5) / _DIRECTIONS
        x, y = np.cos(angle), np.sin(angle)
        longest = max(abs(x), abs(y))
        steps = []
        down = along = 0
        length = 1
        while length < _RUN_PX:
            rows, columns = round(length * y / longest), round(length * x / longest)
            steps.append(rows * wide + columns)
            down, along = down + rows, along + columns
            length *= 2
        # Half of each: half of an odd number of rows, flat, would be half a card to the side.
        middle = down // 2 * wide + along // 2
        beside = round(_BESIDE_PX * x) * wide - round(_BESIDE_PX * y)
        runs.append((tuple(steps), middle, abs(beside)))
    return tuple(runs)


def crack(view: View) -> Float32:
    """How much of the best path from edge to edge is a ridge, (216, 342) float32, 0..1.

    Painted along that path; 0 elsewhere.

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
    down, columns = _best_path(ridge, seen, _LEAST_SEEN_DOWN)
    along, rows = _best_path(ridge.T, seen.T, _LEAST_SEEN_ALONG)
    plane = np.zeros(light.shape, np.float32)
    part = plane[inner]
    if down >= along:
        part[np.arange(len(columns)), columns] = down
    else:
        part[rows, np.arange(len(rows))] = along
    return np.asarray(cv2.dilate(plane, np.ones((3, 3), np.uint8)), np.float32)


def _best_path(ridge: Float32, seen: Bool, least_seen: float) -> tuple[float, list[int]]:
    """Mean of what is seen along the best path from the first row to the last, and its columns.

    One step aside a row at most. 0 where less than that share of the path can be seen.
    """
    # A column of nothing on either side spares every row its own ends.
    totals = np.full((ridge.shape[0], ridge.shape[1] + 2), -1.0, np.float32)
    totals[0, 1:-1] = ridge[0]
    best = np.empty(ridge.shape[1], np.float32)
    for before, total, row in zip(totals, totals[1:], ridge[1:], strict=False):
        np.maximum(before[:-2], before[2:], out=best)
        np.subtract(best, _ASIDE, out=best)
        np.maximum(best, before[1:-1], out=best)
        np.add(best, row, out=total[1:-1])
    column = int(totals[-1].argmax())
    sums = count = 0.0
    path = [0] * len(ridge)
    for index in range(len(ridge) - 1, -1, -1):
        path[index] = column - 1
        if seen[index, column - 1]:
            sums += float(ridge[index, column - 1])
            count += 1
        if index:
            left, here, right = totals[index - 1, column - 1 : column + 2].tolist()
            if max(left, right) - _ASIDE > here:
                column += -1 if left >= right else 1
    return (sums / count if count > least_seen * len(ridge) else 0.0), path
