"""Cells to cards: each cell knows its place on a card; one homography explains many of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import (
    CARD_CORNERS_MM,
    CARD_HEIGHT_MM,
    CARD_WIDTH_MM,
    Float32,
    Float64,
    transform,
)

#: Fewest cells that fix a card.
_FEWEST: Final = 6
#: Cells agree when they lie within this of what the homography says, or this many times what
#: they say themselves.
_AGREE_MM: Final = 5.0
_AGREE_SPREADS: Final = 3.0
#: A group of which fewer agree holds more than one card, or none.
_ONE_CARD: Final = 0.75
_ROUNDS: Final = 5
#: Of more cells than this, evenly taken ones say as much.
_ENOUGH: Final = 500
#: How hard perspective is held back: a handful of cells must not invent any.
_RIDGE: Final = 1e-3
_LEAST_MM: Final = 0.05
_MM_A_CM: Final = 10.0


@dataclass(frozen=True, eq=False)
class Sighting:
    """A card as its cells show it.

    ``corners`` is (4, 2) float32 in the pixels of the picture looked at, clockwise from the printed
    top-left. ``spread_mm``: how far off its cells say and show that they are, median. ``cells``:
    how many there are. ``agreeing`` 0..1: the share of its cells that lie where they say.
    """

    corners: Float32
    spread_mm: float
    cells: int
    agreeing: float


def find_cards(maps: Float32, cell_px: int) -> list[Sighting]:
    """Every card in the network's answer.

    Parameters
    ----------
    maps : (4, h, w) float32
        On a card (logit); across and down from the card's middle (cm); logarithm of how far off
        these may be (cm).
    cell_px : int
        Side of a cell in pixels of the picture looked at.

    Returns
    -------
    list of Sighting
        The one with the most cells first.
    """
    on = (maps[0] > 0).astype(np.uint8)
    if on.sum() < _FEWEST:
        return []
    count, groups = cv2.connectedComponents(on, connectivity=8)
    middle = np.array([CARD_WIDTH_MM, CARD_HEIGHT_MM]) / 2
    places = maps[1:3].transpose(1, 2, 0).astype(np.float64) * _MM_A_CM + middle
    spreads = np.exp(np.clip(maps[3].astype(np.float64), -6.0, 3.0)) * _MM_A_CM
    found: list[Sighting] = []
    for group in range(1, count):
        rows, columns = np.nonzero(groups == group)
        every = len(rows) // _ENOUGH + 1
        rows, columns = rows[::every], columns[::every]
        at = np.asarray(np.stack([columns, rows], axis=1) * cell_px + 0.5 * cell_px, np.float64)
        place, spread = places[rows, columns], spreads[rows, columns]
        while len(at) >= _FEWEST:
            seen, agree = _fit(at, place, spread)
            if seen is not None:
                found.append(replace(seen, cells=seen.cells * every))
            if agree.mean() >= _ONE_CARD or agree.sum() < _FEWEST:
                break
            at, place, spread = at[~agree], place[~agree], spread[~agree]
    return sorted(found, key=lambda one: -one.cells)


def _fit(at: Float64, place: Float64, spread: Float64) -> tuple[Sighting | None, np.ndarray]:
    """One card through cells, and which of them agree."""
    start = np.ones(len(at), bool)
    to_card = _solve(at, place, 1.0 / spread)
    agree = _agreeing(to_card, at, place, spread)
    if agree.mean() < _ONE_CARD:
        # Two cards that touch, or half of one read upside down: the larger part decides.
        _, inliers = cv2.findHomography(at, place, cv2.RANSAC, _AGREE_MM, maxIters=300)
        start = inliers.ravel().astype(bool) if inliers is not None else start
        if start.sum() < _FEWEST:
            return None, start
        to_card = _solve(at[start], place[start], 1.0 / spread[start])
        agree = _agreeing(to_card, at, place, spread)
        if agree.sum() < _FEWEST:
            return None, start
        to_card = _solve(at[agree], place[agree], 1.0 / spread[agree])
    if abs(np.linalg.det(to_card)) < 1e-12:
        return None, agree
    to_picture = np.asarray(np.linalg.inv(to_card), np.float64)
    corners = transform(to_picture, CARD_CORNERS_MM)
    depth = np.hstack([CARD_CORNERS_MM, np.ones((4, 1))]) @ to_picture[2]
    if not np.isfinite(corners).all() or (depth * depth[0] <= 0).any() or not _clockwise(corners):
        return None, agree
    off = np.abs(transform(to_card, at[agree]) - place[agree]).max(axis=1)
    typical = float(np.median(np.maximum(off, spread[agree])))
    return Sighting(corners, typical, int(agree.sum()), float(agree.mean())), agree


def _clockwise(corners: Float32) -> bool:
    edge = np.roll(corners, -1, axis=0) - corners
    after = np.roll(edge, -1, axis=0)
    return bool((edge[:, 0] * after[:, 1] - edge[:, 1] * after[:, 0] > 0).all())


def _agreeing(to_card: Float64, at: Float64, place: Float64, spread: Float64) -> np.ndarray:
    off = np.linalg.norm(transform(to_card, at) - place, axis=1)
    return np.asarray(off < np.maximum(_AGREE_MM, _AGREE_SPREADS * spread))


def _solve(at: Float64, place: Float64, trust: Float64) -> Float64:
    """The homography from the picture to the card that leaves the least absolute deviation.

    By weighted least squares again and again: each cell by what it says of itself, and less the
    farther off it lies. Both planes are centred and scaled, so that the ridge on the two
    perspective terms means the same for large and small cards.
    """
    middle, scale = at.mean(axis=0), float(at.std()) + 1e-6
    x, y = ((at - middle) / scale).T
    centre, size = np.array([CARD_WIDTH_MM, CARD_HEIGHT_MM]) / 2, CARD_WIDTH_MM / 4
    u, v = ((place - centre) / size).T
    one, zero = np.ones_like(x), np.zeros_like(x)
    rows_u = np.stack([x, y, one, zero, zero, zero, -u * x, -u * y], axis=1)
    rows_v = np.stack([zero, zero, zero, x, y, one, -v * x, -v * y], axis=1)
    weight = trust / trust.mean()
    held = np.diag([0.0] * 6 + [1.0] * 2) * (_RIDGE * len(x)) + 1e-9 * np.eye(8)
    solved = np.zeros(8)
    for _ in range(_ROUNDS):
        weighted_u, weighted_v = rows_u * weight[:, None], rows_v * weight[:, None]
        normal = weighted_u.T @ rows_u + weighted_v.T @ rows_v + held
        solved = np.linalg.solve(normal, weighted_u.T @ u + weighted_v.T @ v)
        bottom = solved[6] * x + solved[7] * y + 1
        bottom = np.where(np.abs(bottom) < 0.05, 0.05, bottom)
        off = np.hypot(
            (solved[0] * x + solved[1] * y + solved[2]) / bottom - u,
            (solved[3] * x + solved[4] * y + solved[5]) / bottom - v,
        )
        weight = trust / np.maximum(off * size * trust, 1.0) / bottom**2
        weight /= weight.mean()
    matrix = np.append(solved, 1.0).reshape(3, 3)
    scaled = np.array([[1 / scale, 0, -middle[0] / scale], [0, 1 / scale, -middle[1] / scale]])
    to_unit = np.vstack([scaled, [0, 0, 1]])
    to_mm = np.array([[size, 0, centre[0]], [0, size, centre[1]], [0, 0, 1.0]])
    return np.asarray(to_mm @ matrix @ to_unit, np.float64)
