"""Card to readings: every printed line is read, then understood as its field."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from ktpcheck.engines import Engine
from ktpcheck.fields import FIELDS
from ktpcheck.geometry import CARD_BOX, PX_PER_MM, Box, Float32
from ktpcheck.grammar import HIDDEN, split_birth, understand
from ktpcheck.layout import LAYOUTS, ROW_LABELS
from ktpcheck.records import Card, Line, Reading
from ktpcheck.regions import find_regency

#: Resolution at which print is looked for, px/mm.
_INK_PX_PER_MM: Final = 8
#: Kept left and right of the print, so that a faint last stroke is not cut off, mm.
_MARGIN_MM: Final = 0.6
#: Paper above and below a line's box that the engine is shown, mm.
_PAPER_MM: Final = (0.18, 0.1)
#: Top and bottom of a line's box, where the neighbouring rows may reach in, mm.
_EDGE_MM: Final = 0.35
#: Print that runs out of the box past a gap this wide is not the value's: the place of issue may
#: reach into the rows, mm.
_FOREIGN_GAP_MM: Final = 2.5
#: A column holds print from this share of the line's strongest ink, and from this many levels.
_INK_SHARE: Final = 0.18
_INK_LEVELS: Final = 7.0
#: A gap between neighbours wider than this many median steps holds characters that were not read.
_GAP_STEPS: Final = 3.2
#: Usual step from character to character, in cap heights.
_STEP_OF_CAP: Final = 0.85
#: Values start at one place: a first character centred farther off than this lost some before it.
_LEAD_STEPS: Final = 1.7
_NIK_DIGITS: Final = 16
#: How far behind a value its next word would start and be noticed, mm.
_REACH_MM: Final = 4.0
#: A line with a character below this score is looked at twice, the second time this much wider.
_SURE: Final = 0.6
_NIK_SURE: Final = 0.95
_WIDER: Final = 1.35
#: Lines printed about a middle; all others start at the left.
_CENTRED: Final = frozenset({"provinsi", "kabupaten_kota", "tempat_terbit", "tanggal_terbit"})


def read(card: Card, engine: Engine) -> dict[str, Reading]:
    """Read every field of a card.

    Parameters
    ----------
    card : Card
    engine : Engine

    Returns
    -------
    dict of str to Reading
        By field key, in the order of the card. A field whose print was not found has empty text.

    Raises
    ------
    EngineError
        If the engine fails.
    """
    ink = _ink(card)
    lines = {
        key: tuple(_read_line(card, ink, key, box, engine) for box in boxes)
        for key, boxes in card.placement.lines.items()
        if key != "golongan_darah"
    }
    lines["golongan_darah"] = tuple(
        _read_labelled(card, label, box, engine) for label, box in _blood_group(card)
    )
    readings: dict[str, Reading] = {}
    regency = None
    for field in FIELDS.values():
        readings[field.key] = _understand(field.key, lines.get(field.line, ()), card, regency)
        if field.key == "kabupaten_kota":
            # Known before the district is: which districts there are depends on it.
            regency = _regency_code(readings[field.key])
    return readings


def _ink(card: Card) -> Float32:
    """Print as darkness against what is around it, in levels, at ``_INK_PX_PER_MM``."""
    factor = _INK_PX_PER_MM / PX_PER_MM
    small = cv2.resize(card.pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    # Black on light blue: red and green carry the print, blue mostly the ground.
    grey = cv2.addWeighted(small[:, :, 0], 0.6, small[:, :, 1], 0.4, 0)
    stroke = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))
    return np.asarray(cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, stroke), np.float32)


def _read_line(card: Card, ink: Float32, key: str, box: Box, engine: Engine) -> Line:
    """Read what is printed in one box; the line's box is where print was found."""
    printed = _printed(ink, box, centred=key in _CENTRED)
    if printed is None:
        return Line("", 0.0, box=None)
    # A little more paper above and below: smaller letters cost less and read as well.
    above, below = _PAPER_MM
    seen = Box(printed.x0, printed.y0 - above, printed.x1, printed.y1 + below)
    rows, columns = seen.slices(card.pixels.shape)
    picture = card.pixels[rows, columns]
    transcript = engine.read_line(picture)
    agrees = None
    sure = _NIK_SURE if key == "nik" else _SURE
    if transcript.text and min(transcript.characters, default=transcript.confidence) < sure:
        # A wrong reading seldom survives a change of shape: 39 % did, of the right ones 97 %.
        wider = cv2.resize(picture, None, fx=_WIDER, fy=1.0, interpolation=cv2.INTER_LINEAR)
        agrees = _tight(engine.read_line(np.asarray(wider, np.uint8)).text) == _tight(
            transcript.text
        )
    return Line(
        text=transcript.text,
        confidence=transcript.confidence,
        characters=transcript.characters,
        characters_mm=tuple(printed.x0 + at * printed.width for at in transcript.positions),
        box=printed,
        agrees=agrees,
    )


