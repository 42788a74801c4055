"""Laws of the network that sees faults, on simulated captures: quiet when there is nothing, and
the more sure the graver the fault."""

from __future__ import annotations

import itertools
from functools import cache

import numpy as np
import pytest

from ktpcheck.defects import SUFFERS, find_defects
from ktpcheck.geometry import CARD_CORNERS_MM, mm_to_photo, transform
from ktpcheck.measures import FaultNetwork, Seen, measure
from ktpcheck.records import Card, Outline, Photo, Reading
from ktpcheck.rectify import rectify
from ktpcheck.synth import Capture, make_capture

#: From here on a fault is likelier than not.
TOLD = 0.5

#: Print that may be missing is told from here on only where it could not be read either.
QUIET = 0.6


@cache
def network() -> FaultNetwork:
    return FaultNetwork()


def flattened(capture: Capture, off_mm: np.ndarray | float = 0.0) -> tuple[Photo, Card]:
    """With every corner of the outline found this far off."""
    photo = Photo(capture.pixels, "capture", None, "", "PNG")
    corners = transform(mm_to_photo(capture.outline.corners_px), CARD_CORNERS_MM + off_mm)
    outline = Outline(np.float32(corners), 1.0, capture.outline.sides)
    return photo, rectify(photo, outline, capture.placement)


def look(capture: Capture) -> Seen:
    return network()(flattened(capture)[1], capture.boxes)


def told(capture: Capture, off_mm: np.ndarray | float = 0.0) -> set[str]:
    """The defects that are told."""
    photo, card = flattened(capture, off_mm)
    measures = measure(photo, card, capture.boxes, network()(card, capture.boxes))
    readings = {
        key: Reading(key, value, value, 1.0, "ok", ()) for key, value in capture.fields.items()
    }
    return {one.id for one in find_defects(card, measures, readings) if one.severity >= SUFFERS}


def shown(seed: int, **defects: float) -> Capture:
    named = {name.replace("__", "@"): severity for name, severity in defects.items()}
    return make_capture(seed, "validation", defects=named, size_px=(1200, 900))


def surest(plane: np.ndarray) -> float:
    """What three square millimetres say at least."""
    return float(np.sort(plane, axis=None)[-3])


@pytest.mark.parametrize("seed", range(200, 208))
def test_a_card_without_a_fault_is_quiet(seed: int) -> None:
    assert not told(shown(seed))
    seen = look(shown(seed))
    loud = {name: surest(plane) for name, plane in seen.maps.items() if surest(plane) >= QUIET}
    assert not loud


@pytest.mark.parametrize("seed", [210, 211, 212])
def test_an_outline_that_is_a_little_off_is_no_fault(seed: int) -> None:
    rng = np.random.default_rng(seed)
    assert not told(shown(seed), rng.uniform(-0.5, 0.5, (4, 2)))


#: A fault of the simulator and the network's name of it.
FAULTS = {
    "glare__nama": "glare",
    "shadow__nama": "shadow",
    "occluded__nik": "occluded",
    "overlay_on_field__nama": "overlay_on_field",
    "scratch_nik__nik": "scratch",
    "crack": "crack",
    "laminate_peel__alamat": "laminate_peel",
    "laminate_bubble__nama": "laminate_bubble",
    "stain__alamat": "stain",
    "print_faded": "print_faded",
    "text_missing__nama": "text_missing",
    "broken": "broken",
    "hole_punch__agama": "hole_punch",
    "photo_worn": "photo_worn",
}


#: Seen the better the more lines cross print, however grave they are.
SEEN_BY_CHANCE = ("scratch_nik__nik",)


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_a_graver_fault_is_seen_no_less(fault: str) -> None:
    values = [
        surest(look(shown(220, **({fault: severity} if severity else {}))).maps[FAULTS[fault]])
        for severity in (0.0, 0.3, 0.6, 0.9)
    ]
    if fault not in SEEN_BY_CHANCE:
        assert all(b >= a - 0.1 for a, b in itertools.pairwise(values)), values
    assert values[0] < TOLD
    assert values[-1] >= TOLD
