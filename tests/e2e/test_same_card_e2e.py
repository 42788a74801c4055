"""``ktpcheck check --same-card`` in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import cv2
import pytest
from jsonschema import Draft202012Validator

from ktpcheck.report import schema
from ktpcheck.synth import make_capture


@pytest.fixture(scope="module")
def photos(tmp_path_factory) -> Path:
    """Two shots of a card with print gone, one under glare, and another person's card."""
    folder = tmp_path_factory.mktemp("photos")
    for name, seed, shot, defects in (
        ("one.jpg", 31_001, 0, {"text_missing@nama": 0.8, "glare@nik": 0.7}),
        ("two.jpg", 31_001, 1, {"text_missing@nama": 0.8}),
        ("stranger.jpg", 31_002, 0, {}),
    ):
        capture = make_capture(seed, "validation", defects=defects, size_px=(1600, 1200), shot=shot)
        cv2.imwrite(str(folder / name), cv2.cvtColor(capture.pixels, cv2.COLOR_RGB2BGR))
    return folder


def check(photos: Path, *names: str) -> tuple[int, dict]:
    command = [sys.executable, "-m", "ktpcheck", "check", "--same-card", "--json", *names]
    command += ["--report", "page.html"]
    done = subprocess.run(command, capture_output=True, timeout=240, check=False, cwd=photos)
    [line] = done.stdout.decode("utf-8").splitlines()
    return done.returncode, json.loads(line)


def test_two_shots_of_one_card(photos):
    code, line = check(photos, "one.jpg", "two.jpg")
    Draft202012Validator(schema()).validate(line)
    assert code == 3  # the name is gone from the card
    assert (line["same_card"], line["verdict"]) == ("same", "unreadable")
    nik = line["fields"]["nik"]
    # The first shot's NIK lies under glare: the value is the second's, unchanged.
    assert (nik["shot"], nik["readable"]) == (1, True)
    assert nik["text"] == line["shots"][1]["fields"]["nik"]["text"]
    assert not line["fields"]["nama"]["readable"]
    [glare] = [one for one in line["defects"] if one["id"] == "glare"]
    assert glare["cause"] == "capture"
    assert [one["state"] for one in glare["sightings"]] == ["seen", "not_seen"]
    assert "svg" in (photos / "page.html").read_text("utf-8")


def test_another_person_s_card_is_refused(photos):
    code, line = check(photos, "two.jpg", "stranger.jpg")
    Draft202012Validator(schema()).validate(line)
    assert code == 3
    assert line["verdict"] == "different_cards"
    assert "nik" in line["pairs"][0]["reasons"]
    assert line["fields"] == {}
