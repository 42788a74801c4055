"""One printed line as a reader sees it.

ktpcheck's own reader knows this card and says what it cannot see; the general reader has seen the
world. The own one looks first, the other where that leaves a doubt, and always at the NIK.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

import numpy as np

from ktpcheck.engines import Engine, Transcript
from ktpcheck.geometry import Box
from ktpcheck.grammar import HIDDEN
from ktpcheck.read.ink import MARGIN_MM
from ktpcheck.read.letters import spare_room
from ktpcheck.records import Card, Line, Reading
from ktpcheck.regions import find_regency

#: Paper above and below a line's box that a reader is shown, mm.
_PAPER_MM: Final = (0.18, 0.1)
#: Half of the widest character and a little more, in heights of a line's box.
_HALF_OF_HEIGHT: Final = 0.4
#: What no list knows.
_FREE: Final = ("nama", "tempat_lahir", "alamat", "kel_desa")
#: A field with a character below this score is also shown to the second reader: the more, the less
#: its rules know. Of some 250 drawn validation captures every value that stands in its list was
#: right at any score (2,027 values), every date and RT/RW from 0.6 on. Of free texts on 630 others
#: 2 of 1,038 were wrong from 0.98 on; of addresses none of 122 from 0.95 on, of the rest 1 in 20.
_SURE: Final = MappingProxyType(
    {
        **dict.fromkeys(_FREE, 0.98),
        "alamat": 0.95,
        **dict.fromkeys(("kecamatan", "tempat_terbit"), 0.85),
        **dict.fromkeys(("tanggal_lahir", "tanggal_terbit", "rt_rw"), 0.75),
    }
)
_SURE_OF_LISTED: Final = 0.5
#: Of 441 places of birth read as a regency's name not one was another, at any score.
_SURE_OF_REGENCY: Final = 0.85
#: And whatever the score, where more room than this is left between two letters, em: an I
#: that was skipped leaves no other trace.
_ROOMY: Final = 0.12
#: Always shown to both: it opens every door.
_BOTH: Final = frozenset({"nik"})


@dataclass(frozen=True)
class Readers:
    """Who reads: ``first`` every line, ``second`` where the first is in doubt, if there is one."""

    first: Engine
    second: Engine | None = None


@dataclass(frozen=True)
class Place:
    """Where one line stands: what a reader is ``shown``, and the box of its ``print``.

    ``behind_label`` says that the label is shown too, and what follows its colon is meant.
    """

    shown: Box
    print: Box
    behind_label: bool = False


def place_of(printed: Box, whole: Box) -> Place:
    """The place of a line: the reader is shown the ``whole`` and some paper."""
    above, below = _PAPER_MM
    return Place(Box(whole.x0, whole.y0 - above, whole.x1, whole.y1 + below), printed)


def place_behind_label(label: Box, box: Box) -> Place:
    """The place of a value that is read together with its label.

    A lone hyphen is a blot to a reader and a hyphen behind a colon: only what stands around it
    says how large it is.
    """
    return Place(Box(label.x0 - MARGIN_MM, box.y0, box.x1, box.y1), box, behind_label=True)


def look(card: Card, place: Place, engine: Engine) -> Line:
    """Read what is printed in one place.

    The line's box is where the reader says that characters stand, hidden ones too: a scratch
    beside a short value is not more of it.
    """
    transcript = _transcript(card, place, engine)
    shown, box = place.shown, place.print
    if transcript.positions and not place.behind_label:
        start, end = (
            shown.x0 + at * shown.width
            for at in (transcript.positions[0], transcript.positions[-1])
        )
        half = box.height * _HALF_OF_HEIGHT
        box = replace(box, x0=max(start - half, shown.x0), x1=min(end + half, shown.x1))
    return _line(transcript, shown, box)


def look_again(card: Card, place: Place, line: Line, engine: Engine) -> Line:
    """The line with what another reader makes of it; its box stays."""
    transcript = _transcript(card, place, engine)
    return replace(line, other=_line(transcript, place.shown, line.box or place.print))


def in_doubt(reading: Reading) -> bool:
    """Whether one reader is not enough for this field."""
    return (
        reading.key in _BOTH
        or reading.grammar != "ok"
        or HIDDEN in reading.text
        or worst(reading) < _sure_from(reading)
        or (reading.key in _FREE and roomiest(reading) > _ROOMY)
    )


def _sure_from(reading: Reading) -> float:
    """The score from which one reader is enough for what it read."""
    if reading.key == "tempat_lahir" and _is_regency(reading.text):
        return _SURE_OF_REGENCY
    return _SURE.get(reading.key, _SURE_OF_LISTED)


def _is_regency(text: str) -> bool:
    """Whether a text is the name of a regency, as most places of birth are."""
    found = find_regency(text)
    return bool(found) and found[0].distance == 0


def worst(reading: Reading) -> float:
    """The least score of any of its characters."""
    scores = [score for line in reading.lines for score in line.characters]
    return min(scores, default=reading.confidence)


def roomiest(reading: Reading) -> float:
    """The most room that any of its lines leaves between two letters, em."""
    return max((spare_room(one.text, one.characters_mm) for one in reading.lines), default=0.0)


def _transcript(card: Card, place: Place, engine: Engine) -> Transcript:
    rows, columns = place.shown.slices(card.pixels.shape)
    transcript = engine.read_line(card.pixels[rows, columns])
    return _behind_colon(transcript) if place.behind_label else transcript


def _line(transcript: Transcript, shown: Box, box: Box) -> Line:
    return Line(
        text=transcript.text,
        confidence=transcript.confidence,
        characters=transcript.characters,
        characters_mm=tuple(shown.x0 + at * shown.width for at in transcript.positions),
        box=box,
    )


def _behind_colon(transcript: Transcript) -> Transcript:
    text = transcript.text
    start = max(text.rfind(":"), text.rfind(";")) + 1
    start += len(text[start:]) - len(text[start:].lstrip())
    if not start:
        return Transcript("", 0.0)
    scores = transcript.characters[start:]
    confidence = float(np.mean(scores)) if scores else transcript.confidence
    return Transcript(text[start:], confidence, scores, transcript.positions[start:])
