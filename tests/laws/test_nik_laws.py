"""What holds for every NIK and every text."""

from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ktpcheck import nik, regions
from ktpcheck.nik import parse_nik

#: Tables load on the first example and machines are shared: no law is about time.
steady = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

REFERENCE = date(2026, 6, 1)
DAYS = st.dates(date(1930, 1, 1), REFERENCE - timedelta(days=17 * 366))
DISTRICTS = st.sampled_from(regions.districts())
SERIALS = st.sampled_from(("9999", "9998"))
TEXTS = st.text(
    alphabet=st.one_of(st.characters(), st.sampled_from("0123456789 .▯O３٣²")), max_size=40
)


def made(district: regions.Region, born: date, woman: bool, serial: str) -> str:
    day = born.day + (nik.WOMAN_DAY_OFFSET if woman else 0)
    return f"{district.code}{day:02d}{born:%m%y}{serial}"


@steady
@given(DISTRICTS, DAYS, st.booleans(), SERIALS)
def test_what_is_built_by_the_rules_is_valid_and_comes_back(
    district: regions.Region, born: date, woman: bool, serial: str
) -> None:
    found = parse_nik(
        made(district, born, woman, serial), reference=REFERENCE, printed_birth_year=born.year
    )
    assert found.valid
    assert found.birth_date == born
    assert found.sex == ("PEREMPUAN" if woman else "LAKI-LAKI")
    assert found.district == district.name
    assert found.warnings == ()


@steady
@given(DISTRICTS, DAYS, st.booleans())
def test_the_century_guess_is_at_least_17_years_old(
    district: regions.Region, born: date, woman: bool
) -> None:
    found = parse_nik(made(district, born, woman, "9999"), reference=REFERENCE)
    assert found.birth_date is not None
    assert nik.age_on(found.birth_date, REFERENCE) >= nik.ADULT_AGE
    assert (found.birth_date.year - born.year) % 100 == 0


@steady
@given(TEXTS, st.one_of(st.none(), st.integers()))
def test_no_text_raises_and_validity_is_the_absence_of_errors(text: str, year: int | None) -> None:
    found = parse_nik(text, reference=REFERENCE, printed_birth_year=year)
    assert found.valid == (not found.errors)
    assert set(found.errors) <= set(nik.ERRORS)
    assert set(found.warnings) <= set(nik.WARNINGS)
    assert set(found.infos) <= set(nik.INFOS)


@steady
@given(st.text("0123456789", min_size=16, max_size=16))
def test_a_region_code_never_makes_a_nik_invalid(digits: str) -> None:
    one = parse_nik(digits, reference=REFERENCE)
    other = parse_nik("317101" + digits[6:], reference=REFERENCE)
    assert one.errors == other.errors


@steady
@given(st.text("0123456789", min_size=16, max_size=16), st.lists(st.integers(0, 16), max_size=8))
def test_spaces_and_dots_change_nothing(digits: str, places: list[int]) -> None:
    spaced = digits
    for place in places:
        spaced = spaced[:place] + (" ", ".")[place % 2] + spaced[place:]
    assert parse_nik(spaced, reference=REFERENCE) == parse_nik(digits, reference=REFERENCE)


@steady
@given(st.text("0123456789", max_size=30).filter(lambda text: len(text) != 16))
def test_a_wrong_length_stays_wrong(digits: str) -> None:
    found = parse_nik(digits, reference=REFERENCE)
    assert "length" in found.errors
    assert found.digits == digits
