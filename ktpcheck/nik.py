"""The NIK: sixteen digits, ``PP KK CC DD MM YY SSSS``, given once and kept for life.

There is no check digit: a NIK can be proven wrong or found consistent, never proven right. It is
not renumbered when the holder moves, a region is split or a birth date is corrected, so no
region code ever makes one invalid. A NIK is judged as it stands and never repaired.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal

from ktpcheck import regions

Sex = Literal["LAKI-LAKI", "PEREMPUAN"]

LENGTH: Final = 16
#: What a woman's day of birth is raised by.
WOMAN_DAY_OFFSET: Final = 40
#: The youngest holder of a card (married ones may be younger).
ADULT_AGE: Final = 17
OLD_AGE: Final = 100

#: What cannot be right as written.
ERRORS: Final = (
    "charset",
    "length",
    "day_range",
    "month_range",
    "date_impossible",
    "serial_zero",
)
#: What is probably misread, or worth a second look.
WARNINGS: Final = (
    "province_unknown",
    "legacy_province_prefix",
    "regency_unknown",
    "district_unknown",
    "age_over_100",
    "age_under_17",
)
#: What is legal and only worth telling.
INFOS: Final = ("region_retired", "historical_province")

_SEPARATORS: Final = re.compile(r"[\s.]+")
_DIGITS: Final = re.compile(r"[0-9]+")
_LEAP_CENTURY: Final = 2000


@dataclass(frozen=True)
class Nik:
    """One NIK taken apart.

    ``valid`` says that no rule is broken, not that the number was ever given out. Names are None
    where the code is not known. ``regency_now`` and ``district_now`` name what a retired code has
    become. ``century_assumed`` marks a birth year whose century was not read from the card.
    """

    digits: str = field(repr=False)
    valid: bool
    province: str | None = field(default=None, repr=False)
    regency: str | None = field(default=None, repr=False)
    district: str | None = field(default=None, repr=False)
    regency_now: str | None = field(default=None, repr=False)
    district_now: str | None = field(default=None, repr=False)
    birth_date: date | None = field(default=None, repr=False)
    sex: Sex | None = field(default=None, repr=False)
    century_assumed: bool = False
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    infos: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        """Give everything as plain data, for ``ktpcheck nik --json``."""
        return {
            "nik": self.digits,
            "valid": self.valid,
            "province": self.province,
            "regency": self.regency,
            "district": self.district,
            "regency_now": self.regency_now,
            "district_now": self.district_now,
            "birth_date": None if self.birth_date is None else self.birth_date.isoformat(),
            "century_assumed": self.century_assumed,
            "sex": self.sex,
            "errors": list(self.errors),
            "warnings": list(self.warnings),
            "infos": list(self.infos),
        }


def strip_separators(text: str) -> str:
    """Take out the spaces and dots with which people type a NIK."""
    return _SEPARATORS.sub("", text)


def parse_nik(text: str, *, reference: date, printed_birth_year: int | None = None) -> Nik:
    """Take a NIK apart and judge it by its rules.

    Parameters
    ----------
    text : str
        As read or typed; spaces and dots are taken out.
    reference : date
        The day on which ages are counted.
    printed_birth_year : int, optional
        The four-digit birth year of the card, when it was read: it settles the century.

    Returns
    -------
    Nik
        Never raises: whatever is wrong stands in ``errors``, ``warnings`` and ``infos``.
    """
    digits = strip_separators(text)
    errors = list(digit_errors(digits))
    if "charset" in errors or "length" in errors:
        return Nik(digits, valid=False, errors=tuple(errors))

    places = _places(digits)
    held = day_and_sex(digits)
    born, warnings = None, list(places.warnings)
    if held is not None and not {"month_range", "date_impossible"} & set(errors):
        day, month = held[0], int(digits[8:10])
        year = _birth_year(day, month, int(digits[10:12]), reference, printed_birth_year)
        born = _date(year, month, day)
        if born is None:
            errors.insert(0, "date_impossible")
        elif age_on(born, reference) > OLD_AGE:
            warnings.append("age_over_100")
        elif age_on(born, reference) < ADULT_AGE:
            warnings.append("age_under_17")
    return Nik(
        digits,
        valid=not errors,
        province=places.province,
        regency=places.regency,
        district=places.district,
        regency_now=places.regency_now,
        district_now=places.district_now,
        birth_date=born,
        sex=None if held is None else held[1],
        century_assumed=born is not None and printed_birth_year is None,
        errors=tuple(errors),
        warnings=tuple(warnings),
        infos=places.infos,
    )


def digit_errors(digits: str) -> tuple[str, ...]:
    """Say what cannot be right about a NIK on any day: its digits alone.

    Parameters
    ----------
    digits : str
        Without separators.

    Returns
    -------
    tuple of str
        Codes of ``ERRORS``; when it is not sixteen digits, only that.
    """
    shape = []
    if not _DIGITS.fullmatch(digits):
        shape.append("charset")
    if len(digits) != LENGTH:
        shape.append("length")
    if shape:
        return tuple(shape)
    errors = []
    held, month = day_and_sex(digits), int(digits[8:10])
    if held is None:
        errors.append("day_range")
    if not 1 <= month <= 12:
        errors.append("month_range")
    # The centuries share their leap years, but for 2000, which is one, and 1900.
    year = _LEAP_CENTURY + int(digits[10:12])
    if held is not None and not errors and _date(year, month, held[0]) is None:
        errors.append("date_impossible")
    if digits[12:] == "0000":
        errors.append("serial_zero")
    return tuple(errors)


def region_warnings(digits: str) -> tuple[str, ...]:
    """Say whether the region codes of sixteen digits are known; codes of ``WARNINGS``."""
    return _places(digits).warnings


def day_and_sex(digits: str) -> tuple[int, Sex] | None:
    """Read day of birth and sex from digits 7 and 8; None when they hold neither.

    Parameters
    ----------
    digits : str
        Sixteen digits.

    Returns
    -------
    tuple of int and str, or None
        Day 1..31 and sex.
    """
    day = int(digits[6:8])
    if 1 <= day <= 31:
        return day, "LAKI-LAKI"
    if 1 <= day - WOMAN_DAY_OFFSET <= 31:
        return day - WOMAN_DAY_OFFSET, "PEREMPUAN"
    return None


@dataclass(frozen=True)
class _Places:
    province: str | None = None
    regency: str | None = None
    district: str | None = None
    regency_now: str | None = None
    district_now: str | None = None
    warnings: tuple[str, ...] = ()
    infos: tuple[str, ...] = ()


def _places(digits: str) -> _Places:
    province = regions.province(digits[:2])
    if province is None:
        return _Places(warnings=("province_unknown",))
    if province.status == "legacy":
        return _Places(warnings=("legacy_province_prefix",))
    if province.status == "historical":
        return _Places(infos=("historical_province",))
    regency = regions.regency(digits[:4])
    if regency is None:
        return _Places(province.name, warnings=("regency_unknown",))
    # A legacy code is older than any list of its districts: none of them can be called unknown.
    legacy = regency.status == "legacy"
    district = regions.district(digits[:6])
    old = regency.status in ("legacy", "retired")
    return _Places(
        province.name,
        regency.name or None,
        None if district is None else district.name,
        _name_now(regency) if old else None,
        _name_now(district) if old and district is not None else None,
        warnings=("district_unknown",) if district is None and not legacy else (),
        infos=("region_retired",) if old else (),
    )


def _name_now(region: regions.Region) -> str | None:
    now = regions.in_force(region)
    return None if now is None else now.name


def _birth_year(
    day: int, month: int, year_in_century: int, reference: date, printed: int | None
) -> int:
    young, old = _LEAP_CENTURY + year_in_century, _LEAP_CENTURY - 100 + year_in_century
    if printed is not None:
        past = [year for year in (young, old) if year <= reference.year] or [old]
        return min(past, key=lambda year: abs(year - printed))
    born = _date(young, month, day)
    return young if born is not None and age_on(born, reference) >= ADULT_AGE else old


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def age_on(born: date, day: date) -> int:
    """Count the full years from birth to a day.

    Parameters
    ----------
    born, day : date
        A birthday on 29 February is kept on 1 March in other years.

    Returns
    -------
    int
        Years; negative when the day lies before the birth.
    """
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
