"""Thin long lines that are no print: scratches.

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
