"""What stands around a value and is no part of it: the colon, the label's end, loose spaces."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

from ktpcheck.fields import FIELDS
from ktpcheck.layout import ROW_LABELS
from ktpcheck.records import Correction
from ktpcheck.regions import comparable

#: Stands for a character that is printed but could not be seen.
HIDDEN: Final = "▯"

#: How a text was understood: it obeys the rules, is unusual, or cannot be right.
TextStatus = Literal["ok", "warning", "error", "not_assessable"]

_COLONS: Final = ":;"
_LOOSE: Final = ":;.,-"
_LABELS: Final = {"nik": "NIK", "golongan_darah": "Gol. Darah"}


@dataclass(frozen=True)
class Understood:
    """One field's text as understood.

    ``problems`` are codes of ``PROBLEMS``; the positions of ``corrections`` count in the raw text.
    """

    text: str
    status: TextStatus
    corrections: tuple[Correction, ...] = ()
    problems: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Understood(status={self.status!r}, problems={self.problems!r})"


@dataclass(frozen=True)
class Piece:
    """A stretch of the raw text: ``text[i]`` was read at ``places[i]``."""

    text: str
    places: tuple[int, ...]

    def __repr__(self) -> str:
        return f"Piece({len(self.text)} characters)"

    def part(self, start: int, stop: int | None = None) -> Piece:
        return Piece(self.text[start:stop], self.places[start:stop])

    def without(self, dropped: str) -> Piece:
        """Leave out the characters that match a regular expression."""
        pattern = re.compile(dropped)
        kept = [
            (symbol, place)
            for symbol, place in zip(self.text, self.places, strict=True)
            if not pattern.fullmatch(symbol)
        ]
        return Piece("".join(symbol for symbol, _ in kept), tuple(place for _, place in kept))


def without_blots(
    piece: Piece, is_whole: Callable[[str], bool]
) -> tuple[Piece, tuple[Correction, ...]]:
    """Leave out what is hidden before and behind a value, where that is whole without it.

    Parameters
    ----------
    piece : Piece
    is_whole : callable
        Whether a text is a value to which nothing can be missing.

    Returns
    -------
    Piece
        As it was, unless all that is hidden lies before and behind a whole value.
    tuple of Correction
        What was left out.
    """
    if HIDDEN not in piece.text:
        return piece, ()
    start = len(piece.text) - len(piece.text.lstrip(HIDDEN + " "))
    stop = len(piece.text.rstrip(HIDDEN + " "))
    inner, around = piece.part(start, stop), (piece.part(0, start), piece.part(stop))
    if HIDDEN in inner.text or not is_whole(inner.text):
        return piece, ()
    left_out = (Correction(one.places[0], one.text, "", "beside") for one in around if one.text)
    return inner, tuple(left_out)


def tight(text: str) -> str:
    """Text as it is compared: spaces come and go with the reader."""
    return "".join(text.split())


def tidy(key: str, raw: str, *, dash_is_value: bool = False, closed: bool = False) -> Piece:
    """Take a value out of what surrounds it.

    Parameters
    ----------
    key : str
        A key of ``FIELDS``.
    raw : str
        As read.
    dash_is_value : bool
        Whether a leading hyphen may be the value itself.
    closed : bool
        Whether the value cannot begin like its label, so that a label goes without its colon too.

    Returns
    -------
    Piece
        Without label, leading colon and surrounding space; every run of space is one space.
    """
    piece = _single_spaces(raw)
    while True:
        shorter = _without_loose(_without_label(key, piece, closed), dash_is_value)
        if shorter == piece:
            return piece
        piece = shorter


def _single_spaces(raw: str) -> Piece:
    kept = [
        (" " if symbol.isspace() else symbol, place)
        for place, symbol in enumerate(raw)
        if not symbol.isspace() or (place and not raw[place - 1].isspace())
    ]
    if kept and kept[-1][0] == " ":
        kept.pop()
    return Piece("".join(symbol for symbol, _ in kept), tuple(place for _, place in kept))


def _without_loose(piece: Piece, dash_is_value: bool) -> Piece:
    loose = _LOOSE.replace("-", "") if dash_is_value else _LOOSE
    return piece.part(len(piece.text) - len(piece.text.lstrip(loose + " ")))


def _without_label(key: str, piece: Piece, closed: bool) -> Piece:
    own, *others = _labels(key) or ("",)
    colon = re.search(f"[{_COLONS}]", piece.text)
    if colon:
        before = comparable(piece.text[: colon.start()])
        # A crop may begin in the middle of the label.
        if before and any(label.endswith(before) for label in (own, *others)):
            return piece.part(colon.end())
    if closed and own:
        for stop in range(1, len(piece.text)):
            if comparable(piece.text[:stop]) == own:
                return piece.part(stop)
    return piece


@cache
def _labels(key: str) -> tuple[str, ...]:
    """List a field's labels, folded; the first is the usual one."""
    printed = _LABELS.get(key) or ROW_LABELS.get(FIELDS[key].line, "")
    # Believers' cards: the label changes, and their value begins with the same word.
    also = ("Kepercayaan",) if key == "agama" else ()
    return tuple(comparable(label) for label in (printed, *also) if label)
