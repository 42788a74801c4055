"""Where on the card a fault lies: as a plane over the card, and as characters of a field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from ktpcheck.defects import DEFECTS, SUFFERS
from ktpcheck.fields import FIELDS
from ktpcheck.geometry import (
    CARD_BOX,
    CARD_HEIGHT_MM,
    CARD_WIDTH_MM,
    Bool,
    Box,
    Float32,
)
from ktpcheck.grammar import HIDDEN
from ktpcheck.layout import LAYOUTS
from ktpcheck.records import Card, Finding, Measure, Part, Reading, Spot

#: Resolution of a place, px/mm, and its shape.
PLACE_PX_PER_MM: Final = 2
PLACE_SHAPE: Final = (
    round(CARD_HEIGHT_MM * PLACE_PX_PER_MM),
    round(CARD_WIDTH_MM * PLACE_PX_PER_MM),
)

#: Faults of the whole picture: no place on the card says anything about them.
EVERYWHERE: Final = frozenset(
    {
        "blur_motion",
        "too_dark",
        "too_bright",
        "low_resolution",
        "skew",
        "rotated",
        "photocopy",
        "screen_capture",
        "compression",
        "colour_cast",
        "yellowed",
        "bent",
    }
)

#: A fault over more of the card than this is one of the whole card.
_MOST_OF_THE_CARD: Final = 0.6
#: A character is hit when this share of its box is.
_HIT: Final = 0.3
#: A field of which more than this share is hit is hit as a whole.
_WHOLE: Final = 0.8
_NIK_DIGITS: Final = 16


def place_of(
    finding: Finding, measures: Mapping[str, Measure], regions: Mapping[str, tuple[Box, ...]]
) -> Bool:
    """Where a fault lies, as far as its measure tells.

    Parameters
    ----------
    finding : Finding
    measures : mapping of str to Measure
    regions : mapping of str to tuple of Box
        Where the fields stand, and ``portrait``, millimetres.

    Returns
    -------
    (h, w) bool
        ``PLACE_SHAPE`` over the whole card. Where the measure exceeds the fault's limit inside the
        regions it was found in; those regions whole, where it does so nowhere.
    """
    where = np.zeros(PLACE_SHAPE, bool)
    for region in finding.regions:
        for box in (CARD_BOX,) if region == "card" else regions.get(region, ()):
            where[box.slices(PLACE_SHAPE)] = True
    row = DEFECTS.get(finding.id)
    measure = measures.get(row.measure) if row else None
    if finding.id in EVERYWHERE or measure is None:
        return where
    plane = at_place_scale(measure.map)
    rising = (finding.value >= finding.limit) == (finding.severity >= SUFFERS)
    beyond = plane >= finding.limit if rising else plane <= finding.limit
    beyond &= where  # NaN compares false: what cannot be assessed is no place of a fault
    return beyond if beyond.any() else where


def locate(
    findings: Sequence[Finding],
    measures: Mapping[str, Measure],
    readings: Mapping[str, Reading],
    card: Card,
) -> tuple[Finding, ...]:
    """Say of every finding which characters of which fields it lies on.

    Parameters
    ----------
    findings : sequence of Finding
    measures : mapping of str to Measure
    readings : mapping of str to Reading
    card : Card

    Returns
    -------
    tuple of Finding
        In the same order, with ``spots``.
    """
    regions = regions_of(card, readings)
    return tuple(
        replace(found, spots=spots_of(found, place_of(found, measures, regions), readings, card))
        for found in findings
    )


def spots_of(
    finding: Finding, place: Bool, readings: Mapping[str, Reading], card: Card
) -> tuple[Spot, ...]:
    """Which characters of which fields a fault lies on.

    Parameters
    ----------
    finding : Finding
    place : (h, w) bool
        Of ``place_of``.
    readings : mapping of str to Reading
    card : Card

    Returns
    -------
    tuple of Spot
        One for each field that is hit, in the order of the card; ``portrait`` last. Empty for a
        fault of the whole picture or of most of the card.
    """
    if finding.id in EVERYWHERE or float(place.mean()) > _MOST_OF_THE_CARD:
        return ()
    spots = []
    for key in FIELDS:
        reading = readings.get(key)
        if reading is None:
            continue
        told = key in finding.regions
        spot = (
            _digits(reading, place, card, told=told)
            if key == "nik"
            else _part(reading, place, card, told=told)
        )
        if spot is not None:
            spots.append(spot)
    if "portrait" in finding.regions:
        spots.append(Spot("portrait"))
    return tuple(spots)


def boxes_of(reading: Reading, card: Card) -> tuple[Box, ...]:
    """Where a field's print stands; where its line was placed, when nothing was read."""
    return reading.boxes or tuple(card.placement.lines.get(FIELDS[reading.key].line, ()))


def regions_of(card: Card, readings: Mapping[str, Reading]) -> dict[str, tuple[Box, ...]]:
    """Every region a fault may be found in, by key: fields and ``portrait``, millimetres."""
    regions = {key: boxes_of(reading, card) for key, reading in readings.items()}
    return {**regions, "portrait": (card.placement.portrait,)}


def at_place_scale(plane: Float32) -> Float32:
    """A map at the resolution of a place; NaN spreads to what it touches."""
    size = (PLACE_SHAPE[1], PLACE_SHAPE[0])
    small = cv2.resize(np.asarray(plane, np.float32), size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32)


def _digits(reading: Reading, place: Bool, card: Card, *, told: bool) -> Spot | None:
    """The digits of the NIK that are hit: they stand at one fixed pitch."""
    layout = LAYOUTS[card.placement.layout]
    boxes = boxes_of(reading, card)
    if not boxes:
        return None
    pitch = (layout.nik_last_digit_end_x - layout.nik_first_digit_x) / _NIK_DIGITS
    left = layout.nik_first_digit_x + card.placement.shift_mm[0]
    top, bottom = boxes[0].y0, boxes[0].y1
    lost = reading.text if len(reading.text) == _NIK_DIGITS else ""
    hit = []
    for index in range(_NIK_DIGITS):
        digit = Box(left + index * pitch, top, left + (index + 1) * pitch, bottom)
        share = float(place[digit.slices(PLACE_SHAPE)].mean())
        if share >= _HIT or (told and lost[index : index + 1] == HIDDEN):
            hit.append(index + 1)
    if not hit:
        return Spot("nik") if told else None
    if len(hit) > _WHOLE * _NIK_DIGITS:
        return Spot("nik")
    return Spot("nik", "characters", _runs(hit))


def _part(reading: Reading, place: Bool, card: Card, *, told: bool) -> Spot | None:
    """Whether the start, the middle or the end of a value is hit."""
    boxes = boxes_of(reading, card)
    if not boxes:
        return None
    hit = np.concatenate([place[box.slices(PLACE_SHAPE)].mean(axis=0) >= _HIT for box in boxes])
    at = np.flatnonzero(hit)
    if not len(at):
        return Spot(reading.key) if told else None
    first, last = float(at[0] / len(hit)), float((at[-1] + 1) / len(hit))
    if last - first > _WHOLE:
        return Spot(reading.key)
    part: Part = "start" if first < 0.2 else ("end" if last > 0.8 else "middle")
    return Spot(reading.key, part)


def _runs(numbers: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """Consecutive numbers as (first, last)."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return tuple(runs)
