"""MEASURES: every physical quantity, one row each, and ``measure``, which draws and pools them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import cv2
import numpy as np

from ktpcheck.fields import FIELDS
from ktpcheck.geometry import CARD_BOX, Box, Float32
from ktpcheck.measures import (
    bubble,
    colour,
    compression,
    contrast,
    damage,
    exposure,
    frame,
    glare,
    lines,
    motion,
    noise,
    peel,
    perspective,
    resolution,
    screen,
    shadow,
    sharpness,
)
from ktpcheck.measures.network import Seen
from ktpcheck.measures.pools import (
    Part,
    Pool,
    constant,
    largest,
    least,
    mean,
    median,
    parts_of,
    percentile,
    pooled,
    worst,
)
from ktpcheck.measures.views import View, view_of
from ktpcheck.records import Card, Measure, Photo

#: Unit of what the network says: how surely a fault spoils the place, 0..1.
PROBABILITY: Final = "probability"

#: Places of the network's maps, of a square millimetre each, that make a fault.
_FEW_CELLS: Final = 3

#: All print of a card, as a region among the others.
_PRINT: Final = " print"


@dataclass(frozen=True)
class MeasureRow:
    """One physical quantity.

    ``draw`` makes the map, ``pool`` one number of a region. ``on_print`` says that the card as a
    whole is pooled over its print only, since the quantity means nothing elsewhere. ``everywhere``
    quantities hold outside the photo too; all others are NaN there.
    """

    name: str
    unit: str
    draw: Callable[[View], Float32]
    pool: Pool
    what: str
    on_print: bool = False
    everywhere: bool = False


def _seen(name: str, fault: str) -> MeasureRow:
    """The network's map of a fault; a region is as bad as its worst square millimetres."""

    def draw(view: View) -> Float32:
        return view.seen.maps[fault]

    return MeasureRow(name, PROBABILITY, draw, largest(_FEW_CELLS), f"{fault}, as the network sees")


_ROWS: Final = (
    MeasureRow("edge_width", "px", sharpness.edge_width, median, "edge width of strokes", True),
    MeasureRow(
        "edge_width_in_photo", "px", sharpness.edge_width_in_photo, median, "in photo px", True
    ),
    MeasureRow(
        "ink_contrast", "levels", contrast.ink_contrast, percentile(20), "ground - ink", True
    ),
    MeasureRow("ink_michelson", "1", contrast.ink_michelson, percentile(20), "Michelson", True),
    MeasureRow("shake_width", "px", motion.shake_width, median, "edge width along the blur", True),
    MeasureRow(
        "edge_width_across", "px", sharpness.edge_width_across, median, "the narrower", True
    ),
    MeasureRow(
        "ink_depth", "1", contrast.ink_depth, percentile(70), "Michelson of the darkest ink", True
    ),
    MeasureRow("anisotropy", "1", motion.anisotropy, median, "blur along over blur across", True),
    MeasureRow("blur_direction", "deg", motion.direction, median, "direction of the blur", True),
    MeasureRow("glare", "1", glare.glare, mean, "added light over all light"),
    MeasureRow("ground_level", "levels", exposure.ground_level, median, "luma of the ground"),
    MeasureRow("clipped_high", "1", exposure.clipped_high, mean, "share of white ground"),
    MeasureRow("clipped_low", "1", exposure.clipped_low, mean, "share of black ground"),
    MeasureRow("noise", "levels", noise.noise, least, "noise sigma in photo px", everywhere=True),
    MeasureRow(
        "quantisation", "levels", compression.quantisation, worst, "JPEG step", everywhere=True
    ),
    MeasureRow("colourfulness", "1", colour.colourfulness, percentile(95), "spread in a*, b*"),
    MeasureRow("tint", "sd", colour.tint, median, "hue away from the blanks'"),
    MeasureRow("redness", "1", colour.redness, median, "a* above the blank's"),
    MeasureRow("warmth", "1", colour.warmth, median, "b* above the blank's"),
    MeasureRow(
        "resolution",
        "dpi",
        resolution.resolution,
        median,
        "photo px per inch of card",
        everywhere=True,
    ),
    MeasureRow(
        "letter_height",
        "px",
        resolution.letter_height,
        median,
        "cap height in photo px",
        everywhere=True,
    ),
    MeasureRow(
        "tilt", "deg", perspective.tilt, worst, "angle to the line of sight", everywhere=True
    ),
    MeasureRow("turn", "deg", perspective.turn, worst, "turned from upright", everywhere=True),
    MeasureRow("outside", "1", frame.outside, mean, "share outside the photo", everywhere=True),
    MeasureRow("screen_grid", "dB", screen.screen_grid, worst, "a screen's grid", everywhere=True),
    MeasureRow("shadow", "1", shadow.shadow, percentile(90), "light lost to a shadow"),
    MeasureRow("line_height", "levels", lines.line_height, largest(18), "height of long lines"),
    MeasureRow("stained", "1", damage.stained, mean, "share stained"),
    MeasureRow("covered", "1", damage.covered, mean, "share covered"),
    MeasureRow("bubbled", "1", bubble.bubbled, mean, "share under blisters"),
    MeasureRow("peeled", "1", peel.peeled, mean, "share under lifted film"),
    MeasureRow("gone", "1", damage.gone, mean, "share broken off"),
    MeasureRow("holed", "1", damage.holed, mean, "share punched out"),
    *(
        _seen(name, fault)
        for name, fault in (
            ("glare_seen", "glare"),
            ("shadow_seen", "shadow"),
            ("cover_seen", "occluded"),
            ("writing_seen", "overlay_on_field"),
            ("scratch_seen", "scratch"),
            ("crack_seen", "crack"),
            ("lifting_seen", "laminate_peel"),
            ("blister_seen", "laminate_bubble"),
            ("stain_seen", "stain"),
            ("fading_seen", "print_faded"),
            ("missing_seen", "text_missing"),
            ("break_seen", "broken"),
            ("hole_seen", "hole_punch"),
            ("wear_seen", "photo_worn"),
        )
    ),
)

