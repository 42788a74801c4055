"""Figures of merit, in numpy: no black boxes between a capture and a claim."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np


def auroc(scores: Sequence[float], labels: Sequence[bool]) -> float:
    """Area under the ROC curve by ranks, ties shared; NaN when one class is absent."""
    score, label = np.asarray(scores, float), np.asarray(labels, bool)
    positives, negatives = int(label.sum()), int((~label).sum())
    if not positives or not negatives:
        return float("nan")
    order = np.argsort(score, kind="stable")
    ranks = np.empty(len(score))
    ranks[order] = np.arange(1, len(score) + 1)
    for value in np.unique(score):
        same = score == value
        ranks[same] = ranks[same].mean()
    above = ranks[label].sum() - positives * (positives + 1) / 2
    return float(above / (positives * negatives))


def ece(probabilities: Sequence[float], outcomes: Sequence[bool], bins: int = 15) -> float:
    """Expected calibration error over equal-width bins."""
    p, y = np.asarray(probabilities, float), np.asarray(outcomes, float)
    if not len(p):
        return float("nan")
    place = np.minimum((p * bins).astype(int), bins - 1)
    total = 0.0
    for at in np.unique(place):
        held = place == at
        total += held.mean() * abs(p[held].mean() - y[held].mean())
    return float(total)


def interval(
    groups: Sequence[Sequence[float]],
    figure: Callable[[np.ndarray], float] = lambda values: float(np.mean(values)),
    draws: int = 400,
) -> tuple[float, float, float]:
    """A figure with its 95 % bootstrap interval, resampling whole captures.

    Parameters
    ----------
    groups : sequence of sequences
        The values of one capture each: fields of a card stand and fall together.
    figure : callable
        From all values to the figure.
    draws : int
        Bootstrap resamples; the seed is fixed.

    Returns
    -------
    tuple of float
        Figure, low, high; NaN without values.
    """
    held = [np.asarray(group, float) for group in groups if len(group)]
    if not held:
        return (float("nan"),) * 3
    rng = np.random.default_rng(0)
    resampled = [
        figure(np.concatenate([held[i] for i in rng.integers(0, len(held), len(held))]))
        for _ in range(draws)
    ]
    low, high = np.percentile(resampled, [2.5, 97.5])
    return figure(np.concatenate(held)), float(low), float(high)


def polygon_iou(one: np.ndarray, other: np.ndarray) -> float:
    """Intersection over union of two convex polygons, each (N, 2)."""
    first, second = (np.asarray(polygon, np.float32) for polygon in (one, other))
    shared, _ = cv2.intersectConvexConvex(first, second)
    union = cv2.contourArea(first) + cv2.contourArea(second) - shared
    return float(shared / union) if union > 0 else 0.0
