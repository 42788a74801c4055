"""From a map and the boxes of a region to one number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from ktpcheck.geometry import CARD_HEIGHT_MM, CARD_WIDTH_MM, Box, Float32

Pool = Callable[[Float32], float]

#: Of more values than this, evenly taken ones tell a percentile as well as all.
_MANY: Final = 12_000

#: A part of a map.
Part = tuple[slice, slice]


def parts_of(boxes: Sequence[Box], shape: tuple[int, ...]) -> list[Part]:
    """``Box.slices`` of many boxes at once.

    Parameters
    ----------
    boxes : sequence of Box
    shape : tuple of int
        ``(h, w, ...)`` of an array that spans the whole card.

    Returns
    -------
    list of (slice, slice)
    """
    if not boxes:
        return []
    rows, columns = shape[:2]
    sides = np.array([(box.y0, box.x0, box.y1, box.x1) for box in boxes])
    size = np.array([rows, columns])
    scale = size / np.array([CARD_HEIGHT_MM, CARD_WIDTH_MM])
    low = np.clip(np.floor(sides[:, :2] * scale), 0, size - 1).astype(int)
    high = np.clip(np.ceil(sides[:, 2:] * scale), low + 1, size).astype(int)
    return [
        (slice(y0, y1), slice(x0, x1))
        for (y0, x0), (y1, x1) in zip(low.tolist(), high.tolist(), strict=True)
    ]


def mean(values: Float32) -> float:
    return float(values.mean())


def worst(values: Float32) -> float:
    return float(values.max())


def least(values: Float32) -> float:
    return float(values.min())


def percentile(q: float) -> Pool:
    """A pool that takes the ``q``-th percentile, ``q`` 0..100, between neighbours in proportion."""

    def pool(values: Float32) -> float:
        if len(values) > _MANY:
            values = values[:: len(values) // _MANY + 1]
        place = q / 100 * (len(values) - 1)
        below = int(place)
        above = min(below + 1, len(values) - 1)
        parted = np.partition(values, (below, above))
        return float(parted[below] + (place - below) * (parted[above] - parted[below]))

    return pool


def largest(count: int) -> Pool:
    """A pool that takes the value which ``count`` places of the map reach."""

    def pool(values: Float32) -> float:
        place = max(len(values) - count, 0)
        return float(np.partition(values, place)[place])

    return pool


median: Pool = percentile(50)


def largest_of_each(planes: Float32, parts: Sequence[Part], counts: Sequence[int]) -> list[float]:
    """What ``largest`` makes of many maps of one shape, at once.

    Parameters
    ----------
    planes : (n, h, w) float32
        Without NaN.
    parts : sequence of (slice, slice)
        At least one.
    counts : sequence of n int

    Returns
    -------
    list of n float
    """
    values = np.concatenate(
        [planes[:, rows, columns].reshape(len(planes), -1) for rows, columns in parts], axis=1
    )
    places = np.maximum(values.shape[1] - np.asarray(counts), 0)
    parted = np.partition(values, np.unique(places), axis=1)
    reached: list[float] = parted[np.arange(len(planes)), places].tolist()
    return reached


def constant(plane: Float32) -> float | None:
    """The value a map has everywhere, or None: most faults are nowhere on most cards."""
    first = plane.flat[0]
    if plane.flat[-1] != first or plane.flat[plane.size // 2] != first:
        return None
    return float(first) if bool((plane == first).all()) else None


def pooled(plane: Float32, parts: Sequence[Part], pool: Pool, *, whole: bool = False) -> float:
    """Pool a map over parts of it.

    Parameters
    ----------
    plane : (h, w) float32
        NaN where not assessable.
    parts : sequence of (slice, slice)
        Rows and columns.
    pool : callable
        From the finite values, (n,) float32 with n > 0, to a number.
    whole : bool
        Whether the map is known to be finite everywhere.

    Returns
    -------
    float
        NaN when nothing in the parts can be assessed, or there is none.
    """
    if not parts:
        return float("nan")
    if len(parts) == 1:
        values = plane[parts[0]].ravel()
    else:
        values = np.concatenate([plane[part].ravel() for part in parts])
    finite = values if whole else values[np.isfinite(values)]
    return pool(finite) if finite.size else float("nan")
