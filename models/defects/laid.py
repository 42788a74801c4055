# ruff: noqa: ARG001 - faults share one signature; not all need to know where print is
"""Faults laid on the network's picture of a card: like the simulator's, and of other looks.

The simulator's train split knows four shapes of glare, two of shadow and one of stain, and a card
costs it a second. These cost milliseconds, so that no two sights of a capture show the same, and
lines (``lines.py``), areas (``areas.py``) and what hides the card (``covers.py``) look as somebody
else would have drawn them, too. Every one yields the picture with the fault and where it is, 0..1.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Final

import cv2
import numpy as np
from areas import peeled, shaded, stained
from covers import broken, covered, holed
from lines import cracked, scratched
from shapes import (
    PORTRAIT_LEVEL,
    PX_PER_MM,
    VALUE_LEVEL,
    Array,
    Laid,
    blurred,
    grid,
    noise,
    on_print,
    point,
    shape_of,
    without_ink,
)

from ktpcheck.measures.network import SHAPE

#: Less ink than this is not missed.
_SEEN_PIXELS: Final = 32

#: Pixels around a value's box in which its print may reach, and the gap between lines lies; there
#: is less than this share of a line's ink.
_NEAR, _EMPTY = 10, 0.25


def _linear(rgb: Array) -> Array:
    return np.square(rgb / np.float32(255)) * (0.2 + 0.8 * rgb / np.float32(255))


_TO_DISPLAY: Final = np.interp(
    np.linspace(0, 1, 4097), _linear(np.arange(256, dtype=np.float32)), np.arange(256)
).astype(np.float32)


def _display(light: Array) -> Array:
    return _TO_DISPLAY[np.clip(light * 4096, 0, 4096).astype(np.int32)]


def _glare(rgb: Array, rng: np.random.Generator, severity: float, printed: Array) -> Laid:
    mask = shape_of(rng, rng.uniform(3, 14))
    veil = mask * np.clip(1 + 0.2 * noise(rng, (18, 28)), 0.3, 1.8) * 3.4 * severity**2.2
    veil = blurred(veil, rng.uniform(1.6, 12))
    level = np.percentile(rgb[::4, ::4], 80) / 235
    return _display(_linear(rgb) + (veil * level**2)[..., None]), np.clip(veil, 0, 1)


def _shadow(rgb: Array, rng: np.random.Generator, severity: float, printed: Array) -> Laid:
    light, dark = shaded(_linear(rgb), rng, severity)
    return _display(light), dark


def _erased(rgb: Array, rng: np.random.Generator, severity: float, printed: Array) -> Laid:
    """Print gone from one end or the middle of a line, with a ragged front."""
    ground = without_ink(rgb)
    ink = ((ground - rgb).max(axis=2) > 0.12 * np.median(ground)) & (printed == VALUE_LEVEL)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        cv2.dilate(ink.astype(np.uint8), np.ones((5, 21), np.uint8))
    )
    words = [at for at in range(1, count) if stats[at, cv2.CC_STAT_AREA] > 360]
    if not words:
        return rgb, np.zeros(SHAPE, np.float32)
    at = int(rng.choice(words))
    x, y, width, height = (int(v) for v in stats[at, :4])
    if rng.random() < 0.6:  # from one end, with a front of islands
        rows, columns = slice(max(y - 4, 0), y + height + 4), slice(max(x - 6, 0), x + width + 6)
        front = np.linspace(0, 1, columns.stop - columns.start)[: SHAPE[1] - columns.start]
        front = (
            front[:: int(rng.choice([-1, 1]))]
            + rng.uniform(0.05, 0.2) * noise(rng, (35, 57))[rows, columns]
        )
        mask = np.zeros(SHAPE, np.float32)
        mask[rows, columns] = front < np.quantile(front, 0.85 * severity)
    else:
        run = max(0.9 * severity * width, 10)
        start = x + (width - run) * float(rng.choice([0.0, 1.0, rng.random()]))
        along = np.arange(SHAPE[1])[None, :] + 6 * noise(rng, (52, 84))
        gone = (along > start) & (along < start + run)
        held = np.zeros(SHAPE, bool)
        held[y : y + height] = True
        mask = (gone & held & (labels == at)).astype(np.float32)
    if (ink & (mask > 0)).sum() < _SEEN_PIXELS:
        return rgb, np.zeros(SHAPE, np.float32)
    mask = cv2.GaussianBlur(mask, (0, 0), rng.uniform(0.5, 1))
    return rgb + mask[..., None] * (ground - rgb), mask


def shortened(
    rgb: Array, box: Array, spoiled: Array, rng: np.random.Generator
) -> tuple[Array, Array]:
    """A value that ends sooner, cleanly between two characters: that is no missing print.

    Parameters
    ----------
    rgb : (*SHAPE, 3) float32
    box : (4,) float32
        The value's sides, pixels.
    spoiled : (h, w) bool
        Cells where some fault lies: such a value is left alone, and so is one not well boxed.

    Returns
    -------
    picture, (4,) float32
        And the sides now.
    """
    x0, y0, x1, y1 = (int(v) for v in box)
    scale = SHAPE[0] // spoiled.shape[0]
    if spoiled[y0 // scale : y1 // scale + 1, x0 // scale : x1 // scale + 1].any():
        return rgb, box
    first_row, first = y0 - _NEAR, x0 - _NEAR
    part = rgb[first_row : y1 + _NEAR, first : x1 + _NEAR]
    ground = without_ink(part)
    ink = (ground - part).max(axis=2)
    # From the emptiest row above the line to that below it.
    along = ink.mean(axis=1)
    top, below = int(along[:_NEAR].argmin()), len(along) - int(along[: -_NEAR - 1 : -1].argmin())
    if max(along[top], along[below - 1]) > _EMPTY * along.max():
        return rgb, box
    across = ink[top:below].sum(axis=0)[:-_NEAR]
    gaps = np.flatnonzero(across < 0.25 * np.median(across[_NEAR:]))
    gaps = gaps[gaps > _NEAR + 0.15 * (x1 - x0)]
    if not len(gaps):
        return rgb, box
    end = int(rng.choice(gaps))
    rgb = rgb.copy()
    rgb[first_row + top : first_row + below, first + end : x1 + _NEAR] = ground[top:below, end:]
    return rgb, np.array([*box[:2], first + end, box[3]], np.float32)


def _bubbled(rgb: Array, rng: np.random.Generator, severity: float, printed: Array) -> Laid:
    """Blisters: a ring brighter towards the light, hazy inside."""
    y, x = grid()
    lit = rng.uniform(0, 2 * np.pi)
    cover, mask = np.zeros(SHAPE, np.float32), np.zeros(SHAPE, np.float32)
    for _ in range(1 + int(rng.integers(0, 2 + round(5 * severity)))):
        cx, cy = on_print(rng, printed)
        radius = np.float32(rng.uniform(1.0, 1.8 + 3.5 * severity) * PX_PER_MM)
        reach = int(2 * radius) + 3
        part = (
            slice(max(int(cy) - reach, 0), int(cy) + reach),
            slice(max(int(cx) - reach, 0), int(cx) + reach),
        )
        turn, squeeze = rng.uniform(0, np.pi), rng.uniform(0.6, 1.0)
        dx, dy = x[part] - np.float32(cx), y[part] - np.float32(cy)
        u = dx * np.cos(turn) + dy * np.sin(turn)
        v = (dy * np.cos(turn) - dx * np.sin(turn)) / squeeze
        away = np.hypot(u, v) / radius
        facing = 0.55 + 0.45 * np.cos(np.arctan2(dy, dx) - lit)
        ring = np.exp(-np.square((away - 1) / 0.12)) * facing
        off = np.hypot(dx - 0.5 * radius * np.cos(lit), dy - 0.5 * radius * np.sin(lit))
        spot = np.exp(-np.square(off / radius) / 0.12)
        haze = np.clip((1.05 - away) * 8, 0, 1)
        here = (0.5 + 0.5 * severity) * (ring + 0.8 * spot) + 0.35 * severity * haze
        cover[part] = np.maximum(cover[part], np.clip(here, 0, 1))
        mask[part] = np.maximum(mask[part], haze)
    return rgb + cover[..., None] * (1.1 * np.percentile(rgb[::4, ::4], 75) - rgb), mask


def _faded(rgb: Array, rng: np.random.Generator, severity: float, printed: Array) -> Laid:
    """Ink gone pale, unevenly; everywhere or around some place."""
    where = np.clip(0.95 + 0.12 * noise(rng, (4, 6)) + 0.1 * noise(rng, (13, 21)), 0, 1)
    if rng.random() < 0.4:
        y, x = grid()
        cx, cy = point(rng)
        off = np.hypot((x - cx) / rng.uniform(40, 240), (y - cy) / rng.uniform(20, 100))
        where = where * np.clip(2.2 - 2 * off, 0, 1)
    lost = where * (1 - (1 - severity) ** 1.5) * (printed != PORTRAIT_LEVEL)
    return rgb + lost[..., None] * (without_ink(rgb) - rgb), lost


def _worn(rgb: Array, rng: np.random.Generator, severity: float, printed: Array) -> Laid:
    """The portrait rubbed flat and mottled."""
    rows, columns = np.where(printed == PORTRAIT_LEVEL)
    mask = np.zeros(SHAPE, np.float32)
    if not len(rows):
        return rgb, mask
    part = slice(rows.min(), rows.max() + 1), slice(columns.min(), columns.max() + 1)
    mask[part] = np.clip(1.25 * severity + 0.4 * severity * noise(rng, (40, 64))[part], 0, 1)
    level = 0.84 * np.percentile(rgb[::4, ::4], 75, axis=(0, 1))
    # Rubbed through in places, down to the pale blank; it is told of the portrait as a whole.
    if rng.random() < 0.4:
        rough = noise(rng, (52, 84)) + noise(rng, (17, 28))
        bare = np.clip((rough + 2.6 * severity - 1.6) * rng.uniform(1, 4), 0, 1)
        bare = bare * np.clip(0.4 + severity, 0, 1) * (mask > 0)
        pale = level * rng.uniform(0.95, 1.25)
        return rgb + bare[..., None] * (pale - rgb), mask
    flat = 0.45 * blurred(rgb, 1.2 + 13 * severity) + 0.55 * level
    rgb = rgb + (mask**1.2)[..., None] * (flat - rgb)
    return rgb + ((mask > 0) * severity * 10 * noise(rng, (104, 168)))[..., None], mask


def _written(rgb: Array, rng: np.random.Generator, severity: float, printed: Array) -> Laid:
    """Writing laid over the picture, in any of a few colours and at any angle."""
    fine = 2
    words = ("".join(rng.choice(list(_LETTERS), rng.integers(3, 12))) for _ in range(3))
    text = " ".join(list(words)[: int(rng.integers(1, 4))])
    font = int(rng.choice([0, 1, 2, 3, 4, 5, 6]))
    size = (1.6 + 2.4 * severity) * PX_PER_MM * fine / 22
    thick = max(int(size * rng.uniform(1.2, 3.4)), 1)
    canvas = np.zeros((SHAPE[0] * fine, SHAPE[1] * fine), np.uint8)
    (width, height), _ = cv2.getTextSize(text, font, size, thick)
    cx, cy = (on_print(rng, printed) if rng.random() < 0.6 else point(rng)) * fine
    origin = int(cx - width / 2), int(cy + height / 2)
    cv2.putText(canvas, text, origin, font, size, 255, thick, cv2.LINE_AA)
    turn = cv2.getRotationMatrix2D((cx, cy), rng.uniform(-40, 40), 1.0)
    canvas = cv2.warpAffine(canvas, turn, canvas.shape[::-1])
    cover = cv2.resize(canvas, SHAPE[::-1], interpolation=cv2.INTER_AREA) / np.float32(255)
    inks = ((20, 20, 24), (200, 25, 30), (25, 60, 180), (250, 250, 250), (20, 120, 60))
    colour = np.array(inks[3 if rng.random() < 0.3 else int(rng.integers(len(inks)))])
    colour = colour + rng.normal(0, 8, 3)
    cover = cover * min(1.0, 0.3 + 0.8 * severity)
    return rgb + cover[..., None] * (colour - rgb), cover


_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/"

#: Every fault that can be laid on, by the network's name, in no order.
LAID: Final = MappingProxyType[str, Callable[[Array, np.random.Generator, float, Array], Laid]](
    {
        "glare": _glare,
        "shadow": _shadow,
        "occluded": covered,
        "overlay_on_field": _written,
        "scratch": scratched,
        "crack": cracked,
        "laminate_peel": peeled,
        "laminate_bubble": _bubbled,
        "stain": stained,
        "print_faded": _faded,
        "text_missing": _erased,
        "broken": broken,
        "hole_punch": holed,
        "photo_worn": _worn,
    }
)

_FINE: Final = frozenset(
    {"scratch", "laminate_bubble", "text_missing", "overlay_on_field", "hole_punch"}
)

#: The fine ones take more to be learned, and so do those of many looks.
_OFTEN_LAID: Final = {
    "scratch": 8.0,
    "laminate_bubble": 3.0,
    "text_missing": 4.5,
    "overlay_on_field": 3.0,
    "hole_punch": 2.0,
    "stain": 4.0,
    "laminate_peel": 3.5,
    "crack": 2.5,
    "shadow": 2.0,
    "occluded": 1.5,
    "photo_worn": 1.5,
}

#: Those that lie in the print or on the card come before light and covers.
_ORDER: Final = (
    *("print_faded", "text_missing", "photo_worn", "stain", "scratch", "laminate_bubble"),
    *("laminate_peel", "crack", "hole_punch", "broken", "shadow", "glare", "occluded"),
    "overlay_on_field",
)

_WEIGHTS: Final = np.array([_OFTEN_LAID.get(name, 1.0) for name in _ORDER])
_OFTEN: Final = _WEIGHTS / _WEIGHTS.sum()


def some_faults(rng: np.random.Generator) -> list[str]:
    """None, or one to three, in the order in which they lie on each other."""
    count = int(rng.choice(4, p=[0.32, 0.36, 0.22, 0.1]))
    chosen = set(rng.choice(_ORDER, count, replace=False, p=_OFTEN).tolist())
    return [name for name in _ORDER if name in chosen]


def strength(rng: np.random.Generator, name: str) -> float:
    """How grave a fault is laid on: a fine one mostly about as faint as is to be told."""
    return float(rng.triangular(0.12, 0.4, 0.95) if name in _FINE else rng.uniform(0.12, 0.95))
