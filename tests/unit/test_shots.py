"""Several shots of one card, on reports made by hand."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from itertools import permutations

import cv2
import numpy as np
import pytest
from jsonschema import Draft202012Validator

from ktpcheck.cause import STRUCTURAL, attribute, card_prior, cause_of
from ktpcheck.defects import DEFECTS
from ktpcheck.fields import FIELDS, REQUIRED
from ktpcheck.geometry import Box
from ktpcheck.grammar import HIDDEN
from ktpcheck.joint import joint_to_json
from ktpcheck.place import PLACE_SHAPE, locate, place_of, regions_of
from ktpcheck.records import Finding, Legibility, Line, Measure, Reading, Report
from ktpcheck.report import MASK, dumps, schema
from ktpcheck.shots import MOST_SHOTS, JointReport, join
from ktpcheck.shots.same import Likable, compare, prepare, sure_digits
from tests.unit.report_fakes import VALUES, no_card, report

LIMITS = dict.fromkeys(FIELDS, 0.8)


def joined(*shots: Report, guide: str | None = None) -> JointReport:
    return join(shots, require=REQUIRED, limits=LIMITS, check=lambda _: [], guide=guide)


def shot(number: int, *findings: Finding, **readings: tuple[str, float]) -> Report:
    """A shot of the fakes' card. Readings: text and legibility by field."""
    fake = report(name=f"{number}.jpg")
    assert fake.card is not None
    # No two photos are alike to the last pixel.
    pixels = fake.card.pixels.copy()
    pixels[0, 0] = number
    texts, judged = dict(fake.readings), dict(fake.decision.fields)
    for key, (text, legibility) in readings.items():
        texts[key] = replace(texts[key], text=text, raw=text)
        judged[key] = Legibility(key, legibility, legibility >= LIMITS[key], ())
    measures = {**fake.measures, **{name: blank(name) for name in ("cover_seen", "missing_seen")}}
    for found in findings:
        row = DEFECTS[found.id]
        measures[row.measure] = spotted(row.measure, AT[found.regions[0]])
    card = replace(fake.card, pixels=pixels)
    told = attribute(findings)
    return replace(
        fake,
        card=card,
        readings=texts,
        measures=measures,
        findings=locate(told, measures, texts, card),
        decision=replace(fake.decision, fields=judged),
    )


def blank(name: str) -> Measure:
    return Measure(name, "1", np.zeros((108, 171), np.float32), {})


def spotted(name: str, box: Box) -> Measure:
    plane = np.zeros((108, 171), np.float32)
    plane[box.slices(plane.shape)] = 1.0
    return Measure(name, "1", plane, {})


AT = {
    "nik": Box(30, 9, 40, 12.5),
    "alamat": Box(30, 21, 45, 26),
    "agama": Box(25, 35, 32, 38),
    "portrait": Box(62, 12, 80, 34),
}


def found(id: str, region: str, severity: float = 0.9) -> Finding:
    return Finding(id, DEFECTS[id].kind, severity, (region,), 0.6, 0.2)


class TestPlaces:
    def test_a_place_is_where_the_measure_exceeds_the_limit(self):
        one = shot(1, found("glare", "nik"))
        assert one.card is not None
        place = place_of(one.findings[0], one.measures, regions_of(one.card, one.readings))
        assert place.shape == PLACE_SHAPE
        inside = np.zeros(PLACE_SHAPE, bool)
        inside[AT["nik"].slices(PLACE_SHAPE)] = True
        assert place.any()
        assert not (place & ~inside).any()

    def test_the_digits_under_it_are_named(self):
        [glare] = shot(1, found("glare", "nik")).findings
        [spot] = glare.spots
        assert (spot.key, spot.part) == ("nik", "characters")
        [(first, last)] = spot.runs
        # 30 to 40 mm on a NIK that starts at 21.4 + 0.2 and steps 2.09 mm a digit.
        assert (first, last) == (5, 9)

    def test_digits_that_were_not_read_are_named(self):
        hidden = VALUES["nik"][:12] + HIDDEN * 4
        far = replace(found("glare", "nik"), limit=2.0, value=3.0)
        [glare] = shot(1, far, nik=(hidden, 0.0)).findings
        assert glare.spots[0].key == "nik"

    def test_faults_of_the_whole_picture_have_no_place(self):
        blurred = Finding("blur_motion", "capture", 0.9, ("nik", "card"), 9.0, 7.0)
        [one] = shot(1, replace(blurred, regions=("nik",))).findings
        assert one.spots == ()


