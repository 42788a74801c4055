"""The legibility model: signs, bounds, and what no probability can buy."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest

from ktpcheck.fields import FIELDS
from ktpcheck.geometry import Box
from ktpcheck.grammar import HIDDEN
from ktpcheck.legibility import (
    KINDS,
    LIKELY,
    STRICTNESS,
    LegibilityModel,
    is_part,
    judge,
    ruled_out,
)
from ktpcheck.measures import MEASURES
from ktpcheck.records import Check, Correction, Finding, Line, Measure, Reading
from ktpcheck.signs import features, start_of

#: Of a crisp, well-lit line; measures not named are 0 (nothing over the print).
GOOD = {"edge_width": 4.0, "ink_contrast": 120.0, "letter_height": 24.0}
#: Features that speak for a reading.
GOOD_SIGNS = {"confirmed", "seconded"}
BOX = Box(22.0, 14.0, 35.0, 16.5)


def measured(**changed: float) -> dict[str, Measure]:
    values = {**dict.fromkeys(MEASURES, 0.0), **GOOD, **changed}
    return {
        name: Measure(name, "1", np.full((54, 86), value, np.float32), dict.fromkeys(FIELDS, value))
        for name, value in values.items()
    }


def reading(key: str = "nama", text: str = "BUDI", score: float = 0.999, **changed) -> Reading:
    line = Line(text, score, (score,) * len(text), (), BOX)
    given = {"grammar": "ok", "boxes": (BOX,), "lines": (line,), **changed}
    return Reading(key, text, text, score, **given)


@pytest.fixture(scope="module")
def model():
    return LegibilityModel.load()


def legibility(model, one: Reading, **changed: float):
    return judge(model, {one.key: one}, measured(**changed), (), (), 0.99)[one.key]


def test_every_field_has_a_kind_and_every_kind_a_model(model):
    assert set(KINDS) == set(FIELDS)
    assert set(KINDS.values()) == set(model.weights)
    assert set(model.limits) == set(STRICTNESS)
    for limits in model.limits.values():
        assert set(limits) == set(KINDS.values())


def test_a_stricter_check_never_says_more_is_readable(model):
    for low, high in itertools.pairwise(STRICTNESS):
        for kind, limit in model.limits[low].items():
            assert limit <= model.limits[high][kind]


def test_the_model_weighs_exactly_the_features_there_are(model):
    names = set(features(reading(), measured(), (), (), 0.99))
    for weights in model.weights.values():
        assert set(weights) == names | {"bias"}


def test_no_weight_is_against_its_sign(model):
    for weights in model.weights.values():
        for name, weight in weights.items():
            assert name == "bias" or (weight >= 0 if name in GOOD_SIGNS else weight <= 0), name


@pytest.mark.parametrize("key", ["nik", "tanggal_lahir", "agama", "nama", "alamat"])
def test_a_crisp_sure_line_is_readable(model, key):
    judged = legibility(model, reading(key, "X" * 12))
    assert judged.readable
    assert judged.legibility > 0.9


def test_more_of_what_is_bad_never_helps(model):
    for kind in set(KINDS.values()):
        key = next(key for key, of in KINDS.items() if of == kind)
        for name, steps in {
            "edge_width": (4, 6, 9, 13),
            "ink_contrast": (120, 60, 20, 5),
            "glare": (0, 0.1, 0.4, 0.9),
            "cover_seen": (0, 0.2, 0.6, 1),
        }.items():
            found = [legibility(model, reading(key), **{name: step}).legibility for step in steps]
            assert found == sorted(found, reverse=True), (kind, name)


@pytest.mark.parametrize(
    "one",
    [
        reading(text=""),
        reading(text=f"BU{HIDDEN}I"),
        reading(grammar="error"),
    ],
    ids=["empty", "hidden", "impossible"],
)
def test_what_no_probability_can_buy(model, one):
    judged = legibility(model, one)
    assert not judged.readable
    assert judged.legibility == 0


@pytest.mark.parametrize(
    ("text", "readable"),
    [
        ("BUDI SANTOSO", True),
        ("BUDI SANTOSO, S.H.", True),
        ("BUDI SANTOSO,", False),
        ("BUDI SANTOSO : LABUHANBATU", False),
        ("BUDI SANTOSO 10-10-1990", False),
    ],
)
def test_a_name_that_runs_on_into_the_next_row_is_not_readable(model, text, readable):
    judged = legibility(model, reading(text=text))
    assert judged.readable is readable
    assert readable or not judged.uncertain
    # Of an address the same may be true.
    assert legibility(model, reading("alamat", text)).readable


def test_what_is_too_short_or_in_no_list_may_go_on_behind_glare(model):
    behind = (Box(36.0, 14.0, 40.0, 16.5),)
    cut = reading("pekerjaan", "PETANI/PE", grammar="warning", reach=behind)
    short = reading("rt_rw", "007/0", grammar="warning", reach=behind)
    whole = reading("pekerjaan", "GURU", reach=behind)
    hidden = measured()
    for name in ("glare", "glare_seen"):
        hidden[name].map[10:20, 36:42] = 1.0
    for one, readable in ((cut, False), (short, False), (whole, True)):
        verdict = judge(model, {one.key: one}, hidden, (), (), 0.99)[one.key]
        assert verdict.readable is readable
    assert ruled_out("digits", features(short, hidden, (), (), 0.99))
    assert not ruled_out("digits", features(short, measured(), (), (), 0.99))


def test_what_ought_to_be_in_a_list_and_is_not_is_not_readable_unless_it_was_mended():
    mended = Correction(0, "GURV", "GURU", "list")
    for one, out in (
        (reading("pekerjaan", "GURU"), False),
        (reading("pekerjaan", "GURU", grammar="warning", corrections=(mended,)), False),
        # The next row's.
        (reading("pekerjaan", "WNI", grammar="warning"), True),
    ):
        assert ruled_out("closed", features(one, measured(), (), (), 0.99)) is out


@pytest.mark.parametrize(
    ("key", "text", "hidden", "out"),
    [
        ("provinsi", "PROVINSI PAPUA", True, True),
        ("provinsi", "PROVINSI PAPUA", False, False),
        ("provinsi", "PROVINSI PAPUA TENGAH", True, False),
        ("kabupaten_kota", "KABUPATEN BANDUNG", True, True),
        ("golongan_darah", "AB", True, True),
        ("golongan_darah", "AB-", True, False),
        ("agama", "ISLAM", True, False),
    ],
)
def test_a_listed_value_whose_rest_may_be_hidden_is_not_readable(key, text, hidden, out):
    """The other reader sees that more is printed behind a finger: PAPUA was called readable."""
    other = Line(text + HIDDEN * (4 if hidden else 0), 0.99, ())
    line = Line(text, 0.99, (0.99,) * len(text), other=other)
    one = reading(key, text, lines=(line,))
    assert is_part(one, features(one, measured(), (), (), 0.99)) is out


@pytest.mark.parametrize(
    ("key", "text"), [("provinsi", "PROVINSI PAPUA"), ("golongan_darah", "AB")]
)
def test_what_may_be_part_of_a_hidden_longer_value_is_judged_so(model, key, text):
    for marks, readable in (("", True), (HIDDEN, False)):
        other = Line(text + marks, 0.99, ())
        line = Line(text, 0.9999, (0.9999,) * len(text), other=other, agrees=True)
        judged = legibility(model, reading(key, text, lines=(line,)))
        assert judged.readable is readable


@pytest.mark.parametrize(
    ("grammar", "agrees", "out"),
    [("ok", False, False), ("warning", True, False), ("warning", False, True)],
)
def test_a_text_that_its_rules_doubt_and_the_readers_differ_on_is_not_readable(
    grammar, agrees, out
):
    """`LONG` of LONG BAGUN, where the other reader saw the next word begin."""
    theirs = Line("LONG I", 0.9, (0.9,) * 6, (), BOX)
    line = Line("LONG", 0.9999, (0.9999,) * 4, (), BOX, agrees=agrees, other=theirs)
    one = reading("kecamatan", "LONG", grammar=grammar, lines=(line,))
    assert ruled_out("free", features(one, measured(), (), (), 0.99)) is out


@pytest.mark.parametrize(
    ("worst", "severity", "out"), [(0.36, 0.9, True), (0.36, 0.2, False), (0.8, 0.9, False)]
)
def test_a_nik_with_a_digit_that_is_half_a_guess_on_a_fault_is_not_readable(worst, severity, out):
    """A scratch makes a 9 a 3, for both readers."""
    digits = "3171010101909999"
    sure = (0.98,) * 15 + (worst,)
    line = Line(digits, 0.97, sure, (), BOX, agrees=True, other=Line(digits, 0.99, (0.99,) * 16))
    one = reading("nik", digits, lines=(line,))
    scratch = Finding("scratch_nik", "card", severity, ("nik",), value=severity, limit=0.5)
    assert ruled_out("nik", features(one, measured(), (scratch,), (), 0.99)) is out


def test_a_letter_that_a_crack_took_is_missed_by_its_room():
    text = "AHLAWAN"
    centres = tuple(24.0 + 1.3 * number for number in range(len(text)))
    line = Line(text, 0.99, (0.99,) * len(text), centres, Box(22.0, 14.0, 34.0, 16.5))
    one = replace(reading("alamat", text), lines=(line,))
    cracked = measured()
    cracked["crack_seen"].map[10:20, 22:24] = 0.9
    unknown = measured()
    unknown["crack_seen"].map[:, :24] = math.nan
    # Values start where the other rows' do: here a letter further left.
    for start_mm, faults, out in (
        (22.7, cracked, True),
        (22.7, unknown, True),
        (22.7, measured(), False),
        (24.0, cracked, False),
        (math.nan, cracked, False),
    ):
        signs = features(one, faults, (), (), 0.99, start_mm=start_mm)
        assert ruled_out("free", signs) is out


def test_a_line_that_goes_on_starts_where_the_first_does():
    whole, cut = "PAHLAWAN", "AHLAWAN"
    box = Box(22.0, 14.0, 34.0, 16.5)
    first = Line(whole, 0.99, (0.99,) * 8, tuple(22.7 + 1.3 * at for at in range(8)), box)
    second = Line(cut, 0.99, (0.99,) * 7, tuple(24.0 + 1.3 * at for at in range(7)), box)
    cracked = measured()
    cracked["crack_seen"].map[10:20, 22:24] = 0.9
    for lines, out in (((first, second), True), ((first, first), False)):
        one = replace(reading("alamat", " ".join(line.text for line in lines)), lines=lines)
        assert ruled_out("free", features(one, cracked, (), (), 0.99, start_mm=22.7)) is out


def test_values_start_where_the_other_rows_do():
    def starting(key, at):
        return replace(reading(key), lines=(Line("X", 0.9, (0.9,), (at,), BOX),))

    rows = {key: starting(key, 23.0) for key in ("nama", "alamat", "agama", "pekerjaan")}
    rows["kel_desa"] = starting("kel_desa", 24.6)
    assert start_of("kel_desa", rows) == 23.0
    assert math.isnan(start_of("tanggal_lahir", rows))
    assert math.isnan(start_of("provinsi", rows))
    assert math.isnan(start_of("nama", {"nama": rows["nama"]}))


def test_strokes_alike_are_counted_over_the_gap_between_words():
    for text, longest in (("BUDI", 1), ("YANI III NO 12", 4), ("BLOK 11", 2), ("ANDO", 0)):
        assert features(reading(text=text), measured(), (), (), 0.99)["strokes"] == longest


def test_burnt_out_paper_behind_a_value_hides_no_more_of_it(model):
    name = reading(reach=(Box(36.0, 14.0, 40.0, 16.5),))
    white = measured()
    white["glare"].map[:20, :45] = 1.0
    assert judge(model, {"nama": name}, white, (), (), 0.99)["nama"].readable
    white["glare_seen"].map[:] = 1.0
    assert not judge(model, {"nama": name}, white, (), (), 0.99)["nama"].readable


def test_a_white_spot_behind_a_value_may_hide_the_rest_of_it(model):
    """Light does not burn out a spot and leave the rest: paint, a sticker, a scrap of paper."""
    name = reading(reach=(Box(36.0, 14.0, 40.0, 16.5),))
    spot = measured()
    spot["glare"].map[14:16, 36:40] = 1.0
    assert (spot["glare"].map >= 0.9).mean() < 0.02
    assert not judge(model, {"nama": name}, spot, (), (), 0.99)["nama"].readable
    beside = measured()
    beside["glare"].map[14:16, 44:50] = 1.0
    assert judge(model, {"nama": name}, beside, (), (), 0.99)["nama"].readable


def test_not_assessable_never_counts_as_good(model):
    sure = legibility(model, reading()).legibility
    for name in ("edge_width", "ink_contrast", "letter_height", "glare"):
        assert legibility(model, reading(), **{name: float("nan")}).legibility <= sure


def test_an_uncertain_field_is_likely_right_and_not_readable(model):
    seen = set()
    for score, width in itertools.product(np.linspace(0.2, 0.999, 30), (4.0, 9.0, 14.0)):
        one = reading(text="BUDI SANTOSO", score=float(score))
        judged = legibility(model, one, edge_width=width, cover_seen=width / 20)
        assert not (judged.readable and judged.uncertain)
        assert judged.uncertain == (not judged.readable and judged.legibility >= LIKELY)
        seen.add((judged.readable, judged.uncertain))
    assert {(True, False), (False, True)} <= seen


@pytest.mark.parametrize(
    ("score", "witness", "readable"),
    [(0.9995, "ok", True), (0.9995, "not_assessable", False), (0.99, "ok", False)],
)
def test_a_nik_on_which_the_readers_differ_needs_certainty_and_a_witness(
    model, score, witness, readable
):
    text, other = "3171010101909999", "3171010101900999"
    theirs = Line(other, 0.8, (0.8,) * 16, (), BOX)
    line = Line(text, score, (score,) * 16, (), BOX, agrees=False, other=theirs)
    one = reading("nik", text, lines=(line,))
    checks = [Check("nik_birth_mismatch", witness, ("nik", "tanggal_lahir"))]
    judged = judge(model, {"nik": one}, measured(), (), checks, 0.99)["nik"]
    assert judged.readable == readable
    assert not judged.uncertain
