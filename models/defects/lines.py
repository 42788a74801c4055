# ruff: noqa: ARG001 - faults share one signature; not all need to know where print is
"""Lines laid on the network's picture of a card: scratches and cracks, of every look they may have.

How a scratch looks depends on what made it, how hard it was pressed, what dirt fills it and how the
light falls: width, length, company and tone are drawn each for itself, so that no look is learned.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from shapes import PX_PER_MM, Array, Laid, on_print, point

from ktpcheck.measures.network import SHAPE

#: A line that changes the picture by less is not seen.
_SEEN_LEVELS: Final = 8.0

#: Pixels of a stroke to one of the picture.
_FINE: Final = 2


def _middle(rng: np.random.Generator, printed: Array) -> Array:
    return on_print(rng, printed) if rng.random() < 0.8 else point(rng)


def _stroke(
    layer: Array,
    rng: np.random.Generator,
    at: Array,
    angle: float,
    half_mm: float,
    wide_mm: float,
    bend_mm: float,
) -> None:
    """One slightly bent line through ``at``, pressed more or less."""
    scale = PX_PER_MM * _FINE
    t = np.linspace(-1, 1, 12)
    along, away = half_mm * scale * t, bend_mm * scale * t**2
    points = np.stack(
        [
            at[0] * _FINE + along * np.cos(angle) - away * np.sin(angle),
            at[1] * _FINE + along * np.sin(angle) + away * np.cos(angle),
        ],
        1,
    )
    level = 255 if rng.random() < 0.5 else rng.uniform(120, 255)
    wide = max(round(wide_mm * scale), 1)
    cv2.polylines(layer, [np.int32(points * 8)], False, level, wide, cv2.LINE_AA, 3)


def _bunch(layers: Array, rng: np.random.Generator, severity: float, printed: Array) -> None:
    """Lines of about one direction, few of them deep and many fine; often along print."""
    middle, turn = _middle(rng, printed), rng.uniform(0, np.pi)
    if rng.random() < 0.5:
        turn = rng.uniform(-0.5, 0.5) + (np.pi / 2 if rng.random() < 0.4 else 0.25)
    spread_px = rng.uniform([6, 4], [60, 24])
    along_a_line = rng.random() < 0.6
    counts = (
        1 + int(rng.integers(0, 2 + round(9 * severity))),
        round(24 * severity * rng.random()),
    )
    for layer, count, widths_mm, lean in zip(
        layers, counts, ((0.1, 0.14 + 0.4 * severity), (0.05, 0.1)), (0.15, 0.3), strict=True
    ):
        for _ in range(count):
            aside = rng.uniform(-1.7, 1.7, 2) if along_a_line else rng.normal(0, 1, 2)
            at, angle = middle + aside * spread_px, turn + rng.normal(0, lean)
            half, bend = rng.uniform(3, 15), rng.normal(0, 0.7)
            _stroke(layer, rng, at, angle, half, rng.uniform(*widths_mm), bend)


def _strokes(layers: Array, rng: np.random.Generator, severity: float, printed: Array) -> None:
    """Single long lines that fan out or cross each other, far over the card."""
    middle, turn = _middle(rng, printed), rng.uniform(0, np.pi)
    spread_px = rng.uniform(1, 14, 2) * PX_PER_MM
    lean = rng.uniform(0.05, 0.7)
    widest_mm = rng.uniform(0.08, 0.14 + 0.3 * severity)
    for _ in range(1 + int(rng.integers(0, 3 + round(8 * severity)))):
        at, angle = middle + rng.normal(0, 1, 2) * spread_px, turn + rng.normal(0, lean)
        half, bend = rng.uniform(4, 32), rng.normal(0, 2.0)
        wide = rng.uniform(0.05, widest_mm)
        _stroke(layers[0], rng, at, angle, half, wide, bend)


def _scuff(layers: Array, rng: np.random.Generator, severity: float, printed: Array) -> None:
    """A rubbed place: many short fine lines side by side."""
    middle, turn = _middle(rng, printed), rng.uniform(0, np.pi)
    spread_px = rng.uniform(1.5, 8, 2) * PX_PER_MM
    lean, longest_mm = rng.uniform(0.03, 0.25), rng.uniform(2, 10)
    for _ in range(15 + round(90 * severity * rng.random())):
        at, angle = middle + rng.normal(0, 1, 2) * spread_px, turn + rng.normal(0, lean)
        half = rng.uniform(0.3, 1) * longest_mm
        layer = layers[0 if rng.random() < 0.15 else 1]
        _stroke(layer, rng, at, angle, half, rng.uniform(0.04, 0.12), 0.0)


def _pressed(rng: np.random.Generator) -> Array | float:
    """How much of the strokes took, over the card: they break off in places, or fade."""
    chance = rng.random()
    if chance < 0.4:
        pace, phase = rng.uniform(0.025, 0.15), rng.uniform(0, 7)
        return np.asarray(0.75 + 0.25 * np.sign(np.sin(np.arange(SHAPE[1]) * pace + phase)))
    if chance < 0.7:
        rough = rng.normal(0, 1, tuple(rng.integers(6, 30, 2))).astype(np.float32)
        rough = cv2.resize(rough, SHAPE[::-1], interpolation=cv2.INTER_CUBIC)
        return np.asarray(np.clip(0.75 + 0.4 * rough, 0.1, 1))
    return 1.0


def _tone(rgb: Array, rng: np.random.Generator) -> Array:
    """Of a groove: light where it catches the light, dark where dirt fills it."""
    level = np.percentile(rgb[::4, ::4], 75, axis=(0, 1))
    # Grey of its own, whatever the blank's hue; or the blank's hue.
    own = level.max() * rng.normal(1, 0.02, 3) if rng.random() < 0.75 else level
    light = rng.random() < 0.65
    return np.asarray(own * (rng.uniform(0.92, 1.12) if light else rng.uniform(0.2, 0.6)))


def scratched(rgb: Array, rng: np.random.Generator, severity: float, printed: Array) -> Laid:
    """Light or dark lines: a bunch, long single ones, or a rubbed place."""
    layers = np.zeros((2, SHAPE[0] * _FINE, SHAPE[1] * _FINE), np.uint8)
    (_bunch, _strokes, _scuff)[int(rng.choice(3, p=[0.45, 0.37, 0.18]))](
        layers, rng, severity, printed
    )
    deep, thin = (
        cv2.resize(layer, SHAPE[::-1], interpolation=cv2.INTER_AREA).astype(np.float32) / 255
        for layer in layers
    )
    cover = np.clip(deep + 0.5 * thin, 0, 1) * min(1.0, 0.45 + 0.7 * severity)
    cover = (cover * _pressed(rng)).astype(np.float32)
    if rng.random() < 0.25:
        cover = cv2.GaussianBlur(cover, (0, 0), rng.uniform(0.5, 1.4))
    change = cover[..., None] * (_tone(rgb, rng) - rgb)
    rgb = rgb + change
    # What cannot be seen is not to be told: light lines on a light ground.
    seen = np.abs(change).max(axis=2) > _SEEN_LEVELS
    if rng.random() < 0.6:  # a groove throws a thin shadow beside its light
        shade = np.roll(cover, tuple(rng.integers(-2, 3, 2)), axis=(0, 1)) * (1 - cover)
        rgb = rgb * (1 - 0.22 * shade)[..., None]
    return rgb, np.clip(1.5 * cover, 0, 1) * seen


def _course(rng: np.random.Generator, rows: int, columns: int) -> Array:
    """Where a break runs: its column in every row. It leans, wanders, jags."""
    y = np.arange(rows, dtype=np.float32)
    jag = np.cumsum(rng.normal(0, 0.035 * PX_PER_MM * rng.uniform(0.3, 1.6), rows))
    knots = np.linspace(0, rows, int(rng.integers(4, 12)))
    wander = rng.normal(0, rng.uniform(0, 1.5) * PX_PER_MM, len(knots))
    line = columns * rng.uniform(0.12, 0.88) + rng.uniform(-0.4, 0.4) * (y - rows / 2) + jag
    return np.asarray(line + np.interp(y, knots, wander))


def _ends(rng: np.random.Generator, rows: int) -> tuple[int, int]:
    """From edge to edge, from an edge to somewhere within, or between two places within."""
    chance = rng.random()
    if chance < 0.6:
        return 0, rows
    if chance < 0.9:
        end = int(rng.uniform(0.3, 0.9) * rows)
        return (0, end) if rng.random() < 0.5 else (rows - end, rows)
    first, end = np.sort(rng.integers(0, rows, 2))
    return int(first), int(end)


def cracked(rgb: Array, rng: np.random.Generator, severity: float, printed: Array) -> Laid:
    """A break: dark, white from strain, or both; one side may be shifted."""
    upright = rng.random() < 0.62
    if not upright:
        rgb = rgb.transpose(1, 0, 2)
    rows, columns = rgb.shape[:2]
    line, (first, end) = _course(rng, rows, columns), _ends(rng, rows)
    fine, reach = 3, 16
    offset = (np.arange(-reach * fine, reach * fine) + 0.5) / fine
    at = np.floor(line).astype(int)
    signed = (offset[None, :] - (line - at)[:, None]) / PX_PER_MM
    half = (0.06 + 0.34 * severity) * rng.uniform(0.7, 1.2)
    # It opens wider here than there.
    half = half * np.interp(np.arange(rows), np.linspace(0, rows, 7), rng.uniform(0.6, 1.3, 7))
    half = half[:, None]
    look = rng.choice(("both", "dark", "light"), p=[0.55, 0.3, 0.15])
    dark = np.exp(-np.square(signed / (0.6 * half))) * (look != "light")
    light = np.exp(-np.square((np.abs(signed) - 1.5 * half) / (0.9 * half))) * (look != "dark")
    if look == "light":
        light = np.exp(-np.square(signed / (1.2 * half)))
    elif rng.random() < 0.35:  # only one side is lit
        light = light * (signed * rng.choice([-1, 1]) > 0)
    dark, light = (band.reshape(rows, -1, fine).mean(axis=2) for band in (dark, light))
    where = (at[:, None] + np.arange(-reach, reach)[None, :], np.arange(rows)[:, None])
    held = (where[0] >= 0) & (where[0] < columns) & (where[1] >= first) & (where[1] < end)
    layers = np.zeros((2, rows, columns), np.float32)
    cells = np.broadcast_to(where[1], held.shape)[held], where[0][held]
    layers[0][cells], layers[1][cells] = dark[held], light[held]
    if severity > 0.4 and end - first == rows and rng.random() < 0.7:
        moved = np.roll(rgb, int(rng.integers(-2, 3)), axis=0)
        rgb = np.where((np.arange(columns)[None, :] > line[:, None])[..., None], moved, rgb)
    bright = rng.uniform(0.95, 1.12) * np.percentile(rgb[::4, ::4], 75, axis=(0, 1))
    depth = (0.5 + 0.4 * severity) * rng.uniform(0.85, 1.08, 3)  # dirt has a hue
    rgb = rgb * (1 - layers[0][..., None] * np.minimum(depth, 1))
    rgb = rgb + (layers[1] * (0.35 + 0.5 * severity))[..., None] * (bright - rgb)
    mask = np.clip(layers.sum(axis=0), 0, 1)
    return (rgb, mask) if upright else (rgb.transpose(1, 0, 2), mask.T)
