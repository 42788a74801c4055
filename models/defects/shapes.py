"""Random shapes on the network's picture of a card: areas, lines, rings, scatters, stripes."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import cv2
import numpy as np

from ktpcheck.geometry import CARD_WIDTH_MM
from ktpcheck.measures.network import SHAPE

Array = np.ndarray[Any, Any]

PX_PER_MM: Final = SHAPE[1] / CARD_WIDTH_MM

#: A blur of so many pixels can as well be made in a quarter of the size.
_WIDE_SIGMA: Final = 4.0

#: The picture, and the fault's mask, ``SHAPE``.
Laid = tuple[Array, Array]

#: What the network is told of where print is: values, and the portrait.
VALUE_LEVEL, PORTRAIT_LEVEL = 255, 64


def noise(rng: np.random.Generator, cells: tuple[int, int]) -> Array:
    """Smooth noise of about unit spread, ``SHAPE``."""
    coarse = rng.normal(0, 1, cells).astype(np.float32)
    return np.asarray(cv2.resize(coarse, SHAPE[::-1], interpolation=cv2.INTER_CUBIC))


def blurred(picture: Array, sigma: float) -> Array:
    """Blurred by ``sigma`` pixels; where that is wide, from a smaller picture."""
    if sigma < _WIDE_SIGMA:
        return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma))
    small = cv2.resize(picture, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma / 4)
    return np.asarray(cv2.resize(small, picture.shape[1::-1], interpolation=cv2.INTER_LINEAR))


def away_from(drawn: Array) -> Array:
    """Distance from what is drawn, millimetres."""
    return cv2.distanceTransform((drawn == 0).astype(np.uint8), cv2.DIST_L2, 3) / PX_PER_MM


def point(rng: np.random.Generator) -> Array:
    """A place on the card, x and y in pixels."""
    return rng.uniform([4, 4], [SHAPE[1] - 4, SHAPE[0] - 4])


def _curve(rng: np.random.Generator, closed: bool, reach_mm: float) -> Array:
    """A smooth random line, as a thin picture."""
    centre, count = point(rng), int(rng.integers(4, 9))
    angle = np.sort(rng.uniform(0, 2 * np.pi, count)) if closed else np.linspace(0, 3, count)
    radius = reach_mm * PX_PER_MM * rng.uniform(0.6, 1.2, count)
    if closed:
        knots = np.stack([np.cos(angle) * radius, np.sin(angle) * radius], axis=1)
        knots *= [1.0, rng.uniform(0.4, 1.0)]
    else:
        knots = np.cumsum(rng.normal(0, 0.5, (count, 2)) + rng.normal(0, 0.6, 2), axis=0)
        knots *= reach_mm * PX_PER_MM / 2
    dense = np.linspace(0, len(knots), 80)
    at = np.concatenate([knots, knots[:1]]) if closed else np.concatenate([knots, knots[-1:]])
    smooth = np.stack([np.interp(dense, np.arange(len(at)), at[:, axis]) for axis in (0, 1)], 1)
    smooth = cv2.GaussianBlur(smooth.astype(np.float32), (1, 9), 2.0)
    picture = np.zeros(SHAPE, np.uint8)
    points = np.int32(smooth.reshape(-1, 1, 2) + centre)
    cv2.polylines(picture, [points], closed, 255, 1)
    return picture


def polygon(rng: np.random.Generator, reach_mm: float) -> Array:
    """A filled polygon of three to six corners."""
    angle = np.sort(rng.uniform(0, 2 * np.pi, int(rng.integers(3, 7))))
    radius = reach_mm * PX_PER_MM * rng.uniform(0.5, 1.3, len(angle))
    corners = point(rng) + np.stack([np.cos(angle), np.sin(angle)], 1) * radius[:, None]
    picture = np.zeros(SHAPE, np.uint8)
    cv2.fillPoly(picture, [np.int32(corners)], 255)
    return picture


def shape_of(rng: np.random.Generator, reach_mm: float) -> Array:
    """A random soft-edged shape, ``SHAPE`` float32 0..1: area, line, ring, scatter or stripes."""
    kind = int(rng.integers(6))
    if kind == 0:
        away = away_from(polygon(rng, reach_mm))
    elif kind in (1, 2):
        # A line or a ring of some thickness.
        away = away_from(_curve(rng, kind == 2, reach_mm)) - rng.uniform(0.4, 2.5)
    elif kind == 3:
        spots = np.zeros(SHAPE, np.uint8)
        middle = point(rng)
        for _ in range(int(rng.integers(2, 14))):
            at = middle + rng.normal(0, reach_mm * PX_PER_MM, 2)
            cv2.circle(spots, (int(at[0]), int(at[1])), int(rng.integers(4, 24)), 255, -1)
        away = away_from(spots)
    else:
        y, x = np.mgrid[0 : SHAPE[0], 0 : SHAPE[1]].astype(np.float32)
        middle, turn = point(rng), rng.uniform(0, np.pi)
        u = ((x - middle[0]) * np.cos(turn) + (y - middle[1]) * np.sin(turn)) / PX_PER_MM
        v = ((y - middle[1]) * np.cos(turn) - (x - middle[0]) * np.sin(turn)) / PX_PER_MM
        away = np.hypot(u, v * rng.uniform(0.6, 2.5)) - reach_mm
        if kind == 5:
            period = rng.uniform(2.0, 9.0)
            away = np.maximum(away, period / 6 * np.cos(2 * np.pi * u / period))
    away = away + rng.uniform(0, 0.5) * min(reach_mm / 8, 1.0) * 2 * noise(rng, (14, 22))
    soft = rng.uniform(0.15, 0.6) if rng.random() < 0.6 else rng.uniform(0.6, 2.5)
    return np.asarray(
        1 / (1 + np.exp(np.clip(away.astype(np.float64) / soft, -30, 30))), np.float32
    )


@cache
def grid() -> tuple[Array, Array]:
    """Row and column of every pixel, ``SHAPE`` float32 each; only to be read."""
    y, x = np.mgrid[0 : SHAPE[0], 0 : SHAPE[1]].astype(np.float32)
    return y, x


def on_print(rng: np.random.Generator, printed: Array) -> Array:
    """A place on some value's print, or anywhere."""
    if rng.random() < 0.8:
        rows, columns = np.nonzero(printed[::4, ::4] == VALUE_LEVEL)
        if len(rows):
            at = int(rng.integers(len(rows)))
            return 4.0 * np.array([columns[at], rows[at]])
    return point(rng)


