"""How likely is an outline right? What was seen on the way to it tells."""

from __future__ import annotations

from typing import Final

import numpy as np

from ktpcheck.geometry import Float64

#: What tells, in the order of the weights.
FEATURES: Final = ("sides", "strain", "slack")
#: Mean, scale and weight of each, and the constant: a logistic regression on validation captures,
#: right meaning a Jaccard index of at least .95. Made by ``python -m tests.bench.trust``.
_MEANS: Final = (3.694, 1.719, -0.003027)
_SCALES: Final = (0.8521, 0.4135, 0.3759)
_WEIGHTS: Final = (1.18, -0.7179, -0.2909)
_CONSTANT: Final = 6.406
#: A few hundred captures cannot show more than this is worth (99.5 %).
_MOST: Final = 5.3


def features(visible: int, strain: float, slack_mm: float) -> Float64:
    """What tells how likely an outline is right.

    Parameters
    ----------
    visible : int
        Sides seen, 0 to 4.
    strain : float
        How unusual the shifts of the print and the moves of the corners are together.
    slack_mm : float
        How far off the network's worst corner may be: farther when the network is not sure of its
        places, and when the corner lies beyond the frame.

    Returns
    -------
    (3,) float64
        In the order of ``FEATURES``.
    """
    return np.array(
        [
            float(visible),
            np.log(1.0 + max(strain, 0.0)),
            np.log(max(slack_mm, 0.05)),
        ]
    )


def trust(told: Float64) -> float:
    """Probability that an outline is right (Jaccard index at least .95), 0..1."""
    scaled = (told - np.array(_MEANS)) / np.array(_SCALES)
    logit = float(np.clip(scaled @ np.array(_WEIGHTS) + _CONSTANT, -_MOST, _MOST))
    return float(1 / (1 + np.exp(-logit)))
