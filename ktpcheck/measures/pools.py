"""From a map and the boxes of a region to one number."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ktpcheck.geometry import Box, Float32

Pool = Callable[[Float32], float]


def mean(values: Float32) -> float:
    return float(values.mean())


def median(values: Float32) -> float:
    return float(np.median(values))


def worst(values: Float32) -> float:
    return float(values.max())


def least(values: Float32) -> float:
    return float(values.min())


def percentile(q: float) -> Pool:
    """A pool that takes the ``q``-th percentile, ``q`` 0..100."""

    def pool(values: Float32) -> float:
        return float(np.percentile(values, q))

    return pool


def pooled(plane: Float32, boxes: Sequence[Box], pool: Pool) -> float:
    """Pool a map over boxes.

    Parameters
    ----------
    plane : (h, w) float32
        Spans the whole card; NaN where not assessable.
    boxes : sequence of Box
    pool : callable
        From the finite values, (n,) float32 with n > 0, to a number.

    Returns
    -------
    float
        NaN when nothing in the boxes can be assessed, or there is no box.
    """
    if not boxes:
        return float("nan")
    values = np.concatenate([plane[box.slices(plane.shape)].ravel() for box in boxes])
    finite = values[np.isfinite(values)]
    return pool(finite) if finite.size else float("nan")
