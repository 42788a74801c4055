"""Fields whose value comes from a list: the nearest entry is taken if it is near and alone.

Engines drop spaces and confuse letters with digits; both are ignored when comparing. A value with
a hidden character is never completed, even if one entry only fits. What hides the paper beside an
entry that is whole, and that is part of no other, hides nothing of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from types import MappingProxyType
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from ktpcheck import regions
from ktpcheck.grammar.digits import understand_date
from ktpcheck.grammar.tidy import HIDDEN, Piece, TextStatus, Understood, tidy, without_blots
from ktpcheck.records import Correction

LIFELONG: Final = "SEUMUR HIDUP"
NO_VALUE: Final = "-"
CITIZEN: Final = "WNI"
#: How the three letters of WNI are misread; other short values are not, WNA least of all.
_CITIZEN_MISREAD: Final = frozenset({"WNI", "VNI", "WWNI"})
_BLOOD: Final = re.compile(r"(?:A|B|AB|O)[+-]?|-")
_BLOOD_UNKNOWN: Final = "TIDAKTAHU"
_NEXT_LABEL: Final = re.compile(r"\s*G[O0][LI1l]\W*D[A4]R[A4]H.*$", re.IGNORECASE | re.DOTALL)
_FEWEST_DATE_DIGITS: Final = 4
_DISTANCE: Final = Levenshtein.distance


@cache
def entries(key: str) -> dict[str, str]:
    """Load a closed list: every accepted spelling to the usual one.

    Parameters
    ----------
    key : str
        A field that has a list in ``lists/``.

    Returns
    -------
    dict of str to str
        In the order of the list.
    """
    path = Path(__file__).parent / "lists" / f"{key}.txt"
    found: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            usual, *others = line.split(" = ")
            found.update((spelling, usual) for spelling in (usual, *others))
    return found


def most_edits(length: int) -> int:
    """How many letters of a value of this length may be misread and it still be known for sure."""
    return 0 if length < 4 else 1 if length < 8 else 2


def understand_listed(key: str, raw: str, unlisted: TextStatus) -> Understood:
    """Understand a value of a list in ``lists/``; ``unlisted`` is the status of any other."""
    piece = tidy(key, raw, dash_is_value=key == "agama", closed=True)
    if key == "jenis_kelamin":
        # The blood group's label stands further right on the same row.
        piece = piece.part(0, len(_NEXT_LABEL.sub("", piece.text)))
    if key == "agama" and piece.text == NO_VALUE:
        return Understood(NO_VALUE, "ok")
    return _choose(piece, tuple(entries(key)), unlisted)


def understand_validity(raw: str) -> Understood:
    """Understand ``SEUMUR HIDUP`` or a date."""
    piece = tidy("berlaku_hingga", raw, closed=True)
    if sum(symbol in "0123456789" for symbol in piece.text) >= _FEWEST_DATE_DIGITS:
        return understand_date("berlaku_hingga", raw)
    return _choose(piece, (LIFELONG,), "error")


def understand_blood(raw: str) -> Understood:
    """Understand a blood group; a hyphen is the commonest value of all."""
    piece = tidy("golongan_darah", raw, dash_is_value=True, closed=True)
    read = piece.text.upper().replace(" ", "")
    if not read:
        return Understood("", "not_assessable", (), ("empty",))
    if HIDDEN in read:
        return Understood(read, "error", (), ("hidden_character",))
    if regions.comparable(read) == regions.comparable(_BLOOD_UNKNOWN):
        return Understood("TIDAK TAHU", "ok", _whole(piece, "TIDAK TAHU"))
    taken = re.sub(r"13|I3|8", "B", re.sub(r"[—–−_~]", "-", read)).replace("0", "O")
    if not _BLOOD.fullmatch(taken):
        return Understood(read, "error", (), ("not_in_list",))
    changed = (Correction(piece.places[0], piece.text, taken, "list"),) if taken != read else ()
    return Understood(taken, "ok", changed)


def understand_citizenship(raw: str) -> Understood:
    """Understand ``WNI`` or, on a foreigner's card, the name of a country."""
    piece = tidy("kewarganegaraan", raw, closed=True)
    if regions.comparable(piece.text.upper()) in map(regions.comparable, _CITIZEN_MISREAD):
        return Understood(CITIZEN, "ok", _whole(piece, CITIZEN))
    # The next row's words are letters too: what names no country is not taken for one.
    return _choose(piece, tuple(entries("kewarganegaraan")), "warning")


