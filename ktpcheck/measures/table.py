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
from ktpcheck.geometry import CARD_BOX, Bool, Box, Float32
from ktpcheck.measures import (
    colour,
    compression,
    contrast,
    exposure,
    frame,
    glare,
    motion,
    noise,
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
    largest_of_each,
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

#: Places of the network's maps, of a square millimetre each, that make a fault: a blemish is soon
#: one, but few things leave as many lines as a tool that scratches. Of 194 drawn scratches that
#: were to be told, at the limit that no card without any reached, 8 and 12 places told most.
_CELLS: Final = 3
_CELLS_OF: Final[Mapping[str, int]] = MappingProxyType({"scratch": 8})

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


#: What the network's maps are called as measures, and the fault of each.
_FAULTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "glare_seen": "glare",
        "shadow_seen": "shadow",
        "cover_seen": "occluded",
        "writing_seen": "overlay_on_field",
        "scratch_seen": "scratch",
        "crack_seen": "crack",
        "lifting_seen": "laminate_peel",
        "blister_seen": "laminate_bubble",
        "stain_seen": "stain",
        "fading_seen": "print_faded",
        "missing_seen": "text_missing",
        "break_seen": "broken",
        "hole_seen": "hole_punch",
        "wear_seen": "photo_worn",
    }
)


def _seen(name: str, fault: str) -> MeasureRow:
    """The network's map of a fault; a region is as bad as its worst square millimetres."""

    def draw(view: View) -> Float32:
        return view.seen.maps[fault]

    pool = largest(_CELLS_OF.get(fault, _CELLS))
    return MeasureRow(name, PROBABILITY, draw, pool, f"{fault}, as the network sees")


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
    *(_seen(name, fault) for name, fault in _FAULTS.items()),
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
    places = _Places({**over, _PRINT: view.text}, view.assessable)
    by_network = _all_seen(seen, places)
    return {
        name: by_network.get(name) or _measured(row, view, places) for name, row in MEASURES.items()
    }


class _Places:
    """By the shape of a map: the rows and columns of every region, and what cannot be assessed."""

    def __init__(self, regions: Mapping[str, tuple[Box, ...]], assessable: Bool) -> None:
        self._regions = regions
        self._assessable = assessable
        self._whole = bool(assessable.all())
        self._parts: dict[tuple[int, ...], dict[str, list[Part]]] = {}
        self._unknown: dict[tuple[int, ...], Bool] = {}

    def parts(self, shape: tuple[int, ...]) -> dict[str, list[Part]]:
        if shape not in self._parts:
            every = iter(parts_of([b for boxes in self._regions.values() for b in boxes], shape))
            self._parts[shape] = {
                key: [next(every) for _ in boxes] for key, boxes in self._regions.items()
            }
        return self._parts[shape]

    def unknown(self, shape: tuple[int, ...]) -> Bool | None:
        """What lies outside the photo; None where nothing does."""
        if self._whole:
            return None
        if shape not in self._unknown:
            known = self._assessable.astype(np.uint8)
            size = (shape[1], shape[0])
            self._unknown[shape] = cv2.resize(known, size, interpolation=cv2.INTER_NEAREST) == 0
        return self._unknown[shape]


def _all_seen(seen: Seen, places: _Places) -> dict[str, Measure]:
    """All maps of the network at once: they are pooled alike."""
    rows = [row for name, row in MEASURES.items() if name in _FAULTS]
    faults = [_FAULTS[row.name] for row in rows]
    planes = np.stack([seen.maps[fault] for fault in faults])
    counts = [_CELLS_OF.get(fault, _CELLS) for fault in faults]
    where = places.parts(planes.shape[1:])
    unknown = places.unknown(planes.shape[1:])
    # Less than any probability: what is not known is never the largest.
    known = planes if unknown is None else np.where(unknown, np.float32(-1), planes)
    if unknown is not None:
        planes = np.where(unknown, np.float32(np.nan), planes)
    regions: list[dict[str, float]] = [{} for _ in rows]
    for key, parts in where.items():
        if key == _PRINT:
            continue
        reached = largest_of_each(known, parts, counts) if parts else [-1.0] * len(rows)
        for at, value in enumerate(reached):
            # Too few places are known: the least of them, or none.
            regions[at][key] = value if value >= 0 else pooled(planes[at], parts, rows[at].pool)
    return {
        row.name: Measure(row.name, row.unit, planes[at], regions[at])
        for at, row in enumerate(rows)
    }


def _measured(row: MeasureRow, view: View, places: _Places) -> Measure:
    """Draw and pool one row."""
    plane = view.once(row.draw)
    unknown = None if row.everywhere else places.unknown(plane.shape)
    if unknown is not None:
        plane = np.where(unknown, np.float32(np.nan), plane)
    where = places.parts(plane.shape)
    same = constant(plane)
    finite = same is not None or bool(np.isfinite(plane).all())
    regions = {}
    for key, boxes in where.items():
        if key == _PRINT:
            continue
        if same is not None:
            regions[key] = same if boxes else math.nan
            continue
        over = where[_PRINT] if row.on_print and key == "card" else boxes
        regions[key] = pooled(plane, over, row.pool, whole=finite)
    return Measure(name=row.name, unit=row.unit, map=plane, regions=regions)
