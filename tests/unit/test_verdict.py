"""The rules of the decision, one by one."""

from dataclasses import replace

import numpy as np
import pytest

from ktpcheck.cause import STRUCTURAL, attribute
from ktpcheck.defects import DEFECTS
from ktpcheck.fields import FIELDS, REQUIRED
from ktpcheck.guidance import ADVICE, GUIDES, one_more_shot
from ktpcheck.records import Check, Finding, Legibility, NoCard, Photo, Spot
from ktpcheck.verdict import MOST_TO_DO, decide, without_card


def legible(*lost: str) -> dict[str, Legibility]:
    return {
        key: Legibility(key, 0.1 if key in lost else 0.99, key not in lost, ()) for key in FIELDS
    }


def found(id: str, kind: str, *regions: str, severity: float = 0.8) -> Finding:
    return attribute([Finding(id, kind, severity, regions or ("card",), 1.0, 0.5)])[0]


def told(decision) -> list[str]:
    return [advice.id for advice in decision.guidance]


def test_all_readable_is_accepted():
    decision = decide(REQUIRED, legible(), [], [])
    assert (decision.verdict, decision.action) == ("readable", "accept")
    assert told(decision) == ["ok"]
    assert decision.required == REQUIRED


def test_a_field_nobody_asked_for_does_not_matter():
    decision = decide(("nik",), legible("nama", "alamat"), [], [])
    assert (decision.verdict, decision.action) == ("readable", "accept")


@pytest.mark.parametrize("lost", REQUIRED)
def test_any_required_field_lost_is_unreadable(lost):
    decision = decide(REQUIRED, legible(lost), [], [])
    assert (decision.verdict, decision.action) == ("unreadable", "retake")
    assert "cause_unclear" in told(decision)


def test_a_field_that_was_never_judged_is_not_readable():
    judged = legible()
    del judged["nik"]
    assert decide(REQUIRED, judged, [], []).verdict == "unreadable"


def test_a_capture_fault_leads_to_another_photo():
    decision = decide(REQUIRED, legible("nik"), [found("glare", "capture", "nik")], [])
    assert decision.action == "retake"
    assert told(decision) == ["glare"]


@pytest.mark.parametrize("id", sorted(STRUCTURAL))
def test_damage_to_the_card_s_shape_leads_to_the_office_and_says_how(id):
    decision = decide(REQUIRED, legible("nik"), [found(id, "card", "nik")], [])
    assert decision.action == "replace_card"
    assert told(decision) == [id, "replace_howto"]


def test_a_crack_on_the_card_counts_where_it_crosses_the_field():
    crack = replace(found("crack", "card"), spots=(Spot("nik", "characters", ((3, 4),)),))
    assert decide(REQUIRED, legible("nik"), [crack], []).action == "replace_card"
    assert decide(REQUIRED, legible("nama"), [crack], []).action == "retake"


@pytest.mark.parametrize("id", ["print_faded", "text_missing", "scratch_nik", "stain"])
def test_any_other_card_fault_on_one_photo_asks_for_another_angle(id):
    fault = replace(found(id, "card", "nik"), spots=(Spot("nik", "characters", ((9, 12),)),))
    decision = decide(REQUIRED, legible("nik"), [fault], [])
    assert (decision.verdict, decision.action) == ("unreadable", "retake")
    assert told(decision) == ["another_angle"]
    assert "digit ke-9 sampai ke-12 NIK" in decision.guidance[0].text_id
    assert "digits 9 to 12 of the NIK" in decision.guidance[0].text_en


@pytest.mark.parametrize("id", ["print_faded", "text_missing", "scratch_nik", "stain"])
def test_what_several_shots_prove_leads_to_the_office(id):
    proven = replace(found(id, "card", "nik"), cause="card", card_probability=0.95)
    decision = decide(REQUIRED, legible("nik"), [proven], [])
    assert decision.action == "replace_card"
    assert told(decision) == [id, "replace_howto"]


def test_what_no_good_shot_can_read_leads_to_the_office():
    decision = decide(REQUIRED, legible("nik"), [], [], persistent=["nik"])
    assert decision.action == "replace_card"
    assert told(decision) == ["unreadable_in_all", "replace_howto"]
    faults = [found("glare", "capture", "nik")]
    assert decide(REQUIRED, legible("nik"), faults, [], persistent=["nik"]).action == "retake"


