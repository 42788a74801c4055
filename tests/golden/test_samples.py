"""The samples get the verdict a person would give them, and nothing is read that is not there."""

import json
from pathlib import Path

import numpy as np
import pytest

from ktpcheck import Checker, load_photo
from ktpcheck.geometry import jaccard

SAMPLES = Path(__file__).parents[2] / "samples"
TRUTH = {
    row["file"]: row for row in map(json.loads, (SAMPLES / "truth.jsonl").read_text().splitlines())
}
#: File to verdict, actions a person could give, and a defect that must be named.
EXPECTED = {
    "clear.jpg": ("readable", {"accept"}, None),
    "glare_on_nik.jpg": ("unreadable", {"retake"}, ("glare", "nik")),
    "blurred.jpg": ("unreadable", {"retake"}, ("blur_motion", None)),
    "cut_off.jpg": (None, {"retake"}, ("cropped", None)),
    "scratched.jpg": ("unreadable", {"retake", "replace_card"}, ("scratch_nik", "nik")),
    # One photo does not prove fading: another angle first.
    "faded.jpg": ("unreadable", {"retake"}, ("print_faded", None)),
    "rotated.jpg": ("readable", {"accept"}, None),
    "photocopy.jpg": (None, {"retake"}, ("photocopy", None)),
    "not_a_card.jpg": ("no_card", {"retake"}, None),
}


@pytest.fixture(scope="module")
def reports():
    check = Checker()
    return {name: check(load_photo(SAMPLES / name)) for name in EXPECTED}


def test_every_sample_is_expected_something_of():
    assert set(TRUTH) == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_verdict(reports, name):
    verdict, actions, defect = EXPECTED[name]
    decision = reports[name].decision
    assert verdict in (None, decision.verdict)
    assert decision.action in actions
    if defect:
        told = {found.id: found for found in reports[name].findings if found.severity >= 0.5}
        assert defect[0] in told
        assert defect[1] is None or defect[1] in told[defect[0]].regions


CARDS = [name for name in EXPECTED if "fields" in TRUTH[name]]


@pytest.mark.parametrize("name", CARDS)
def test_outline(reports, name):
    corners = reports[name].outline.corners_px
    assert jaccard(corners, np.float32(TRUTH[name]["outline_px"])) > 0.95


@pytest.mark.parametrize("name", CARDS)
def test_what_is_called_readable_is_right(reports, name):
    report, truth = reports[name], TRUTH[name]
    for key, judged in report.decision.fields.items():
        if judged.readable:
            read, printed = report.readings[key].text, truth["fields"][key]
            assert "".join(read.split()) == "".join(printed.upper().split()), key
