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

from ktpcheck.geometry import CARD_HEIGHT_MM, CARD_WIDTH_MM, Bool, Float32, UInt8

_PX_PER_MM: Final = 4

#: Added to every channel before logarithms: noise in the dark is no colour.
_DARK: Final = 6.0

#: A patch differs by at least this in log chromaticity (red/green, blue/green together) ...
_SHIFT: Final = 0.105

#: Share by which a tone curve may weaken and strengthen the ground's colour.
_WEAKER: Final = 0.3
_STRONGER: Final = 1.0

#: ... or is darker by at least this, as a logarithm: deeper than a shadow with any light in it.
_DARKER: Final = 1.3

_LEAST_MM2: Final = 0.9

#: Smaller than this only a hole is told.
_SPECK_MM2: Final = 3.0

#: A round spot this much darker is a hole, whatever its hue; its least and largest area, px.
_SPOT_DARKER: Final = 0.3
_SPOT_PX: Final = (28.0, 700.0)
_ROUND: Final = 0.66

#: A place this much darker that ends on the card is a blot, whatever its hue; its least area.
_BLOT_DARKER: Final = 0.5
_BLOT_PX: Final = 48

#: Levels within which two colours may be the same table.
_SAME_LEVELS: Final = 28.0

#: Shading changes a finger's brightness, not its hue: logarithm of each channel over their mean.
_SAME_HUE: Final = 0.1


@dataclass(frozen=True, eq=False)
class Patch:
    """One patch on the (216, 342) grid.

    ``shift`` is the distance in log chromaticity from the card's own ground, ``warm`` its part
    towards red, ``lighter`` the logarithm of its brightness over the expected. ``round`` is its
    area over that of the circle around it. ``at_edge`` says that it reaches the card's edge;
    ``as_outside`` is the share of the surroundings, away from the patch, that has its colour;
    ``goes_on`` the share that has it just across the card's edge, beside the patch;
    ``kept`` the contrast of the print within it over that of the card, NaN where none is due.
    """

    mask: Bool = field(repr=False)
    area_mm2: float
    shift: float
    warm: float
    lighter: float
    round: float
    at_edge: bool
    as_outside: float
    goes_on: float
    kept: float


#: Contrast kept under which print is hidden rather than seen through a stain.
_HIDDEN: Final = 0.5

#: Share of the surroundings that is the table for certain.
_MUCH: Final = 0.35

Rule = Callable[[Patch], bool]


def _hole(patch: Patch) -> bool:
    strong = patch.shift > 0.2 or patch.lighter < -_SPOT_DARKER
    # A table of much the blank's own colour shows by being the same all around.
    alike = patch.as_outside > (0.1 if strong else _MUCH)
    return patch.area_mm2 < 45 and patch.round > _ROUND and alike


def _gone(patch: Patch) -> bool:
    return patch.at_edge and patch.as_outside > 0.2 and patch.area_mm2 > 4


def _covered(patch: Patch) -> bool:
    hidden = patch.goes_on > 0.4 or patch.kept < _HIDDEN
    # What is lighter than the card and hides its print is a reflection.
    return (
        patch.at_edge and patch.area_mm2 > 8 and patch.warm > 0.1 and hidden and patch.lighter < 0
    )


def _stained(patch: Patch) -> bool:
    return patch.lighter < 0 and patch.area_mm2 > _SPECK_MM2


#: What a patch is: the first rule that holds.
KINDS: Final[Mapping[str, Rule]] = MappingProxyType(
    {"hole": _hole, "gone": _gone, "covered": _covered, "stained": _stained}
)


def kind_of(patch: Patch) -> str:
    """A key of ``KINDS``, or ``unknown``."""
    return next((kind for kind, rule in KINDS.items() if rule(patch)), "unknown")


