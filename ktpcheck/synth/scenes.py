"""Scenes: where the card lies, what it lies on, and in which size of picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import CARD_HEIGHT_MM, CARD_WIDTH_MM, UInt8
from ktpcheck.synth.backgrounds import draw_background, draw_screen, draw_sheet
from ktpcheck.synth.pose import Wish
from ktpcheck.synth.splits import SPLITS, stream

#: Sizes of phone pictures and how often they are drawn.
_SIZES: Final = (
    ((1600, 1200), 0.3),
    ((2400, 1800), 0.25),
    ((1200, 1600), 0.12),
    ((4000, 3000), 0.13),
    ((3000, 4000), 0.12),
    ((1920, 1080), 0.08),
)

#: Pixels per millimetre of a capture without ``low_resolution``, and with all of it.
FINE_PX_PER_MM: Final = 12.0
COARSE_PX_PER_MM: Final = 2.4

#: Lean of a card without ``skew`` and what full severity adds, degrees.
SKEW_FROM_DEG: Final = 14.0
SKEW_RANGE_DEG: Final = 44.0

#: Bulge of the long edges of a fully bent card.
BEND_RANGE_MM: Final = 4.0


@dataclass(frozen=True)
class Scene:
    """Ranges a scene draws its pose from.

    ``share``: how much of the picture the turned card spans; ``tilt`` in degrees; ``offset``: how
    far its middle strays, shares of the picture; ``turn`` in degrees; ``quarter``: how often it
    stands on another side.
    """

    share: tuple[float, float]
    tilt: tuple[float, float]
    offset: float
    turn: tuple[float, float] = (-14.0, 14.0)
    quarter: float = 0.12


#: Every scene by name.
SCENES: Final[Mapping[str, Scene]] = MappingProxyType(
    {
        "desk": Scene((0.55, 0.88), (0, 16), 0.06),
        "hand": Scene((0.55, 0.8), (0, 20), 0.05),
        "scan": Scene((0.5, 1.0), (0, 0), 0.0, (-2.0, 2.0), 0.0),
        "cut": Scene((0.75, 1.0), (0, 12), 0.0),
        "tiny": Scene((0.14, 0.24), (0, 18), 0.25, (-30.0, 30.0)),
        "full": Scene((0.93, 1.0), (0, 6), 0.01, (-3.0, 3.0)),
        "rotated": Scene((0.6, 0.85), (0, 14), 0.05, (0.0, 360.0), 0.0),
        "steep": Scene((0.6, 0.85), (24, 36), 0.05),
        # Other cards and papers beside it.
        "clutter": Scene((0.4, 0.68), (0, 18), 0.09),
        # Sent on by a messaging app, which reduced and saved it again.
        "chat": Scene((0.55, 0.92), (0, 16), 0.05),
        # Other people's e-KTPs on the same table; the card is the one in the middle.
        "several": Scene((0.34, 0.5), (0, 16), 0.06),
        # A screenshot of a phone's picture viewer, the card enlarged in it.
        "gallery": Scene((0.8, 1.04), (0, 12), 0.04, (-8.0, 8.0)),
        # A photo of a laptop that shows a photo of the card, larger than life.
        "laptop": Scene((0.5, 0.8), (0, 18), 0.05, (-6.0, 6.0), 0.0),
    }
)


def draw_size(split: str, seed: int, scene: str) -> tuple[int, int]:
    """Width and height of the picture."""
    rng = stream(split, seed, "size")
    if scene == "tiny":
        return (4000, 3000) if rng.random() < 0.5 else (3000, 4000)
    if scene == "chat":
        return ((1600, 1200), (1200, 1600), (1280, 960), (960, 1280), (1024, 768))[
            int(rng.integers(5))
        ]
    if scene == "gallery":
        return ((1080, 2400), (1080, 2340), (720, 1600), (1440, 3120), (2400, 1080))[
            int(rng.integers(5))
        ]
    if scene == "scan":
        return ((1240, 874), (2480, 1754), (1654, 1170), (1011, 638))[int(rng.integers(4))]
    weights = np.array([weight for _, weight in _SIZES])
    return _SIZES[int(rng.choice(len(_SIZES), p=weights / weights.sum()))][0]


def draw_wish(
    name: str,
    rng: np.random.Generator,
    size: tuple[int, int],
    wanted: Mapping[str, tuple[float, str | None]],
    rotation_deg: float | None,
) -> Wish:
    """What the scene asks of the pose. Every number is drawn whatever the scene uses."""
    scene = SCENES[name]
    rotation = float(rng.uniform(*scene.turn))
    quarter = float(rng.integers(1, 4)) * 90.0
    chance, upright = rng.random(2)
    tilt = float(rng.uniform(*scene.tilt))
    share = float(rng.uniform(*scene.share))
    offset = 0.5 + rng.uniform(-scene.offset, scene.offset, 2)
    distortion = float(rng.uniform(-0.02, 0.02))
    axis = float(rng.uniform(0, 360))
    coin = bool(rng.random() < 0.5)
    side, depth = int(rng.integers(4)), float(rng.uniform(0.05, 0.2))
    if name == "rotated":
        if chance < 0.4:
            rotation = quarter + float(rng.uniform(-4, 4))
    elif chance < scene.quarter:
        rotation += quarter
    elif name not in {"scan", "laptop"} and size[1] > size[0] and upright < 0.35:
        # Upright phones often hold the card along their long side.
        rotation += 90.0 if coin else 270.0
    if rotation_deg is not None:
        rotation = rotation_deg
    if "skew" in wanted:
        tilt = SKEW_FROM_DEG + SKEW_RANGE_DEG * wanted["skew"][0]
    if name == "scan":
        distortion = 0.0
        if coin and rotation_deg is None:
            rotation, share = 0.0, 1.0
    if "low_resolution" in wanted:
        ratio = COARSE_PX_PER_MM / FINE_PX_PER_MM
        px_per_mm = FINE_PX_PER_MM * ratio ** wanted["low_resolution"][0]
        wide, tall = _turned_size(rotation)
        share = min(share, px_per_mm / min(size[0] / wide, size[1] / tall))
    upward = 1.0 if rng.random() < 0.5 else -1.0
    bend = upward * BEND_RANGE_MM * wanted["bent"][0] if "bent" in wanted else 0.0
    centre = [float(offset[0]), float(offset[1])]
    if "cropped" in wanted:
        depth = 0.45 * wanted["cropped"][0]
    if name == "cut" or "cropped" in wanted:
        # Push the card over one side of the picture, sometimes over a corner.
        wide, tall = _turned_size(rotation)
        fit = min(size[0] / wide, size[1] / tall) * share
        spans = (wide * fit / size[0], tall * fit / size[1])
        along = side % 2
        centre[along] = spans[along] * (0.5 - depth)
        if side >= 2:
            centre[along] = 1 - centre[along]
        if coin:
            other = 1 - along
            centre[other] = spans[other] * (0.5 - 0.5 * depth)
    return Wish(share, (centre[0], centre[1]), rotation, tilt, axis, distortion, bend)


def _turned_size(rotation_deg: float) -> tuple[float, float]:
    """Width and height of the card's bounding box when turned, millimetres."""
    turn = np.deg2rad(rotation_deg)
    cos, sin = abs(np.cos(turn)), abs(np.sin(turn))
    return (
        float(CARD_WIDTH_MM * cos + CARD_HEIGHT_MM * sin),
        float(CARD_WIDTH_MM * sin + CARD_HEIGHT_MM * cos),
    )


def draw_table(
    scene: str,
    split: str,
    seed: int,
    size: tuple[int, int],
    wanted: Mapping[str, tuple[float, str | None]],
) -> tuple[UInt8, str]:
    """What lies under the card, (H, W, 3) uint8, and its name."""
    rng = stream(split, seed, "table")
    if "screen_capture" in wanted and scene != "laptop":
        return draw_screen(rng, size), "screen"
    if scene == "scan" or "photocopy" in wanted:
        return draw_sheet(rng, size), "sheet"
    kinds = SPLITS[split].backgrounds
    kind = kinds[int(rng.integers(len(kinds)))]
    table = draw_background(kind, rng, size)
    if scene == "hand":
        # Behind a card in the hand everything is farther off and out of focus.
        blur = float(rng.uniform(0.002, 0.012)) * max(size)
        few = 4
        small = cv2.resize(table, (size[0] // few, size[1] // few), interpolation=cv2.INTER_AREA)
        small = cv2.GaussianBlur(small, (0, 0), max(blur / few, 0.5))
        table = np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_LINEAR), np.uint8)
    return table, kind
