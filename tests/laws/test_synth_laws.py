"""Laws of the simulator: more of a fault is never less of it."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest

from ktpcheck.geometry import Box, mm_to_photo
from ktpcheck.rectify import flatten
from ktpcheck.synth import make_capture

STEPS = (0.1, 0.35, 0.6, 0.85)
SIZE = (800, 600)

#: Faults that hide ink of the field they are aimed at, more with more severity.
HIDING = (
    "glare",
    "occluded",
    "overlay_on_field",
    "print_faded",
    "text_missing",
    "stain",
    "laminate_peel",
    "broken",
)


def taken(name: str, severity: float, seed: int = 3):
    return make_capture(seed, defects={name: severity}, size_px=SIZE, layout="printed")


@pytest.mark.parametrize("name", HIDING)
def test_a_stronger_fault_never_leaves_more_ink(name):
    left = [taken(f"{name}@alamat", step).visible_ink["alamat"] for step in STEPS]
    assert all(weak >= strong - 0.02 for weak, strong in pairwise(left))
    assert left[-1] < left[0] - 0.1


@pytest.mark.parametrize(
    "name", ["scratch_nik", "crack", "laminate_bubble", "hole_punch", "photo_worn", "yellowed"]
)
def test_a_stronger_fault_takes_more_room_or_goes_deeper(name):
    covered = [float(taken(name, step).masks[name].mean()) for step in STEPS]
    assert covered == sorted(covered)
    assert covered[-1] > 1.5 * covered[0]


def strokes(name: str, severity: float) -> float:
    """Energy of fine detail over the rows, display values."""
    capture = taken(name, severity)
    canvas, _ = flatten(capture.pixels, mm_to_photo(capture.outline.corners_px), 8)
    grey = cv2.cvtColor(canvas, cv2.COLOR_RGB2GRAY).astype(np.float32)
    part = grey[Box(22, 14, 55, 44).slices(grey.shape)]
    return float(np.abs(part - cv2.GaussianBlur(part, (0, 0), 2)).mean())


@pytest.mark.parametrize("name", ["blur_focus", "blur_motion"])
def test_more_blur_leaves_less_detail(name):
    detail = [strokes(name, step) for step in STEPS]
    assert detail == sorted(detail, reverse=True)
    assert detail[-1] < 0.6 * detail[0]


def test_darker_is_darker_and_brighter_is_brighter():
    dark = [float(taken("too_dark", step).pixels.mean()) for step in STEPS]
    bright = [float(taken("too_bright", step).pixels.mean()) for step in STEPS]
    assert dark == sorted(dark, reverse=True)
    assert bright == sorted(bright)


def test_lower_resolution_is_a_smaller_card():
    sizes = [float(taken("low_resolution", step).info["px_per_mm"]) for step in STEPS[1:]]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] < 4


def test_most_glare_is_a_veil_and_not_saturated():
    veils = clipped = 0.0
    for seed in range(4):
        capture = make_capture(seed, defects={"glare": 0.5}, size_px=SIZE)
        plain = make_capture(seed, defects={}, size_px=SIZE)
        lifted = capture.pixels.min(axis=2).astype(int) - plain.pixels.min(axis=2) > 12
        veils += float(lifted.sum())
        clipped += float((capture.pixels.min(axis=2) >= 250)[lifted].sum())
    assert 0 < clipped < 0.5 * veils