def _tight(text: str) -> str:
    return "".join(text.split())


def _blood_group(card: Card) -> list[tuple[Box, Box]]:
    """The blood group's label and value boxes, if the layout found them."""
    label = card.placement.labels.get("golongan_darah")
    return [(label, box) for box in card.placement.lines.get("golongan_darah", ()) if label]


def _read_labelled(card: Card, label: Box, box: Box, engine: Engine) -> Line:
    """Read a value together with its label and keep what follows the label.

    A lone hyphen is a blot to an engine and a hyphen behind a colon: only what stands around it
    says how large it is.
    """
    whole = Box(label.x0 - _MARGIN_MM, box.y0, box.x1, box.y1)
    rows, columns = whole.slices(card.pixels.shape)
    transcript = engine.read_line(card.pixels[rows, columns])
    text = transcript.text
    start = max(text.rfind(":"), text.rfind(";")) + 1
    start += len(text[start:]) - len(text[start:].lstrip())
    if not start or not text[start:]:
        return Line("", 0.0)
    scores = transcript.characters[start:]
    centres = tuple(whole.x0 + at * whole.width for at in transcript.positions[start:])
    confidence = float(np.mean(scores)) if scores else transcript.confidence
    return Line(text[start:], confidence, scores, centres, box)


def _printed(ink: Float32, box: Box, *, centred: bool) -> Box | None:
    """The part of a line's box that holds print, or None."""
    rows, columns = box.grown(0.0, -_EDGE_MM).slices(ink.shape)
    band = ink[rows, columns]
    # The three darkest rows of a column: a vertical stroke, a hyphen and noise told apart.
    depth = min(3, band.shape[0])
    profile = np.partition(band, -depth, axis=0)[-depth:].mean(axis=0)
    limit = max(_INK_LEVELS, _INK_SHARE * float(np.percentile(profile, 97)))
    held = np.flatnonzero(profile > limit)
    if len(held) == 0:
        return None
    gap = np.flatnonzero(np.diff(held) >= _FOREIGN_GAP_MM * _INK_PX_PER_MM)
    if len(gap) and held[-1] >= len(profile) - 2:
        held = held[: gap[-1] + 1]
    gap = gap[gap < len(held) - 1]
    if centred and len(gap) and held[0] <= 1:
        held = held[gap[0] + 1 :]
    left = box.x0 + held[0] / _INK_PX_PER_MM - _MARGIN_MM
    right = box.x0 + (held[-1] + 1) / _INK_PX_PER_MM + _MARGIN_MM
    return Box(max(left, CARD_BOX.x0), box.y0, min(right, CARD_BOX.x1), box.y1)


def _regency_code(reading: Reading) -> str | None:
    """Code of the regency in the header, when it was understood."""
    if reading.grammar != "ok":
        return None
    found = find_regency(reading.text)
    return found[0].region.code if found else None


