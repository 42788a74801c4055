"""Fit what proves an e-KTP: ``python -m tests.bench.proof [--n 330] [--others 300]``.

Captures of the validation split that are hard to prove among ordinary ones; pictures of the
training splits that show something else, and cards whose rows have each other's labels. Prints
the numbers of ``ktpcheck/register/proof.py``, and how well they do on pictures left out of the fit
(five parts).
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache

import cv2
import numpy as np

from ktpcheck.geometry import CARD_BOX, Box, UInt8, jaccard, mm_to_photo
from ktpcheck.layout import ROW_LABELS
from ktpcheck.outline import CardFinder, reduce_photo
from ktpcheck.outline.flat import warp_window
from ktpcheck.register import ACCEPT, registered
from ktpcheck.register.proof import FEATURES
from ktpcheck.synth import NEGATIVES, Capture, make_capture, make_negative
from tests.bench.logistic import fit, left_out

#: Scenes and faults in turn; with what hides labels more often than it happens.
HARD = (
    ("desk", None),
    ("cut", None),
    ("desk", "occluded"),
    ("clutter", None),
    ("several", None),
    ("desk", "glare"),
    ("tiny", None),
    ("desk", "print_faded"),
    ("desk", "photocopy"),
    ("desk", "blur_focus"),
    ("desk", "low_resolution"),
)
SEVERITIES = (0.3, 0.5, 0.7, 0.9)
#: Half of the other pictures are cards, which are the hardest.
OTHER_CARDS = ("other_id_card", "bank_card", "wrong_side")
SIZE_PX = (2000, 1500)
FIRST_SEED = 70_000
#: Of so many other pictures one is a card with its labels exchanged.
LOOKALIKE_EACH = 5
#: What of a row is exchanged, mm from the end of its label's box, and pixels to the millimetre.
LABEL = Box(-0.3, -1.9, 12.5, 0.45)
PX_PER_MM = 12.0
RIGHT, WRONG = 0.8, 0.5


@cache
def finder() -> CardFinder:
    cv2.setNumThreads(1)
    return CardFinder()


def hard_capture(index: int) -> Capture:
    """A capture that is hard to find or to prove, or an ordinary one among them."""
    scene, fault = HARD[index % len(HARD)]
    severity = SEVERITIES[index // len(HARD) % len(SEVERITIES)]
    return make_capture(
        FIRST_SEED + index,
        "validation",
        scene=scene,
        defects={fault: severity} if fault else None,
        size_px=SIZE_PX,
    )


def rows_of_capture(index: int) -> list[tuple[list[float], bool]]:
    """What tells of every card seen in a capture, and whether it is one."""
    capture = hard_capture(index)
    return _rows(capture.pixels, [capture.outline.corners_px, *capture.others_px])


def rows_of_other(index: int) -> list[tuple[list[float], bool]]:
    """The same of a picture without an e-KTP."""
    split = ("train", "validation")[index // 2 % 2]
    if index % LOOKALIKE_EACH == 0:
        return _rows(lookalike(index, split), [])
    kinds = OTHER_CARDS if index % 2 else NEGATIVES
    kind = kinds[index // 4 % len(kinds)]
    return _rows(make_negative(FIRST_SEED + index, split, kind).pixels, [])


def lookalike(index: int, split: str) -> UInt8:
    """A card, flattened, whose rows have each other's labels; (h, w, 3) uint8."""
    drawn = make_capture(FIRST_SEED + index, split, defects={}, size_px=SIZE_PX)
    to_photo = mm_to_photo(drawn.outline.corners_px)
    card = warp_window(drawn.pixels, 1, to_photo, CARD_BOX, (PX_PER_MM, PX_PER_MM))
    mixed = card.copy()
    rows = [box for key, box in drawn.placement.labels.items() if key in ROW_LABELS]
    by = 3 + index // LOOKALIKE_EACH % (len(rows) - 5)
    for to, other in zip(rows, rows[by:] + rows[:by], strict=True):
        here, there = (_label_px(box) for box in (to, other))
        mixed[here] = card[there]
    return np.asarray(mixed, np.uint8)


def _label_px(box: Box) -> tuple[slice, slice]:
    x, y = round((box.x0 + LABEL.x0) * PX_PER_MM), round((box.y1 + LABEL.y0) * PX_PER_MM)
    width, height = round(LABEL.width * PX_PER_MM), round(LABEL.height * PX_PER_MM)
    return slice(y, y + height), slice(x, x + width)


def _rows(pixels: np.ndarray, cards: Sequence[np.ndarray]) -> list[tuple[list[float], bool]]:
    reduced = reduce_photo(np.asarray(pixels, np.uint8))
    rows: list[tuple[list[float], bool]] = []
    for _, found in registered(reduced, finder()):
        for one in found:
            overlap = max((_overlap(one.outline.corners_px, other) for other in cards), default=0.0)
            # Half right is neither.
            if overlap >= RIGHT or overlap < WRONG:
                rows.append((one.shown.tolist(), overlap >= RIGHT))
    return rows


def _overlap(one: np.ndarray, other: np.ndarray) -> float:
    try:
        return jaccard(one, other)
    except ValueError:
        return 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=330, help="captures")
    parser.add_argument("--others", type=int, default=300, help="pictures of something else")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    with ProcessPoolExecutor(options.workers) as pool:
        rows = [
            row
            for work, count in ((rows_of_capture, options.n), (rows_of_other, options.others))
            for some in pool.map(work, range(count), chunksize=4)
            for row in some
        ]
    print(", ".join(FEATURES))
    x, y = np.array([row for row, _ in rows]), np.array([float(card) for _, card in rows])
    order = np.random.default_rng(1).permutation(len(x))
    x, y = x[order], y[order]
    fitted = fit(x, y)
    weights = fitted.weights / fitted.scale
    print(f"_WEIGHTS: Final = ({', '.join(f'{value:.4g}' for value in weights)})")
    print(f"_CONSTANT: Final = {fitted.constant - fitted.mean @ weights:.4g}")
    chances = np.array([chance for _, chance in sorted(left_out(x, y))])
    card = y.astype(bool)
    print(
        f"left out: {(chances[card] < ACCEPT).sum()} of {card.sum()} e-KTPs not proven, "
        f"{(chances[~card] >= ACCEPT).sum()} of {(~card).sum()} others taken for one"
    )


if __name__ == "__main__":
    main()