class TestCause:
    def test_every_defect_has_a_prior_on_its_own_side(self):
        for id, row in DEFECTS.items():
            assert (card_prior(id) > 0.5) == (row.kind == "card"), id

    def test_structural_evidence_is_committed_on_from_one_shot(self):
        for id in STRUCTURAL:
            [one] = attribute([Finding(id, "card", 0.8, ("card",), 1.0, 0.5)])
            assert one.cause == "card"

    def test_a_capture_fault_beside_it_makes_a_card_fault_less_certain(self):
        fading = Finding("print_faded", "card", 0.8, ("nik",), 1.0, 0.5)
        dark = Finding("too_dark", "capture", 0.8, ("card",), 1.0, 0.5)
        [alone] = attribute([fading])
        beside, _ = attribute([fading, dark])
        assert beside.card_probability < alone.card_probability

    def test_nothing_is_committed_on_without_evidence(self):
        assert cause_of(0.5) == cause_of(math.nan) == "undetermined"


class TestFaults:
    def test_what_stays_is_the_card_s(self):
        joint = joined(*(shot(n, found("text_missing", "alamat", 0.6 + n / 10)) for n in range(3)))
        [fault] = joint.faults
        assert fault.cause == "card"
        assert [one.state for one in fault.sightings] == ["seen"] * 3

    @pytest.mark.parametrize("id", ["text_missing", "scratch_other", "glare", "shadow"])
    def test_what_vanishes_is_the_capture_s(self, id):
        joint = joined(shot(0, found(id, "alamat")), shot(1), shot(2))
        [fault] = joint.faults
        assert fault.cause == "capture"
        assert [one.state for one in fault.sightings] == ["seen", "not_seen", "not_seen"]

    def test_what_moves_is_the_capture_s(self):
        places = ("alamat", "nik", "agama")
        joint = joined(*(shot(n, found("glare", key)) for n, key in enumerate(places)))
        assert [fault.cause for fault in joint.faults] == ["capture"] * 3

    def test_glare_that_stays_may_be_the_card_s(self):
        """A lifted film shines from every side: that is no reflection of a lamp."""
        joint = joined(*(shot(n, found("glare", "alamat")) for n in range(4)))
        [fault] = joint.faults
        assert fault.cause != "capture"
        two = joined(*(shot(n, found("glare", "alamat")) for n in range(2))).faults[0]
        assert two.card_probability < fault.card_probability

    def test_no_number_of_blurred_shots_makes_a_card_blurred(self):
        blurred = Finding("blur_motion", "capture", 0.9, ("nik", "card"), 9.0, 7.0)
        shots = []
        for n in range(4):
            one = shot(n)
            shots.append(replace(one, findings=attribute([blurred])))
        assert [fault.cause for fault in joined(*shots).faults] == ["capture"]

    def test_a_place_that_is_hidden_says_nothing(self):
        covered = shot(1, found("occluded", "alamat"))
        joint = joined(shot(0, found("text_missing", "alamat")), covered)
        [fault] = [one for one in joint.faults if one.id == "text_missing"]
        assert [one.state for one in fault.sightings] == ["seen", "not_assessable"]
        alone = attribute([found("text_missing", "alamat")])[0].card_probability
        assert fault.card_probability == pytest.approx(alone)

    def test_what_only_one_shot_could_show_is_told_as_one_shot_tells_it_and_proves_nothing(self):
        lost = {"alamat": ("JL. PERC", 0.1)}
        covered = shot(1, found("occluded", "alamat"), **lost)
        joint = joined(shot(0, found("stain", "alamat"), **lost), covered)
        [fault] = [one for one in joint.faults if one.id == "stain"]
        assert fault.cause == "card"
        assert joint.decision.action == "retake"

    def test_what_a_dark_shot_shows_is_weighed_less(self):
        dark = Finding("too_dark", "capture", 0.9, ("card",), 30.0, 84.0)
        shots = []
        for n in range(2):
            one = shot(n, found("text_missing", "alamat"))
            shots.append(replace(one, findings=(*one.findings, *attribute([dark]))))
        [fault] = [one for one in joined(*shots).faults if one.id == "text_missing"]
        assert fault.cause == "undetermined"

    def test_the_decision_follows_what_is_proven(self):
        lost = {"alamat": ("JL. PERC", 0.1)}
        bad = [shot(n, found("text_missing", "alamat"), **lost) for n in range(3)]
        one = joined(bad[0]).decision
        assert (one.action, [each.id for each in one.guidance]) == ("retake", ["another_angle"])
        three = joined(*bad).decision
        assert three.action == "replace_card"
        assert [each.id for each in three.guidance] == ["text_missing", "replace_howto"]
        assert "alamat" in three.guidance[0].text_id

    def test_a_capture_fault_in_one_shot_does_not_excuse_a_card_that_fails_in_all(self):
        lost = {"alamat": ("JL. PERC", 0.1)}
        bad = [shot(n, found("text_missing", "alamat"), **lost) for n in range(2)]
        shadowed = shot(2, found("shadow", "alamat"), **lost)
        assert joined(*bad, shadowed).decision.action == "replace_card"

    def test_glare_over_a_field_in_every_shot_asks_for_another(self):
        places = [shot(n, found("glare", "nik"), nik=("3171", 0.1)) for n in range(2)]
        decision = joined(*places).decision
        assert decision.action == "retake"