#: Every measure by name.
MEASURES: Final[Mapping[str, MeasureRow]] = MappingProxyType({row.name: row for row in _ROWS})


def measure(
    photo: Photo, card: Card, regions: Mapping[str, tuple[Box, ...]], seen: Seen
) -> dict[str, Measure]:
    """Measure a card.

    Parameters
    ----------
    photo : Photo
        Where the card was found.
    card : Card
    regions : mapping of str to tuple of Box
        Field key to the boxes of its print, mm; fields not given are pooled where they are placed.
    seen : Seen
        What the network says of the card.

    Returns
    -------
    dict of str to Measure
        One for every row of ``MEASURES``, pooled over every region, ``portrait`` and ``card``.
    """
    lines = card.placement.lines
    placed = {key: lines[field.line] for key, field in FIELDS.items() if lines.get(field.line)}
    view = view_of(photo, card, {**placed, **regions}, seen)
    over = {**view.regions, "portrait": (view.portrait,), "card": (CARD_BOX,)}
    parts = _Parts({**over, _PRINT: view.text})
    return {name: _measured(row, view, parts) for name, row in MEASURES.items()}


class _Parts:
    """The boxes of every region as rows and columns of a map, by its shape."""

    def __init__(self, regions: Mapping[str, tuple[Box, ...]]) -> None:
        self._regions = regions
        self._by_shape: dict[tuple[int, ...], dict[str, list[Part]]] = {}

    def __call__(self, shape: tuple[int, ...]) -> dict[str, list[Part]]:
        if shape not in self._by_shape:
            every = iter(parts_of([b for boxes in self._regions.values() for b in boxes], shape))
            self._by_shape[shape] = {
                key: [next(every) for _ in boxes] for key, boxes in self._regions.items()
            }
        return self._by_shape[shape]


def _measured(row: MeasureRow, view: View, parts: _Parts) -> Measure:
    plane = view.once(row.draw)
    if not (row.everywhere or view.assessable.all()):
        size = (plane.shape[1], plane.shape[0])
        seen = cv2.resize(view.assessable.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
        plane = np.where(seen.astype(bool), plane, np.float32(np.nan))
    where = parts(plane.shape)
    same = constant(plane)
    whole = same is not None or bool(np.isfinite(plane).all())
    regions = {}
    for key, boxes in where.items():
        if key == _PRINT:
            continue
        if same is not None:
            regions[key] = same if boxes else math.nan
            continue
        over = where[_PRINT] if row.on_print and key == "card" else boxes
        regions[key] = pooled(plane, over, row.pool, whole=whole)
    return Measure(name=row.name, unit=row.unit, map=plane, regions=regions)