def find_patches(
    ground: Float32,
    expected: Float32,
    usable: Bool,
    around: Float32,
    kept: Float32,
    bridge: Bool,
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
    kept : (216, 342) float32
        Contrast of the print over its usual one; NaN where no print is due.
    bridge : (216, 342) bool
        The portrait: nothing is found on it, but a finger may lie across it.

    Returns
    -------
    tuple of Patch
        Largest first.
    """
    seen, usual = np.log(ground + _DARK), np.log(expected + _DARK)
    off = seen - usual
    colour = _medianed(np.stack([off[..., 0] - off[..., 1], off[..., 2] - off[..., 1]], axis=2))
    lighter = cv2.medianBlur(np.asarray(off.mean(axis=2), np.float32), 5)
    shift = _beyond_dimming(colour, usual)
    usual_shift = float(np.median(shift[usable])) if usable.any() else 0.0
    odd = (shift > max(_SHIFT, 5 * usual_shift)) | (lighter < -_DARKER)
    found_odd = cv2.morphologyEx(
        (odd & usable).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)
    )
    found_odd = cv2.morphologyEx(found_odd, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    spots = _round_spots((lighter < -_SPOT_DARKER) & usable & (found_odd == 0))
    blots = _enclosed((lighter < -_BLOT_DARKER) & usable)
    found_odd = cv2.bitwise_or(cv2.bitwise_or(found_odd, spots), blots)
    found = []
    for mask in _masks(np.asarray(found_odd, np.uint8), colour, bridge):
        area = int(mask.sum())
        x, y, width, height = cv2.boundingRect(mask.astype(np.uint8))
        contours, _ = cv2.findContours(
            mask[y : y + height, x : x + width].astype(np.uint8),
            cv2.RETR_EXTERNAL,
            cv2.CHAIN_APPROX_NONE,
        )
        outer = max(contours, key=cv2.contourArea)
        _, radius = cv2.minEnclosingCircle(outer)
        roundness = float(cv2.contourArea(outer) / max(np.pi * radius**2, 1.0))
        # A speck that is not round is of no kind, as at the card's own round corners.
        speck = area < _SPECK_MM2 * _PX_PER_MM**2 and roundness <= _ROUND
        alike = (0.0, 0.0) if speck else _alike_outside(ground[mask], mask, around)
        found.append(
            Patch(
                mask=mask,
                area_mm2=area / _PX_PER_MM**2,
                shift=float(np.median(shift[mask])),
                warm=float(np.median(colour[..., 0][mask])),
                lighter=float(np.median(lighter[mask])),
                round=roundness,
                at_edge=at_edge(x, y, width, height, mask.shape),
                as_outside=alike[0],
                goes_on=alike[1],
                kept=float("nan") if speck else _mean_or_nan(kept[_core(mask)]),
            )
        )
    return tuple(sorted(found, key=lambda patch: -patch.area_mm2))


def _medianed(planes: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> Float32:
    """Median over a millimetre or so, each plane: what is left of strokes is no patch."""
    planes = np.asarray(planes, np.float32)
    return np.dstack([cv2.medianBlur(np.ascontiguousarray(planes[..., i]), 5) for i in (0, 1)])


def _beyond_dimming(colour: Float32, usual: Float32) -> Float32:
    """Distance of a colour change from what exposure alone does to the ground's own colour.

    A camera's tone curve strengthens colours in the dark and weakens them in the light.
    """
    own = np.stack([usual[..., 0] - usual[..., 1], usual[..., 2] - usual[..., 1]], axis=2)
    strength = np.maximum((own**2).sum(axis=2), 1e-4)
    scaled = np.clip((colour * own).sum(axis=2) / strength, -_WEAKER, _STRONGER)
    rest = colour - scaled[..., None] * own
    return np.asarray(np.hypot(rest[..., 0], rest[..., 1]), np.float32)


def _round_spots(dark: Bool) -> UInt8:
    """Of the darker places, the small round ones: a hole over a table of the ground's colour."""
    spots = np.zeros(dark.shape, np.uint8)
    opened = cv2.morphologyEx(dark.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    contours, _ = cv2.findContours(opened, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    for contour in contours:
        area = cv2.contourArea(contour)
        _, radius = cv2.minEnclosingCircle(contour)
        if _SPOT_PX[0] < area < _SPOT_PX[1] and area > _ROUND * np.pi * radius**2:
            cv2.drawContours(spots, [contour], -1, 1, -1)
    return spots


def _enclosed(dark: Bool) -> UInt8:
    """Of the darker places, those that end on the card: a shadow goes on past its edge."""
    opened = cv2.morphologyEx(dark.astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    blots = np.zeros(dark.shape, np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(opened, connectivity=4)
    for label in range(1, count):
        x, y, width, height, area = (int(v) for v in stats[label])
        if area > _BLOT_PX and not at_edge(x, y, width, height, dark.shape):
            blots[labels == label] = 1
    return blots


def _masks(odd: UInt8, colour: Float32, bridge: Bool) -> list[Bool]:
    """Connected places, joined over the portrait where both sides have one colour."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(odd, connectivity=4)
    large = stats[:, cv2.CC_STAT_AREA] >= _LEAST_MM2 * _PX_PER_MM**2
    masks = [labels == label for label in range(1, count) if large[label]]
    near = cv2.dilate(bridge.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool)
    joined: list[Bool] = []
    beside: list[tuple[int, Float32]] = []
    for mask in masks:
        hue = np.median(colour[mask], axis=0)
        if (mask & near).sum() > _PX_PER_MM:
            twin = next((i for i, h in beside if np.hypot(*(h - hue)) < _SAME_HUE), None)
            if twin is not None:
                joined[twin] = joined[twin] | mask
                continue
            beside.append((len(joined), hue))
        joined.append(mask)
    return joined


def _core(mask: Bool) -> Bool:
    """A patch without its outline, which has a contrast of its own."""
    side = 2 * _PX_PER_MM + 1
    return np.asarray(cv2.erode(mask.astype(np.uint8), np.ones((side, side), np.uint8)), bool)


def _mean_or_nan(values: Float32) -> float:
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if finite.size >= _PX_PER_MM**2 else float("nan")


def at_edge(x: int, y: int, width: int, height: int, shape: tuple[int, ...]) -> bool:
    """Whether an upright extent on the grid comes within 1.25 mm of the card's edge."""
    near = _PX_PER_MM * 5 // 4
    return x < near or y < near or x + width > shape[1] - near or y + height > shape[0] - near


def _alike_outside(colours: Float32, mask: Bool, around: Float32) -> tuple[float, float]:
    """Shares of the surroundings that look like the patch: 8 mm and more away, and beside it."""
    if not len(around):
        return 0.0, 0.0
    rows, columns = mask.shape
    distance = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 3)
    column = np.clip(around[:, 0] * columns / CARD_WIDTH_MM, 0, columns - 1).astype(int)
    row = np.clip(around[:, 1] * rows / CARD_HEIGHT_MM, 0, rows - 1).astype(int)
    away_px = distance[row, column]
    middle = np.median(colours, axis=0)
    alike = np.abs(around[:, 2:] - middle).max(axis=1)
    hue = np.log(around[:, 2:] + _DARK) - np.log(middle + _DARK)
    same_hue = np.abs(hue - hue.mean(axis=1, keepdims=True)).max(axis=1) < _SAME_HUE
    far, beside = away_px > 8 * _PX_PER_MM, away_px < 1.5 * _PX_PER_MM
    return (
        float((alike[far] < _SAME_LEVELS).mean()) if far.sum() >= 8 else 0.0,
        float(same_hue[beside].mean()) if beside.sum() >= 3 else 0.0,
    )