class TestValues:
    def test_each_field_is_taken_from_the_shot_that_reads_it_best(self):
        joint = joined(
            shot(0, nik=(VALUES["nik"], 0.95), nama=("CONTOH SPES", 0.3)),
            shot(1, nik=("317101450390", 0.1), nama=(VALUES["nama"], 0.9)),
        )
        assert (joint.readings["nik"].text, joint.readings["nik"].shot) == (VALUES["nik"], 0)
        assert (joint.readings["nama"].text, joint.readings["nama"].shot) == (VALUES["nama"], 1)
        assert joint.decision.verdict == "readable"

    def test_a_value_is_always_one_that_some_shot_read(self):
        texts = ["CONTOH SPESIMAN", "CONTON SPESIMEN", "CONTOH SPEZIMEN"]
        joint = joined(*(shot(n, nama=(text, 0.6)) for n, text in enumerate(texts)))
        assert joint.readings["nama"].text in texts  # voting would give CONTOH SPESIMEN
        assert not joint.readings["nama"].readable

    def test_agreement_raises(self):
        one = joined(shot(0, nama=("CONTOH", 0.7))).readings["nama"]
        two = joined(shot(0, nama=("CONTOH", 0.7)), shot(1, nama=("CON TOH", 0.65)))
        assert one.legibility == 0.7
        assert not one.readable
        assert two.readings["nama"].legibility > 0.8
        assert two.readings["nama"].agree == (0, 1)

    def test_what_no_shot_shows_by_itself_is_likely_and_not_readable(self):
        """A letter that is gone is gone in every shot."""
        shots = [shot(n, nama=("KANTIKA", 0.75)) for n in range(3)]
        ruled_out = joined(*shots).readings["nama"]
        assert ruled_out.legibility > 0.8
        assert (ruled_out.readable, ruled_out.uncertain) == (False, False)
        for one in shots:
            judged = one.decision.fields["nama"]
            one.decision.fields["nama"] = replace(judged, uncertain=True)
        name = joined(*shots).readings["nama"]
        assert (name.readable, name.uncertain) == (False, True)
        other = joined(*shots, shot(3, nama=("KARTIKA", 0.3))).readings["nama"]
        assert not other.uncertain

    def test_disagreement_lowers_and_is_said(self):
        joint = joined(shot(0, nama=("CONTOH", 0.95)), shot(1, nama=("CANTOH", 0.9)))
        name = joint.readings["nama"]
        assert name.text == "CONTOH"
        assert name.legibility < 0.7
        assert not name.readable
        assert (name.agree, name.differ) == ((0,), (1,))

    def test_what_nobody_would_rely_on_speaks_little_against_a_good_reading(self):
        joint = joined(shot(0, nama=("CONTOH", 0.97)), shot(1, nama=("C0NT", 0.4)))
        assert joint.readings["nama"].readable
        assert joint.readings["nama"].differ == (1,)

    def test_a_hidden_character_is_never_readable_however_many_agree(self):
        hidden = f"317101{HIDDEN}{HIDDEN}03909999"
        joint = joined(*(shot(n, nik=(hidden, 0.0)) for n in range(4)))
        assert not joint.readings["nik"].readable

    def test_a_reading_every_shot_refuses_is_not_readable(self):
        shots = []
        for n in range(3):
            one = shot(n)
            judged = {**one.decision.fields, "nik": Legibility("nik", 0.9, False, ())}
            shots.append(replace(one, decision=replace(one.decision, fields=judged)))
        assert not joined(*shots).readings["nik"].readable