def from_edge(rng: np.random.Generator, severity: float) -> Array:
    """Signed distance, about 1 a part's size, to a part that comes in from an edge or a corner."""
    y, x = (value / PX_PER_MM for value in grid())
    wide, high = SHAPE[1] / PX_PER_MM, SHAPE[0] / PX_PER_MM
    if rng.random() < 0.5:
        u = wide - x if rng.random() < 0.5 else x
        v = high - y if rng.random() < 0.5 else y
        reach = 5 + 38 * severity
        power = rng.uniform(1.0, 2.0)
        shape = (u / reach) ** power + (v / (reach * rng.uniform(0.4, 1.1))) ** power
        return np.asarray(shape ** (1 / power) - 1)
    sides = (x, wide - x, y, high - y)
    side = int(rng.integers(4))
    along, length = (y, high) if side < 2 else (x, wide)
    middle = rng.uniform(0.1, 0.9) * length
    inward = (sides[side] - (3 + 40 * severity * rng.uniform(0.5, 1.2))) / 12
    return np.asarray(np.maximum(inward, np.abs(along - middle) / rng.uniform(3, 9) - 1))


def without_ink(rgb: Array) -> Array:
    """The ground with its print filled from around."""
    closed = cv2.morphologyEx(rgb, cv2.MORPH_CLOSE, np.ones((13, 13), np.uint8))
    return np.asarray(cv2.GaussianBlur(closed, (0, 0), 2.4))


def blots(rng: np.random.Generator, reach_mm: float) -> Array:
    """Drops with wavy fronts, some with spatter about them: ``SHAPE`` float32 0..1."""
    middle = point(rng)
    away = np.full(SHAPE, 1e3, np.float32)
    y, x = grid()
    soft = rng.uniform(0.08, 0.3) if rng.random() < 0.7 else rng.uniform(0.3, 1.5)
    for _ in range(int(rng.choice([1, 1, 1, 2, 2, 3, 4]))):
        at = middle if rng.random() < 0.4 else middle + rng.normal(0, 14, 2) * PX_PER_MM
        radius = reach_mm * rng.uniform(0.3, 1)
        dx, dy = (x - np.float32(at[0])) / PX_PER_MM, (y - np.float32(at[1])) / PX_PER_MM
        angle = np.arctan2(dy, dx)
        front = sum(
            rng.normal(0, rng.uniform(0.02, 0.16) / np.sqrt(waves))
            * np.cos(waves * angle + rng.uniform(0, 6.28))
            for waves in (1, 2, 3, 5, 8)
        )
        away = np.minimum(away, np.hypot(dx, dy * rng.uniform(0.7, 1.5)) - radius * (1 + front))
    if rng.random() < 0.25:
        spots = np.zeros(SHAPE, np.uint8)
        for _ in range(int(rng.integers(2, 25))):
            at = middle + rng.normal(0, 1.5 * reach_mm * PX_PER_MM, 2)
            cv2.circle(spots, (int(at[0]), int(at[1])), int(rng.integers(0, 8)), 255, -1)
        away = np.minimum(away, away_from(spots))
    return np.asarray(1 / (1 + np.exp(np.clip(away / soft, -30, 30))), np.float32)
