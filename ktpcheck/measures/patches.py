"""Patches: places where the ground is not the card's own, and what each is like.

Stains, fingers, holes and missing corners all change the ground's colour over an
area with an outline. They are found once, described by a few physical numbers, and told apart by
``KINDS``, one rule a row. Light and shade change brightness alone and make no patch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import CARD_HEIGHT_MM, CARD_WIDTH_MM, Bool, Float32

_PX_PER_MM: Final = 4

#: Added to every channel before logarithms: noise in the dark is no colour.
_DARK: Final = 6.0

#: A patch differs by at least this in log chromaticity (red/green, blue/green together) ...
_SHIFT: Final = 0.13

#: ... or is darker by at least this, as a logarithm: deeper than a shadow with any light in it.
_DARKER: Final = 1.3

_LEAST_MM2: Final = 0.9

#: Levels within which two colours may be the same table.
_SAME_LEVELS: Final = 28.0


@dataclass(frozen=True, eq=False)
class Patch:
    """One patch on the (216, 342) grid.

    ``shift`` is the distance in log chromaticity from the card's own ground, ``warm`` its part
    towards red, ``lighter`` the logarithm of its brightness over the expected. ``round`` is its
    area over that of the circle around it. ``at_edge`` says that it reaches the card's edge;
    ``as_outside`` is the share of the surroundings, away from the patch, that has its colour.
    """

    mask: Bool = field(repr=False)
    area_mm2: float
    shift: float
    warm: float
    lighter: float
    round: float
    at_edge: bool
    as_outside: float


Rule = Callable[[Patch], bool]


def _hole(patch: Patch) -> bool:
    strong = patch.shift > 0.2 or abs(patch.lighter) > 0.5
    return patch.area_mm2 < 45 and patch.round > 0.66 and strong and patch.as_outside > 0.1


def _gone(patch: Patch) -> bool:
    return patch.at_edge and patch.as_outside > 0.2 and patch.area_mm2 > 4


def _covered(patch: Patch) -> bool:
    return patch.at_edge and patch.area_mm2 > 8 and patch.warm > 0.1


def _stained(patch: Patch) -> bool:
    return patch.lighter < 0 and patch.area_mm2 > 3


#: What a patch is: the first rule that holds.
KINDS: Final[Mapping[str, Rule]] = MappingProxyType(
    {"hole": _hole, "gone": _gone, "covered": _covered, "stained": _stained}
)


def kind_of(patch: Patch) -> str:
    """A key of ``KINDS``, or ``unknown``."""
    return next((kind for kind, rule in KINDS.items() if rule(patch)), "unknown")


def find_patches(
    ground: Float32, expected: Float32, usable: Bool, around: Float32
) -> tuple[Patch, ...]:
    """Find and describe the patches of a card.

    Parameters
    ----------
    ground, expected : (216, 342, 3) float32
        The ground as it is and as the rest of the card predicts it, levels.
    usable : (216, 342) bool
        False outside the photo and on the portrait.
    around : (n, 5) float32
        Colours just outside the card: x, y in mm, then RGB.

    Returns
    -------
    tuple of Patch
        Largest first.
    """
    seen, usual = np.log(ground + _DARK), np.log(expected + _DARK)
    off = seen - usual
    colour = _medianed(np.stack([off[..., 0] - off[..., 1], off[..., 2] - off[..., 1]], axis=2))
    lighter = cv2.medianBlur(np.asarray(off.mean(axis=2), np.float32), 5)
    shift = np.hypot(colour[..., 0], colour[..., 1])
    usual_shift = float(np.median(shift[usable])) if usable.any() else 0.0
    odd = (shift > max(_SHIFT, 5 * usual_shift)) | (lighter < -_DARKER)
    found_odd = cv2.morphologyEx(
        (odd & usable).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)
    )
    found_odd = cv2.morphologyEx(found_odd, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(found_odd, connectivity=4)
    found = []
    for label in range(1, count):
        x, y, width, height, area = (int(v) for v in stats[label])
        if area < _LEAST_MM2 * _PX_PER_MM**2:
            continue
        mask = labels == label
        contours, _ = cv2.findContours(
            mask[y : y + height, x : x + width].astype(np.uint8),
            cv2.RETR_EXTERNAL,
            cv2.CHAIN_APPROX_NONE,
        )
        outer = max(contours, key=cv2.contourArea)
        _, radius = cv2.minEnclosingCircle(outer)
        found.append(
            Patch(
                mask=mask,
                area_mm2=area / _PX_PER_MM**2,
                shift=float(np.median(shift[mask])),
                warm=float(np.median(colour[..., 0][mask])),
                lighter=float(np.median(lighter[mask])),
                round=float(cv2.contourArea(outer) / max(np.pi * radius**2, 1.0)),
                at_edge=_at_edge(x, y, width, height, mask.shape),
                as_outside=_as_outside(ground[mask], mask, around),
            )
        )
    return tuple(sorted(found, key=lambda patch: -patch.area_mm2))


def _medianed(planes: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> Float32:
    """Median over a millimetre or so, each plane: what is left of strokes is no patch."""
    planes = np.asarray(planes, np.float32)
    return np.dstack([cv2.medianBlur(np.ascontiguousarray(planes[..., i]), 5) for i in (0, 1)])


def _at_edge(x: int, y: int, width: int, height: int, shape: tuple[int, ...]) -> bool:
    near = _PX_PER_MM
    return x < near or y < near or x + width > shape[1] - near or y + height > shape[0] - near


def _as_outside(colours: Float32, mask: Bool, around: Float32) -> float:
    """Share of the surroundings 8 mm and more away that looks like the patch."""
    if not len(around):
        return 0.0
    rows, columns = mask.shape
    distance = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 3)
    column = np.clip(around[:, 0] * columns / CARD_WIDTH_MM, 0, columns - 1).astype(int)
    row = np.clip(around[:, 1] * rows / CARD_HEIGHT_MM, 0, rows - 1).astype(int)
    far = distance[row, column] > 8 * _PX_PER_MM
    if far.sum() < 8:
        return 0.0
    middle = np.median(colours, axis=0)
    away = np.abs(around[far, 2:] - middle).max(axis=1)
    return float((away < _SAME_LEVELS).mean())
