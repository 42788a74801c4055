"""Card to readings: every printed line is read, then understood as its field."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ktpcheck.fields import FIELDS
from ktpcheck.geometry import CARD_BOX, Box
from ktpcheck.grammar import HIDDEN, split_birth, understand
from ktpcheck.layout import LAYOUTS, ROW_LABELS
from ktpcheck.read.gaps import fills_in, mark_gaps
from ktpcheck.read.ink import MARGIN_MM, find_print, ink_of
from ktpcheck.read.look import Readers, look, look_behind_label
from ktpcheck.records import Card, Line, Reading
from ktpcheck.regions import find_regency

__all__ = ["Readers", "read"]

#: How far behind a value its next word would start and be noticed, mm.
_REACH_MM: Final = 4.0
#: Rather the reading that obeys its field's rules.
_RANK: Final = {"error": 0, "warning": 1, "ok": 2}
#: Where the readers differ and the rules do not decide, the own one is taken from this score on.
_GIVES_WAY: Final = 0.6
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
    ink = ink_of(card)
    lines: dict[str, tuple[Line, ...]] = {}
    for key, boxes in card.placement.lines.items():
        if key == "golongan_darah":
            continue
        found = [find_print(ink, box, centred=key in _CENTRED) for box in boxes]
        lines[key] = tuple(
            look(card, key, printed, _whole(key, printed, card), readers)
            if printed
            else Line("", 0.0)
            for printed in found
        )
    lines["golongan_darah"] = tuple(
        look_behind_label(card, label, box, readers) for label, box in _blood_group(card)
    )
    readings: dict[str, Reading] = {}
    regency = None
    for field in FIELDS.values():
        readings[field.key] = _understand(field.key, lines.get(field.line, ()), card, regency)
        if field.key == "kabupaten_kota":
            # Known before the district is: which districts there are depends on it.
            regency = _regency_code(readings[field.key])
    return readings


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
        agrees = "".join(mine.text.split()) == "".join(theirs.text.split())
        own.append(replace(mine, agrees=agrees, other=theirs))
        others.append(replace(theirs, agrees=agrees, other=mine))
    first = _as_read(key, own, card, regency_code)
    if all(line.other is None for line in lines):
        return first
    second = _as_read(key, others, card, regency_code)
    return second if _rather(second, first, card) else first


def _rather(second: Reading, first: Reading, card: Card) -> bool:
    """Whether the second reader's reading is to be taken: the rules rank what was read, no more."""
    if not first.text or not second.text:
        return bool(second.text)
    if HIDDEN in second.text:
        return False
    if HIDDEN in first.text:
        # Sixteen digits have no context: what is hidden there is never the other's guess.
        return first.key != "nik" and all(
            fills_in(
                mark_gaps(first.key, mine, card), theirs.text, open_start=first.key in _CENTRED
            )
            for mine, theirs in zip(first.lines, second.lines, strict=False)
        )
    if first.grammar != second.grammar:
        return _RANK[second.grammar] > _RANK[first.grammar]
    return _worst(first) < _GIVES_WAY < _worst(second)


def _worst(reading: Reading) -> float:
    """The least score of any of its characters."""
    scores = [score for line in reading.lines for score in line.characters]
    return min(scores, default=reading.confidence)


def _as_read(key: str, spans: list[Line], card: Card, regency_code: str | None) -> Reading:
    """One field from its own part of the lines."""
    pieces = [line for line in spans if line.text]
    raw = " ".join(line.text for line in pieces)
    # A wrapped value with a line that was not read is not the other line.
    lost = HIDDEN if pieces and len(pieces) < len(spans) else ""
    marked = " ".join(mark_gaps(key, line, card) if line.text else lost for line in spans).strip()
    understood = understand(key, marked, regency_code=regency_code)
    weights = [len(line.text) for line in pieces]
    confidence = (
        float(np.average([line.confidence for line in pieces], weights=weights)) if pieces else 0.0
    )
    return Reading(
        key=key,
        raw=raw,
        text=understood.text,
        confidence=confidence,
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
        if box is None or key in ("nik", "tempat_lahir"):
            continue  # sixteen digits, or a date behind: nothing can be missing unnoticed
        right = min(box.x1 + _REACH_MM, place.x1)
        if right > box.x1:
            found.append(Box(box.x1, box.y0, right, box.y1))
        left = max(box.x0 - _REACH_MM, place.x0)
        if key in _CENTRED and left < box.x0:
            found.append(Box(left, box.y0, box.x0, box.y1))
    return tuple(found)


def _span(key: str, line: Line) -> Line:
    """The part of a printed line that belongs to a field: place and date of birth share one."""
    if key not in ("tempat_lahir", "tanggal_lahir") or line.box is None:
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
    score = float(np.mean(characters))
    return replace(
        line,
        text=line.text[first:last],
        confidence=score,
        characters=characters,
        characters_mm=centres,
        box=box,
        other=None,
    )
