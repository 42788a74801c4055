"""The benchmark counts what it says it counts, on rows whose figures are known."""

from __future__ import annotations

import json
import math
from collections import Counter

import numpy as np
import pytest

from tests.bench import readme
from tests.bench.figures import by_group, figures, right_actions, told_in
from tests.bench.plan import POSES, plan
from tests.bench.shots import Tally
from tests.bench.statistics import auroc, ece, interval, polygon_iou


def field(
    exact: bool = True, readable: bool = True, truly: bool = True, visible: bool = True
) -> dict:
    return {
        "exact": exact,
        "edits": 0 if exact else 2,
        "length": 10,
        "legibility": 0.9 if readable else 0.2,
        "readable": readable,
        "truly": truly,
        "visible": visible,
    }


def row(group="clean", kind="desk", scene="desk", told=(), true=(), fields=None, **more) -> dict:
    """One capture: ``told`` id to severity, ``true`` id to (severity, regions)."""
    return {
        "group": group,
        "kind": kind,
        "scene": scene,
        "found": True,
        "action": "accept",
        "upright": 1.0,
        "jaccard": 0.99,
        "portrait_iou": 0.9,
        "face_iou": 0.7,
        "told": {name: ["capture", severity] for name, severity in dict(told).items()},
        "true": {name: ["capture", *rest] for name, rest in dict(true).items()},
        "fields": fields or {"nik": field(), "nama": field()},
        **more,
    }


def test_recall_counts_what_touches_a_field_from_the_level_on():
    rows = [
        row("capture_fault", "glare", told={"glare": 0.6}, true={"glare": (0.8, ["nik"])}),
        row("capture_fault", "glare", told={"glare": 0.4}, true={"glare": (0.6, ["nama"])}),
        row("capture_fault", "glare", told={}, true={"glare": (0.4, ["nama"])}),
        # Beside every field, or too weak: not expected to be told.
        row("capture_fault", "glare", told={}, true={"glare": (0.9, [])}),
        row("capture_fault", "glare", told={}, true={"glare": (0.3, ["nik"])}),
    ]
    found = figures(rows)
    assert found["defect_recall"][0] == pytest.approx(1 / 2)
    assert found["defect_recall_35"][0] == pytest.approx(1 / 3)
    rare = row(true={"colour_cast": (0.9, ["nik"]), "glare": (0.9, ["nik"])}, told={"glare": 0.9})
    assert figures([rare])["defect_recall_35"][0] == pytest.approx(1 / 2)
    assert figures([rare])["common_recall_35"][0] == pytest.approx(1)
    assert found["by_defect"]["glare"]["defect_recall"] == [0.5, 2]
    assert found["by_defect"]["glare"]["defect_recall_35"] == [pytest.approx(1 / 3), 3]
    assert found["by_defect"]["glare"]["defect_precision"] == [1.0, 1]


def test_the_right_action_follows_what_is_lost_and_why():
    lost = {"nik": field(exact=False, truly=False), "nama": field()}
    # What ours read rightly from ink that is there can be read; from none it is chance.
    seen = {"nik": field(truly=False), "nama": field()}
    guessed = {"nik": field(readable=False, truly=False, visible=False), "nama": field()}
    assert right_actions(row(fields=seen)) == {"accept", "check_data"}
    assert right_actions(row(fields=guessed)) == {"retake"}
    assert right_actions(row()) == {"accept", "check_data"}
    assert right_actions(row(true={"stain": (0.9, ["nik"])})) == {"accept", "check_data"}
    assert right_actions(row(true={"photocopy": (0.9, ["card"])})) == {"retake"}
    assert "retake" in right_actions(row(true={"photocopy": (0.2, ["card"])}))
    assert "retake" not in right_actions(row(true={"stain": (0.2, ["card"])}))
    assert right_actions(row(fields=lost, true={"glare": (0.9, ["nik"])})) == {"retake"}
    # One shot of a stain is no reason for a trip to the office.
    stain = row(fields=lost)
    stain["true"]["stain"] = ["card", 0.9, ["nik"]]
    assert right_actions(stain) == {"retake"}
    crack = row(fields=lost)
    crack["true"]["crack"] = ["card", 0.9, ["nik"]]
    assert right_actions(crack) == {"replace_card"}
    crack["true"]["glare"] = ["capture", 0.9, ["nik"]]
    assert right_actions(crack) == {"replace_card", "retake"}
    assert figures([crack | {"action": "accept"}, row()])["action_right"][0] == pytest.approx(0.5)


def test_a_told_defect_is_right_when_there_is_some_of_it():
    rows = [
        row(told={"shadow": 0.7}, true={"shadow": (0.15, ["nik"])}),
        row(told={"shadow": 0.7}, true={"shadow": (0.05, ["nik"])}),
        row(told={"shadow": 0.7, "stain": 0.9}),
        # Named too faintly to count.
        row(told={"shadow": 0.3}),
    ]
    found = figures(rows)
    assert found["defect_precision"][0] == pytest.approx(1 / 4)
    assert found["by_defect"]["shadow"]["defect_precision"] == [pytest.approx(1 / 3), 3]
    assert found["by_defect"]["shadow"]["defect_recall"] is None
    assert found["clean_false_alarm"][0] == pytest.approx(3 / 4)
    assert told_in(rows[3]) == {}


