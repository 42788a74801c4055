"""Regions by the Kemendagri codes that a NIK carries: provinces, regencies and cities, districts.

The table is ``regions.txt`` beside this file, one line a regency; its header explains it. Codes
are never taken away from a NIK: retired and legacy codes are here too, with what they became.
These are not the codes of the statistics office (BPS), which differ below the province.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final, Literal

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

Level = Literal["province", "regency", "district"]
CodeStatus = Literal["current", "renamed", "retired", "legacy", "historical"]

#: Below this similarity a name is not offered as a match.
MATCH_FLOOR: Final = 0.6

_TABLE: Final = Path(__file__).with_name("regions.txt")
_JAKARTA: Final = "31"
#: What a reader confuses where only letters can stand; both sides of a comparison are folded.
_FOLDS: Final = str.maketrans("01!|L52846", "OIIIISZBAG")
_ABBREVIATIONS: Final = (("KEPULAUAN ", "KEP. "), ("GUNUNG ", "GN. "))
_LINE: Final = re.compile(
    r"(?P<kind>[a-z]+) (?P<code>[\d-]+)(?: (?P<name>[^<>:]*?))?"
    r"(?: < (?P<parent>\d+))?(?: > (?P<successor>\d+))?(?:: (?P<districts>.*))?"
)
_DISTRICT: Final = re.compile(r"(?:(?P<number>\d\d):)?(?P<name>[^>]+)(?:>(?P<successor>\d\d|-))?")


@dataclass(frozen=True)
class Region:
    """One code and what it stands for.

    ``name`` is empty for a legacy code whose name is not known for sure. ``successor`` is the code
    in force today of a code that is not. ``also`` holds earlier and other names.
    """

    code: str
    name: str
    level: Level
    status: CodeStatus = "current"
    successor: str | None = None
    also: tuple[str, ...] = ()

    @property
    def province_code(self) -> str:
        return self.code[:2]

    @property
    def regency_code(self) -> str | None:
        return self.code[:4] if len(self.code) >= 4 else None


@dataclass(frozen=True)
class Match:
    """A region that a text may name.

    ``spelling`` is the region's name in the form the text comes closest to, in capitals.
    ``distance`` counts the letters that differ, ``similarity`` 0..1 is that over the length.
    """

    region: Region
    spelling: str
    distance: int
    similarity: float


@dataclass(frozen=True)
class _Table:
    provinces: dict[str, Region]
    regencies: dict[str, Region]
    packed_districts: dict[str, str]
    also: dict[str, tuple[str, ...]]
    renamed: frozenset[str]
    split_from: dict[str, str]


def comparable(text: str) -> str:
    """Fold a text so that two readings of the same letters compare equal.

    Spaces, dots, hyphens and case go; digits that a reader takes for letters become those letters.

    Parameters
    ----------
    text : str
        Anything.

    Returns
    -------
    str
        Capitals without spaces and punctuation.
    """
    return "".join(filter(str.isalnum, text.upper().translate(_FOLDS)))


def province(code: str) -> Region | None:
    """Look up a two-digit province code.

    Parameters
    ----------
    code : str
        Two digits.

    Returns
    -------
    Region or None
        None when no such province is known. ``legacy`` marks the numbers used before SIAK.
    """
    return _table().provinces.get(code)


def regency(code: str) -> Region | None:
    """Look up a four-digit regency or city code; None when it is not known."""
    return _table().regencies.get(code)


def district(code: str) -> Region | None:
    """Look up a six-digit district code; None when it is not known."""
    return _districts_of(code[:4]).get(code)


def provinces() -> tuple[Region, ...]:
    """List the provinces in force, by code."""
    return tuple(_in_force(_table().provinces.values()))


def regencies(province_code: str | None = None) -> tuple[Region, ...]:
    """List the regencies and cities in force, of one province or of all."""
    return tuple(_in_force(_table().regencies.values(), province_code or ""))


def districts(regency_code: str | None = None) -> tuple[Region, ...]:
    """List the districts in force, of one regency or of all."""
    wanted = regencies() if regency_code is None else filter(None, [regency(regency_code)])
    return tuple(
        found for parent in wanted for found in _in_force(_districts_of(parent.code).values())
    )


def codes() -> tuple[Region, ...]:
    """List every region known, retired and legacy codes included."""
    table = _table()
    return (*table.provinces.values(), *table.regencies.values(), *district_codes())


def district_codes(regency_code: str | None = None) -> tuple[Region, ...]:
    """List every district known, retired codes included, of one regency or of all."""
    wanted = _table().regencies if regency_code is None else (regency_code,)
    return tuple(found for code in wanted for found in _districts_of(code).values())


def in_force(region: Region) -> Region | None:
    """Follow a code to the region that it is today; None when that is not known."""
    if region.status in ("current", "renamed"):
        return region
    return None if region.successor is None else _by_code(region.successor)


def same_province(one: str, other: str) -> bool:
    """Say whether two province codes may mean one place: the same, or parent and child of a split.

    Parameters
    ----------
    one, other : str
        Two-digit province codes.

    Returns
    -------
    bool
        True for Papua and Papua Selatan, false for Jawa Barat and Jawa Timur.
    """
    return one == other or other in _parents(one) or one in _parents(other)


def card_names(region: Region) -> tuple[str, ...]:
    """Give the ways a card's header may print a province or regency.

    Parameters
    ----------
    region : Region
        A province, regency or district.

    Returns
    -------
    tuple of str
        In capitals, the usual way first: ``PROVINSI JAWA BARAT``, ``KABUPATEN BANDUNG``,
        ``KOTA BANDUNG``, ``JAKARTA BARAT``. A district is printed by its name.
    """
    return tuple(dict.fromkeys(_spellings(region)))


def find_province(text: str) -> tuple[Match, ...]:
    """Find the provinces that a text may name, with or without ``PROVINSI``.

    Parameters
    ----------
    text : str
        As read from the card.

    Returns
    -------
    tuple of Match
        Best first, none below ``MATCH_FLOOR``.
    """
    return _closest(text, _province_index())


def find_regency(
    text: str, province_code: str | None = None, *, bare: bool = True
) -> tuple[Match, ...]:
    """Find the regencies and cities that a text may name.

    Parameters
    ----------
    text : str
        As read from the card.
    province_code : str, optional
        Only those of this province, its parent and its children by a split.
    bare : bool
        Whether a name without ``KABUPATEN`` or ``KOTA`` counts, as under the portrait. The
        cities of Jakarta are always printed bare.

    Returns
    -------
    tuple of Match
        Best first, none below ``MATCH_FLOOR``.
    """
    return _closest(text, _regency_index(province_code, bare))


def find_district(text: str, regency_code: str | None = None) -> tuple[Match, ...]:
    """Find the districts that a text may name.

    Parameters
    ----------
    text : str
        As read from the card.
    regency_code : str, optional
        Only those of this regency, under its retired code as well.

    Returns
    -------
    tuple of Match
        Best first, none below ``MATCH_FLOOR``.
    """
    return _closest(text, _district_index(regency_code))


_Index = tuple[tuple[str, ...], tuple[tuple[str, Region], ...]]


def _closest(text: str, index: _Index) -> tuple[Match, ...]:
    folded = comparable(text)
    keys, entries = index
    if not folded:
        return ()
    best: dict[str, Match] = {}
    found = process.extract(
        folded,
        keys,
        scorer=Levenshtein.normalized_similarity,
        score_cutoff=MATCH_FLOOR,
        limit=None,
    )
    for key, similarity, place in found:
        spelling, region = entries[place]
        distance = round((1 - similarity) * max(len(folded), len(key)))
        # Results come best first, so a region's first spelling is its closest.
        best.setdefault(region.code, Match(region, spelling, distance, similarity))
    return tuple(best.values())


def _index(pairs: Iterable[tuple[str, Region]]) -> _Index:
    entries = tuple(pairs)
    return tuple(comparable(spelling) for spelling, _ in entries), entries


@cache
def _province_index() -> _Index:
    return _index(
        (spelling, region)
        for region in provinces()
        for name in _names(region)
        for spelling in (f"PROVINSI {name}", f"PROPINSI {name}", name)
    )


@cache
def _regency_index(province_code: str | None, bare: bool) -> _Index:
    found = [
        region
        for region in regencies()
        if province_code is None or same_province(region.province_code, province_code)
    ]
    pairs = [(spelling, region) for region in found for spelling in _spellings(region)]
    if bare:
        pairs += [(name, region) for region in found for _, name in map(_parts, _names(region))]
    return _index(pairs)


@cache
def _district_index(regency_code: str | None) -> _Index:
    table = _table()
    return _index(
        (name, region)
        for code, above in table.regencies.items()
        if regency_code is None or regency_code in (code, above.successor)
        for region in _districts_of(code).values()
        for name in _names(region)
    )


def _names(region: Region) -> Iterator[str]:
    for name in (region.name, *region.also):
        name = name.upper()
        yield name
        for full, short in _ABBREVIATIONS:
            for old, new in ((full, short), (short, full)):
                if old in name:
                    yield name.replace(old, new)


def _parts(name: str) -> tuple[str, str]:
    """Split KABUPATEN ADMINISTRASI KEPULAUAN SERIBU into kind and name proper."""
    kind, _, rest = name.partition(" ")
    rest = rest.removeprefix("ADMINISTRASI ")
    return {"KAB.": "KABUPATEN"}.get(kind, kind), rest


def _spellings(region: Region) -> Iterator[str]:
    names = list(_names(region))
    if region.level == "district":
        yield from names
    elif region.level == "province":
        # Cards of Jakarta bear the short name, which the table has second.
        if region.code == _JAKARTA:
            names.insert(0, "DKI JAKARTA")
        for name in names:
            yield f"PROVINSI {name}"
    else:
        for name in names:
            kind, proper = _parts(name)
            jakarta = region.province_code == _JAKARTA
            if jakarta:
                yield proper
            yield f"{kind} {proper}"
            if kind == "KABUPATEN":
                yield f"KAB. {proper}"
            if jakarta:
                yield from (f"{kind} ADMINISTRASI {proper}", f"{kind} ADM. {proper}")


def _in_force(regions: Iterable[Region], prefix: str = "") -> Iterator[Region]:
    return (
        region
        for region in regions
        if region.status in ("current", "renamed") and region.code.startswith(prefix)
    )


def _by_code(code: str) -> Region | None:
    return {2: province, 4: regency, 6: district}[len(code)](code)


def _parents(code: str) -> Iterator[str]:
    split_from = _table().split_from
    while code in split_from:
        code = split_from[code]
        yield code


@cache
def _table() -> _Table:
    provinces_: dict[str, Region] = {}
    regencies_: dict[str, Region] = {}
    packed: dict[str, str] = {}
    also: dict[str, tuple[str, ...]] = {}
    renamed: set[str] = set()
    split_from: dict[str, str] = {}
    for line in _TABLE.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        found = _LINE.fullmatch(line)
        if found is None:
            raise ValueError(f"regions.txt: cannot parse {line[:40]!r}")
        kind, code, name = found["kind"], found["code"], found["name"] or ""
        if kind == "province":
            provinces_[code] = Region(code, name, "province")
            if found["parent"]:
                split_from[code] = found["parent"]
        elif kind == "historical":
            provinces_[code] = Region(code, name, "province", "historical")
        elif kind == "presiak":
            first, last = map(int, code.split("-"))
            for old in (f"{number:02d}" for number in range(first, last + 1)):
                provinces_[old] = Region(old, "", "province", "legacy")
        elif kind == "legacy":
            regencies_[code] = Region(code, "", "regency", "legacy", found["successor"])
        elif kind in ("regency", "retired"):
            status: CodeStatus = "retired" if kind == "retired" else "current"
            regencies_[code] = Region(code, name, "regency", status, found["successor"])
            packed[code] = found["districts"]
        else:
            also[code] = (*also.get(code, ()), name)
            if kind == "was":
                renamed.add(code)
    table = _Table(provinces_, regencies_, packed, also, frozenset(renamed), split_from)
    for level in (provinces_, regencies_):
        level.update((code, _with_names(level[code], table)) for code in also.keys() & level.keys())
    return table


def _with_names(region: Region, table: _Table) -> Region:
    code = region.code
    status: CodeStatus = "renamed" if code in table.renamed else region.status
    return replace(region, status=status, also=table.also.get(code, ()))


@cache
def _districts_of(regency_code: str) -> dict[str, Region]:
    table = _table()
    above = table.regencies.get(regency_code)
    packed = table.packed_districts.get(regency_code)
    if above is None or packed is None:
        return {}
    successor = above.successor
    now = _districts_of(successor) if successor else {}
    code_now = {region.name.casefold(): code for code, region in now.items()}
    number = 0
    result: dict[str, Region] = {}
    for item in packed.split(", "):
        found = _DISTRICT.fullmatch(item)
        if found is None:
            raise ValueError(f"regions.txt: cannot parse {item!r} of {regency_code}")
        number = int(found["number"]) if found["number"] else number + 1
        code, name, became = f"{regency_code}{number:02d}", found["name"], found["successor"]
        then = code_now.get(name.casefold()) if became is None else f"{successor}{became}"
        then = None if became == "-" else then
        status: CodeStatus = "retired" if above.status == "retired" else "current"
        region = Region(code, name, "district", status, then)
        result[code] = _with_names(region, table) if code in table.also else region
    return result
