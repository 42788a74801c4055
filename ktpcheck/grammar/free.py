"""Free text: names and addresses. Nothing is ever corrected here, only looked at."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from ktpcheck.grammar.digits import split_birth
from ktpcheck.grammar.tidy import HIDDEN, Understood, tidy


@dataclass(frozen=True)
class FreeText:
    """What a free field may hold. Lengths are in characters."""

    allowed: str
    longest: int
    shortest: int = 1
    digits: bool = False


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
    return Understood(text, "warning" if problems else "ok", (), tuple(problems))
