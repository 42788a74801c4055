import csv
from datetime import date
from pathlib import Path

import pytest

from ktpcheck import nik
from ktpcheck.nik import age_on, parse_nik

VECTORS = Path(__file__).parents[2].parent / "shared" / "domain" / "nik-test-vectors.csv"
#: The vectors hold on every day of this span: N24 turns 101 on its first, N22 is 16 on its last.
FIRST_DAY, LAST_DAY = date(2026, 1, 1), date(2026, 6, 30)


def vectors() -> list[dict[str, str]]:
    if not VECTORS.exists():
        return []
    with VECTORS.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.mark.skipif(not VECTORS.exists(), reason="the shared vectors are not here")
def test_all_vectors_are_there() -> None:
    assert len(vectors()) == 60


@pytest.mark.parametrize("reference", [FIRST_DAY, LAST_DAY])
@pytest.mark.parametrize("row", vectors(), ids=lambda row: str(row["id"]))
def test_vector(row: dict[str, str], reference: date) -> None:
    found = parse_nik(row["nik"], reference=reference)
    assert {
        "valid": "yes" if found.valid else "no",
        "province": found.province or "",
        "regency": found.regency or "",
        "district": found.district or "",
        "birth_date": "" if found.birth_date is None else found.birth_date.isoformat(),
        "sex": found.sex or "",
        "errors": ";".join(found.errors),
        "warnings": ";".join(found.warnings),
        "infos": ";".join(found.infos),
    } == {key: value for key, value in row.items() if key not in ("id", "nik", "note")}


def test_the_printed_year_settles_the_century() -> None:
    text = "7371010107099999"
    assert parse_nik(text, reference=LAST_DAY).century_assumed
    young = parse_nik(text, reference=LAST_DAY, printed_birth_year=2009)
    assert young.birth_date == date(2009, 7, 1)
    assert young.warnings == ("age_under_17",)
    assert not young.century_assumed
    old = parse_nik(text, reference=LAST_DAY, printed_birth_year=1909)
    assert old.birth_date == date(1909, 7, 1)
    assert old.warnings == ("age_over_100",)


def test_a_printed_year_that_differs_gives_only_its_century() -> None:
    found = parse_nik("3171010101999999", reference=LAST_DAY, printed_birth_year=2001)
    assert found.birth_date == date(1999, 1, 1)
    found = parse_nik("3171010101019999", reference=LAST_DAY, printed_birth_year=1999)
    assert found.birth_date == date(2001, 1, 1)


@pytest.mark.parametrize("printed", [0, 1, 1889, 2031, 9999, -5])
def test_a_misread_printed_year_never_puts_a_birth_after_today(printed: int) -> None:
    found = parse_nik("3171010101309999", reference=LAST_DAY, printed_birth_year=printed)
    assert found.birth_date == date(1930, 1, 1)


def test_29_february_of_the_year_00_depends_on_the_century() -> None:
    assert parse_nik("3173062902009999", reference=LAST_DAY, printed_birth_year=2000).valid
    of_1900 = parse_nik("3173062902009999", reference=LAST_DAY, printed_birth_year=1900)
    assert of_1900.errors == ("date_impossible",)


def test_old_codes_say_what_they_became() -> None:
    merauke = parse_nik("9101010101809999", reference=LAST_DAY)
    assert (merauke.regency_now, merauke.district_now) == ("Kabupaten Merauke", "Merauke")
    tarakan = parse_nik("6473011708959999", reference=LAST_DAY)
    assert (tarakan.regency, tarakan.regency_now) == (None, "Kota Tarakan")
    unsure = parse_nik("7319011708959999", reference=LAST_DAY)
    assert unsure.infos == ("region_retired",)
    assert unsure.regency_now is None
    assert parse_nik("3171010101909999", reference=LAST_DAY).regency_now is None


@pytest.mark.parametrize(
    "text", ["3171-0101-0190-9999", "٣171010101909999", "³171010101909999", "▯171010101909999"]
)
def test_only_spaces_and_dots_are_taken_out(text: str) -> None:
    assert "charset" in parse_nik(text, reference=LAST_DAY).errors


def test_the_number_and_the_birth_date_stay_out_of_the_repr() -> None:
    shown = repr(parse_nik("3171010101909999", reference=LAST_DAY))
    assert "3171010101909999" not in shown
    assert "1990" not in shown


def test_json_is_plain_and_whole() -> None:
    plain = parse_nik("3171 0141 0190 9999", reference=LAST_DAY).to_json()
    assert plain["nik"] == "3171014101909999"
    assert plain["birth_date"] == "1990-01-01"
    assert plain["sex"] == "PEREMPUAN"
    assert plain["warnings"] == []
    assert plain["century_assumed"] is True


def test_every_code_given_is_a_code_listed() -> None:
    for row in vectors():
        assert set(filter(None, row["errors"].split(";"))) <= set(nik.ERRORS)
        assert set(filter(None, row["warnings"].split(";"))) <= set(nik.WARNINGS)
        assert set(filter(None, row["infos"].split(";"))) <= set(nik.INFOS)


def test_ages() -> None:
    assert age_on(date(2000, 2, 29), date(2017, 2, 28)) == 16
    assert age_on(date(2000, 2, 29), date(2017, 3, 1)) == 17
    assert age_on(date(2000, 5, 1), date(2000, 4, 30)) == -1
