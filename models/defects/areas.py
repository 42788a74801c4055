# ruff: noqa: ARG001 - faults share one signature; not all need to know where print is
"""Areas laid on the network's picture of a card: stains, lifted film and shadows, of every look.

A stain is a local tint, ink or glue; what dried there leaves a rim, an even film or both. Lifted
film is silver, milky, or gone with the print; its edge is a line that the light makes bright or
dark.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from shapes import (
    PX_PER_MM,
    Array,
    Laid,
    blots,
    blurred,
    from_edge,
    grid,
    noise,
    shape_of,
    without_ink,
)

#: What light a stain lets through, by kind: coffee, tea and rust take blue, oil and water a little
#: of everything, ink most of it.
_BROWN: Final = np.array([[0.45, 0.25, 0.1], [0.9, 0.7, 0.5]])
_INKS: Final = np.array(
    [[0.2, 0.2, 0.55], [0.15, 0.15, 0.2], [0.6, 0.15, 0.2], [0.4, 0.15, 0.5], [0.15, 0.4, 0.25]]
)


def _through(rng: np.random.Generator) -> Array:
    """Red, green and blue light that a layer of some stain lets through."""
    kind = int(rng.choice(4, p=[0.3, 0.25, 0.2, 0.25]))
    if kind == 0:
        return rng.uniform(0.2, 0.75, 3)
    if kind == 1:
        return np.asarray(rng.uniform(*_BROWN))
    if kind == 2:
        return np.asarray(rng.uniform(0.35, 0.72) * rng.normal(1, 0.05, 3))
    return np.asarray(np.clip(rng.choice(_INKS) * rng.uniform(0.8, 1.3), 0.05, 0.9))


def stained(rgb: Array, rng: np.random.Generator, severity: float, printed: Array) -> Laid:
    """A liquid that dried, ink, dirt, or seldom something pale like glue."""
    mask = (
        blots(rng, rng.uniform(2, 13)) if rng.random() < 0.55 else shape_of(rng, rng.uniform(2, 14))
    )
    depth = mask * np.clip(0.85 + rng.uniform(0, 0.35) * noise(rng, (20, 30)), 0.3, 1.3)
    chance = rng.random()
    if chance < 0.65:  # what dried last dried at the rim
        side = int(rng.choice([5, 7, 9, 13]))
        rim = cv2.morphologyEx(mask, cv2.MORPH_GRADIENT, np.ones((side, side), np.uint8))
        if side > 5:
            rim = cv2.GaussianBlur(rim, (0, 0), rng.uniform(1.2, 3))
        inner = rng.uniform(0.15, 0.5) if chance < 0.2 else rng.uniform(0.5, 1)
        depth = depth * inner + rng.uniform(0.3, 0.8) * rim * mask**0.3
    elif chance < 0.75:  # or in the middle
        depth = depth * np.clip(blurred(mask, rng.uniform(4, 16)) * 1.4, 0.2, 1.2)
    if rng.random() < 0.07:
        pale = np.percentile(rgb[::4, ::4], 75) * rng.uniform(0.92, 1.12) * rng.normal(1, 0.03, 3)
        cover = np.clip(depth * (0.3 + 0.6 * severity), 0, 1)
        return rgb + cover[..., None] * (pale - rgb), mask
    through = _through(rng).astype(np.float32)
    # Black print stays what it is, and no stain swallows all light.
    strong = rng.uniform(1.1, 1.9) * severity
    return np.maximum(rgb * through ** (depth * strong)[..., None], 0.02 * rgb), mask


def _rim(away: Array, rng: np.random.Generator) -> Array:
    """The film's edge: a line, here stronger than there."""
    rim = np.exp(-np.square(away / rng.uniform(0.012, 0.05)))
    if rng.random() < 0.5:
        rim = rim * np.clip(0.7 + 0.5 * noise(rng, (9, 14)), 0.1, 1.2)
    return np.asarray(rim)


