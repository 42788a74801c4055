"""Checks across the fields of one card: one row a rule in ``RULES``.

A card can be wrong without being misread, and right although its parts differ: a NIK keeps the
region of its first issue for life, and the birth date it was made from. Each rule therefore has
its own grade, and data alone never makes a card one to replace.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final

from ktpcheck import regions
from ktpcheck.grammar import HIDDEN, LIFELONG, parse_date, standard
from ktpcheck.nik import Nik, age_on, day_and_sex, parse_nik
from ktpcheck.records import Check, Status

#: From this similarity on two names are taken for the same, misread letters and all.
SAME_NAME: Final = 0.85
ADULT_AGE: Final = 17
#: A card is prepared in the year before; younger at issue only fits a misread date.
ISSUE_AGE: Final = 16
MARRIED_AGE: Final = 16
OLD_AGE: Final = 100
OLDEST_AGE: Final = 120
#: No e-KTP was issued to the public before.
FIRST_ISSUE: Final = date(2011, 1, 1)

_GROUND_OF_PARITY: Final = ("blue", "red")
_UNUSUAL_JOBS: Final = {
    "LAKI-LAKI": frozenset({"BIDAN", "BIARAWATI"}),
    "PEREMPUAN": frozenset({"IMAM MASJID", "PASTOR"}),
}
_ENGLISH_SEX: Final = frozenset({"MALE", "FEMALE"})
_REGION_UNKNOWN: Final = frozenset(
    {"province_unknown", "legacy_province_prefix", "regency_unknown", "district_unknown"}
)
_REGION_OLD: Final = frozenset({"region_retired", "historical_province"})
_NO_REGION: Final = frozenset({"province_unknown", "legacy_province_prefix"})


@dataclass(frozen=True, eq=False)
class Facts:
    """What the fields say, each worked out once. None where it was not read or means nothing."""

    values: Mapping[str, str]
    reference: date
    portrait_ground: str | None

    def __repr__(self) -> str:
        return f"Facts({', '.join(sorted(self.values))})"

    def get(self, key: str) -> str | None:
        """Give a field's text unless it is missing or has a hidden character."""
        text = self.values.get(key, "").strip()
        return text if text and HIDDEN not in text else None

    @cached_property
    def nik(self) -> Nik | None:
        text = self.get("nik")
        if text is None:
            return None
        year = None if self.born is None else self.born.year
        return parse_nik(text, reference=self.reference, printed_birth_year=year)

    @cached_property
    def nik_digits(self) -> str | None:
        """Sixteen digits, right or wrong in their meaning."""
        if self.nik is None or {"charset", "length"} & set(self.nik.errors):
            return None
        return self.nik.digits

    @cached_property
    def born(self) -> date | None:
        return parse_date(self.get("tanggal_lahir") or "")

    @cached_property
    def issued(self) -> date | None:
        return parse_date(self.get("tanggal_terbit") or "")

    @cached_property
    def expires(self) -> date | None:
        return parse_date(self.get("berlaku_hingga") or "")

    @cached_property
    def age(self) -> int | None:
        return None if self.born is None else age_on(self.born, self.reference)

    @cached_property
    def citizen(self) -> bool | None:
        text = self.get("kewarganegaraan")
        return None if text is None else text == "WNI"

    @cached_property
    def province(self) -> regions.Match | None:
        return _best(regions.find_province(self.get("provinsi") or ""))

    @cached_property
    def regency(self) -> regions.Match | None:
        found = regions.find_regency(self.get("kabupaten_kota") or "", bare=False)
        within = None if self.province is None else self.province.region.code

        def elsewhere(match: regions.Match) -> bool:
            code = match.region.province_code
            return within is not None and not regions.same_province(code, within)

        # The province decides between names that come equally near, never against a nearer one.
        return _best(tuple(sorted(found, key=lambda match: (match.distance, elsewhere(match)))))


def _best(found: tuple[regions.Match, ...]) -> regions.Match | None:
    return found[0] if found and found[0].similarity >= SAME_NAME else None


@dataclass(frozen=True)
class Rule:
    """One check. ``grade`` gives None when what it needs was not read.

    ``advice`` is the guidance to give when the rule is broken, where that has another id.
    """

    id: str
    fields: tuple[str, ...]
    grade: Callable[[Facts], Status | None]
    advice: str | None = None


def check_consistency(
    values: Mapping[str, str], *, reference: date, portrait_ground: str | None = None
) -> tuple[Check, ...]:
    """Apply every rule.

    Parameters
    ----------
    values : mapping of str to str
        Texts by field key as understood; fields that were not read are missing.
    reference : date
        The day that ages and validity are judged on.
    portrait_ground : str, optional
        The colour behind the portrait: ``red`` or ``blue``; anything else is not assessable.

    Returns
    -------
    tuple of Check
        One a rule, in the order of ``RULES``.
    """
    facts = Facts(values, reference, portrait_ground)
    return tuple(
        Check(rule.id, rule.grade(facts) or "not_assessable", rule.fields) for rule in RULES
    )


