"""The card's ground: light blue, paler shapes, fine lines, faint words. Drawn, never copied.

A ground is (CARD_HEIGHT, CARD_WIDTH, 3) float32, display values 0..255.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import CARD_HEIGHT_MM, CARD_WIDTH_MM, Float32, Float64
from ktpcheck.synth.type import CARD_PX_PER_MM, Style, set_line

CARD_WIDTH: Final = round(CARD_WIDTH_MM * CARD_PX_PER_MM)
CARD_HEIGHT: Final = round(CARD_HEIGHT_MM * CARD_PX_PER_MM)


def draw_ground(
    kind: str, rng: np.random.Generator, style: Style, foreign: bool = False
) -> Float32:
    """Draw one ground.

    Parameters
    ----------
    kind : str
        A key of ``GROUNDS``.
    rng : numpy.random.Generator
    style : Style
        The type of the faint words.
    foreign : bool
        Foreigners' cards are orange.
    """
    top = np.array([rng.uniform(158, 200), rng.uniform(207, 221), rng.uniform(233, 248)])
    bottom = np.array([rng.uniform(175, 205), rng.uniform(212, 227), rng.uniform(233, 250)])
    if foreign:
        top, bottom = np.array([236.0, 186, 132]), np.array([243.0, 208, 168])
    along = np.linspace(0, 1, CARD_HEIGHT, dtype=np.float32)[:, None, None]
    ground = np.asarray(top * (1 - along) + bottom * along, np.float32)
    ground = np.repeat(ground, CARD_WIDTH, axis=1)
    ground += 4.0 * smooth_noise(rng, (CARD_HEIGHT, CARD_WIDTH), 160)[..., None]
    lift = GROUNDS[kind](rng) * rng.uniform(6, 20)
    lift = lift + _guilloche(rng) * rng.uniform(6, 17)
    lift = lift - _words(rng, style) * rng.uniform(3, 9)
    # Paler shapes rise most in red, the channel where light blue has room.
    ground += lift[..., None] * np.array([1.0, 0.75, 0.45], np.float32)
    ground += _sheen(rng) * rng.uniform(0, 13)
    return np.clip(ground, 0, 255)


def _sheen(rng: np.random.Generator) -> Float32:
    """The optically variable patch: rainbow bands, about -1..1 in each channel."""
    small = (CARD_HEIGHT // 8, CARD_WIDTH // 8)
    y, x = np.mgrid[0 : small[0], 0 : small[1]].astype(np.float32)
    cx, cy = rng.uniform(0.2, 0.9) * small[1], rng.uniform(0.2, 0.9) * small[0]
    reach = rng.uniform(25, 60)
    patch = np.exp(-((np.hypot(x - cx, y - cy) / reach) ** 4))
    turn, period = rng.uniform(0, np.pi), rng.uniform(18, 50)
    phase = (x * np.cos(turn) + y * np.sin(turn)) * 6.283 / period
    phase += 0.6 * smooth_noise(rng, small, 40, 2)
    bands = np.dstack([np.sin(phase + channel * 2.094) for channel in range(3)])
    full = cv2.resize((bands * patch[..., None]).astype(np.float32), (CARD_WIDTH, CARD_HEIGHT))
    return np.asarray(full, np.float32)


def smooth_noise(
    rng: np.random.Generator, shape: tuple[int, int], grain: float, octaves: int = 3
) -> Float32:
    """Noise of about unit spread whose largest blobs are ``grain`` pixels wide."""
    height, width = shape
    total = np.zeros(shape, np.float32)
    weight = 0.0
    for octave in range(octaves):
        step = max(grain / 2**octave, 1.0)
        small = rng.standard_normal(
            (int(height / step) + 4, int(width / step) + 4), dtype=np.float32
        )
        big = cv2.resize(
            small,
            (int(small.shape[1] * step), int(small.shape[0] * step)),
            interpolation=cv2.INTER_CUBIC,
        )
        offset = int(step)
        total += big[offset : offset + height, offset : offset + width] * 0.6**octave
        weight += 0.36**octave
    return np.asarray(total / np.sqrt(weight) * 1.3, np.float32)


def _archipelago(rng: np.random.Generator, centre: tuple[float, float]) -> Float32:
    """Island-like blobs inside a flat ellipse: thresholded noise."""
    small = (CARD_HEIGHT // 4, CARD_WIDTH // 4)
    noise = smooth_noise(rng, small, 60, 4)
    y, x = np.mgrid[0 : small[0], 0 : small[1]].astype(np.float32)
    cx, cy = centre[0] * small[1], centre[1] * small[0]
    inside = 1 - ((x - cx) / (0.46 * small[1])) ** 2 - ((y - cy) / (0.36 * small[0])) ** 2
    land = np.clip((noise + 1.2 * inside - 0.55) * 6, 0, 1).astype(np.float32)
    return np.asarray(cv2.resize(land, (CARD_WIDTH, CARD_HEIGHT)), np.float32)


def _globe(rng: np.random.Generator, centre: tuple[float, float]) -> Float32:
    """A pale disc with meridians and parallels."""
    layer = np.zeros((CARD_HEIGHT, CARD_WIDTH), np.uint8)
    radius = int(rng.uniform(0.32, 0.42) * CARD_HEIGHT)
    middle = (int(centre[0] * CARD_WIDTH), int(centre[1] * CARD_HEIGHT))
    cv2.circle(layer, middle, radius, 110, -1, cv2.LINE_AA)
    for share in (0.25, 0.5, 0.75, 1.0):
        cv2.ellipse(layer, middle, (int(radius * share), radius), 0, 0, 360, 255, 2, cv2.LINE_AA)
        drop = int(radius * (1 - share))
        half = int(np.sqrt(max(radius**2 - drop**2, 0)))
        for sign in (-1, 1):
            y = middle[1] + sign * drop
            cv2.line(layer, (middle[0] - half, y), (middle[0] + half, y), 255, 2, cv2.LINE_AA)
    return layer.astype(np.float32) / 255.0


def _rosette(rng: np.random.Generator) -> Float32:
    """Turned ellipses about a point: an engine-turned ornament."""
    layer = np.zeros((CARD_HEIGHT, CARD_WIDTH), np.uint8)
    middle = (int(rng.uniform(0.3, 0.6) * CARD_WIDTH), int(rng.uniform(0.35, 0.55) * CARD_HEIGHT))
    long, short = rng.uniform(300, 420), rng.uniform(90, 180)
    for angle in np.arange(0, 180, rng.uniform(6, 11)):
        cv2.ellipse(
            layer, middle, (int(long), int(short)), float(angle), 0, 360, 255, 1, cv2.LINE_AA
        )
    return np.asarray(cv2.GaussianBlur(layer, (0, 0), 1.0), np.float32) / 255.0


def _isles(rng: np.random.Generator) -> Float32:
    """Long islands in a row along the middle, each with lines along its coast, on a chart's grid.

    Coasts are polygons whose edges were broken again and again: another map than
    ``_archipelago``'s.
    """
    layer = np.zeros((CARD_HEIGHT, CARD_WIDTH), np.uint8)
    step = int(rng.uniform(90, 190))
    for x in range(int(rng.integers(step)), CARD_WIDTH, step):
        cv2.line(layer, (x, 0), (x, CARD_HEIGHT), 90, 1, cv2.LINE_AA)
    for y in range(int(rng.integers(step)), CARD_HEIGHT, step):
        cv2.line(layer, (0, y), (CARD_WIDTH, y), 90, 1, cv2.LINE_AA)
    count = int(rng.integers(6, 11))
    for number in range(count):
        middle = np.array(
            [
                (0.08 + 0.84 * (number + rng.uniform(0.1, 0.9)) / count) * CARD_WIDTH,
                (0.45 + rng.normal(0, 0.14)) * CARD_HEIGHT,
            ]
        )
        long = rng.uniform(0.06, 0.17) * CARD_WIDTH
        coast = _coast(rng, long, long * rng.uniform(0.25, 0.6), rng.normal(0, 0.5))
        for grow, tone in ((1.35, 100), (1.18, 140), (1.0, 255)):
            at = [np.int32((middle + coast * grow) * 8)]
            if grow == 1.0:
                cv2.fillPoly(layer, at, tone, cv2.LINE_AA, 3)
            else:
                cv2.polylines(layer, at, True, tone, 2, cv2.LINE_AA, 3)
    return np.asarray(cv2.GaussianBlur(layer, (0, 0), 1.2), np.float32) / 255.0


def _coast(rng: np.random.Generator, long: float, short: float, turn: float) -> Float64:
    """A closed coast about the origin, (N, 2): an ellipse whose edges are broken five times."""
    t = np.arange(7) * 2 * np.pi / 7
    coast = np.stack([long * np.cos(t), short * np.sin(t)], axis=1)
    for _ in range(5):
        after = np.roll(coast, -1, axis=0)
        edge = after - coast
        aside = np.stack([-edge[:, 1], edge[:, 0]], axis=1)
        broken = (coast + after) / 2 + aside * rng.normal(0, 0.16, (len(coast), 1))
        coast = np.stack([coast, broken], axis=1).reshape(-1, 2)
    cos, sin = np.cos(turn), np.sin(turn)
    return np.asarray(coast @ np.array([[cos, sin], [-sin, cos]]), np.float64)


def _guilloche(rng: np.random.Generator) -> Float32:
    """Fine wavy lines in the lower third."""
    layer = np.zeros((CARD_HEIGHT, CARD_WIDTH), np.uint8)
    x = np.arange(0, CARD_WIDTH, 6)
    start = rng.uniform(0.6, 0.7) * CARD_HEIGHT
    period, phase = rng.uniform(250, 520), rng.uniform(0, 6.3)
    height, spacing = rng.uniform(25, 60), rng.uniform(9, 15)
    for number in range(int((CARD_HEIGHT - start) / spacing) + 6):
        turn = 0.22 * number
        y = (
            start
            + number * spacing
            + height * np.sin(x / period * 6.283 + phase + turn)
            + 0.4 * height * np.sin(x / period * 17.1 - turn)
        )
        line = np.stack([x, y], axis=1)
        cv2.polylines(layer, [np.int32(line * 8)], False, 255, 1, cv2.LINE_AA, 3)
    return np.asarray(cv2.GaussianBlur(layer, (0, 0), 0.8), np.float32) / 255.0


def _words(rng: np.random.Generator, style: Style) -> Float32:
    """Faint diagonal words over the whole card; they say that it is a specimen."""
    word = ("CONTOH", "SPECIMEN", "CONTOH SPECIMEN")[int(rng.integers(3))]
    line = set_line(word, style, 26.0).coverage
    size = int(np.hypot(CARD_WIDTH, CARD_HEIGHT)) + 200
    field = np.zeros((size, size), np.float32)
    step_y, step_x = int(rng.uniform(90, 160)), line.shape[1] + int(rng.uniform(20, 120))
    for row, y in enumerate(range(0, size - line.shape[0], step_y)):
        for x in range((row % 2) * step_x // 2, size - line.shape[1], step_x):
            field[y : y + line.shape[0], x : x + line.shape[1]] += line
    turn = cv2.getRotationMatrix2D((size / 2, size / 2), rng.uniform(20, 40), 1.0)
    turn[:, 2] = turn[:, 2] + (np.array([CARD_WIDTH, CARD_HEIGHT]) - size) / 2
    return np.asarray(cv2.warpAffine(field, turn, (CARD_WIDTH, CARD_HEIGHT)), np.float32)


#: Each draws where the ground is paler, 0..1.
GROUNDS: Final[Mapping[str, Callable[[np.random.Generator], Float32]]] = MappingProxyType(
    {
        "map_left": lambda rng: _archipelago(rng, (0.4, 0.4)),
        "map_right": lambda rng: _archipelago(rng, (0.58, 0.42)),
        "globe": lambda rng: _globe(rng, (0.4, 0.45)) + 0.5 * _archipelago(rng, (0.5, 0.4)),
        "isles": _isles,
        "rosette": lambda rng: 1.4 * _rosette(rng),
    }
)
