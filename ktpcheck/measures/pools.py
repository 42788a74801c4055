"""From a map and the boxes of a region to one number."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ktpcheck.geometry import Float32

Pool = Callable[[Float32], float]

#: A part of a map.
Part = tuple[slice, slice]


def mean(values: Float32) -> float:
    return float(values.mean())


def worst(values: Float32) -> float:
    return float(values.max())


def least(values: Float32) -> float:
    return float(values.min())


def percentile(q: float) -> Pool:
    """A pool that takes the ``q``-th percentile, ``q`` 0..100, between neighbours in proportion."""

    def pool(values: Float32) -> float:
        place = q / 100 * (len(values) - 1)
        below = int(place)
        above = min(below + 1, len(values) - 1)
        parted = np.partition(values, (below, above))
        return float(parted[below] + (place - below) * (parted[above] - parted[below]))

    return pool


median: Pool = percentile(50)


def pooled(plane: Float32, parts: Sequence[Part], pool: Pool) -> float:
    """Pool a map over parts of it.

    Parameters
    ----------
    plane : (h, w) float32
        NaN where not assessable.
    parts : sequence of (slice, slice)
        Rows and columns.
    pool : callable
        From the finite values, (n,) float32 with n > 0, to a number.

    Returns
    -------
    float
        NaN when nothing in the parts can be assessed, or there is none.
    """
    if not parts:
        return float("nan")
    values = np.concatenate([plane[part].ravel() for part in parts])
    finite = values[np.isfinite(values)]
    return pool(finite) if finite.size else float("nan")