def test_a_scratch_is_one_fault_wherever_it_lies():
    rows = [row("card_fault", told={"scratch_other": 0.6}, true={"scratch_nik": (0.8, ["nik"])})]
    found = figures(rows)
    assert found["by_defect"]["scratch_other"]["defect_precision"] == [1.0, 1]
    assert found["by_defect"]["scratch_nik"]["defect_recall"] == [0.0, 1]


def test_portraits_that_are_cut_off_do_not_count_and_missed_ones_do():
    rows = [row(portrait_iou=None, face_iou=None), row(portrait_iou=0.9, face_iou=0.0)]
    found = figures(rows)
    assert found["portrait_iou_mean"][0] == pytest.approx(0.9)
    assert found["portrait_iou_ge_80"][0] == 1.0
    assert found["face_iou_ge_50"][0] == 0.0


def test_severity_bands_go_by_the_worst_defect_and_scenes_leave_faults_out():
    wrong = {"nik": field(exact=False, readable=False, truly=False), "nama": field()}
    rows = [
        row(true={"glare": (0.25, ["nik"])}),
        row("pose", "tiny", "tiny", true={"low_resolution": (0.6, ["nik"])}, fields=wrong),
        row("card_fault", "stain", true={"stain": (1.0, ["nik"]), "glare": (0.1, [])}),
    ]
    found = figures(rows)
    assert {name: of["captures"] for name, of in found["by_severity"].items()} == {
        "0.00 to 0.25": 1,
        "0.50 to 0.75": 1,
        "0.75 to 1.00": 1,
    }
    assert found["by_severity"]["0.50 to 0.75"]["fields_exact"] == 0.5
    assert found["by_severity"]["0.50 to 0.75"]["readable_coverage"] == 1.0
    assert list(found["by_scene"]) == ["desk", "tiny"]
    assert set(by_group(rows)) == {"clean/desk", "pose/tiny", "card_fault/stain"}


def test_figures_survive_a_run_of_negatives_alone_and_go_into_json():
    found = figures([{"group": "negative", "kind": "texture", "found": True}])
    assert found["negatives_called_card"][0] == 1.0
    assert math.isnan(found["fields_exact"][0])
    json.dumps(figures([row(), {"group": "negative", "kind": "noise", "found": False}]))


def test_other_cards_count_only_where_there_are_some():
    rows = [row(), row(other=0.02), row(other=0.97)]
    assert figures(rows)["other_card_taken"][0] == pytest.approx(0.5)


def test_the_plan_is_the_same_for_a_longer_run_and_shows_every_scene():
    assert plan("test", 40) == plan("test", 90)[:40]
    assert {one.kind for one in plan("test", 800) if one.group == "pose"} == set(POSES)


def test_polygons_overlap_as_areas_do():
    square = np.array([[0, 0], [2, 0], [2, 2], [0, 2]], float)
    assert polygon_iou(square, square) == pytest.approx(1)
    assert polygon_iou(square, square + np.array([1, 0])) == pytest.approx(1 / 3)
    assert polygon_iou(square, square + np.array([5, 5])) == 0
    assert polygon_iou(square, square[::-1]) == pytest.approx(1)


def test_ranks_calibration_and_intervals():
    assert auroc([0.1, 0.4, 0.35, 0.8], [False, False, True, True]) == pytest.approx(0.75)
    assert auroc([0.5, 0.5], [True, False]) == pytest.approx(0.5)
    assert ece([1.0, 1.0, 0.0, 0.0], [True, False, False, False]) == pytest.approx(0.25)
    value, low, high = interval([[1.0]] * 5 + [[0.0]] * 5)
    assert low < value == 0.5 < high


def test_the_readme_shows_breakdowns_of_a_run_that_has_them(monkeypatch):
    rows = [
        row("capture_fault", "glare", told={"glare": 0.6}, true={"glare": (0.8, ["nik"])}),
        row("pose", "several", "several", other=0.0),
        {"group": "negative", "kind": "noise", "found": False},
    ]
    run = {"n": 3, "split": "test", "version": "9", "date": "2026-01-01", "figures": figures(rows)}
    monkeypatch.setattr(readme, "latest", lambda bench: run if bench == "accuracy" else None)
    text = readme.figures()
    assert "| `glare` | 100% of 1 | 100% of 1 | 100% of 1 |" in text
    assert "| `several` | 1 | 0.990 | 100.0% | 100.0% | 100.0% |" in text
    assert "another one taken | 0.0%" in text


def test_attributions_are_counted_by_truth_and_commitment():
    one = Tally(Counter({("card", "card"): 3, ("card", "capture"): 1, ("imagined", "card"): 2}))
    both = one + Tally(Counter({("capture", "undetermined"): 2, ("card", "card"): 1}))
    assert one.figures() == {"told": 4, "undetermined": 0, "right": 3}
    assert both.figures() == {"told": 7, "undetermined": 2, "right": 4}
    assert "right 4/5 = 0.800; undetermined 0.286" in both.line("both")


def test_the_sentence_on_several_shots_is_made_from_the_run(monkeypatch):
    part = {"told": 20, "undetermined": 2, "right": 17}
    read = {
        "readable together": 30,
        "right of these": 29,
        "readable in one shot": 80,
        "right of one": 79,
    }
    run = {"split": "test", "n": 4, "shots": 3}
    run["figures"] = {"one": part, "several": part, "required": read}
    monkeypatch.setattr(readme, "latest", {"shots": run}.get)
    text = readme.shots()
    assert "--split test --n 4`" in text
    assert "17 of the other 18" in text
    assert "29 of 30 are exactly right" in text
    assert "79 of 80" in text
