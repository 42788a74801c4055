"""What may stand on a card besides, and is no fault: other faces, signatures and bolder print.

The simulator draws its faces. A printed portrait is a photograph: hair, veils, caps, glasses,
collars, patterned cloth, shine on a forehead. So that none of these looks like a scratch or a
stain, portraits are overlaid with a disorder of leaves, strands, rings and folds that has a
photograph's statistics.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from shapes import PX_PER_MM, Array

_SKIN: Final = np.array([[215, 170, 140], [180, 130, 100], [140, 95, 70], [95, 65, 50]])
_BACKDROPS: Final = np.array([[200, 30, 35], [30, 60, 180], [215, 215, 215], [90, 140, 200]])


def _colour(rng: np.random.Generator) -> Array:
    """Of hair, cloth or anything: mostly dark, white or grey."""
    chance = rng.random()
    if chance < 0.35:
        return np.asarray(rng.uniform(5, 60) + rng.normal(0, 8, 3))
    if chance < 0.55:
        return np.asarray(rng.uniform(190, 255) + rng.normal(0, 8, 3))
    if chance < 0.7:
        return np.asarray(rng.uniform(40, 220) + rng.normal(0, 12, 3))
    return rng.uniform(0, 255, 3)


def _ellipse(
    picture: Array,
    at: tuple[float, float],
    axes: tuple[float, float],
    turn: float,
    colour: Array,
    thick: int = -1,
) -> None:
    cv2.ellipse(
        picture,
        (round(at[0] * 8), round(at[1] * 8)),
        (max(round(axes[0] * 8), 8), max(round(axes[1] * 8), 8)),
        turn, 0, 360, np.clip(colour, 0, 255).tolist(), thick, cv2.LINE_AA, 3,
    )  # fmt: skip


def _person(picture: Array, rng: np.random.Generator) -> None:
    """Head and shoulders before a plain backdrop."""
    high, wide = picture.shape[:2]
    picture[:] = rng.choice(_BACKDROPS) + rng.normal(0, 15, 3)
    x, y = wide * rng.uniform(0.42, 0.58), high * rng.uniform(0.34, 0.48)
    head = (wide * rng.uniform(0.16, 0.26), high * rng.uniform(0.17, 0.25))
    skin = rng.choice(_SKIN) * rng.uniform(0.8, 1.15)
    hair = _colour(rng)
    veil = rng.random() < 0.4
    if veil or rng.random() < 0.4:
        _ellipse(picture, (x, y + 0.1 * high), (1.45 * head[0], 1.6 * head[1]), 0, hair)
    _ellipse(
        picture, (x, high * 1.12), (wide * rng.uniform(0.35, 0.55), high * 0.36), 0, _colour(rng)
    )
    _ellipse(picture, (x, y - 0.25 * head[1]), (1.15 * head[0], 1.12 * head[1]), 0, hair)
    _ellipse(picture, (x, y + 0.8 * head[1]), (0.5 * head[0], 0.8 * head[1]), 0, 0.85 * skin)
    _ellipse(picture, (x, y + 0.1 * head[1]), head, 0, skin)
    for side in (-1, 1):
        eye = (x + side * 0.42 * head[0], y)
        _ellipse(picture, eye, (0.2 * head[0], 0.08 * head[1]), 0, 0.3 * skin)
        _ellipse(
            picture, (eye[0], y - 0.22 * head[1]), (0.26 * head[0], 0.05 * head[1]), 0, 0.4 * skin
        )
    _ellipse(picture, (x, y + 0.35 * head[1]), (0.14 * head[0], 0.09 * head[1]), 0, 0.75 * skin)
    _ellipse(
        picture,
        (x, y + 0.62 * head[1]),
        (0.35 * head[0], 0.08 * head[1]),
        0,
        skin * [0.75, 0.5, 0.5],
    )
    if rng.random() < 0.3:
        for side in (-1, 1):
            at = (x + side * 0.45 * head[0], y)
            _ellipse(
                picture,
                at,
                (0.38 * head[0], 0.24 * head[1]),
                0,
                _colour(rng),
                int(rng.integers(1, 4)),
            )


def _about(rng: np.random.Generator, high: int, wide: int) -> Array:
    """A place where hair, a cap or clothes are; seldom one on the face."""
    y = rng.choice([rng.uniform(0, 0.3), rng.uniform(0.6, 1), rng.random()], p=[0.35, 0.5, 0.15])
    return np.array([rng.uniform(0.05, 0.95) * wide, y * high])


def _leaves(picture: Array, rng: np.random.Generator, count: int) -> None:
    """Things over things, many small and few large, as in any photograph."""
    high, wide = picture.shape[:2]
    for _ in range(count):
        size = 1.2 / rng.uniform(0.05, 1.0)
        at = _about(rng, high, wide)
        axes = (size * rng.uniform(0.6, 2.5), size * rng.uniform(0.4, 1.4))
        thick = -1 if rng.random() < 0.8 else int(rng.integers(1, 4))
        _ellipse(picture, (at[0], at[1]), axes, rng.uniform(0, 180), _colour(rng), thick)


def _strands(picture: Array, rng: np.random.Generator) -> None:
    """Hair, fringes or folds: many lines of about one direction."""
    high, wide = picture.shape[:2]
    colour, turn = _colour(rng), rng.uniform(0, np.pi)
    middle = _about(rng, high, wide)
    spread = rng.uniform(0.05, 0.25) * wide
    for _ in range(int(rng.integers(4, 50))):
        at = middle + rng.normal(0, spread, 2)
        angle, half = turn + rng.normal(0, 0.3), rng.uniform(3, 22)
        t = np.linspace(-1, 1, 7)[:, None]
        line = at + half * t * [np.cos(angle), np.sin(angle)]
        line = line + rng.normal(0, 4) * t**2 * [-np.sin(angle), np.cos(angle)]
        tone = np.clip(colour + rng.normal(0, 30), 0, 255).tolist()
        wide_px = int(rng.integers(1, 3))
        cv2.polylines(picture, [np.int32(line * 8)], False, tone, wide_px, cv2.LINE_AA, 3)


def _photographic(picture: Array, rng: np.random.Generator) -> Array:
    """Cloth with a pattern, light from one side, and the unrest of a photograph."""
    high, wide = picture.shape[:2]
    y, x = np.mgrid[0:high, 0:wide].astype(np.float32)
    if rng.random() < 0.35:
        turn, period = rng.uniform(0, np.pi), rng.uniform(3, 16)
        wave = np.sin((x * np.cos(turn) + y * np.sin(turn)) * (6.28 / period))
        if rng.random() < 0.5:
            wave = wave * np.sin((y * np.cos(turn) - x * np.sin(turn)) * (6.28 / period))
        below = y > high * rng.uniform(0.6, 0.85)
        picture = picture + (rng.uniform(10, 60) * wave * below)[..., None]
    unrest = np.zeros((high, wide), np.float32)
    for cells in (4, 8, 16, 32, 64):
        rough = rng.normal(0, 1 / np.sqrt(cells), (cells, cells)).astype(np.float32)
        unrest += cv2.resize(rough, (wide, high), interpolation=cv2.INTER_CUBIC)
    lean = rng.normal(0, 0.2, 2)
    light = 1 + lean[0] * (2 * x / wide - 1) + lean[1] * (2 * y / high - 1)
    picture = picture * np.clip(light, 0.4, 1.5)[..., None]
    return np.asarray(picture + (rng.uniform(5, 45) * unrest)[..., None])


def other_portrait(rgb: Array, rows: slice, columns: slice, rng: np.random.Generator) -> Array:
    """Another face, or the one there with other things about it.

    Parameters
    ----------
    rgb : (*SHAPE, 3) float32
    rows, columns : slice
        Where the portrait is.
    rng : numpy.random.Generator

    Returns
    -------
    (*SHAPE, 3) float32
    """
    part = rgb[rows, columns]
    level = np.percentile(rgb[::4, ::4], 80, axis=(0, 1)) / 235
    picture = np.ascontiguousarray(part / np.maximum(level, 0.02), np.float32)
    if rng.random() < 0.55:
        _person(picture, rng)
    if rng.random() < 0.7:
        _leaves(picture, rng, int(rng.integers(1, 12 if rng.random() < 0.7 else 60)))
    for _ in range(int(rng.choice(4, p=[0.3, 0.35, 0.2, 0.15]))):
        _strands(picture, rng)
    picture = np.clip(_photographic(picture, rng), 0, 255)
    picture = 255 * (picture / 255) ** rng.uniform(0.7, 1.3)
    picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, 1.8))
    rgb = rgb.copy()
    rgb[rows, columns] = picture * level
    return rgb


def signed(rgb: Array, rows: slice, columns: slice, rng: np.random.Generator) -> Array:
    """Another signature under the portrait: it may run into the print and off the line.

    Parameters as of ``other_portrait``.
    """
    fine = 2
    wide = columns.stop - columns.start
    left = columns.start + rng.uniform(-0.2, 0.4) * wide
    top, reach = rows.stop + rng.uniform(4, 9) * PX_PER_MM, rng.uniform(0.4, 1.1) * wide
    high = rng.uniform(1.5, 4.5) * PX_PER_MM
    count = int(rng.integers(6, 22))
    u = np.linspace(0, 1, count) + rng.normal(0, rng.uniform(0, 0.08), count)
    v = (
        rng.uniform(0, 1, count)
        if rng.random() < 0.5
        else 0.5 + 0.5 * np.sin(np.arange(count) * rng.uniform(1.2, 3))
    )
    dense = np.linspace(0, count - 1, 12 * count)
    line = np.stack([left + reach * np.interp(dense, np.arange(count), u),
                     top + high * np.interp(dense, np.arange(count), v)], 1)  # fmt: skip
    if rng.random() < 0.7:
        line = cv2.GaussianBlur(line.astype(np.float32), (1, 15), rng.uniform(1, 4))
    canvas = np.zeros((rgb.shape[0] * fine, rgb.shape[1] * fine), np.uint8)
    thick = max(round(rng.uniform(0.12, 0.5) * PX_PER_MM * fine), 1)
    cv2.polylines(canvas, [np.int32(line * fine * 8)], False, 255, thick, cv2.LINE_AA, 3)
    cover = cv2.resize(canvas, rgb.shape[1::-1], interpolation=cv2.INTER_AREA) / np.float32(255)
    level = np.percentile(rgb[::4, ::4], 75, axis=(0, 1))
    ink = level * (rng.uniform(0.1, 0.5) + rng.normal(0, 0.03, 3))
    return rgb + (cover * rng.uniform(0.7, 1))[..., None] * (ink - rgb)


def bolder(rgb: Array, rng: np.random.Generator) -> Array:
    """Print of another typeface's weight."""
    heavy = cv2.erode(rgb, np.ones((int(rng.integers(1, 4)), int(rng.integers(2, 4))), np.uint8))
    return np.asarray(rgb + np.float32(rng.uniform(0.1, 0.6)) * (heavy - rgb))
