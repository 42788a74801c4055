"""Free text: names and addresses. Nothing is ever corrected here, only looked at."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from ktpcheck.grammar.digits import split_birth
from ktpcheck.grammar.tidy import HIDDEN, Understood, tidy
from ktpcheck.regions import find_regency


@dataclass(frozen=True)
class FreeText:
    """What a free field may hold. Lengths are in characters."""

    allowed: str
    longest: int
    shortest: int = 1
    digits: bool = False


#: What stands in other rows: RT/RW and sex. An address may end in a house number, no line of it
#: in an RT/RW that does not say so.
_OTHER_ROW: Final = re.compile(r"\d{3} ?/ ?\d{3}|LAKI-LAKI|PEREMPUAN|SEUMUR HIDUP")
_RT_RW_AT_END: Final = re.compile(r"(?<!RT)(?<!RW)(?<!NO)(?<!RT\.)(?<!NO\.) \d{3} ?/ ?\d{3}$")

#: Names shorter than this may differ by a letter and both be places.
_LONG_ENOUGH: Final = 6

FREE: Final = {
    "nama": FreeText(r"[A-Z .,'\-]*", 60, shortest=2),
    "tempat_lahir": FreeText(r"[A-Z .'\-()]*", 60),
    "alamat": FreeText(r"[A-Z0-9 .,/\-()'&#]*", 100, digits=True),
    "kel_desa": FreeText(r"[A-Z0-9 .'\-/()]*", 45, digits=True),
}


def understand_free(key: str, raw: str) -> Understood:
    """Understand free text: capitals and single spaces, every character kept.

    Parameters
    ----------
    key : str
        A key of ``FREE``.
    raw : str
        As read.

    Returns
    -------
    Understood
        At worst a warning: free text can be unusual but not impossible.
    """
    text = tidy(key, raw).text.upper()
    while key == "tempat_lahir" and split_birth(text)[1]:
        text = split_birth(text)[0]
    if key == "tempat_lahir":
        text = text.rstrip(" ,;")
    if not text:
        return Understood("", "not_assessable", (), ("empty",))
    rules = FREE[key]
    problems = []
    if HIDDEN in text:
        problems.append("hidden_character")
    seen = text.replace(HIDDEN, "")
    if not rules.digits and any(symbol in "0123456789" for symbol in seen):
        problems.append("digit_in_name")
        seen = re.sub("[0-9]", "", seen)
    if not re.fullmatch(rules.allowed, seen):
        problems.append("charset")
    if not rules.shortest <= len(text) <= rules.longest:
        problems.append("length")
    if _OTHER_ROW.fullmatch(text) or (key == "alamat" and _RT_RW_AT_END.search(text)):
        problems.append("other_row")
    if key == "tempat_lahir" and not problems and _misses_a_place(text):
        problems.append("near_known_place")
    return Understood(text, "warning" if problems else "ok", (), tuple(problems))


def _misses_a_place(text: str) -> bool:
    """One letter off the name of a regency, where most people are born; short names are many."""
    if len(text) < _LONG_ENOUGH:
        return False
    near = find_regency(text)
    return bool(near) and near[0].distance == 1
