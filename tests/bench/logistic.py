"""Logistic regression of a few features, for the constants that the package holds as numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

_RIDGE = 1.0
_PARTS = 5
_ROUNDS = 100


class Logistic(NamedTuple):
    """Means, scales and weights of the features, and the constant."""

    mean: np.ndarray
    scale: np.ndarray
    weights: np.ndarray
    constant: float

    def chances(self, x: np.ndarray) -> np.ndarray:
        """Probabilities, 0..1."""
        logit = (x - self.mean) / self.scale @ self.weights + self.constant
        return np.asarray(1 / (1 + np.exp(-logit)))


def fit(x: np.ndarray, y: np.ndarray) -> Logistic:
    """By Newton's method."""
    mean, scale = x.mean(axis=0), x.std(axis=0) + 1e-6
    z = np.hstack([(x - mean) / scale, np.ones((len(x), 1))])
    weights = np.zeros(z.shape[1])
    held = np.diag([_RIDGE] * x.shape[1] + [0.0])
    for _ in range(_ROUNDS):
        p = 1 / (1 + np.exp(-z @ weights))
        step = np.linalg.solve(
            z.T @ (z * (p * (1 - p))[:, None]) + held + 1e-9 * np.eye(len(weights)),
            z.T @ (y - p) - held @ weights,
        )
        weights += np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-8:
            break
    return Logistic(mean, scale, weights[:-1], float(weights[-1]))


def left_out(x: np.ndarray, y: np.ndarray) -> Iterator[tuple[int, float]]:
    """Every row's number, and its probability from a fit without its part."""
    part = np.arange(len(x)) % _PARTS
    for one in range(_PARTS):
        mine = part == one
        chances = fit(x[~mine], y[~mine]).chances(x[mine])
        yield from zip(np.flatnonzero(mine).tolist(), chances.tolist(), strict=True)
