"""Line crops: what they say was printed is what is seen, and what is hidden is said to be."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ktpcheck.layout import LINES, ROW_LABELS
from ktpcheck.synth import LINE_DEFECTS, SPLITS, TRAINING_SPLITS, make_lines


def lines(n=24, split="train", seed=1, **how):
    return list(make_lines(seed, split, n, **how))


def share_visible(crops) -> float:
    return float(np.mean([flag for crop in crops for flag in crop.visible]))


def test_crops_are_as_a_reader_takes_them_and_of_every_line():
    crops = lines(240)
    assert {crop.key for crop in crops} == set(LINES)
    for crop in crops:
        assert crop.pixels.shape[0] == 48
        assert crop.pixels.shape[2] == 3
        assert crop.pixels.dtype == np.uint8
        assert len(crop.visible) == len(crop.text) > 0
        assert set(crop.defects) <= set(LINE_DEFECTS)
    assert {name for crop in crops for name in crop.defects} == set(LINE_DEFECTS)
    assert 0.2 < np.mean([not crop.defects for crop in crops]) < 0.5


def test_no_nik_could_be_anybodys():
    """Random digits, so that no serial is learned, of a month that does not exist."""
    found = [crop.text for crop in lines(60) if crop.key == "nik"]
    assert found
    assert all(len(text) == 16 and int(text[8:10]) > 12 for text in found)
    assert len({text[-4:] for text in found}) > len(found) / 2


def test_every_character_stands_in_its_place():
    for crop in lines(30):
        assert len(crop.spans) == len(crop.text) == len(crop.visible)
        starts = [start for start, _ in crop.spans]
        assert starts == sorted(starts)
        assert all(start < end for start, end in crop.spans)


def test_values_with_and_without_their_colon():
    rows = [crop.text for crop in lines(200) if crop.key in ROW_LABELS]
    assert 0.04 < np.mean([text.startswith(":") for text in rows]) < 0.25


def test_the_same_seed_gives_the_same_bytes_and_longer_runs_begin_alike():
    first, again, longer = lines(8), lines(8), lines(14)
    for one, two, three in zip(first, again, longer, strict=False):
        assert np.array_equal(one.pixels, two.pixels)
        assert np.array_equal(one.pixels, three.pixels)
        assert one.text == two.text == three.text
        assert one.visible == two.visible
    assert not np.array_equal(first[0].pixels, lines(1, seed=2)[0].pixels)
    assert not np.array_equal(first[0].pixels, lines(1, split="validation")[0].pixels)


def test_what_trains_cannot_ask_for_test_material():
    # Refused at once, not at the first crop.
    with pytest.raises(ValueError, match="for training"):
        make_lines(1, "test", 1)
    with pytest.raises(ValueError, match="no melted"):
        make_lines(1, "train", 1, defects={"melted": 0.5})
    assert set(SPLITS) - set(TRAINING_SPLITS) == {"test"}


def test_clean_lines_are_all_visible_and_dark_on_light_where_a_character_stands():
    for crop in lines(30, defects={}):
        assert all(crop.visible), crop.text
        grey = cv2.cvtColor(crop.pixels, cv2.COLOR_RGB2GRAY).astype(float)
        assert np.percentile(grey, 3) < 0.75 * np.percentile(grey, 80)


@pytest.mark.parametrize(
    "name",
    ["text_missing", "laminate_peel", "glare", "occluded", "print_faded", "too_bright", "too_dark"],
)
def test_more_of_what_hides_leaves_less(name):
    left = [share_visible(lines(16, defects={name: severity})) for severity in (0.2, 0.6, 0.95)]
    assert left[0] > 0.8
    assert left[0] >= left[1] >= left[2]
    assert left[2] < left[0] - 0.15


@pytest.mark.parametrize("name", ["blur_focus", "blur_motion"])
def test_strokes_that_have_run_together_are_not_visible(name):
    assert share_visible(lines(16, defects={name: 0.25})) > 0.97
    assert share_visible(lines(16, defects={name: 0.95})) < 0.6


@pytest.mark.parametrize("name", LINE_DEFECTS)
def test_every_defect_changes_the_picture(name):
    changed = 0
    for plain, faulty in zip(lines(4, defects={}), lines(4, defects={name: 0.8}), strict=True):
        assert plain.text == faulty.text
        size = plain.pixels.shape[1::-1]
        other = cv2.resize(faulty.pixels, size).astype(int)
        changed += float(np.abs(plain.pixels.astype(int) - other).mean()) > 2
    assert changed >= 3


def test_a_hidden_character_has_no_stroke_where_it_stood():
    """Of a half missing line the dark columns lie under the characters said to be there."""
    checked = 0
    for crop in lines(40, defects={"text_missing": 0.8}):
        flags = [flag for flag, char in zip(crop.visible, crop.text, strict=True) if char != " "]
        if crop.key != "nik" or all(flags) or not any(flags):
            continue
        grey = cv2.cvtColor(crop.pixels, cv2.COLOR_RGB2GRAY).astype(float)[8:40]
        width = grey.shape[1]
        dark = np.array(
            [
                np.ptp(grey[:, int(width * (i + 0.25) / 16) : int(width * (i + 0.75) / 16)])
                for i in range(16)
            ]
        )
        seen = np.array(flags)
        checked += 1
        assert dark[seen].mean() > dark[~seen].mean()
    assert checked >= 2
