# ruff: noqa: ARG001 - faults share one signature; not all need to know where print is
"""What hides the card or is none: fingers and things over it, holes, parts that broke off."""

from __future__ import annotations

from typing import Final

import numpy as np
from shapes import PX_PER_MM, Array, Laid, away_from, from_edge, grid, noise, point, polygon

from ktpcheck.measures.network import SHAPE

#: How often what covers the card is fingers.
_FINGERS: Final = 0.6


def covered(rgb: Array, rng: np.random.Generator, severity: float, printed: Array) -> Laid:
    """A finger, or a thing that lies over the card's edge."""
    if rng.random() < _FINGERS:
        return _fingers(rgb, rng, severity)
    away = away_from(polygon(rng, 6 + 14 * severity))
    mask = (rng.uniform(0.6, 1.0) * np.clip(1 - away * 5, 0, 1)).astype(np.float32)
    if not (mask[0].any() or mask[-1].any() or mask[:, 0].any() or mask[:, -1].any()):
        return rgb, np.zeros(SHAPE, np.float32)
    colour = rng.uniform(15, 240, 3) * np.ones((*SHAPE, 1))
    colour = colour * (1 + 0.1 * rng.random() * noise(rng, (30, 48)))[..., None]
    if rng.random() < 0.5:
        colour += rng.normal(0, 12) * noise(rng, (104, 168))[..., None]
    return rgb + mask[..., None] * (colour - rgb), mask


def _fingers(rgb: Array, rng: np.random.Generator, severity: float) -> Laid:
    """One to three fingers that come in over an edge, side by side, round and lit from one side."""
    y, x = grid()
    wide, high = SHAPE[1], SHAPE[0]
    side, along = int(rng.integers(4)), rng.uniform(0.08, 0.92)
    root = np.array(
        [(along * wide, 0), (along * wide, high), (0, along * high), (wide, along * high)][side]
    )
    inward = ((0, 1), (0, -1), (1, 0), (-1, 0))[side]
    turn = np.arctan2(inward[1], inward[0]) + rng.normal(0, 0.45)
    skin = np.array([[224, 182, 152], [198, 146, 112], [150, 104, 76], [96, 66, 50]])
    level = np.percentile(rgb[::4, ::4], 80) / 235
    tone = skin[int(rng.integers(4))] * rng.uniform(0.75, 1.12) * rng.normal(1, 0.04, 3) * level
    lit, half = rng.normal(0, 0.35), rng.uniform(5, 10) * PX_PER_MM
    reach = (4 + 26 * severity) * PX_PER_MM
    mask = np.zeros(SHAPE, np.float32)
    for number in range(int(rng.choice([1, 1, 1, 2, 3]))):
        at = root + 2.1 * number * half * np.array([-np.sin(turn), np.cos(turn)])
        dx, dy = x - np.float32(at[0]), y - np.float32(at[1])
        u = dx * np.float32(np.cos(turn)) + dy * np.float32(np.sin(turn))
        v = dy * np.float32(np.cos(turn)) - dx * np.float32(np.sin(turn))
        tip = reach * rng.uniform(0.7, 1.1)
        beyond = np.maximum(u - tip + half, 0)
        away = np.hypot(beyond, v) - half * np.minimum(1, 1.04 - 0.05 * beyond / half)
        here = np.clip(0.5 - away / rng.uniform(1, 4), 0, 1)
        if rng.random() < 0.7:  # it throws a soft shadow on the card
            shade = np.exp(-np.square(np.maximum(away, 0) / rng.uniform(4, 30)))
            rgb = rgb * (1 - rng.uniform(0.1, 0.5) * shade)[..., None]
        round_ = np.clip(v / half, -1, 1)
        light = 1 - 0.35 * np.square(round_) + lit * round_
        flesh = tone * (light + 0.02 * noise(rng, (26, 42)))[..., None]
        if rng.random() < 0.5:  # a nail
            nail = np.hypot((u - tip + 0.75 * half) / 0.62, v / 0.52) - half
            pale = 1.12 * tone + rng.uniform(0, 25)
            flesh = flesh + np.clip(0.5 - nail / 3, 0, 1)[..., None] * (pale - flesh)
        rgb = rgb + here[..., None] * (flesh - rgb)
        mask = np.maximum(mask, here)
    return rgb, mask


def holed(rgb: Array, rng: np.random.Generator, severity: float, printed: Array) -> Laid:
    """A round hole through which some table shows."""
    centre, radius = point(rng), (0.6 + 2.6 * severity) * PX_PER_MM
    y, x = grid()
    away = np.hypot(x - centre[0], y - centre[1]) - radius
    mask = np.clip(0.5 - away, 0, 1)
    rim = 0.4 * np.exp(-np.square(away / (0.22 * PX_PER_MM)))
    rgb = rgb + rim[..., None] * (np.percentile(rgb[::4, ::4], 75, axis=(0, 1)) - rgb)
    # Tables are mostly wood, cloth or stone, and seldom as coloured as ink.
    table = rng.uniform(5, 230) + rng.normal(0, 20, 3)
    if rng.random() < 0.35:
        table = rng.uniform(5, 230, 3)
    table = table * (1 + 0.1 * noise(rng, (52, 84)))[..., None]
    return rgb + mask[..., None] * (table - rgb), mask


def broken(rgb: Array, rng: np.random.Generator, severity: float, printed: Array) -> Laid:
    """A corner or a bite is missing: the table shows behind a torn white edge."""
    away = from_edge(rng, severity) + 0.03 * noise(rng, (26, 42))
    gone = np.clip(0.5 - away * 30, 0, 1)
    rim = np.exp(-np.square(np.maximum(away, 0) / 0.02))
    table = rng.uniform(10, 235, 3) * (1 + 0.12 * rng.random() * noise(rng, (20, 33)))[..., None]
    if rng.random() < 0.4:
        table = table * (0.75 + 0.25 * np.sign(noise(rng, (26, 3))))[..., None]
    rgb = rgb + (0.7 * rim)[..., None] * (np.percentile(rgb[::4, ::4], 80, axis=(0, 1)) - rgb)
    return rgb + gone[..., None] * (table - rgb), gone
