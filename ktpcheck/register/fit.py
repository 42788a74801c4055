"""One least squares: print and visible sides together place the card.

The pre-printed blank, the overprinted block, the header and the portrait do not stand exactly in
the same place on every card. Their shifts are unknowns too, held by how far they are known to
move, so print places a card whose sides are not seen, and gives way where they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from ktpcheck.geometry import CARD_CORNERS_MM, Float32, Float64

#: What moves together: nothing (the card's own sides), block, portrait, header.
SIDE: Final = 0
BLOCK: Final = 1
PORTRAIT: Final = 2
HEADER: Final = 3
#: Standard deviations of those shifts, mm (block: a third of what it may reach, and more).
_SHIFT_SIGMA_MM: Final = (0.45, 0.35, 0.4)
_ROUNDS: Final = 8


@dataclass(frozen=True)
class Seen:
    """One coordinate seen: the model point, where it was seen along one axis, how surely.

    ``axis`` is 0 for x and 1 for y; ``sigma`` is in mm; ``group`` says what it moves with.
    """

    model: tuple[float, float]
    value: float
    axis: int
    sigma: float
    group: int


@dataclass(frozen=True, eq=False)
class Fit:
    """``correction`` maps card mm to the mm of the flattened view the points were seen in.

    ``strain`` is how unusual the three shifts are together: the sum of their squares, each over
    its variance.
    """

    correction: Float64
    block_mm: tuple[float, float]
    portrait_mm: tuple[float, float]
    header_mm: tuple[float, float]
    residuals_mm: Float64
    strain: float


def solve(seen: list[Seen], corners_mm: Float32, corner_sigma_mm: float) -> Fit:
    """Place the card.

    Parameters
    ----------
    seen : list of Seen
        In a flattened view that is already roughly right.
    corners_mm : (4, 2) float32
        Where in that view the quad found first has its corners, and
    corner_sigma_mm : float
        how far they may be off.

    Returns
    -------
    Fit

    Notes
    -----
    Gauss-Newton with Cauchy weights over 14 unknowns: the four corners and three shifts.
    """
    model = np.array([one.model for one in seen], np.float64).reshape(-1, 2)
    value = np.array([one.value for one in seen], np.float64)
    axis = np.array([one.axis for one in seen], np.int64)
    sigma = np.array([one.sigma for one in seen], np.float64)
    group = np.array([one.group for one in seen], np.int64)
    prior = np.concatenate([np.full(8, corner_sigma_mm), np.repeat(_SHIFT_SIGMA_MM, 2)])
    home = np.concatenate([(corners_mm - CARD_CORNERS_MM).ravel().astype(np.float64), np.zeros(6)])
    state = home.copy()

    def residuals(at: Float64) -> Float64:
        shift = np.vstack([np.zeros(2), at[8:].reshape(3, 2)])[group]
        mapped = _apply(_homography(at[:8]), model + shift)
        return np.asarray((mapped[np.arange(len(value)), axis] - value) / sigma)

    for _ in range(_ROUNDS):
        now = residuals(state)
        jacobian = np.empty((len(now), 14))
        for k in range(14):
            step = state.copy()
            step[k] += 1e-3
            jacobian[:, k] = (residuals(step) - now) / 1e-3
        weight = 1.0 / (1.0 + (now / 2.5) ** 2)
        left = jacobian.T @ (jacobian * weight[:, None]) + np.diag(prior**-2.0)
        right = -jacobian.T @ (now * weight) - (state - home) / prior**2
        move = np.linalg.solve(left, right)
        state = state + np.clip(move, -3.0, 3.0)
        if np.abs(move).max() < 1e-3:
            break
    block, portrait, header = ((float(x), float(y)) for x, y in state[8:].reshape(3, 2))
    strain = float(((state[8:] / prior[8:]) ** 2).sum())
    return Fit(_homography(state[:8]), block, portrait, header, residuals(state) * sigma, strain)


def _homography(corner_moves: Float64) -> Float64:
    target = CARD_CORNERS_MM + corner_moves.reshape(4, 2).astype(np.float32)
    return np.asarray(
        cv2.getPerspectiveTransform(CARD_CORNERS_MM, target.astype(np.float32)), np.float64
    )


def _apply(homography: Float64, points: Float64) -> npt.NDArray[np.float64]:
    mapped = points @ homography[:, :2].T + homography[:, 2]
    return np.asarray(mapped[:, :2] / mapped[:, 2:], np.float64)
