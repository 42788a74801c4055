"""Fields whose every position is known: the NIK, RT/RW and dates.

Only here a letter is taken for a digit, because only here the position must hold one. What is
hidden beside a whole date or RT/RW hides nothing of it.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from ktpcheck.grammar.tidy import HIDDEN, Piece, TextStatus, Understood, tidy, without_blots
from ktpcheck.nik import LENGTH, digit_errors, region_warnings
from ktpcheck.records import Correction

#: What a reader takes a digit for, where nothing but a digit can stand.
DIGITS: Final = {
    **dict.fromkeys("OoDQUC", "0"),
    **dict.fromkeys("Iil!|L][)/", "1"),
    **dict.fromkeys("Zze", "2"),
    "E": "3",
    **dict.fromkeys("Ah", "4"),
    **dict.fromkeys("Ss$", "5"),
    **dict.fromkeys("bG", "6"),
    **dict.fromkeys("?TY", "7"),
    **dict.fromkeys("B&", "8"),
    **dict.fromkeys("gqP", "9"),
}

_DIGIT: Final = f"[0-9{HIDDEN}]"
_LIKE: Final = f"[0-9{HIDDEN}{re.escape(''.join(DIGITS).replace('/', ''))}]"
#: Between the groups of a date: a hyphen, what is taken for one, or only space.
_DASHES: Final = "-./_–—−"
_GAP: Final = rf" ?[{_DASHES}]? ?"
_DATE: Final = re.compile(rf"({_LIKE}{{2}})({_GAP})({_LIKE}{{2}})({_GAP})({_LIKE}{{4}})\.?")
_SLASHED: Final = re.compile(rf"({_DIGIT}{{1,3}})/({_DIGIT}{{1,3}})")
_WHOLE_RT_RW: Final = re.compile(r"[0-9]{3}/[0-9]{3}")
_WHOLE_DATE: Final = re.compile(r"[0-9]{2}-[0-9]{2}-[0-9]{4}")
_NO_RT_RW_MISREAD: Final = re.compile(r"\s*-\s*([1Il|!])\s*-\s*")
_NO_RT_RW: Final = "-/-"

#: A date at the end of a line: after a break any digit-like character may open it, directly after
#: the place only a digit, because a letter there belongs to the place.
_TAIL: Final = rf"\s*[{_DASHES},\s]\s*{_LIKE}{{2}}\s*[{_DASHES},\s]\s*{_LIKE}{{4}}\W*$"
_DATE_AFTER_BREAK: Final = re.compile(rf"(?:^|(?<=[\s,.;:]))(?P<date>{_LIKE}{{2}}{_TAIL})")
_DATE_AFTER_LETTER: Final = re.compile(rf"(?P<date>{_DIGIT}{{2}}{_TAIL})")
#: Years that can stand on a card: who was born before them holds none.
_YEARS: Final = range(1900, 2100)
#: A stretch with fewer digits than this is no date, however damaged.
_FEWEST_DIGITS: Final = 4


def understand_nik(raw: str) -> Understood:
    """Understand a NIK; its digits are never completed and never repaired from another field."""
    piece = tidy("nik", raw, closed=True).without(r"[\s.]")
    text, corrections = _as_digits(piece)
    if not text:
        return Understood("", "not_assessable", (), ("empty",))
    if HIDDEN in text:
        problems = ["hidden_character"]
        if len(text) != LENGTH:
            problems.append("length")
        return Understood(text, "error", corrections, tuple(problems))
    errors = digit_errors(text)
    if errors:
        return Understood(text, "error", corrections, errors)
    warnings = region_warnings(text)
    return Understood(text, "warning" if warnings else "ok", corrections, warnings)


def understand_rt_rw(raw: str) -> Understood:
    """Understand ``NNN/NNN``; ``000/000`` and ``-/-`` are legal."""
    dashes = _NO_RT_RW_MISREAD.fullmatch(raw)
    if dashes:
        # Between two hyphens only the slash can stand, which readers take for a 1.
        slash = Correction(dashes.start(1), dashes[1], "/", "separator")
        return Understood(_NO_RT_RW, "ok", (slash,))
    piece = tidy("rt_rw", raw, dash_is_value="/" in raw, closed=True).without(r"\s")
    if not piece.text:
        return Understood("", "not_assessable", (), ("empty",))
    if piece.text == _NO_RT_RW:
        return Understood(_NO_RT_RW, "ok")
    piece, blots = without_blots(piece, lambda text: bool(_WHOLE_RT_RW.fullmatch(text)))
    text, swapped = _as_digits(piece, kept="/")
    corrections = (*blots, *swapped)
    status: TextStatus = "ok"
    problems: list[str] = []
    if "/" not in text and re.fullmatch(rf"{_DIGIT}{{3}}1{_DIGIT}{{3}}", text):
        # Seven places: the middle one is the slash, which readers take for a 1.
        corrections = (
            *(known for known in corrections if known.position != piece.places[3]),
            Correction(piece.places[3], piece.text[3], "/", "separator"),
        )
        text = f"{text[:3]}/{text[4:]}"
    elif re.fullmatch(rf"{_DIGIT}{{6}}", text):
        corrections = (*corrections, Correction(piece.places[3], "", "/", "separator"))
        text = f"{text[:3]}/{text[3:]}"
        status, problems = "warning", ["separator_missing"]
    groups = _SLASHED.fullmatch(text)
    if groups is None:
        # The places are not known after all: nothing was safe to take for a digit.
        hidden = ("hidden_character",) if HIDDEN in text else ()
        return Understood(piece.text, "error", (), (*hidden, "format"))
    if HIDDEN in text:
        return Understood(text, "error", corrections, ("hidden_character",))
    if min(map(len, groups.groups())) < 3:
        status, problems = "warning", [*problems, "short_group"]
    return Understood(text, status, corrections, tuple(problems))


def understand_date(key: str, raw: str) -> Understood:
    """Understand ``DD-MM-YYYY``; the date has to exist."""
    piece = tidy(key, raw, closed=True)
    if key == "tanggal_lahir":
        _, _, start = split_birth(piece.text)
        piece = piece.part(start) if start < len(piece.text) else piece
    if not piece.text:
        return Understood("", "not_assessable", (), ("empty",))
    piece, blots = without_blots(piece, lambda text: bool(_WHOLE_DATE.fullmatch(text)))
    found = _DATE.fullmatch(piece.text)
    if found is None:
        hidden = ("hidden_character",) if HIDDEN in piece.text else ()
        return Understood(piece.text, "error", (), (*hidden, "format"))
    groups: list[str] = []
    corrections = list(blots)
    missing = False
    for number in range(1, 6):
        part = piece.part(*found.span(number))
        if number % 2:
            digits, swapped = _as_digits(part)
            groups.append(digits)
            corrections += swapped
        else:
            gap = part.text.strip()
            if not part.text:
                missing = True
                place = piece.places[found.start(number)]
                corrections.append(Correction(place, "", "-", "separator"))
            elif gap != "-":
                place = part.places[part.text.index(gap)]
                corrections.append(Correction(place, gap or " ", "-", "separator"))
    text = "-".join(groups)
    taken = tuple(corrections)
    if HIDDEN in text:
        return Understood(text, "error", taken, ("hidden_character",))
    day = parse_date(text)
    if day is None or day.year not in _YEARS:
        return Understood(text, "error", taken, ("date_impossible",))
    if missing:
        return Understood(text, "warning", taken, ("separator_missing",))
    return Understood(text, "ok", taken)


def parse_date(text: str) -> date | None:
    """Parse ``DD-MM-YYYY``; None when it is anything else or no day of the calendar."""
    if not _WHOLE_DATE.fullmatch(text):
        return None
    day, month, year = map(int, text.split("-"))
    try:
        return date(year, month, day)
    except ValueError:
        return None


def split_birth(raw: str) -> tuple[str, str, int]:
    """Split the line ``PLACE, DD-MM-YYYY``; comma, space and hyphens may be missing.

    Parameters
    ----------
    raw : str
        The whole line as read.

    Returns
    -------
    place : str
        How ``raw`` begins, without the comma; empty when there is no place.
    date : str
        How ``raw`` goes on from ``start``; empty when there is no date.
    start : int
        Where the date begins; ``len(raw)`` when there is none.
    """
    for pattern in (_DATE_AFTER_BREAK, _DATE_AFTER_LETTER):
        found = pattern.search(raw)
        if found and _count_digits(found["date"]) >= _FEWEST_DIGITS:
            return _split_at(raw, found.start("date"))
    comma = raw.rfind(",")
    if comma >= 0 and _count_digits(raw[comma:]) >= _FEWEST_DIGITS:
        return _split_at(raw, comma + 1)
    first = next((place for place, symbol in enumerate(raw) if symbol in "0123456789"), len(raw))
    if _count_digits(raw[first:]) < _FEWEST_DIGITS:
        return raw, "", len(raw)
    # One digit-like letter that stands alone before them is the date's own.
    opened = re.search(rf"(?:^|(?<=[\s,.;:])){_LIKE}$", raw[:first])
    return _split_at(raw, opened.start() if opened else first)


def _split_at(raw: str, start: int) -> tuple[str, str, int]:
    while start < len(raw) and raw[start].isspace():
        start += 1
    return raw[:start].rstrip(" ,.;:-\t"), raw[start:].rstrip(), start


def _count_digits(text: str) -> int:
    return sum(symbol in "0123456789" for symbol in text)


def _as_digits(piece: Piece, kept: str = "") -> tuple[str, tuple[Correction, ...]]:
    symbols, corrections = [], []
    for symbol, place in zip(piece.text, piece.places, strict=True):
        taken = symbol if symbol in kept else DIGITS.get(symbol, symbol)
        symbols.append(taken)
        if taken != symbol:
            corrections.append(Correction(place, symbol, taken, "digit"))
    return "".join(symbols), tuple(corrections)