def _if(broken: bool, status: Status) -> Status:
    return status if broken else "ok"


def _nik_invalid(facts: Facts) -> Status | None:
    return None if facts.nik is None else _if(not facts.nik.valid, "error")


def _nik_region_unknown(facts: Facts) -> Status | None:
    if facts.nik is None or facts.nik_digits is None:
        return None
    return _if(bool(_REGION_UNKNOWN & set(facts.nik.warnings)), "warning")


def _nik_region_old(facts: Facts) -> Status | None:
    if facts.nik is None or facts.nik_digits is None:
        return None
    return _if(bool(_REGION_OLD & set(facts.nik.infos)), "info")


def _nik_birth_mismatch(facts: Facts) -> Status | None:
    digits, born = facts.nik_digits, facts.born
    if digits is None or born is None:
        return None
    held = day_and_sex(digits)
    # A day that is none is misread, whatever the date says.
    agree = held is not None and f"{held[0]:02d}{digits[8:12]}" == f"{born:%d%m%y}"
    return _if(not agree, "warning")


def _nik_sex_mismatch(facts: Facts) -> Status | None:
    sex = standard("jenis_kelamin", facts.get("jenis_kelamin") or "")
    if facts.nik is None or facts.nik.sex is None or sex not in ("LAKI-LAKI", "PEREMPUAN"):
        return None
    return _if(facts.nik.sex != sex, "warning")


def _nik_region(facts: Facts) -> regions.Region | None:
    """The regency of the NIK under the code in force, or None."""
    if facts.nik_digits is None:
        return None
    found = regions.regency(facts.nik_digits[:4])
    return None if found is None else regions.in_force(found)


def _nik_province_differs(facts: Facts) -> Status | None:
    if facts.nik is None or facts.nik_digits is None or facts.province is None:
        return None
    if _NO_REGION & set(facts.nik.warnings):
        return None
    same = regions.same_province(facts.nik_digits[:2], facts.province.region.code)
    return _if(not same, "info")


def _nik_address_differs(facts: Facts) -> Status | None:
    mine = _nik_region(facts)
    if mine is None or facts.regency is None:
        return None
    return _if(mine.code != facts.regency.region.code, "info")


def _nik_district_differs(facts: Facts) -> Status | None:
    kecamatan = facts.get("kecamatan")
    if facts.nik_digits is None or kecamatan is None:
        return None
    found = regions.district(facts.nik_digits[:6])
    if found is None:
        return None
    same = any(match.region.code == found.code for match in _near_districts(kecamatan, found))
    return _if(not same, "info")


def _near_districts(name: str, within: regions.Region) -> list[regions.Match]:
    found = regions.find_district(name, within.regency_code)
    return [match for match in found if match.similarity >= SAME_NAME]


def _regency_not_in_province(facts: Facts) -> Status | None:
    province, regency = facts.province, facts.regency
    if province is None or regency is None:
        return None
    if regions.same_province(province.region.code, regency.region.province_code):
        return "ok"
    # A name that only nearly fits may be another one, misread.
    return "error" if province.distance == regency.distance == 0 else "warning"


def _kecamatan_not_in_regency(facts: Facts) -> Status | None:
    kecamatan = facts.get("kecamatan")
    if kecamatan is None or facts.regency is None:
        return None
    return _if(not _near_districts(kecamatan, facts.regency.region), "warning")


def _birth_date_invalid(facts: Facts) -> Status | None:
    if facts.get("tanggal_lahir") is None:
        return None
    return _if(facts.born is None or facts.born > facts.reference, "error")


def _birth_age(facts: Facts) -> Status | None:
    age = facts.age
    if age is None or age < 0:
        return None
    if age > OLDEST_AGE:
        return "error"
    wed = standard("status_perkawinan", facts.get("status_perkawinan") or "")
    # Those who are or were married hold a card before they are of age.
    too_young = age < ADULT_AGE and wed not in ("KAWIN", "CERAI HIDUP", "CERAI MATI")
    return _if(too_young or age > OLD_AGE, "warning")


def _issue_date_range(facts: Facts) -> Status | None:
    if facts.get("tanggal_terbit") is None:
        return None
    if facts.issued is None or facts.issued > facts.reference:
        return "error"
    return _if(facts.issued < FIRST_ISSUE, "warning")


def _issue_age(facts: Facts) -> Status | None:
    if facts.born is None or facts.issued is None:
        return None
    return _if(age_on(facts.born, facts.issued) < ISSUE_AGE, "warning")


def _expiry_invalid(facts: Facts) -> Status | None:
    text = facts.get("berlaku_hingga")
    return None if text is None else _if(text != LIFELONG and facts.expires is None, "error")


def _expiry_past(facts: Facts) -> Status | None:
    return _expired(facts, citizen=True, status="info")


def _expiry_past_wna(facts: Facts) -> Status | None:
    return _expired(facts, citizen=False, status="warning")


