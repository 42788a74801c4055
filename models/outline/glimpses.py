"""Small captures to train the outline's network on, drawn by the simulator and kept on disk.

``train.py`` draws what it needs; ``python models/outline/glimpses.py FOLDER [--cards N]`` only does
so ahead of it. A file holds several small shots of one drawn card in different scenes,
lights and faults and a picture without an e-KTP. What is there already is not drawn again.
"""

from __future__ import annotations

import argparse
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from ktpcheck.outline import reduce_photo
from ktpcheck.register import light
from ktpcheck.synth import DEFECTS, NEGATIVES, TRAINING_SPLITS, make_capture, make_negative
from ktpcheck.synth.splits import stream

UInt8 = npt.NDArray[np.uint8]
Float32 = npt.NDArray[np.float32]

#: Longest side a glimpse is kept at.
_KEPT_PX: Final = 384
#: Shots of one card, and pictures without a card to as many.
_SHOTS: Final = 6
_EMPTY: Final = 1
#: Scenes and how often they are drawn.
_SCENES: Final = {
    "desk": 0.2,
    "hand": 0.08,
    "scan": 0.08,
    "cut": 0.11,
    "tiny": 0.09,
    "full": 0.06,
    "rotated": 0.09,
    "steep": 0.06,
    "clutter": 0.05,
    "several": 0.05,
    "gallery": 0.03,
    "laptop": 0.1,
}
_SIZES: Final = ((640, 480), (640, 480), (480, 640), (640, 360), (360, 640), (480, 480))
#: Faults that hide or change the outline's look are drawn more often.
_HARD: Final = (
    *("too_bright", "photocopy", "shadow") * 2,
    *("occluded", "glare", "too_dark", "cropped"),
)
#: How often a photo that is white all over is kept as it is looked at again, and by how much finer
#: photos with too much light are drawn: what little that has left would drown in the noise of few
#: pixels.
_DRAWN_OUT: Final = 0.75
_FINER: Final = 2
#: What its scale fixes in millimetres a pixel means nothing in a glimpse.
_LEFT_OUT: Final = frozenset({"low_resolution"})

#: What a picture shows, in the order of the network's answers.
SUBJECTS: Final = ("ektp", "wrong_side", "not_ektp", "no_card")
_SUBJECT_OF: Final = {
    "wrong_side": "wrong_side",
    "bank_card": "not_ektp",
    "other_id_card": "not_ektp",
}


@dataclass(frozen=True, eq=False)
class Glimpse:
    """``pixels`` (H, W, 3) uint8 RGB; ``cards`` (N, 4, 2) float32 outlines, the main one first."""

    pixels: UInt8
    cards: Float32
    subject: int


def draw(split: str, card: int) -> list[Glimpse]:
    """Shots of one card, and pictures without one."""
    cv2.setNumThreads(1)
    rng = stream(split, card, "glimpses")
    drawn = []
    names, chances = list(_SCENES), np.array(list(_SCENES.values()))
    others = [name for name in DEFECTS if name not in _LEFT_OUT]
    for shot in range(_SHOTS):
        scene = names[int(rng.choice(len(names), p=chances / chances.sum()))]
        size = _SIZES[int(rng.integers(len(_SIZES)))]
        defects: dict[str, float] | None = None
        if rng.random() < 0.6:
            defects = {}
            for _ in range(int(rng.integers(1, 4))):
                pool = _HARD if rng.random() < 0.5 else others
                defects[pool[int(rng.integers(len(pool)))]] = float(rng.uniform(0.2, 1.0))
        if "too_bright" in (defects or {}):
            size = (_FINER * size[0], _FINER * size[1])
        capture = make_capture(
            card,
            split,
            scene=scene,
            defects=defects,
            size_px=None if scene == "gallery" else size,
            shot=shot,
        )
        pixels, reduced = capture.pixels, reduce_photo(capture.pixels)
        if light.fault(reduced) == "too_bright" and rng.random() < _DRAWN_OUT:
            pixels = light.drawn_out(pixels, reduced)
        cards = np.stack([capture.outline.corners_px, *capture.others_px])
        drawn.append(_kept(pixels, cards, 0))
    for number in range(_EMPTY):
        kind = NEGATIVES[int(rng.integers(len(NEGATIVES)))]
        size = _SIZES[int(rng.integers(len(_SIZES)))]
        negative = make_negative(card * _EMPTY + number, split, kind, size)
        subject = SUBJECTS.index(_SUBJECT_OF.get(kind, "no_card"))
        drawn.append(_kept(negative.pixels, np.zeros((0, 4, 2), np.float32), subject))
    return drawn


def draw_empty(split: str, number: int) -> list[Glimpse]:
    """A picture of every kind that shows no e-KTP's data side."""
    cv2.setNumThreads(1)
    rng = stream(split, number, "empty glimpses")
    drawn = []
    for kind in NEGATIVES:
        size = _SIZES[int(rng.integers(len(_SIZES)))]
        negative = make_negative(100_000 + number, split, kind, size)
        subject = SUBJECTS.index(_SUBJECT_OF.get(kind, "no_card"))
        drawn.append(_kept(negative.pixels, np.zeros((0, 4, 2), np.float32), subject))
    return drawn


def _kept(pixels: UInt8, cards: Float32, subject: int) -> Glimpse:
    height, width = pixels.shape[:2]
    scale = _KEPT_PX / max(height, width)
    size = (round(width * scale), round(height * scale))
    small = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    by = np.array([size[0] / width, size[1] / height], np.float32)
    return Glimpse(small, np.asarray(cards * by, np.float32), subject)


def path_of(folder: Path, split: str, number: int, *, empty: bool = False) -> Path:
    """The file of one card's glimpses, or of a row of pictures without one."""
    return folder / f"{'empty-' if empty else ''}{split}-{number:05d}.npz"


def store(folder: Path, split: str, number: int, *, empty: bool = False) -> Path:
    """Draw one card's glimpses, or a row of pictures without one, into a file; or find it there."""
    target = path_of(folder, split, number, empty=empty)
    if target.exists():
        return target
    arrays: dict[str, np.ndarray] = {}
    for index, glimpse in enumerate((draw_empty if empty else draw)(split, number)):
        arrays[f"pixels_{index}"] = glimpse.pixels
        arrays[f"cards_{index}"] = glimpse.cards
        arrays[f"subject_{index}"] = np.array(glimpse.subject)
    part = target.with_suffix(f".{os.getpid()}.part")
    with part.open("wb") as file:
        np.savez(file, **arrays)
    part.replace(target)
    return target


def read(path: Path) -> list[Glimpse]:
    """The glimpses of one card's file."""
    with np.load(path) as held:
        return [
            Glimpse(held[f"pixels_{index}"], held[f"cards_{index}"], int(held[f"subject_{index}"]))
            for index in range(sum(name.startswith("pixels_") for name in held))
        ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--split", default="train", choices=TRAINING_SPLITS)
    parser.add_argument("--cards", type=int, default=900)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--empty", action="store_true", help="rows of pictures without a card")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    numbers = range(options.first, options.first + options.cards)
    with ProcessPoolExecutor(options.jobs) as pool:
        store_one = partial(store, options.folder, options.split, empty=options.empty)
        list(pool.map(store_one, numbers, chunksize=4))


if __name__ == "__main__":
    main()
