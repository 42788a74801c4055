"""Card to readings: every printed line is read, then understood as its field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from ktpcheck.fields import FIELDS
from ktpcheck.geometry import CARD_BOX, Box, Float32
from ktpcheck.grammar import HIDDEN, split_birth, tight, understand
from ktpcheck.layout import LAYOUTS, ROW_LABELS
from ktpcheck.read.choose import rather
from ktpcheck.read.gaps import mark_gaps
from ktpcheck.read.ink import MARGIN_MM, find_print, ink_of
from ktpcheck.read.look import (
    Place,
    Readers,
    in_doubt,
    look,
    look_again,
    place_behind_label,
    place_of,
)
from ktpcheck.records import Card, Line, Reading
from ktpcheck.regions import find_regency

__all__ = ["Readers", "read"]

#: How far behind a value its next word would start and be noticed, mm.
_REACH_MM: Final = 4.0
#: How far left of its box's middle the place of issue may stand, mm.
_OFF_MIDDLE_MM: Final = 1.5
#: Place and date of birth share a line, or stand on one each.
_BIRTH: Final = frozenset({"tempat_lahir", "tanggal_lahir"})
#: The field whose regency says which districts there may be.
_REGENCY: Final = "kabupaten_kota"
#: Lines printed about a middle; all others start at the left.
_CENTRED: Final = frozenset({"provinsi", "kabupaten_kota", "tempat_terbit", "tanggal_terbit"})


def read(card: Card, readers: Readers) -> dict[str, Reading]:
    """Read every field of a card.

    Parameters
    ----------
    card : Card
    readers : Readers

    Returns
    -------
    dict of str to Reading
        By field key, in the order of the card. A field whose print was not found has empty text.

    Raises
    ------
    EngineError
        If the engine fails.
    """
    places = _places(card)
    lines = {
        key: tuple(look(card, at, readers.first) if at else Line("", 0.0) for at in spots)
        for key, spots in places.items()
    }
    readings: dict[str, Reading] = {}
    _understand_all(readings, list(FIELDS), lines, card)
    if readers.second is not None:
        doubted = {FIELDS[key].line for key, reading in readings.items() if in_doubt(reading)}
        for key in doubted & set(lines):
            lines[key] = tuple(
                look_again(card, at, line, readers.second) if at else line
                for at, line in zip(places[key], lines[key], strict=True)
            )
        again = [key for key, field in FIELDS.items() if field.line in doubted]
        _understand_all(readings, again, lines, card)
    return readings


def _places(card: Card) -> dict[str, tuple[Place | None, ...]]:
    """Where every line stands, by line key; None where no print was found."""
    ink = ink_of(card)
    places: dict[str, tuple[Place | None, ...]] = {}
    lines = card.placement.lines
    issued = _issued(ink, lines)
    for key, boxes in lines.items():
        if key == "golongan_darah":
            continue
        stranger = issued if key in ROW_LABELS else None
        found = [find_print(ink, box, centred=key in _CENTRED, stranger=stranger) for box in boxes]
        places[key] = tuple(
            place_of(printed, _whole(key, printed, card)) if printed else None for printed in found
        )
    places["golongan_darah"] = tuple(
        place_behind_label(label, box) for label, box in _blood_group(card)
    )
    return places


def _issued(ink: Float32, lines: Mapping[str, tuple[Box, ...]]) -> Box | None:
    """The place of issue's print, which may be so wide as to stand in the rows beside it."""
    for box in lines.get("tempat_terbit", ()):
        found = find_print(ink, box, centred=True)
        # What stands left of its middle alone is the end of a row.
        if found and found.x0 + found.x1 > box.x0 + box.x1 - 2 * _OFF_MIDDLE_MM:
            return found
    return None


def _understand_all(
    readings: dict[str, Reading],
    keys: list[str],
    lines: Mapping[str, tuple[Line, ...]],
    card: Card,
) -> None:
    """Put the fields of these keys, in the order of the card, into ``readings``."""
    if _REGENCY in keys and "kecamatan" not in keys:
        keys = [*keys, "kecamatan"]  # which districts there are depends on the regency
    for key in keys:
        regency = _regency_code(readings[_REGENCY]) if key == "kecamatan" else None
        readings[key] = _understand(key, lines.get(FIELDS[key].line, ()), card, regency)


def _whole(key: str, printed: Box, card: Card) -> Box:
    """The print together with where it must have started, and for a NIK ended.

    What hides the start hides that there was one, unless the reader is shown the place.
    """
    layout, shift = LAYOUTS[card.placement.layout], card.placement.shift_mm[0]
    left, right = printed.x0, printed.x1
    if key == "nik":
        left = min(left, layout.nik_first_digit_x + shift - MARGIN_MM)
        right = max(right, layout.nik_last_digit_end_x + shift + MARGIN_MM)
    elif key in ROW_LABELS:
        left = min(left, layout.value_x + shift - MARGIN_MM)
    return Box(max(left, CARD_BOX.x0), printed.y0, min(right, CARD_BOX.x1), printed.y1)