def understand_province(raw: str) -> Understood:
    """Understand the first line of the header; the spelling of the card stays."""
    piece = tidy("provinsi", raw)
    understood = _choose(
        piece,
        _province_spellings(),
        "error",
        keep_spacing=True,
        prefixes=("PROVINSI", "PROPINSI"),
    )
    if understood.status != "error" or HIDDEN in piece.text:
        return understood
    for match in regions.find_province(piece.text)[:1]:
        if match.distance == 0 and not match.spelling.startswith("PRO"):
            text = f"PROVINSI {match.spelling}"
            return Understood(text, "warning", _whole(piece, text), ("prefix_missing",))
    return understood


def understand_regency(raw: str) -> Understood:
    """Understand the second line of the header; the spelling of the card stays."""
    return _choose(
        tidy("kabupaten_kota", raw),
        _regency_spellings(),
        "error",
        keep_spacing=True,
        prefixes=("KABUPATEN", "KAB", "KOTA"),
    )


def understand_issue_place(raw: str) -> Understood:
    """Understand the place of issue: a city with ``KOTA``, a regency by its bare name."""
    piece = tidy("tempat_terbit", raw)
    if sum(symbol in "0123456789" for symbol in raw) >= _FEWEST_DATE_DIGITS:
        # The date of issue stands on the next line.
        hidden = ("hidden_character",) if HIDDEN in piece.text else ()
        return Understood(piece.text, "error", (), (*hidden, "not_in_list"))
    return _choose(
        piece,
        _issue_spellings(),
        "warning",
        keep_spacing=True,
        prefixes=("KOTA",),
    )


def understand_district(raw: str, regency_code: str | None = None) -> Understood:
    """Understand a kecamatan; misread letters are only mended when its regency is known.

    Parameters
    ----------
    raw : str
        As read.
    regency_code : str, optional
        The regency of the header: its few districts are a list to choose from. All the country's
        districts together lie too close to one another for that.

    Returns
    -------
    Understood
    """
    return _choose(
        tidy("kecamatan", raw),
        _district_spellings(regency_code),
        "warning",
        keep_spacing=True,
        mend=regency_code is not None,
    )


@cache
def _province_spellings() -> tuple[str, ...]:
    names = [name for region in regions.provinces() for name in regions.card_names(region)]
    return (*names, *(name.replace("PROVINSI", "PROPINSI", 1) for name in names))


@cache
def _regency_spellings() -> tuple[str, ...]:
    return tuple(name for region in regions.regencies() for name in regions.card_names(region))


@cache
def _issue_spellings() -> tuple[str, ...]:
    cities = tuple(name for name in _regency_spellings() if not name.startswith("KAB"))
    bare = tuple(
        name.removeprefix("KABUPATEN ")
        for name in _regency_spellings()
        if name.startswith("KABUPATEN ")
    )
    return tuple(dict.fromkeys((*cities, *bare, *_regency_spellings())))


@cache
def _district_spellings(regency_code: str | None) -> tuple[str, ...]:
    found = (
        name
        for region in regions.district_codes(regency_code)
        for name in regions.card_names(region)
    )
    return tuple(dict.fromkeys(found))


def goes_on(key: str, text: str) -> bool:
    """Whether a longer value of its list begins or ends so: PAPUA TENGAH like PAPUA, AB like A.

    Parameters
    ----------
    key : str
        A key of ``FIELDS``.
    text : str
        As understood.

    Returns
    -------
    bool
        False where the field has no list.
    """
    if key == "golongan_darah":
        return text in ("A", "B", "AB", "O")
    if key not in _SPELLINGS:
        return False
    folded = regions.comparable(text)
    return any(
        other != folded and (other.startswith(folded) or other.endswith(folded))
        for other in _folded(_SPELLINGS[key]())
    )