def peeled(rgb: Array, rng: np.random.Generator, severity: float, printed: Array) -> Laid:
    """Film lifted from an edge: silver, milky, or gone with the print; its edge is a line."""
    rough = rng.uniform(0.03, 0.16) * noise(rng, (12, 19)) + rng.uniform(0, 0.05) * noise(
        rng, (35, 56)
    )
    away = from_edge(rng, severity) + rough
    zone = np.clip(0.5 - away * rng.uniform(8, 30), 0, 1)
    level = np.percentile(rgb[::4, ::4], 75)
    look = rng.choice(("silver", "milky", "bare"), p=[0.45, 0.35, 0.2])
    uneven = 0.12 * noise(rng, (26, 42))
    if look == "silver":
        gone = np.clip(0.6 + 0.45 * severity + uneven, 0.2, 1)
        tone = level * (0.86 + 0.04 * noise(rng, (17, 27)) + rng.normal(0, 0.06))[..., None]
    elif look == "milky":
        gone = np.clip(rng.uniform(0.3, 0.6) + 0.35 * severity + uneven, 0.15, 0.95)
        tone = level * (rng.uniform(0.86, 1.07) + 0.03 * noise(rng, (9, 14)))[..., None]
    else:
        # Islands of print are left where the film tore.
        gone = np.clip(1.2 + 0.3 * severity - 0.5 * np.abs(noise(rng, (18, 29))), 0.1, 1)
        tone = without_ink(rgb) * rng.uniform(0.86, 1.12) * rng.normal(1, 0.02, 3)
    tone = tone * rng.normal(1, 0.02, 3)
    if rng.random() < 0.35:  # lifted film is wavy, and shines
        y, x = grid()
        turn, period = rng.uniform(0, np.pi), rng.uniform(2, 9) * PX_PER_MM
        wave = np.sin(
            (x * np.cos(turn) + y * np.sin(turn)) * 6.28 / period + 2 * noise(rng, (6, 10))
        )
        tone = tone * (1 + rng.uniform(0.03, 0.14) * np.maximum(wave, 0))[..., None]
    rgb = rgb + (zone * gone)[..., None] * (tone - rgb)
    if rng.random() < 0.35:  # the lifted edge throws a shadow, to this side or that
        side = np.exp(-np.square((away - rng.choice([-1, 1]) * 0.05) / rng.uniform(0.03, 0.08)))
        rgb = rgb * (1 - rng.uniform(0.1, 0.4) * side)[..., None]
    rim = _rim(away, rng) * rng.uniform(0.35, 0.9)
    dark = rng.random() < 0.2
    edge = (0.45 if dark else rng.uniform(1.0, 1.15)) * level
    return rgb + rim[..., None] * (edge - rgb), np.asarray(np.maximum(zone, rim > 0.3))


def _half(rng: np.random.Generator) -> Array:
    """One side of the card, with a wavy front, 0..1."""
    y, x = grid()
    turn, middle = rng.uniform(0, 2 * np.pi), rng.uniform([120, 80], [552, 336])
    u = ((x - middle[0]) * np.cos(turn) + (y - middle[1]) * np.sin(turn)) / PX_PER_MM
    away = u + rng.uniform(0, 2.5) * noise(rng, (4, 7))
    if rng.random() < 0.35:  # the shadow of something long
        away = np.abs(away) - rng.uniform(3, 14)
    soft = rng.uniform(0.15, 1) if rng.random() < 0.5 else rng.uniform(1, 4)
    return np.asarray(1 / (1 + np.exp(np.clip(away / soft, -30, 30))), np.float32)


def shaded(light: Array, rng: np.random.Generator, severity: float) -> Laid:
    """Shadow over linear light: a half of the card, a bar, or any shape."""
    if rng.random() < 0.45:
        mask = _half(rng)
    else:
        mask = shape_of(rng, rng.uniform(8, 40))
        if rng.random() < 0.3:
            mask = 1 - mask
        mask = blurred(mask, rng.uniform(1.6, 10))
    dark = mask * np.float32(1 - 0.5 ** (5.0 * severity))
    # What still comes into a shadow is sky or wall: it has a hue.
    hue = rng.normal(0, 0.08, 3).astype(np.float32)
    return light * ((1 - dark)[..., None] * (1 + mask[..., None] * hue)), dark