def test_a_capture_fault_on_the_same_field_comes_first():
    faults = [found("print_faded", "card", "nik"), found("glare", "capture", "nik")]
    decision = decide(REQUIRED, legible("nik"), faults, [])
    assert decision.action == "retake"
    assert told(decision)[0] == "glare"


def test_a_faint_fault_on_a_lost_field_is_named_before_none_is():
    faint = found("scratch_nik", "card", "nik", severity=0.4)
    decision = decide(REQUIRED, legible("nik"), [faint], [])
    assert (decision.action, told(decision)) == ("retake", ["another_angle"])
    assert decision.guidance[0] == one_more_shot("scratch_nik", faint.spots)
    elsewhere = found("scratch_other", "card", "agama", severity=0.4)
    assert told(decide(REQUIRED, legible("nik"), [elsewhere], [])) == ["cause_unclear"]


def test_a_fault_elsewhere_explains_nothing():
    faults = [found("crack", "card", "agama")]
    decision = decide(REQUIRED, legible("nik"), faults, [])
    assert decision.action == "retake"
    assert "cause_unclear" in told(decision)


def test_a_card_fault_somewhere_on_the_card_does_not_send_anybody_for_a_lost_name():
    decision = decide(REQUIRED, legible("nama"), [found("crack", "card")], [])
    assert decision.action == "retake"


def test_a_capture_fault_of_the_whole_photo_explains_any_field():
    decision = decide(REQUIRED, legible("nama"), [found("too_dark", "capture")], [])
    assert decision.action == "retake"
    assert told(decision) == ["too_dark"]


def test_a_contradiction_under_a_fault_is_read_again():
    check = Check("nik_birth_mismatch", "warning", ("nik", "tanggal_lahir"))
    faults = [found("blur_motion", "capture", "nik")]
    assert decide(REQUIRED, legible("nik"), faults, [check]).action == "retake"


def test_a_nik_doubted_only_for_its_contradiction_is_to_be_compared():
    check = Check("nik_birth_mismatch", "warning", ("nik", "tanggal_lahir"))
    decision = decide(REQUIRED, legible("nik"), [], [check])
    assert (decision.verdict, decision.action) == ("unreadable", "check_data")


def test_a_slight_fault_explains_nothing():
    faults = [found("print_faded", "card", severity=0.3)]
    assert decide(REQUIRED, legible("nik"), faults, []).action == "retake"


@pytest.mark.parametrize("id", ["photocopy", "screen_capture", "cropped"])
def test_some_captures_are_refused_however_well_they_read(id):
    decision = decide(REQUIRED, legible(), [found(id, "capture")], [])
    assert (decision.verdict, decision.action) == ("readable", "retake")
    assert id in told(decision)


def test_a_worn_portrait_is_looked_at_twice_and_then_a_card_to_replace():
    worn = found("photo_worn", "card", "portrait")
    once = decide(REQUIRED, legible(), [worn], [])
    assert (once.verdict, once.action, told(once)) == ("readable", "retake", ["another_angle"])
    decision = decide(REQUIRED, legible(), [replace(worn, cause="card")], [])
    assert (decision.verdict, decision.action) == ("readable", "replace_card")


def test_contradicting_data_are_not_readable_but_send_nobody_to_the_office():
    check = Check("nik_birth_mismatch", "warning", ("nik", "tanggal_lahir"))
    decision = decide(REQUIRED, legible(), [], [check])
    assert (decision.verdict, decision.action) == ("unreadable", "check_data")
    assert told(decision) == ["nik_birth_mismatch"]


def test_an_impossible_nik_is_read_again():
    decision = decide(REQUIRED, legible(), [], [Check("nik_invalid", "error", ("nik",))])
    assert (decision.verdict, decision.action) == ("unreadable", "retake")


def test_odd_data_are_to_be_looked_at():
    check = Check("nik_region_unknown", "warning", ("nik",))
    decision = decide(REQUIRED, legible(), [], [check])
    assert (decision.verdict, decision.action) == ("readable", "check_data")


@pytest.mark.parametrize("status", ["ok", "info", "not_assessable"])
def test_what_is_common_or_unknown_changes_nothing(status):
    check = Check("nik_address_differs", status, ("nik",))
    assert decide(REQUIRED, legible(), [], [check]).action == "accept"