def likable(nik: str = "", *, sure: bool = True, face: int = 0, usable: bool = True) -> Likable:
    """A shot by its NIK and which of two faces it shows; face -1 shows nothing."""
    picture = np.random.default_rng(abs(face)).normal(size=(180, 150)).astype(np.float32)
    picture = cv2.GaussianBlur(picture, (0, 0), 2)
    return Likable(
        face=picture,
        face_seen=np.full(picture.shape, face >= 0),
        usable=usable,
        print=np.zeros((216, 342), np.float32),
        layout="printed",
        digits=dict(enumerate(nik, start=1)) if sure else {},
        nik_readable=bool(nik) and sure,
    )


NIK = VALUES["nik"]
#: Another person of the same region.
OTHER = NIK[:6] + "120788" + "9999"


class TestSameCard:
    def test_by_the_nik(self):
        assert compare((0, 1), likable(NIK), likable(NIK, face=-1)).verdict == "same"

    def test_by_the_portrait_where_the_nik_is_not_read(self):
        assert compare((0, 1), likable(NIK), likable(face=0)).verdict == "same"

    def test_by_name_and_birth_date_where_nik_and_portrait_are_lost(self):
        held = {"nama": "CONTOH", "tanggal_lahir": "05-03-1990"}
        one, other = (replace(likable(face=-1), values=held) for _ in range(2))
        assert compare((0, 1), one, other).verdict == "same"
        namesake = replace(other, values={**held, "tanggal_lahir": "06-03-1990"})
        assert compare((0, 1), one, namesake).verdict == "cannot_tell"
        # Sure digits that differ outweigh them.
        pair = compare(
            (0, 1), replace(likable(NIK), values=held), replace(likable(OTHER), values=held)
        )
        assert pair.verdict == "different"

    def test_another_nik_is_another_card(self):
        pair = compare((0, 1), likable(NIK), likable(OTHER, face=-1))
        assert (pair.verdict, pair.reasons) == ("different", ("nik",))
        assert pair.nik_differ == tuple(
            place for place, (a, b) in enumerate(zip(NIK, OTHER, strict=True), 1) if a != b
        )

    def test_another_face_is_another_card(self):
        pair = compare((0, 1), likable(), likable(face=1))
        assert (pair.verdict, pair.reasons) == ("different", ("portrait",))

    def test_a_face_that_cannot_be_used_tells_nothing(self):
        assert compare((0, 1), likable(), likable(face=1, usable=False)).verdict == "cannot_tell"
        assert compare((0, 1), likable(), likable(face=-1)).verdict == "cannot_tell"

    def test_one_digit_that_differs_under_one_face_is_a_misreading(self):
        misread = NIK[:9] + "9" + NIK[10:]
        assert compare((0, 1), likable(NIK), likable(misread)).verdict != "different"
        assert compare((0, 1), likable(NIK), likable(misread, face=-1)).verdict == "different"

    def test_a_line_cut_a_place_off_is_no_other_nik(self):
        slipped = {place + 1: digit for place, digit in enumerate(NIK[:-1], start=1)}
        pair = compare((0, 1), likable(NIK), replace(likable(face=-1), digits=slipped))
        assert pair.verdict == "cannot_tell"

    def test_another_layout_is_another_card(self):
        pair = compare((0, 1), likable(), replace(likable(face=-1), layout="drawn_specimen"))
        assert (pair.verdict, pair.reasons) == ("different", ("layout",))

    @pytest.mark.parametrize(("correlation", "known"), [(0.8, True), (0.2, False)])
    def test_a_layout_that_the_labels_do_not_say_makes_no_other_card(self, correlation, known):
        """Of a photo white all over the layout is a guess."""
        one = shot(0)
        assert one.card is not None
        heard = dict.fromkeys(("nik", "nama", "alamat", "agama"), correlation)
        placement = replace(one.card.placement, agreement=heard)
        unsure = prepare(replace(one, card=replace(one.card, placement=placement))).layout
        assert (unsure == one.card.placement.layout) is known
        pair = compare((0, 1), likable(), replace(likable(face=-1), layout=None))
        assert pair.verdict == "cannot_tell"

    def test_only_sure_digits_count(self):
        scores = [0.99] * 16
        scores[4] = 0.5
        line = Line(NIK, 0.9, tuple(scores), tuple(range(16)))
        reading = Reading("nik", NIK, NIK, 0.9, "ok", (), lines=(line,))
        digits = sure_digits(reading)
        assert digits == {place: d for place, d in enumerate(NIK, 1) if place != 5}
        assert sure_digits(replace(reading, lines=(replace(line, agrees=False),))) == {}

    def test_hidden_places_keep_the_others_in_theirs(self):
        text = NIK[:3] + HIDDEN * 2 + NIK[5:]
        raw = NIK[:3] + NIK[5:]
        line = Line(raw, 0.9, (0.99,) * 14, tuple(range(14)))
        reading = Reading("nik", raw, text, 0.9, "ok", (), lines=(line,))
        assert sure_digits(reading) == {
            place: digit for place, digit in enumerate(text, 1) if digit != HIDDEN
        }

    def test_the_same_picture_is_alike_and_shifted_print_is_measured(self):
        one = shot(0)
        assert one.card is not None
        moved = np.roll(one.card.pixels, (8, -16), axis=(0, 1))
        other = replace(one, card=replace(one.card, pixels=moved))
        pair = compare((0, 1), prepare(one), prepare(other))
        assert pair.likeness > 0.95
        np.testing.assert_allclose(pair.shift_mm, (-1.0, 0.5), atol=0.1)


