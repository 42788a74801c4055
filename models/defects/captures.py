"""What the network learns from: simulated captures, flattened, and where their faults lie.

Several shots of one drawn card, each with faults of its own, since drawing a card costs more than
photographing it. Most shots have several faults at once; many have none, or only the little that
an ordinary capture has.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from network import MAPS, STRIDE

from ktpcheck.geometry import (
    CARD_CORNERS_MM,
    CARD_HEIGHT_MM,
    CARD_WIDTH_MM,
    mm_to_photo,
    transform,
)
from ktpcheck.measures.network import SHAPE, inputs_of
from ktpcheck.records import Outline, Photo, Placement
from ktpcheck.rectify import rectify
from ktpcheck.synth import Capture, make_capture
from ktpcheck.synth.card import draw_card
from ktpcheck.synth.conditions import MASK_PX_PER_MM
from ktpcheck.synth.faults import CARD_FAULTS
from ktpcheck.synth.shooting import SHOT_FAULTS

#: Cards in a chunk, how often each is worn anew, and shots of it then.
CARDS: Final = 16
WORN: Final = 2
SHOTS: Final = 3

#: From here on a pixel of a mask is the fault's.
_PRESENT: Final = 0.1

#: The simulator's names of what the network calls otherwise: two names of one thing are one map.
FAMILY: Final[Mapping[str, str]] = {"scratch_nik": "scratch", "scratch_other": "scratch"}

#: Faults that hide whatever else is there.
_OPAQUE: Final = ("occluded", "broken", "hole_punch", "cropped")

#: Faults with a place, and how often they are asked for next to each other.
_LOCAL: Final[Mapping[str, float]] = {
    "glare": 1.0,
    "shadow": 1.0,
    "occluded": 1.0,
    "overlay_on_field": 1.4,
    "scratch_nik": 2.0,
    "scratch_other": 3.5,
    "crack": 1.4,
    "laminate_peel": 1.4,
    "laminate_bubble": 2.0,
    "stain": 1.4,
    "print_faded": 1.2,
    "text_missing": 1.8,
    "broken": 1.2,
    "hole_punch": 1.2,
    "photo_worn": 1.2,
}

#: Faults of the card and of the shot that have a place, and of the shot that have none.
_ON_CARD: Final = tuple(name for name in _LOCAL if name in CARD_FAULTS)
_ON_SHOT: Final = tuple(name for name in _LOCAL if name not in CARD_FAULTS)

_SCENES: Final[Mapping[str, float]] = {
    "desk": 0.55,
    "hand": 0.08,
    "scan": 0.08,
    "full": 0.05,
    "steep": 0.07,
    "cut": 0.06,
    "gallery": 0.03,
    "laptop": 0.03,
    "rotated": 0.05,
}

#: Boxes of print that a sample has room for.
MOST_BOXES: Final = 64

#: What a box is of: the portrait, a label, a value.
PORTRAIT, LABEL, VALUE = 1, 2, 3

#: A line that changes the picture by less than this many levels is not seen.
SEEN_LEVELS: Final = 7.0

#: Small pictures are quick to make; the camera's blur, noise and blocks are in their pixels.
_SIZES: Final = ((900, 675), (1200, 900), (1600, 1200), (1600, 1200), (900, 1200))


def _some(
    rng: np.random.Generator, names: tuple[str, ...], count: int, printed: frozenset[str]
) -> dict[str, float]:
    """Faults of any strength, half of them aimed at a field that the card has."""
    weights = np.array([_LOCAL[name] for name in names])
    asked = {}
    for name in rng.choice(names, count, replace=False, p=weights / weights.sum()):
        aimed = rng.random() < 0.5 and name not in ("crack", "photo_worn", "print_faded")
        aim = "@" + str(rng.choice([*sorted(printed), "portrait"])) if aimed else ""
        asked[name + aim] = float(rng.uniform(0.12, 1.0))
    return asked


def _wear_of(rng: np.random.Generator, printed: frozenset[str]) -> dict[str, float]:
    """The faults of a card: almost half have none."""
    asked = _some(rng, _ON_CARD, int(rng.choice(4, p=[0.45, 0.35, 0.15, 0.05])), printed)
    if rng.random() < 0.12:
        asked["yellowed"] = float(rng.uniform(0.1, 1.0))
    return asked


def _shot_of(rng: np.random.Generator, printed: frozenset[str]) -> dict[str, float]:
    """The faults of a shot: more than half have none with a place, half none without."""
    asked = _some(rng, _ON_SHOT, int(rng.choice(3, p=[0.55, 0.35, 0.1])), printed)
    if rng.random() < 0.5:
        asked[str(rng.choice(list(SHOT_FAULTS)))] = float(rng.uniform(0.1, 0.9))
    for name, chance in (("bent", 0.08), ("low_resolution", 0.06)):
        if rng.random() < chance:
            asked[name] = float(rng.uniform(0.2, 0.9))
    return asked


def shots_of(card: int, split: str) -> list[dict[str, Any]]:
    """Shots of one card, each as ``sample_of`` has it."""
    made = []
    printed = frozenset(draw_card(card, split, None, None).boxes)
    for number in range(WORN * SHOTS):
        worn, shot = divmod(number, SHOTS)
        wear_of = _wear_of(np.random.default_rng([card, worn, len(split)]), printed)
        rng = np.random.default_rng([card, worn, shot + 1, len(split)])
        faults: dict[str, float] | None = {**wear_of, **_shot_of(rng, printed)}
        if not wear_of and rng.random() < 0.6:
            # What an ordinary capture has.
            faults = None if rng.random() < 0.7 else {}
        scene = str(rng.choice(list(_SCENES), p=np.array(list(_SCENES.values()))))
        size = (720, 1600) if scene == "gallery" else _SIZES[int(rng.integers(len(_SIZES)))]
        capture = make_capture(card, split, scene=scene, defects=faults, size_px=size, shot=number)
        made.append(sample_of(capture, rng))
    return made


def jittered(capture: Capture, rng: np.random.Generator) -> tuple[Outline, Placement]:
    """The outline and placement as they may be found: mostly near the truth, seldom off."""
    truth = capture.outline
    sigma_mm = float(rng.choice([0.0, 0.15, 0.35, 0.7], p=[0.25, 0.35, 0.3, 0.1]))
    shift = rng.normal(0, 0.6 * sigma_mm, (1, 2))
    corners_mm = CARD_CORNERS_MM + shift + rng.normal(0, 0.6 * sigma_mm, (4, 2))
    corners = transform(mm_to_photo(truth.corners_px), corners_mm).astype(np.float32)
    return Outline(corners, truth.score, truth.sides), capture.placement


def sample_of(capture: Capture, rng: np.random.Generator | None = None) -> dict[str, Any]:
    """One capture as the network sees it, and its truth.

    Parameters
    ----------
    capture : Capture
    rng : numpy.random.Generator, optional
        Draws how far off the outline is found; the true one when None.

    Returns
    -------
    dict
        ``x`` ``(channels, *SHAPE)`` uint8; ``maps`` (len(MAPS), h, w) uint8, the share of each
        cell that a fault's mask holds, 255 for all; ``open`` (h, w) bool, where something opaque
        or the edge of the photo leaves open what is there; ``severity`` (len(MAPS),) float32;
        ``boxes`` (MOST_BOXES, 5) float32, kind and sides in mm of every box of print.
    """
    photo = Photo(capture.pixels, "capture", None, "", "PNG")
    outline, placement = (
        (capture.outline, capture.placement) if rng is None else jittered(capture, rng)
    )
    card = rectify(photo, outline, placement)
    # From the truth's millimetres to those of the outline as found.
    found_mm = transform(np.linalg.inv(mm_to_photo(outline.corners_px)), capture.outline.corners_px)
    moved = cv2.getPerspectiveTransform(
        (CARD_CORNERS_MM * MASK_PX_PER_MM).astype(np.float32),
        (found_mm * MASK_PX_PER_MM).astype(np.float32),
    )
    cells = (SHAPE[0] // STRIDE, SHAPE[1] // STRIDE)
    maps = np.zeros((len(MAPS), *cells), np.uint8)
    severity = np.zeros(len(MAPS), np.float32)
    hidden = np.zeros(cells, np.float32)
    strength = {row["id"]: float(row["severity"]) for row in capture.defects}
    for name, mask in capture.masks.items():
        family = FAMILY.get(name, name)
        if family not in MAPS and name not in _OPAQUE:
            continue
        size = (round(CARD_WIDTH_MM * MASK_PX_PER_MM), round(CARD_HEIGHT_MM * MASK_PX_PER_MM))
        here = cv2.warpPerspective(np.asarray(mask), moved, size)
        share = cv2.resize(
            (here > _PRESENT).astype(np.float32), cells[::-1], interpolation=cv2.INTER_AREA
        )
        if family in MAPS:
            at = MAPS.index(family)
            maps[at] = np.maximum(maps[at], np.round(255 * share).astype(np.uint8))
            severity[at] = max(severity[at], strength[name])
        if name in _OPAQUE:
            covered = cv2.resize(
                (here > 0.5).astype(np.float32), cells[::-1], interpolation=cv2.INTER_AREA
            )
            hidden = np.maximum(hidden, covered)
    return {
        "x": inputs_of(card, card.placement.lines),
        "maps": maps,
        "open": hidden > 0.6,
        "severity": severity,
        "boxes": _boxes_of(card.placement),
    }


def _boxes_of(placement: Placement) -> np.ndarray[Any, Any]:
    """Kind and sides, mm, of all boxes of print: (MOST_BOXES, 5) float32, padded with zeros."""
    every = [
        (PORTRAIT, placement.portrait),
        *((LABEL, box) for box in placement.labels.values()),
        *((VALUE, box) for boxes in placement.lines.values() for box in boxes),
    ]
    rows = np.zeros((MOST_BOXES, 5), np.float32)
    rows[: len(every)] = [(kind, box.x0, box.y0, box.x1, box.y1) for kind, box in every]
    return rows


def without_unseen(x: np.ndarray[Any, Any], maps: np.ndarray[Any, Any]) -> None:
    """Take out of ``maps`` the scratches that cannot be seen: bright lines on a bright blank.

    Such a cell then neither holds a scratch nor is free of one.

    Parameters
    ----------
    x : (5, *SHAPE) uint8
    maps : (len(MAPS), h, w) uint8
        Of the same capture; written to.
    """
    scratch = maps[MAPS.index("scratch")]
    if not scratch.any():
        return
    rgb = x[:3].transpose(1, 2, 0).astype(np.float32)
    change = np.abs(rgb - cv2.GaussianBlur(rgb, (0, 0), 4.0)).max(axis=2)
    shown = change.reshape(scratch.shape[0], STRIDE, scratch.shape[1], STRIDE).max(axis=(1, 3))
    print_there = cv2.resize(x[3], scratch.shape[::-1], interpolation=cv2.INTER_AREA) > 0
    scratch[(shown < SEEN_LEVELS) & ~print_there & (scratch > 0)] = 1


def draw_chunk(work: Path, number: int, split: str, cards: int = CARDS) -> Path:
    """Draw one chunk of captures, or find it drawn."""
    path = work / f"{split}-{number:04d}.npz"
    if path.exists():
        return path
    samples = [
        sample
        for card in range(cards)
        for sample in shots_of(40_000 + number * CARDS + card, split)
    ]
    new = path.with_suffix(f".{os.getpid()}.new.npz")
    np.savez(new, **{key: np.stack([sample[key] for sample in samples]) for key in samples[0]})
    new.replace(path)
    return path
