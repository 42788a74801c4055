"""Two readings of one field: which of them is to be taken.

The rules rank what was read, no more. On drawn validation captures the general reader was right
in nine of ten disagreements, and in nearly all where it was the surer of the two about the very
characters in which they differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rapidfuzz.distance import Levenshtein

from ktpcheck.grammar import HIDDEN, tight
from ktpcheck.read.gaps import fills_in, is_as_long, mark_gaps
from ktpcheck.read.look import worst
from ktpcheck.records import Card, Line, Reading

#: Rather the reading that obeys its field's rules.
_RANK: Final = {"error": 0, "warning": 1, "ok": 2}
#: A second reading as sure as this of every character, without a gap between them, is not a guess:
#: on drawn validation captures 90 of 90 were right where the first reader saw something hidden.
_SEES: Final = 0.9
#: So sure of an apostrophe or a full stop between letters, a reader has seen one: names lost theirs
#: (NUMAN, print NU'MAN) to the other's sureness of the letters beside it. Of eight such on drawn
#: captures seven were printed, and the eighth had .41.
_SEES_A_MARK: Final = 0.5
_MARKS: Final = "'."
#: A reader sees one character in a blot; so many in a row are print.
_LEFT_OUT: Final = 2


def rather(second: Reading, first: Reading, card: Card, *, open_start: bool) -> bool:
    """Whether the second reader's reading is to be taken.

    ``open_start`` says that the line may start anywhere.
    """
    if not first.text or not second.text:
        return bool(second.text)
    if HIDDEN in second.text:
        return False
    lines = list(zip(first.lines, second.lines, strict=False))
    if HIDDEN in first.text:
        # Sixteen digits have no context: what is hidden there is never the other's guess.
        fits = is_as_long if worst(second) >= _SEES else fills_in
        return first.key != "nik" and all(
            fits(mark_gaps(first.key, mine, card), theirs.text, open_start=open_start)
            for mine, theirs in lines
        )
    if any(_stops_short(mine, theirs) for mine, theirs in lines):
        return False
    if _differ_by_marks(first.text, second.text):
        more = len(tight(second.text)) > len(tight(first.text))
        return more and _least_of_marks(second.lines) >= _SEES_A_MARK
    if first.grammar != second.grammar:
        return _RANK[second.grammar] > _RANK[first.grammar]
    if _is_mended(first) != _is_mended(second):
        return _is_mended(first)
    mine, theirs = sure_where_they_differ(first.lines, second.lines)
    return theirs > mine


def _differ_by_marks(first: str, second: str) -> bool:
    """Whether one has marks between letters that the other has not, and nothing else differs."""
    mine, theirs = tight(first), tight(second)
    bare = str.maketrans("", "", _MARKS)
    same = mine.translate(bare) == theirs.translate(bare)
    return same and len(mine) != len(theirs) and mine[-1:] == theirs[-1:]


def _least_of_marks(lines: Sequence[Line]) -> float:
    """The score of the least sure mark, 0..1."""
    texts, scores = _characters(lines)
    pairs = zip(texts, scores, strict=True)
    return min((score for symbol, score in pairs if symbol in _MARKS), default=0.0)


def _is_mended(reading: Reading) -> bool:
    """Whether a letter had to be taken for a digit."""
    return any(one.rule == "digit" for one in reading.corrections)


def _stops_short(mine: Line, theirs: Line) -> bool:
    """Whether the second reader left out the end of what the first read of a line.

    It says nothing then, however sure it is of the rest.
    """
    whole, start = (tight(line.text) for line in (mine, theirs))
    return len(whole) >= len(start) + _LEFT_OUT and whole.startswith(start)


def sure_where_they_differ(first: Sequence[Line], second: Sequence[Line]) -> tuple[float, float]:
    """The least score of each reader's lines among the characters in which the two differ.

    Where one has a character more, the other's neighbours of the place answer for it. Both are 1
    where they do not differ.
    """
    (mine, my_scores), (theirs, their_scores) = _characters(first), _characters(second)
    least_mine, least_theirs = 1.0, 1.0
    for step in Levenshtein.opcodes(mine, theirs):
        if step.tag != "equal":
            my_part = _answering(my_scores, step.src_start, step.src_end)
            their_part = _answering(their_scores, step.dest_start, step.dest_end)
            least_mine = min([least_mine, *my_part])
            least_theirs = min([least_theirs, *their_part])
    return least_mine, least_theirs


def _answering(scores: list[float], start: int, end: int) -> list[float]:
    return scores[start:end] or scores[max(start - 1, 0) : start + 1]


def _characters(lines: Sequence[Line]) -> tuple[str, list[float]]:
    """The characters that were read, spaces aside, and the score of each."""
    text, scores = "", []
    for line in lines:
        known = line.characters or (line.confidence,) * len(line.text)
        for symbol, score in zip(line.text, known, strict=True):
            if symbol != " ":
                text += symbol
                scores.append(score)
    return text, scores
