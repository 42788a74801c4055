"""What holds for every field and every text, odd ones above all."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ktpcheck import regions
from ktpcheck.fields import FIELDS
from ktpcheck.grammar import (
    GRAMMARS,
    HIDDEN,
    PROBLEMS,
    Understood,
    canonical,
    closed,
    parse_date,
    split_birth,
    understand,
)

#: Tables load on the first example and machines are shared: no law is about time.
steady = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

KEYS = st.sampled_from(sorted(FIELDS))
FREE = ("nama", "alamat", "kel_desa", "tempat_lahir")
POSITIONED = ("nik", "rt_rw", "tanggal_lahir", "tanggal_terbit")
LISTED = ("agama", "jenis_kelamin", "status_perkawinan", "pekerjaan")

CARD = st.text("ABDEGIKLMNOPQRSTUZilo01234567890123456789 -/.,:;|'" + HIDDEN, max_size=30)
ODD = st.text(max_size=30)
SHAPED = st.one_of(
    st.from_regex(r"\A:? ?[0-9OIlSB]{15,17}\Z"),
    st.from_regex(r"\A[0-9OIl]{3} ?[/1|]? ?[0-9OIl]{3}\Z"),
    st.from_regex(r"\A[A-Z]{0,9},? ?[0-9Ol]{2} ?[-./ ]? ?[0-9Ol]{2}[-./ ]?[0-9OlZ]{4}\Z"),
    st.sampled_from(
        [name for key in LISTED for name in closed.entries(key)]
        + [name for region in regions.regencies() for name in regions.card_names(region)]
    ),
)
TEXTS = st.one_of(CARD, ODD, SHAPED)


@steady
@given(KEYS, TEXTS)
def test_no_text_raises_and_the_answer_is_well_formed(key: str, raw: str) -> None:
    found = understand(key, raw)
    assert isinstance(found, Understood)
    assert found.status in ("ok", "warning", "error", "not_assessable")
    assert set(found.problems) <= set(PROBLEMS)
    assert (found.status == "ok") == (not found.problems)
    assert (found.status == "not_assessable") == (not found.text)


@steady
@given(KEYS, TEXTS)
def test_understanding_twice_changes_nothing(key: str, raw: str) -> None:
    once = understand(key, raw).text
    assert understand(key, once).text == once


@steady
@given(KEYS, TEXTS)
def test_a_hidden_character_stays_hidden(key: str, raw: str) -> None:
    found = understand(key, raw)
    if HIDDEN in found.text:
        assert found.status in ("warning", "error")
        assert "hidden_character" in found.problems
    # Labels, the neighbour's label and the other half of a line are cut off, marks and all.
    cut = key in ("jenis_kelamin", "tanggal_lahir", "tempat_lahir") or ":" in raw or ";" in raw
    beside = {one.read.strip() for one in found.corrections if one.rule == "beside"}
    assert all(set(read) <= {HIDDEN, " "} for read in beside)
    if HIDDEN in raw and not (cut or beside):
        assert found.status != "ok"


@steady
@given(st.sampled_from(FREE), TEXTS)
def test_free_text_is_never_corrected(key: str, raw: str) -> None:
    found = understand(key, raw)
    assert found.corrections == ()
    assert found.status != "error"
    assert found.text in " ".join(raw.split()).upper()


@steady
@given(st.sampled_from(POSITIONED), TEXTS)
def test_fields_of_digits_differ_from_the_raw_text_only_where_recorded(key: str, raw: str) -> None:
    found = understand(key, raw)
    symbols = list(raw)
    for correction in found.corrections:
        if correction.read:
            assert raw[correction.position] == correction.read
            symbols[correction.position] = correction.taken
    for correction in found.corrections:
        if not correction.read:
            symbols[correction.position] = correction.taken + symbols[correction.position]
    dropped = r"[\s.]" if key == "nik" else r"\s"
    assert re.sub(dropped, "", "".join(symbols)).endswith(re.sub(dropped, "", found.text))


@steady
@given(st.sampled_from(sorted(set(GRAMMARS) - set(FREE) - set(POSITIONED))), TEXTS)
def test_listed_values_differ_from_the_raw_text_only_as_a_whole(key: str, raw: str) -> None:
    found = understand(key, raw)
    whole = [correction for correction in found.corrections if correction.rule == "list"]
    if whole:
        assert len(found.corrections) == 1
        assert whole[0].taken == found.text
        assert whole[0].read == " ".join(raw.split())[-len(whole[0].read) :] or key in (
            "jenis_kelamin",
        )
    elif not found.corrections and key != "golongan_darah":
        kept = "".join(filter(str.isalnum, found.text.upper()))
        assert kept in "".join(filter(str.isalnum, raw.upper()))


@steady
@given(TEXTS)
def test_a_nik_keeps_its_length(raw: str) -> None:
    found = understand("nik", raw)
    if len(found.text) != 16 and found.text:
        assert found.status == "error"
        assert "length" in found.problems or "hidden_character" in found.problems


@steady
@given(st.sampled_from(("tanggal_lahir", "tanggal_terbit")), TEXTS)
def test_a_date_that_is_fine_exists(key: str, raw: str) -> None:
    found = understand(key, raw)
    if found.status in ("ok", "warning"):
        assert parse_date(found.text) is not None


@steady
@given(TEXTS)
def test_splitting_keeps_what_was_read(raw: str) -> None:
    place, date, start = split_birth(raw)
    assert raw.startswith(place)
    assert raw[start : start + len(date)] == date
    assert len(place) <= start <= len(raw)
    between = raw[len(place) : start]
    assert not any(symbol.isalnum() for symbol in between)


@steady
@given(KEYS, TEXTS)
def test_canonical_is_idempotent(key: str, raw: str) -> None:
    once = canonical(key, raw)
    assert canonical(key, once) == once


@pytest.mark.parametrize("key", sorted(FIELDS))
@steady
@given(raw=st.text(st.characters(min_codepoint=0x2500), min_size=1, max_size=12))
def test_what_no_card_prints_is_never_ok(key: str, raw: str) -> None:
    found = understand(key, raw)
    assert found.status != "ok"
