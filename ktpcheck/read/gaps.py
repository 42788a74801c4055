"""Characters that room was left for but that were not read.

General readers drop a hidden character and close the gap in the text, never in the positions.
"""

from __future__ import annotations

import math
import re
from itertools import pairwise
from statistics import median
from typing import Final

import numpy as np

from ktpcheck.fields import FIELDS
from ktpcheck.grammar import HIDDEN, tight
from ktpcheck.layout import LAYOUTS, ROW_LABELS
from ktpcheck.records import Card, Line

#: A gap between neighbours wider than this many median steps holds characters that were not read.
_GAP_STEPS: Final = 3.2
#: Usual step from character to character, in cap heights.
_STEP_OF_CAP: Final = 0.85
#: Values start at one place: a first character centred farther off than this lost some before it.
_LEAD_STEPS: Final = 1.7
_NIK_DIGITS: Final = 16
#: How many characters may stand in a room for one, at least and at most: letters differ in width.
_ROOM: Final = (0.7, 1.4)


def mark_gaps(key: str, line: Line, card: Card) -> str:
    """The line's text with ``HIDDEN`` for what is missing inside it and before it."""
    if key == "nik":
        return _mark_nik(line, card)
    centres = line.characters_mm
    seen = [index for index, symbol in enumerate(line.text) if symbol != " "]
    if len(centres) != len(line.text) or not seen:
        return line.text
    steps = [centres[right] - centres[left] for left, right in pairwise(seen)]
    adjacent = [
        step for step, (left, right) in zip(steps, pairwise(seen), strict=True) if right == left + 1
    ]
    # Two or three characters cannot say how wide a step is: the type's own size does.
    usual = _STEP_OF_CAP * LAYOUTS[card.placement.layout].cap_height
    typical = median(adjacent or steps) if len(seen) > 3 else usual
    lead = centres[seen[0]] - _start_of(key, line, card)
    hidden = round(lead / typical - 0.5) if lead > _LEAD_STEPS * typical else 0
    marked = HIDDEN * hidden + line.text[: seen[0] + 1]
    for step, (left, right) in zip(steps, pairwise(seen), strict=True):
        hidden = round(step / typical) - 1 if step > _GAP_STEPS * typical else 0
        between = line.text[left + 1 : right]
        marked += (HIDDEN * hidden if hidden else between) + line.text[right]
    return marked + line.text[seen[-1] + 1 :]


def fills_in(first: str, second: str, *, open_start: bool) -> bool:
    """Whether a second reading has as many characters as there is room for where one hides some.

    It must have every character that the first saw, and between them about as many as are hidden:
    a reader that closed a gap or guessed a word has not. Behind the last character, and before the
    first of a line that may start anywhere, it may have none: what lies there may hide nothing.
    """
    hidden = f"{HIDDEN}+"
    mine, theirs = map(tight, (first, second))
    pattern, at = "", 0
    for run in re.finditer(hidden, mine):
        room = len(run.group())
        outside = run.end() == len(mine) or (open_start and run.start() == 0)
        least = 0 if outside and room < len(mine) else max(math.floor(_ROOM[0] * room), 1)
        pattern += re.escape(mine[at : run.start()])
        pattern += f".{{{least},{math.ceil(_ROOM[1] * room)}}}"
        at = run.end()
    return re.fullmatch(pattern + re.escape(mine[at:]), theirs) is not None


def is_as_long(first: str, second: str, *, open_start: bool) -> bool:
    """Whether a second reading has about as many characters as the first has room for.

    As in ``fills_in``, what is hidden behind the last character, or before the first of a line
    that may start anywhere, may be nothing. What the first saw and no more is a gap closed.
    """
    mine, theirs = map(tight, (first, second))
    mine = mine.rstrip(HIDDEN)
    mine = mine.lstrip(HIDDEN) if open_start else mine
    if HIDDEN in mine and mine.replace(HIDDEN, "") == theirs:
        return False
    return len(theirs) >= _ROOM[0] * len(mine)


def starts_a_row(key: str) -> bool:
    """Whether a field's lines start where all values of rows start."""
    return FIELDS[key].line in ROW_LABELS and key != "tanggal_lahir"


def _start_of(key: str, line: Line, card: Card) -> float:
    """Where the first character of a line must stand, mm; its own place where it may vary."""
    first = line.characters_mm[0]
    if not starts_a_row(key):
        return first
    return LAYOUTS[card.placement.layout].value_x + card.placement.shift_mm[0]


def _mark_nik(line: Line, card: Card) -> str:
    """Put the digits of a NIK in their sixteen places: it is printed at one fixed pitch."""
    text = line.text.strip()
    # A bracket or an apostrophe is what is left of a covered digit, and no more one than a gap is.
    kept = [
        (symbol, centre)
        for symbol, centre in zip(line.text, line.characters_mm, strict=False)
        if symbol.isalnum()
    ]
    if len(kept) < 4 or len(kept) >= _NIK_DIGITS:
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