def _expired(facts: Facts, *, citizen: bool, status: Status) -> Status | None:
    if facts.get("berlaku_hingga") == LIFELONG:
        return "ok"
    if facts.expires is None:
        return None
    if facts.expires >= facts.reference:
        return "ok"
    # Whose card it is decides what a past date means.
    return None if facts.citizen is None else _if(facts.citizen == citizen, status)


def _expiry_birthday_differs(facts: Facts) -> Status | None:
    if facts.get("berlaku_hingga") == LIFELONG:
        return "ok"
    if facts.expires is None or facts.born is None:
        return None
    same = (facts.expires.month, facts.expires.day) == (facts.born.month, facts.born.day)
    return _if(not same, "info")


def _portrait_ground_differs(facts: Facts) -> Status | None:
    if facts.born is None or facts.portrait_ground not in _GROUND_OF_PARITY:
        return None
    return _if(facts.portrait_ground != _GROUND_OF_PARITY[facts.born.year % 2], "info")


def _issue_place_differs(facts: Facts) -> Status | None:
    place, header = facts.get("tempat_terbit"), facts.get("kabupaten_kota")
    if place is None or header is None:
        return None
    if regions.comparable(place) == regions.comparable(header):
        return "ok"
    if facts.regency is None:
        return None
    within = facts.regency.region
    near = regions.find_regency(place, within.province_code)
    same = any(m.region.code == within.code and m.similarity >= SAME_NAME for m in near)
    # BANDUNG alone is the regency's name; the city's place of issue says KOTA.
    return _if(not same, "info")


def _occupation_sex_unusual(facts: Facts) -> Status | None:
    job = standard("pekerjaan", facts.get("pekerjaan") or "")
    sex = standard("jenis_kelamin", facts.get("jenis_kelamin") or "")
    if not job or sex not in _UNUSUAL_JOBS:
        return None
    return _if(job in _UNUSUAL_JOBS[sex], "info")


def _married_young(facts: Facts) -> Status | None:
    wed = standard("status_perkawinan", facts.get("status_perkawinan") or "")
    if not wed or facts.age is None or facts.age < 0:
        return None
    return _if(wed == "KAWIN" and facts.age < MARRIED_AGE, "warning")


def _citizenship_mixed(facts: Facts) -> Status | None:
    sex = facts.get("jenis_kelamin")
    if sex is None or facts.citizen is None:
        return None
    return _if(facts.citizen == (sex in _ENGLISH_SEX), "info")


#: Every rule. The comments give the numbers of the specification.
RULES: Final = (
    Rule("nik_invalid", ("nik",), _nik_invalid),
    Rule("nik_region_unknown", ("nik",), _nik_region_unknown),
    Rule("nik_region_old", ("nik",), _nik_region_old),
    # X1, X2
    Rule("nik_birth_mismatch", ("nik", "tanggal_lahir"), _nik_birth_mismatch),
    Rule("nik_sex_mismatch", ("nik", "jenis_kelamin"), _nik_sex_mismatch),
    # X3, X4, X6
    Rule("nik_province_differs", ("nik", "provinsi"), _nik_province_differs, "nik_address_differs"),
    Rule("nik_address_differs", ("nik", "kabupaten_kota"), _nik_address_differs),
    Rule(
        "nik_district_differs", ("nik", "kecamatan"), _nik_district_differs, "nik_address_differs"
    ),
    Rule("regency_not_in_province", ("kabupaten_kota", "provinsi"), _regency_not_in_province),
    # X5
    Rule("kecamatan_not_in_regency", ("kecamatan", "kabupaten_kota"), _kecamatan_not_in_regency),
    Rule("birth_date_invalid", ("tanggal_lahir",), _birth_date_invalid),
    Rule("birth_age", ("tanggal_lahir", "status_perkawinan"), _birth_age),
    Rule("issue_date_range", ("tanggal_terbit",), _issue_date_range),
    # X7
    Rule("issue_age", ("tanggal_terbit", "tanggal_lahir"), _issue_age),
    Rule("expiry_invalid", ("berlaku_hingga",), _expiry_invalid),
    Rule("expiry_past", ("berlaku_hingga", "kewarganegaraan"), _expiry_past),
    Rule("expiry_past_wna", ("berlaku_hingga", "kewarganegaraan"), _expiry_past_wna),
    # X8 to X12
    Rule("expiry_birthday_differs", ("berlaku_hingga", "tanggal_lahir"), _expiry_birthday_differs),
    Rule("portrait_ground_differs", ("tanggal_lahir",), _portrait_ground_differs),
    Rule("issue_place_differs", ("tempat_terbit", "kabupaten_kota"), _issue_place_differs),
    Rule("occupation_sex_unusual", ("pekerjaan", "jenis_kelamin"), _occupation_sex_unusual),
    Rule("married_young", ("status_perkawinan", "tanggal_lahir"), _married_young),
    Rule("citizenship_mixed", ("kewarganegaraan", "jenis_kelamin"), _citizenship_mixed),
)