def other_face(number: int) -> Report:
    """A shot of a card with another portrait, whose NIK and name cannot be read."""
    one = shot(number, nik=("", 0.0), nama=("", 0.0))
    assert one.card is not None
    pixels = one.card.pixels.copy()
    rows, columns = one.card.placement.portrait.slices(pixels.shape)
    noise = np.random.default_rng(5).integers(60, 200, (30, 24, 3)).astype(np.uint8)
    size = (columns.stop - columns.start, rows.stop - rows.start)
    pixels[rows, columns] = cv2.resize(noise, size, interpolation=cv2.INTER_CUBIC)
    return replace(one, card=replace(one.card, pixels=pixels))


class TestJoin:
    def test_shots_of_two_cards_are_refused_and_nothing_is_put_together(self):
        joint = joined(shot(0), other_face(1))
        assert joint.same_card == "different"
        assert joint.decision.verdict == "different_cards"
        assert joint.readings == {}
        assert joint.faults == ()
        [advice] = joint.decision.guidance
        assert advice.id == "different_cards"
        assert "portraits" in advice.text_en

    def test_what_cannot_be_told_to_be_the_card_is_left_out(self):
        one, other = shot(0, nik=(VALUES["nik"], 0.95)), other_face(1)
        assert other.portrait is not None
        unusable = replace(
            other,
            portrait=replace(other.portrait, usable=False),
            decision=replace(other.decision, fields={"nik": Legibility("nik", 0.1, False, ())}),
        )
        joint = joined(one, unusable)
        assert (joint.same_card, joint.counted) == ("cannot_tell", (0,))
        assert joint.decision.guidance[0].id == "same_card_unclear"
        assert len(joint.decision.guidance) <= 3
        assert all(fault.sightings[1] is None for fault in joint.faults)

    def test_a_shot_without_a_card_is_left_out(self):
        joint = joined(no_card(), shot(1))
        assert (joint.same_card, joint.counted) == ("same", (1,))
        nothing = joined(no_card(), no_card(name="b.jpg"))
        assert nothing.decision.verdict == "no_card"

    def test_a_copy_of_a_shot_changes_nothing(self):
        shots = [
            shot(0, found("glare", "nik"), nama=("CONTOH", 0.7)),
            shot(1, nama=("CONTON", 0.6)),
        ]
        plain, doubled = joined(*shots), joined(*shots, replace(shots[0], photo=shots[1].photo))
        assert doubled.counted == plain.counted
        assert dict(doubled.readings) == dict(plain.readings)
        assert doubled.decision == plain.decision

    def test_their_order_decides_nothing(self):
        shots = [
            shot(0, found("glare", "nik"), nama=("CONTOH", 0.7), alamat=("JL A", 0.6)),
            shot(1, found("text_missing", "alamat"), nama=("CONTOH", 0.7), alamat=("JL B", 0.6)),
            shot(2, found("text_missing", "alamat"), nama=("CONTON", 0.7)),
        ]
        seen = set()
        for order in permutations(range(3)):
            joint = joined(*(shots[number] for number in order))
            seen.add(
                (
                    joint.same_card,
                    str(joint.decision),
                    tuple((k, r.text, r.legibility, r.readable) for k, r in joint.readings.items()),
                    tuple((f.id, f.cause, f.card_probability, f.regions) for f in joint.faults),
                )
            )
        assert len(seen) == 1

    def test_there_are_limits(self):
        with pytest.raises(ValueError, match="shots"):
            joined()
        with pytest.raises(ValueError, match="shots"):
            joined(*(shot(n) for n in range(MOST_SHOTS + 1)))

    def test_a_guide_comes_on_top(self):
        assert joined(shot(0), guide="jmo").decision.guidance[-1].id == "jmo_blocked"