def test_a_check_on_fields_nobody_asked_for_changes_nothing():
    check = Check("issue_date_range", "error", ("tanggal_terbit",))
    assert decide(REQUIRED, legible(), [], [check]).action == "accept"


def test_at_most_three_things_are_put_to_the_user():
    faults = [found(id, row.kind, "nik") for id, row in DEFECTS.items()]
    checks = [
        Check("nik_invalid", "error", ("nik",)),
        Check("nik_birth_mismatch", "warning", ("nik", "tanggal_lahir")),
    ]
    for chosen in (faults, [one for one in faults if one.kind == "card"], []):
        for proven in (chosen, [replace(one, card_probability=0.95) for one in chosen]):
            said = told(decide(REQUIRED, legible("nik"), proven, checks))
            assert 1 <= len(said) <= MOST_TO_DO
            guided = told(decide(REQUIRED, legible("nik"), proven, checks, "jmo"))
            assert guided == [*said, *GUIDES["jmo"]]


def test_what_wins_most_back_comes_first():
    faults = [
        found("glare", "capture", "nik", severity=0.95),
        found("shadow", "capture", "nama", "alamat", severity=0.7),
    ]
    said = told(decide(REQUIRED, legible("nik", "nama", "alamat"), faults, []))
    assert said == ["shadow", "glare"]


def test_a_fault_names_the_place_that_is_lost():
    glare = replace(
        found("glare", "capture", "nama", "nik"),
        spots=(Spot("nik", "characters", ((9, 12),)), Spot("nama", "end")),
    )
    [one] = decide(REQUIRED, legible("nik"), [glare], []).guidance
    assert one.text_id.startswith("Pantulan cahaya menutupi digit ke-9 sampai ke-12 NIK. ")
    assert "nama" not in one.text_id.partition(".")[0]


def test_every_defect_has_its_advice():
    for id, row in DEFECTS.items():
        decide(REQUIRED, legible("nik"), [found(id, row.kind, "nik")], [])
        assert id in ADVICE


def test_an_unclear_cause_of_nothing_lost_is_not_put_to_anybody():
    decision = decide(REQUIRED, legible(), [found("cause_unclear", "card", "agama")], [])
    assert told(decision) == ["ok"]


def test_a_guide_adds_what_no_picture_shows():
    decision = decide(REQUIRED, legible(), [], [], "jmo")
    assert told(decision)[1:] == list(GUIDES["jmo"])


def test_without_a_card():
    photo = Photo(np.zeros((4, 4, 3), np.uint8), "cat.jpg", None, "", "JPEG")
    report = without_card(photo, NoCard("not_ektp"), {}, {"total": 1.0}, "jmo")
    assert report.decision.verdict == "no_card"
    assert report.decision.action == "retake"
    assert told(report.decision)[0] == "not_ektp"
    assert report.card is None
    assert report.portrait is None


def unsure(*keys: str) -> dict[str, Legibility]:
    return {**legible(), **{key: Legibility(key, 0.85, False, (), uncertain=True) for key in keys}}


def test_fields_in_doubt_that_are_likely_right_are_to_be_compared():
    decision = decide(REQUIRED, unsure("nama", "alamat"), [], [])
    assert (decision.verdict, decision.action) == ("unreadable", "check_data")
    assert told(decision) == ["field_uncertain"]
    assert "Nama" in decision.guidance[0].text_id


def test_more_doubt_than_hope_leads_to_another_photo():
    doubted = {key: Legibility(key, 0.6, False, (), uncertain=True) for key in ("nama", "alamat")}
    assert decide(REQUIRED, {**legible(), **doubted}, [], []).action == "retake"
    one = {**legible(), "nama": doubted["nama"]}
    assert decide(REQUIRED, one, [], []).action == "check_data"


def test_one_lost_field_among_those_in_doubt_leads_to_another_photo():
    judged = {**unsure("nama"), "alamat": Legibility("alamat", 0.1, False, ())}
    assert decide(REQUIRED, judged, [], []).action == "retake"


def test_what_is_refused_is_refused_however_likely_right():
    copied = found("photocopy", "capture")
    assert decide(REQUIRED, unsure("nama"), [copied], []).action == "retake"
