"""Where the network is told that print is: the true boxes as the reader would have found them.

Measured on validation captures: a value's box is found some 0.4 mm wider on every side; on some
cards it begins with the colon; the blood group's has the room of three letters; where print is
hidden or gone the box ends with what is left, or goes on with what was taken for print.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from captures import LABEL, PORTRAIT, VALUE
from shapes import PX_PER_MM, Array

from ktpcheck.measures.network import SHAPE

_LEVELS: Final = {PORTRAIT: 64, LABEL: 128, VALUE: 255}

#: How much wider than it is a value is found, mm, at its top, right and bottom: mean and spread.
_WIDER: Final = np.array([[0.47, 0.4, 0.38], [0.1, 0.2, 0.15]])

#: Values shorter than this are the blood group; the dashes of an empty RT and RW are longer.
_SHORT_MM: Final = 2.0

#: Share of a column of cells under a fault from which its print is hidden or gone.
_LOST: Final = 0.5


def printed(boxes: Array) -> Array:
    """Boxes as the network is shown them, ``SHAPE`` uint8.

    Parameters
    ----------
    boxes : (n, 5) float32
        Kind (of ``captures``) and sides in mm; kind 0 is none.
    """
    picture = np.zeros(SHAPE, np.uint8)
    for kind, level in _LEVELS.items():
        for x0, y0, x1, y1 in boxes[boxes[:, 0] == kind, 1:] * PX_PER_MM:
            rows = slice(max(int(y0), 0), max(int(np.ceil(y1)), 1))
            picture[rows, max(int(x0), 0) : max(int(np.ceil(x1)), 1)] = level
    return picture


def as_found(boxes: Array, lost: Array, rng: np.random.Generator) -> Array:
    """The boxes of the values as the reader might have found them.

    Parameters
    ----------
    boxes : (n, 5) float32
    lost : (h, w) float32
        Share 0..1 of every cell of the card where print is gone or cannot be seen.
    rng : numpy.random.Generator

    Returns
    -------
    (n, 5) float32
    """
    boxes = boxes.copy()
    values = np.flatnonzero(boxes[:, 0] == VALUE)
    colon = rng.random() < 0.15
    some_lost = bool((lost > _LOST).any())
    for at in values:
        x0, y0, x1, y1 = boxes[at, 1:]
        if some_lost:
            x0, x1 = _left_over(x0, y0, x1, y1, lost, rng)
        chance = rng.random()
        if x1 - x0 < 0.5 or chance < 0.015:
            boxes[at, 0] = 0
            continue
        if chance < 0.05:
            x1 += rng.uniform(2, 20)
        elif chance < 0.08:
            x1 -= rng.uniform(0.1, 0.5) * (x1 - x0)
        elif chance < 0.1:
            x0 += rng.uniform(0.1, 0.5) * (x1 - x0)
        if x1 - x0 < _SHORT_MM and rng.random() < 0.8:
            x1 += rng.uniform(2, 3.5)
        left = rng.uniform(1.3, 1.8) if colon else max(rng.normal(0.42, 0.15), 0)
        top, right, bottom = rng.normal(_WIDER[0], _WIDER[1])
        boxes[at, 1:] = x0 - left, y0 - top, min(x1 + right, 85.0), y1 + bottom
    return boxes


def _left_over(
    x0: float, y0: float, x1: float, y1: float, lost: Array, rng: np.random.Generator
) -> tuple[float, float]:
    """What a reader finds of a value that is partly lost; mostly the box ends with what is left."""
    scale = lost.shape[1] / SHAPE[1] * PX_PER_MM
    rows = slice(int(y0 * scale), max(int(np.ceil(y1 * scale)), int(y0 * scale) + 1))
    first, end = int(x0 * scale), max(int(np.ceil(x1 * scale)), int(x0 * scale) + 1)
    left = np.flatnonzero(lost[rows, first:end].mean(axis=0) < _LOST) if first >= 0 else []
    if len(left) in (0, end - first):
        return (x0, x1) if len(left) or rng.random() < 0.4 else (x0, x0)
    if rng.random() < 0.25:
        return x0, x1
    return max(x0, (first + left[0]) / scale), min(x1, (first + left[-1] + 1) / scale)