@cache
def _folded(spellings: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    groups: dict[str, list[str]] = {}
    for spelling in spellings:
        groups.setdefault(regions.comparable(spelling), []).append(spelling)
    return {key: tuple(group) for key, group in groups.items()}


def _choose(
    piece: Piece,
    spellings: tuple[str, ...],
    unlisted: TextStatus,
    *,
    keep_spacing: bool = False,
    mend: bool = True,
    prefixes: tuple[str, ...] = (),
) -> Understood:
    """Take the entry a text stands for, or leave the text as it was read.

    ``keep_spacing`` leaves a text as spelt that has all the letters of its entry and no fewer
    spaces. ``prefixes`` are parts of the entries that do not count towards ``most_edits``.
    """
    groups = _folded(spellings)
    if not piece.text:
        return Understood("", "not_assessable", (), ("empty",))
    piece, blots = without_blots(piece, lambda text: _stands_alone(text, groups))
    read = piece.text.upper()
    folded = regions.comparable(read)
    if HIDDEN in read:
        # Which entries would fit says how bad it is, never what is printed.
        ((_, nearest, _),) = process.extract(folded, groups.keys(), scorer=_DISTANCE, limit=1)
        fits = nearest <= read.count(HIDDEN) + most_edits(len(folded))
        return Understood(read, "warning" if fits else unlisted, (), ("hidden_character",))
    if folded in groups:
        text = _spelt(read, groups[folded], keep_spacing)
        if text is None:
            return Understood(read, "warning", blots, ("ambiguous",))
        return Understood(text, "ok", (*blots, *_whole(piece, text)))
    if not mend or not folded:
        return Understood(read, unlisted, (), ("not_in_list",))
    # Of two as near neither is taken, so their order does not matter.
    found = process.extract(folded, groups.keys(), scorer=_DISTANCE, limit=2)
    (key, distance, _), *others = found
    proper = key
    for prefix in map(regions.comparable, prefixes):
        proper = proper.removeprefix(prefix)
    if distance > most_edits(len(proper)):
        return Understood(read, unlisted, (), ("not_in_list",))
    # A slip can lead to the neighbour of what is printed: the next entry has to be twice as far.
    if (others and others[0][1] < 2 * distance) or len(groups[key]) > 1:
        return Understood(read, "warning", (), ("ambiguous",))
    text = groups[key][0]
    return Understood(text, "warning", _whole(piece, text), ("nearest_in_list",))


def _stands_alone(text: str, groups: dict[str, tuple[str, ...]]) -> bool:
    """Whether a text is an entry, and part of no other."""
    folded = regions.comparable(text.upper())
    return folded in groups and not any(folded in other for other in groups if other != folded)


def _spelt(read: str, group: tuple[str, ...], keep_spacing: bool) -> str | None:
    """Choose among entries that fold alike; None when they differ in letters and none is meant."""
    if read in group:
        return read
    same = [spelling for spelling in group if _letters(spelling) == _letters(read)]
    if not same and len(set(map(_letters, group))) > 1:
        return None
    entry = (same or group)[0]
    spaces_read, spaces = (len(text) - len(_letters(text)) for text in (read, entry))
    return read if keep_spacing and same and spaces_read >= spaces else entry


def _whole(piece: Piece, text: str) -> tuple[Correction, ...]:
    """Record that a whole value was replaced, unless only spacing, case or hyphens changed."""
    if _letters(piece.text.upper()) == _letters(text):
        return ()
    return (Correction(piece.places[0], piece.text, text, "list"),)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


#: The lists of which a value may be part of a longer one.
_SPELLINGS: Final[Mapping[str, Callable[[], tuple[str, ...]]]] = MappingProxyType(
    {
        "provinsi": _province_spellings,
        "kabupaten_kota": _regency_spellings,
        "tempat_terbit": _issue_spellings,
        "kecamatan": partial(_district_spellings, None),
        "pekerjaan": lambda: tuple(entries("pekerjaan")),
    }
)