def sealed(node):
    if isinstance(node, dict):
        node = {key: sealed(value) for key, value in node.items()}
        if "properties" in node and node.get("additionalProperties") is True:
            node["additionalProperties"] = False
        return node
    return [sealed(value) for value in node] if isinstance(node, list) else node


CASES = {
    "same": lambda: joined(shot(0, found("glare", "nik")), shot(1, found("stain", "alamat"))),
    "different": lambda: joined(shot(0), other_face(1)),
    "one": lambda: joined(shot(0, found("text_missing", "alamat"))),
    "no card": lambda: joined(no_card(), no_card()),
    "some card": lambda: joined(no_card(), shot(1)),
}


@pytest.mark.parametrize("make", CASES.values(), ids=CASES)
@pytest.mark.parametrize("redact", [False, True])
def test_what_is_emitted_obeys_the_schema(make, redact):
    line = json.loads(dumps(joint_to_json(make(), redact=redact)))
    Draft202012Validator(sealed(schema())).validate(line)


def test_the_schema_refuses_what_is_put_together_from_two_cards():
    line = json.loads(dumps(joint_to_json(CASES["different"]())))
    validator = Draft202012Validator(schema())
    validator.validate(line)
    fields = joint_to_json(CASES["same"]())["fields"]
    assert not validator.is_valid({**line, "fields": fields})
    assert not validator.is_valid({**line, "verdict": "readable"})


def test_every_shot_s_raw_readings_stay():
    joint = joined(shot(0, nama=("CONTOH", 0.9)), shot(1, nama=("CONTON", 0.3)))
    line = joint_to_json(joint)
    assert [one["fields"]["nama"]["raw"] for one in line["shots"]] == ["CONTOH", "CONTON"]


def test_redacted_no_value_is_left():
    line = joint_to_json(joined(shot(0), shot(1)), redact=True)
    text = dumps(line)
    for key, value in VALUES.items():
        if len(value) > 3:
            assert value not in text, key
    assert line["fields"]["nik"]["text"] == MASK


def test_no_value_is_in_a_repr():
    joint = joined(shot(0), shot(1))
    text = repr(joint.readings) + repr(joint.pairs)
    assert VALUES["nik"] not in text
    assert VALUES["nama"] not in text


def test_two_that_agree_outweigh_one_that_is_surer():
    right, wrong = ("UJUNG PANDANG", 0.99), ("UUNG PANDANG", 0.996)
    joint = joined(shot(1, nama=right), shot(2, nama=wrong), shot(3, nama=right))
    assert joint.readings["nama"].text == right[0]


def test_sure_readings_that_differ_prove_no_damage():
    one, other = ("UJUNG PANDANG", 0.99), ("UUNG PANDANG", 0.996)
    joint = joined(shot(1, nama=one), shot(2, nama=other))
    assert not joint.readings["nama"].readable
    assert joint.decision.action == "retake"


def test_what_is_likely_right_in_every_shot_is_to_be_compared():
    shots = [shot(number) for number in (1, 2)]
    for number, one in enumerate(shots):
        judged = dict(one.decision.fields)
        judged["nama"] = Legibility("nama", 0.75, False, (), uncertain=True)
        shots[number] = replace(one, decision=replace(one.decision, fields=judged))
    shots[1] = replace(
        shots[1],
        readings={**shots[1].readings, "nama": replace(shots[1].readings["nama"], text="")},
    )
    joint = joined(*shots)
    assert joint.readings["nama"].uncertain
    assert joint.decision.action == "check_data"
