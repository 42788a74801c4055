"""One printed line as both readers see it.

ktpcheck's own reader knows this card and says what it cannot see; the general reader has seen the
world. The own one looks first, the other where there is doubt, and always at what opens doors or
no rule knows: NIK, name, address.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ktpcheck.engines import Engine, Transcript
from ktpcheck.geometry import Box, UInt8
from ktpcheck.grammar import HIDDEN
from ktpcheck.read.ink import MARGIN_MM
from ktpcheck.records import Card, Line

#: Paper above and below a line's box that a reader is shown, mm.
_PAPER_MM: Final = (0.18, 0.1)
#: Half of the widest character and a little more, in heights of a line's box.
_HALF_OF_HEIGHT: Final = 0.4
#: A line with a character below this score is also shown to the second reader.
_SURE: Final = 0.9
#: Always shown to both: the NIK opens every door, and no list or rule knows names and streets. On
#: drawn validation captures 1.7 % of sure free texts were wrong, 0.4 % where both read the same.
_BOTH: Final = frozenset({"nik", "nama", "alamat"})


@dataclass(frozen=True)
class Readers:
    """Who reads: ``first`` every line, ``second`` where the first is in doubt, if there is one."""

    first: Engine
    second: Engine | None = None


def look(card: Card, key: str, printed: Box, whole: Box, readers: Readers) -> Line:
    """Read what is printed in one box.

    The reader is shown the ``whole`` place. The line's box is where it says that characters
    stand, hidden ones too: a scratch beside a short value is not more of it.
    """
    above, below = _PAPER_MM
    seen = Box(whole.x0, whole.y0 - above, whole.x1, whole.y1 + below)
    first, second = _both(_picture(card, seen), readers, always=key in _BOTH)
    box = printed
    if first.positions:
        start, end = (
            whole.x0 + at * whole.width for at in (first.positions[0], first.positions[-1])
        )
        half = printed.height * _HALF_OF_HEIGHT
        left, right = max(start - half, whole.x0), min(end + half, whole.x1)
        box = Box(left, printed.y0, right, printed.y1)
    return _line(first, second, whole, box)


def look_behind_label(card: Card, label: Box, box: Box, readers: Readers) -> Line:
    """Read a value together with its label and keep what follows the label.

    A lone hyphen is a blot to a reader and a hyphen behind a colon: only what stands around it
    says how large it is.
    """
    whole = Box(label.x0 - MARGIN_MM, box.y0, box.x1, box.y1)
    first, second = _both(_picture(card, whole), readers, always=False)
    return _line(_behind_colon(first), second and _behind_colon(second), whole, box)


def _picture(card: Card, box: Box) -> UInt8:
    rows, columns = box.slices(card.pixels.shape)
    return card.pixels[rows, columns]


def _both(
    picture: UInt8, readers: Readers, *, always: bool
) -> tuple[Transcript, Transcript | None]:
    """What the first reader read, and the second where it was asked."""
    first = readers.first.read_line(picture)
    sure = first.text and HIDDEN not in first.text
    sure = sure and min(first.characters, default=first.confidence) >= _SURE
    if readers.second is None or (sure and not always):
        return first, None
    return first, readers.second.read_line(picture)


def _line(first: Transcript, second: Transcript | None, shown: Box, box: Box) -> Line:
    return Line(
        text=first.text,
        confidence=first.confidence,
        characters=first.characters,
        characters_mm=tuple(shown.x0 + at * shown.width for at in first.positions),
        box=box,
        other=None if second is None else _line(second, None, shown, box),
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