def _blood_group(card: Card) -> list[tuple[Box, Box]]:
    """The blood group's label and value boxes, if the layout found them."""
    label = card.placement.labels.get("golongan_darah")
    return [(label, box) for box in card.placement.lines.get("golongan_darah", ()) if label]


def _regency_code(reading: Reading) -> str | None:
    """Code of the regency in the header, when it was understood."""
    if reading.grammar != "ok":
        return None
    found = find_regency(reading.text)
    return found[0].region.code if found else None


def _understand(key: str, lines: tuple[Line, ...], card: Card, regency_code: str | None) -> Reading:
    """One field from the lines that hold it, by the reader that is to be preferred."""
    own, others = [], []
    for line in lines:
        mine = _span(key, line)
        if line.other is None:
            own.append(mine)
            others.append(mine)
            continue
        theirs = _span(key, line.other)
        agrees = _bare(mine.text) == _bare(theirs.text)
        own.append(replace(mine, agrees=agrees, other=theirs))
        others.append(replace(theirs, agrees=agrees, other=mine))
    first = _as_read(key, _of_field(key, own, lines), card, regency_code)
    if all(line.other is None for line in lines):
        return first
    second_lines = tuple(line.other or line for line in lines)
    second = _as_read(key, _of_field(key, others, second_lines), card, regency_code)
    taken = rather(second, first, card, open_start=key in _CENTRED)
    return second if taken else first


def _of_field(key: str, spans: list[Line], lines: tuple[Line, ...]) -> list[Line]:
    """The parts of lines that are a field's, read or not, as one reader sees them.

    Where place and date of birth take two lines, the place may go on in one that was not read,
    unless a comma has ended it; the date stands whole on one.
    """
    if key not in _BIRTH:
        return spans
    found, ended = [], key == "tanggal_lahir"
    for span, line in zip(spans, lines, strict=True):
        if span.text or not (line.text or ended):
            found.append(span)
        ended = ended or line.text.rstrip().endswith(",")
    return found


def _bare(text: str) -> str:
    """What is compared of two readings: a colon before the value and spaces say nothing."""
    return tight(text).lstrip(":;.")


def _as_read(key: str, spans: list[Line], card: Card, regency_code: str | None) -> Reading:
    """One field from its own part of the lines."""
    pieces = [line for line in spans if line.text]
    raw = " ".join(line.text for line in pieces)
    # A wrapped value with a line that was not read is not the other line.
    lost = HIDDEN if pieces and len(pieces) < len(spans) else ""
    marked = " ".join(mark_gaps(key, line, card) if line.text else lost for line in spans).strip()
    understood = understand(key, marked, regency_code=regency_code)
    length = sum(len(line.text) for line in pieces)
    total = sum(line.confidence * len(line.text) for line in pieces)
    return Reading(
        key=key,
        raw=raw,
        text=understood.text,
        confidence=total / length if length else 0.0,
        grammar=understood.status,
        boxes=tuple(line.box for line in pieces if line.box is not None),
        reach=_reach(key, pieces, card),
        lines=tuple(pieces),
        corrections=understood.corrections,
        problems=understood.problems,
    )


def _reach(key: str, lines: list[Line], card: Card) -> tuple[Box, ...]:
    """Where print would stand that continues a field's lines, on the card."""
    found = []
    for line, place in zip(lines, card.placement.lines.get(FIELDS[key].line, ()), strict=False):
        box = line.box
        if box is None or key == "nik":
            continue  # sixteen digits: nothing can be missing unnoticed
        right = min(box.x1 + _REACH_MM, place.x1)
        if right > box.x1:
            found.append(Box(box.x1, box.y0, right, box.y1))
        left = max(box.x0 - _REACH_MM, place.x0)
        if key in _CENTRED and left < box.x0:
            found.append(Box(left, box.y0, box.x0, box.y1))
    return tuple(found)


def _span(key: str, line: Line) -> Line:
    """The part of a printed line that belongs to a field: place and date of birth may share one."""
    if key not in _BIRTH or line.box is None:
        return replace(line, other=None)
    place, date, start = split_birth(line.text)
    first, last = (0, len(place)) if key == "tempat_lahir" else (start, start + len(date))
    characters, centres = line.characters[first:last], line.characters_mm[first:last]
    if not line.text[first:last]:
        return Line("", 0.0, box=None)
    if not centres:  # an engine that does not say where its characters stand
        return replace(line, text=line.text[first:last], characters=(), other=None)
    half = line.box.height / 3
    box = Box(
        line.box.x0 if key == "tempat_lahir" else centres[0] - half,
        line.box.y0,
        centres[-1] + half if key == "tempat_lahir" else line.box.x1,
        line.box.y1,
    )
    score = sum(characters) / len(characters)
    return replace(
        line,
        text=line.text[first:last],
        confidence=score,
        characters=characters,
        characters_mm=centres,
        box=box,
        other=None,
    )
