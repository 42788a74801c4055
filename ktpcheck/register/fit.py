"""One least squares: print and visible sides together place the card.

The pre-printed blank, the overprinted block, the header and the portrait do not stand exactly in
the same place on every card. Their shifts are unknowns too, held by how far they are known to
move, so print places a card whose sides are not seen, and gives way where they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ktpcheck.geometry import (
    CARD_CORNERS_MM,
    CARD_HEIGHT_MM,
    CARD_WIDTH_MM,
    Float32,
    Float64,
)

#: What moves together: nothing (the card's own sides), block, portrait, header.
SIDE: Final = 0
BLOCK: Final = 1
PORTRAIT: Final = 2
HEADER: Final = 3
#: Standard deviations of those shifts, mm (block: a third of what it may reach, and more).
_SHIFT_SIGMA_MM: Final = (0.45, 0.35, 0.4)
_ROUNDS: Final = 8
_COUNTS: Final = np.repeat([0.5, 1.0], [8, 6])
_ENOUGH_MM: Final = 0.01
#: What a corner is moved by to see what changes.
_STEP_MM: Final = 1e-3


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

    ``strain`` is how unusual the three shifts and the corners' moves are together: the sum of their
    squares, each over its variance, the corners' for a half.
    """

    correction: Float64
    block_mm: tuple[float, float]
    portrait_mm: tuple[float, float]
    header_mm: tuple[float, float]
    residuals_mm: Float64
    strain: float


def solve(seen: list[Seen], corners_mm: Float32, corner_sigma_mm: Float64) -> Fit:
    """Place the card.

    Parameters
    ----------
    seen : list of Seen
        In a flattened view that is already roughly right.
    corners_mm : (4, 2) float32
        Where in that view the quad found first has its corners, and
    corner_sigma_mm : (4,) float64
        how far each may be off.

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
    prior = np.concatenate([np.repeat(corner_sigma_mm, 2), np.repeat(_SHIFT_SIGMA_MM, 2)])
    home = np.concatenate([(corners_mm - CARD_CORNERS_MM).ravel().astype(np.float64), np.zeros(6)])
    state = home.copy()

    rows = np.arange(len(value))
    ones = np.ones((len(value), 1))
    # Which of the shifts moves a point; none where it is seen on the card's own sides.
    carried = group[:, None] == np.array([BLOCK, PORTRAIT, HEADER])

    steps = np.concatenate([np.zeros((1, 8)), _STEP_MM * np.eye(8)])

    def linear(at: Float64) -> tuple[Float64, Float64]:
        """Residuals (N,), each over its sigma, and how they change with the state, (N, 14)."""
        points = np.hstack([model + carried @ at[8:].reshape(3, 2), ones])
        # The corners by small steps, since only their homography is known; the shifts exactly.
        homographies = _homographies(at[:8] + steps)
        mapped = points @ homographies.transpose(0, 2, 1)
        seen_at = mapped[:, rows, axis] / mapped[:, :, 2]
        now = (seen_at[0] - value) / sigma
        corners = (seen_at[1:] - seen_at[0]).T / _STEP_MM
        across = homographies[0, axis, :2] - seen_at[0][:, None] * homographies[0, 2, :2]
        across /= mapped[0, :, 2:]
        shifts = (carried[:, :, None] * across[:, None, :]).reshape(-1, 6)
        return now, np.hstack([corners, shifts]) / sigma[:, None]

    for _ in range(_ROUNDS):
        now, jacobian = linear(state)
        weight = 1.0 / (1.0 + (now / 2.5) ** 2)
        left = jacobian.T @ (jacobian * weight[:, None]) + np.diag(prior**-2.0)
        right = -jacobian.T @ (now * weight) - (state - home) / prior**2
        move = np.linalg.solve(left, right)
        state = state + np.clip(move, -3.0, 3.0)
        if np.abs(move).max() < _ENOUGH_MM:
            break
    block, portrait, header = ((float(x), float(y)) for x, y in state[8:].reshape(3, 2))
    # Four corners that move together are one surprise, not eight.
    strain = float((((state - home) / prior) ** 2) @ _COUNTS)
    last = linear(state)[0] * sigma
    return Fit(_homographies(state[None, :8])[0], block, portrait, header, last, strain)


def _homographies(corner_moves: Float64) -> Float64:
    """(K, 8) moves of the card's corners to the (K, 3, 3) homographies that make them.

    References
    ----------
    .. [1] Heckbert, Fundamentals of texture mapping and image warping (1989), square to quad.
    """
    at = CARD_CORNERS_MM.astype(np.float64) + corner_moves.reshape(-1, 4, 2)
    x0, x1, x2, x3 = at[..., 0].T
    y0, y1, y2, y3 = at[..., 1].T
    right_x, right_y, down_x, down_y = x1 - x2, y1 - y2, x3 - x2, y3 - y2
    sum_x, sum_y = x0 - x1 + x2 - x3, y0 - y1 + y2 - y3
    area = right_x * down_y - down_x * right_y
    g = (sum_x * down_y - down_x * sum_y) / area
    h = (right_x * sum_y - sum_x * right_y) / area
    rows = [x1 - x0 + g * x1, x3 - x0 + h * x3, x0, y1 - y0 + g * y1, y3 - y0 + h * y3, y0]
    rows += [g, h, np.ones_like(g)]
    unit = np.stack(rows, axis=1).reshape(-1, 3, 3)
    return np.asarray(unit / np.array([CARD_WIDTH_MM, CARD_HEIGHT_MM, 1.0]), np.float64)
