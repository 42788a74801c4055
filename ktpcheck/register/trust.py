"""How likely is an outline right? What was seen on the way to it tells."""

from __future__ import annotations

from typing import Final

import numpy as np

from ktpcheck.geometry import Float32, Float64, jaccard

#: What tells, in the order of the weights.
FEATURES: Final = ("print", "spread", "moved", "sides", "heard", "strain")
#: Mean, scale and weight of each, and the constant: a logistic regression on validation captures,
#: right meaning a Jaccard index of at least .95. Made by ``python -m tests.bench.trust``.
_MEANS: Final = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
_SCALES: Final = (1.0, 1.0, 1.0, 1.0, 1.0, 1.0)
_WEIGHTS: Final = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
_CONSTANT: Final = 0.0
#: Where a logit or a logarithm says no more.
_MOST: Final = 8.0


def features(
    score: float,
    spread_mm: float,
    seen_px: Float32,
    corners_px: Float32,
    visible: int,
    heard: float,
    strain: float,
) -> Float64:
    """What tells how likely an outline is right.

    Parameters
    ----------
    score : float
        Evidence that it is an e-KTP, 0..1.
    spread_mm : float
        How far off the network's places are.
    seen_px, corners_px : (4, 2) float32
        The card as the network saw it, and as it was registered.
    visible : int
        Sides seen, 0 to 4.
    heard : float
        Mean correlation of the labels, 0..1.
    strain : float
        How unusual the shifts of the print are together.

    Returns
    -------
    (6,) float64
        In the order of ``FEATURES``.
    """
    share = min(max(score, 1e-4), 1 - 1e-4)
    try:
        apart = 1.0 - jaccard(corners_px, seen_px)
    except ValueError:
        apart = 1.0
    return np.array(
        [
            np.log(share / (1 - share)),
            np.log(max(spread_mm, 0.05)),
            np.log(max(apart, 1e-3)),
            float(visible),
            heard,
            np.log(1.0 + max(strain, 0.0)),
        ]
    )


def trust(told: Float64) -> float:
    """Probability that an outline is right (Jaccard index at least .95), 0..1."""
    scaled = (told - np.array(_MEANS)) / np.array(_SCALES)
    logit = float(np.clip(scaled @ np.array(_WEIGHTS) + _CONSTANT, -_MOST, _MOST))
    return float(1 / (1 + np.exp(-logit)))
