"""The table of defects and what is made of it."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from ktpcheck.defects import DEFECTS, LEAST_SEVERITY, SUFFERS, DefectRow, Ramp, find_defects
from ktpcheck.fields import FIELDS
from ktpcheck.measures import MEASURES
from ktpcheck.records import Finding, Measure, Reading

GUIDANCE = Path(__file__).parents[2].parent / "shared" / "domain" / "guidance.json"

#: A sharp, well lit, whole card.
GOOD = {
    "edge_width": 4.4,
    "edge_width_in_photo": 4.2,
    "edge_width_across": 4.0,
    "shake_width": 4.0,
    "ink_contrast": 130.0,
    "ink_michelson": 0.45,
    "ink_depth": 0.5,
    "anisotropy": 1.1,
    "blur_direction": 80.0,
    "ground_level": 215.0,
    "noise": 1.0,
    "quantisation": 4.0,
    "resolution": 300.0,
    "letter_height": 18.0,
    "colourfulness": 40.0,
    "screen_grid": 10.0,
    "tint": 1.0,
    "warmth": 3.0,
    "tilt": 5.0,
    "turn": 2.0,
}
REGIONS = (*FIELDS, "portrait", "card")


def measures(**changes: float | dict[str, float]) -> dict[str, Measure]:
    """A good card but for what is given, everywhere or by region."""
    made = {}
    for name in MEASURES:
        regions = dict.fromkeys(REGIONS, GOOD.get(name, 0.0))
        change = changes.get(name)
        if isinstance(change, dict):
            regions.update(change)
        elif change is not None:
            regions = dict.fromkeys(REGIONS, change)
        made[name] = Measure(name, "1", np.zeros((1, 1), np.float32), regions)
    return made


def found(**changes: float | dict[str, float]) -> dict[str, Finding]:
    findings = find_defects(None, measures(**changes), {})  # type: ignore[arg-type]
    severities = [finding.severity for finding in findings]
    assert severities == sorted(severities, reverse=True)
    return {finding.id: finding for finding in findings}


def test_a_good_card_has_no_defect() -> None:
    assert found() == {}


@pytest.mark.parametrize("row", DEFECTS.values(), ids=lambda row: row.id)
def test_every_row_is_sound(row: DefectRow) -> None:
    assert row.measure in MEASURES
    assert {given.measure for given in row.given} <= set(MEASURES)
    assert set(row.fields) <= set(FIELDS)
    assert set(row.behind) <= set(DEFECTS)
    assert row.id not in row.behind
    for ramp in row.ramps.values():
        assert ramp.clear < ramp.limit < ramp.full or ramp.clear > ramp.limit > ramp.full
        assert ramp.severity(ramp.clear) == 0
        assert ramp.severity(ramp.limit) == pytest.approx(SUFFERS)
        assert ramp.severity(ramp.full) == 1


@pytest.mark.parametrize("row", DEFECTS.values(), ids=lambda row: row.id)
def test_every_row_is_advised_on_and_of_the_kind_that_the_advice_says(row: DefectRow) -> None:
    if not GUIDANCE.exists():
        pytest.skip("the shared guidance is not here")
    advice = json.loads(GUIDANCE.read_text("utf-8"))
    assert advice[row.id]["kind"] == row.kind


@pytest.mark.parametrize("row", DEFECTS.values(), ids=lambda row: row.id)
def test_a_nan_is_never_a_finding(row: DefectRow) -> None:
    assert row.id not in found(**{row.measure: math.nan})


@pytest.mark.parametrize("row", DEFECTS.values(), ids=lambda row: row.id)
def test_every_defect_is_found_where_its_measure_is_bad_and_nothing_else_is(row: DefectRow) -> None:
    scope, ramp = next(iter(row.ramps.items()))
    region = row.fields[0] if scope == "fields" else scope
    changes: dict[str, float | dict[str, float]] = {row.measure: {region: ramp.full}}
    for given in row.given:
        # Whatever this cause takes for granted beside it.
        good = GOOD.get(given.measure, 0.0)
        if not given.at_least <= good <= given.at_most:
            changes[given.measure] = max(given.at_least, min(given.at_most, good))
    one = found(**changes)[row.id]
    assert one.severity == 1
    assert one.kind == row.kind
    assert region in one.regions
    assert one.value == ramp.full
    assert one.limit == ramp.limit


@pytest.mark.parametrize(
    ("changes", "expected", "other"),
    [
        ({"fading_seen": 0.95}, "print_faded", "too_bright"),
        ({"fading_seen": 0.95, "clipped_high": 0.95}, "too_bright", "print_faded"),
        ({"glare": {"nik": 0.6}, "glare_seen": {"nik": 0.99}}, "glare", "stain"),
        ({"missing_seen": {"nama": 0.999}}, "text_missing", "glare"),
        (
            {"missing_seen": {"nama": 0.999}, "lifting_seen": {"nama": 0.9}},
            "laminate_peel",
            "text_missing",
        ),
        (
            {"missing_seen": {"nama": 0.999}, "cover_seen": {"nama": 0.9}},
            "occluded",
            "text_missing",
        ),
        ({"lifting_seen": {"nama": 0.9}, "cover_seen": {"nama": 0.9}}, "occluded", "laminate_peel"),
        (
            {
                "lifting_seen": {"nama": 0.9},
                "glare_seen": {"nama": 0.9},
                "glare": {"nama": 0.5},
            },
            "glare",
            "laminate_peel",
        ),
        (
            {"lifting_seen": {"nama": 0.9}, "edge_width": 12.0},
            "blur_focus",
            "laminate_peel",
        ),
        (
            {"edge_width": 10.0, "letter_height": 5.0, "edge_width_in_photo": 2.5},
            "low_resolution",
            "blur_focus",
        ),
        ({"edge_width": 10.0, "shake_width": 10.0, "anisotropy": 2.5}, "blur_motion", "blur_focus"),
        ({"edge_width": 10.0, "shake_width": 10.0, "anisotropy": 1.2}, "blur_focus", "blur_motion"),
        ({"warmth": 30.0, "tint": 30.0}, "yellowed", "colour_cast"),
        ({"tint": 30.0, "redness": 20.0, "warmth": 9.0}, "colour_cast", "yellowed"),
        ({"clipped_high": 0.9, "colourfulness": 0.1}, "photocopy", "too_bright"),
        ({"scratch_seen": {"nik": 0.95}}, "scratch_nik", "scratch_other"),
        ({"scratch_seen": {"nama": 0.95}}, "scratch_other", "scratch_nik"),
        ({"scratch_seen": {"nama": 0.95}, "crack_seen": 0.95}, "crack", "scratch_other"),
    ],
)
def test_causes_are_told_apart(
    changes: dict[str, float | dict[str, float]], expected: str, other: str
) -> None:
    one = found(**changes)
    assert one[expected].severity >= SUFFERS
    assert one.get(other) is None or one[other].severity < SUFFERS


def test_print_that_cannot_be_seen_for_no_known_reason_is_left_open() -> None:
    one = found(ink_contrast={"nama": 3.0})
    assert set(one) == {"cause_unclear"}
    assert one["cause_unclear"].regions == ("nama",)
    assert "cause_unclear" not in found(
        ink_contrast={"nik": 3.0}, glare={"nik": 0.9}, glare_seen={"nik": 0.9}
    )


def test_a_foreigners_orange_card_is_neither_yellowed_nor_tinted() -> None:
    def reading(text: str) -> dict[str, Reading]:
        return {"kewarganegaraan": Reading("kewarganegaraan", text, text, 1.0, "ok", ())}

    orange = measures(tint=45.0, warmth=45.0)
    assert find_defects(None, orange, reading("KOREA SELATAN")) == ()  # type: ignore[arg-type]
    assert find_defects(None, orange, reading("WNI"))  # type: ignore[arg-type]


def test_a_turned_card_is_told_but_never_grave() -> None:
    assert found(turn=10.0) == {}
    assert LEAST_SEVERITY <= found(turn=90.0)["rotated"].severity < SUFFERS
    assert found(turn=180.0)["rotated"].severity < SUFFERS


def test_severity_grows_with_the_value() -> None:
    falling = Ramp(0.3, 0.2, 0.1)
    assert [falling.severity(v) for v in (0.4, 0.25, 0.2, 0.15, 0.0)] == pytest.approx(
        [0, 0.25, 0.5, 0.75, 1]
    )
    assert math.isnan(falling.severity(math.nan))


def test_print_that_was_not_read_needs_less_to_be_missing() -> None:
    seen = measures(missing_seen={"agama": 0.7})
    for text, told in (("ISLAM", set()), ("▯▯LAM", {"text_missing"}), ("", {"text_missing"})):
        readings = {key: Reading(key, "X", "X", 1.0, "ok", ()) for key in FIELDS}
        readings["agama"] = Reading("agama", text, text, 1.0, "ok", ())
        findings = find_defects(None, seen, readings)  # type: ignore[arg-type]
        assert {one.id for one in findings if one.severity >= SUFFERS} == told


def test_a_green_light_is_told_beside_a_blank_whose_blue_is_clipped() -> None:
    assert "colour_cast" in found(redness=-12.0, tint=5.0, warmth=12.0)
    assert "colour_cast" not in found(redness=-12.0, tint=2.0, warmth=12.0)