def _understand(key: str, lines: tuple[Line, ...], card: Card, regency_code: str | None) -> Reading:
    """One field from the lines that hold it."""
    spans = [_span(key, line) for line in lines]
    pieces = [line for line in spans if line.text]
    raw = " ".join(line.text for line in pieces)
    # A wrapped value with a line that was not read is not the other line.
    lost = HIDDEN if pieces and len(pieces) < len(spans) else ""
    marked = " ".join(_mark_gaps(key, line, card) if line.text else lost for line in spans).strip()
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
        return line
    place, date, start = split_birth(line.text)
    first, last = (0, len(place)) if key == "tempat_lahir" else (start, start + len(date))
    characters, centres = line.characters[first:last], line.characters_mm[first:last]
    if not line.text[first:last]:
        return Line("", 0.0, box=None)
    if not centres:  # an engine that does not say where its characters stand
        return Line(line.text[first:last], line.confidence, (), (), line.box, line.agrees)
    half = line.box.height / 3
    box = Box(
        line.box.x0 if key == "tempat_lahir" else centres[0] - half,
        line.box.y0,
        centres[-1] + half if key == "tempat_lahir" else line.box.x1,
        line.box.y1,
    )
    score = float(np.mean(characters))
    return Line(line.text[first:last], score, characters, centres, box, line.agrees)


def _mark_gaps(key: str, line: Line, card: Card) -> str:
    """Show characters that print room was left for but that were not read.

    Engines drop a hidden character and close the gap in the text, never in the positions.
    """
    if key == "nik":
        return _mark_nik(line, card)
    centres = line.characters_mm
    seen = [index for index, symbol in enumerate(line.text) if symbol != " "]
    if len(centres) != len(line.text) or not seen:
        return line.text
    steps = np.diff([centres[index] for index in seen])
    adjacent = [
        step for step, left, right in zip(steps, seen, seen[1:], strict=False) if right == left + 1
    ]
    # Two or three characters cannot say how wide a step is: the type's own size does.
    usual = _STEP_OF_CAP * LAYOUTS[card.placement.layout].cap_height
    typical = float(np.median(adjacent or steps)) if len(seen) > 3 else usual
    lead = centres[seen[0]] - _start_of(key, line, card)
    hidden = round(lead / typical - 0.5) if lead > _LEAD_STEPS * typical else 0
    marked = HIDDEN * hidden + line.text[: seen[0] + 1]
    for step, left, right in zip(steps, seen, seen[1:], strict=False):
        hidden = round(step / typical) - 1 if step > _GAP_STEPS * typical else 0
        between = line.text[left + 1 : right]
        marked += (HIDDEN * hidden if hidden else between) + line.text[right]
    return marked + line.text[seen[-1] + 1 :]


def _start_of(key: str, line: Line, card: Card) -> float:
    """Where the first character of a line must stand, mm; its own place where it may vary."""
    first = line.characters_mm[0]
    if FIELDS[key].line not in ROW_LABELS or key == "tanggal_lahir":
        return first
    return LAYOUTS[card.placement.layout].value_x + card.placement.shift_mm[0]


def _mark_nik(line: Line, card: Card) -> str:
    """Put the digits of a NIK in their sixteen places: it is printed at one fixed pitch."""
    text = line.text.strip()
    kept = [
        (symbol, centre)
        for symbol, centre in zip(line.text, line.characters_mm, strict=False)
        if symbol not in " :"
    ]
    if not 4 <= len(kept) < _NIK_DIGITS:
        return text
    centres = np.array([centre for _, centre in kept])
    layout = LAYOUTS[card.placement.layout]
    steps = np.diff(centres)
    near = steps[np.abs(steps / layout.nik_digit_pitch - 1) < 0.3]
    pitch = float(np.mean(near)) if len(near) >= 4 else layout.nik_digit_pitch
    first = card.placement.shift_mm[0] + layout.nik_first_digit_x + pitch / 2
    lead = max(round((centres[0] - first) / pitch), 0)
    places = lead + np.concatenate([[0], np.cumsum(np.maximum(np.round(steps / pitch), 1))])
    if places[-1] >= _NIK_DIGITS:
        return text
    digits = [HIDDEN] * _NIK_DIGITS
    for (symbol, _), place in zip(kept, places.astype(int), strict=True):
        digits[place] = symbol
    return "".join(digits)
