"""Fit how likely an outline is right: ``python -m tests.bench.trust [--n 400]``.

Captures of the validation split, as ``tests.bench.accuracy`` plans them. Prints the numbers of
``ktpcheck/register/trust.py``, and how well they do on captures left out of the fit (five parts).
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache

import cv2
import numpy as np

from ktpcheck.geometry import jaccard
from ktpcheck.outline import CardFinder, reduce_photo
from ktpcheck.register import ACCEPT, register
from ktpcheck.register.trust import FEATURES
from tests.bench.plan import Plan, plan
from tests.bench.statistics import auroc, ece

RIGHT = 0.95
_RIDGE = 1.0
_PARTS = 5


@cache
def finder() -> CardFinder:
    cv2.setNumThreads(1)
    return CardFinder()


def row_of(item: Plan) -> tuple[list[float], bool] | None:
    """Features of the main card's outline, and whether it is right; None where there is none."""
    capture = item.make()
    reduced = reduce_photo(capture.pixels)
    seen = finder()(reduced)
    if not seen.cards:
        return None
    one = register(reduced, seen.cards[0])
    if one.outline.score < ACCEPT:
        return None
    overlap = jaccard(one.outline.corners_px, capture.outline.corners_px)
    return one.told.tolist(), overlap >= RIGHT


def fit(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Logistic regression by Newton's method: means, scales, weights, constant."""
    mean, scale = x.mean(axis=0), x.std(axis=0) + 1e-6
    z = np.hstack([(x - mean) / scale, np.ones((len(x), 1))])
    weights = np.zeros(z.shape[1])
    held = np.diag([_RIDGE] * x.shape[1] + [0.0])
    for _ in range(50):
        p = 1 / (1 + np.exp(-z @ weights))
        step = np.linalg.solve(
            z.T @ (z * (p * (1 - p))[:, None]) + held + 1e-9 * np.eye(len(weights)),
            z.T @ (y - p) - held @ weights,
        )
        weights += step
        if np.abs(step).max() < 1e-8:
            break
    return mean, scale, weights[:-1], float(weights[-1])


def left_out(x: np.ndarray, y: np.ndarray) -> Iterator[tuple[float, bool]]:
    """Every row's probability from a fit without its part."""
    part = np.arange(len(x)) % _PARTS
    for one in range(_PARTS):
        mean, scale, weights, constant = fit(x[part != one], y[part != one])
        for row, right in zip(x[part == one], y[part == one], strict=True):
            logit = (row - mean) / scale @ weights + constant
            yield float(1 / (1 + np.exp(-logit))), bool(right)


def report(x: np.ndarray, y: np.ndarray) -> None:
    """Print the constants and how they do."""
    for name, values in zip(("_MEANS", "_SCALES", "_WEIGHTS"), fit(x, y)[:3], strict=True):
        print(f"{name}: Final = ({', '.join(f'{value:.4g}' for value in values)})")
    print(f"_CONSTANT: Final = {fit(x, y)[3]:.4g}")
    said = list(left_out(x, y))
    chances = np.array([chance for chance, _ in said])
    right = np.array([right for _, right in said])
    print(
        f"{len(x)} outlines, right {right.mean():.3f}; left out: "
        f"AUROC {auroc(chances, right):.3f}, ECE {ece(chances, right):.3f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=400)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    items = [one for one in plan("validation", options.n) if one.group != "negative"]
    with ProcessPoolExecutor(options.workers) as pool:
        rows = [row for row in pool.map(row_of, items, chunksize=2) if row is not None]
    print(", ".join(FEATURES))
    report(np.array([told for told, _ in rows]), np.array([float(right) for _, right in rows]))


if __name__ == "__main__":
    main()
