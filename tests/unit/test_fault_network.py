"""The network that sees faults: what it is shown, and what comes out."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from ktpcheck.measures import MEASURES, PROBABILITY, FaultNetwork, Seen
from ktpcheck.measures.network import SHAPE, inputs_of, without_other_things
from ktpcheck.weights import find_model
from tests.unit.drawn_card import FAULTS, pixels, placement, scene


@cache
def seen() -> Seen:
    return FaultNetwork()(scene(pixels())[1], placement().lines)


def test_it_is_shown_the_card_its_print_and_its_frame() -> None:
    _, card = scene(pixels())
    shown = inputs_of(card, placement().lines)
    assert shown.shape == (5, *SHAPE)
    assert shown.dtype == np.uint8
    assert np.abs(shown[:3].mean(axis=(1, 2)) - card.pixels.mean(axis=(0, 1))).max() < 1
    printed = shown[3]
    assert (printed[placement().portrait.slices(SHAPE)] == 64).mean() > 0.9
    assert (printed[placement().labels["nik"].slices(SHAPE)] == 128).all()
    assert (printed[placement().lines["nama"][0].slices(SHAPE)] == 255).all()
    assert (shown[4] == 255).all()


def test_it_is_told_what_lies_outside_the_photo() -> None:
    _, card = scene(pixels(), cut_left=745)  # half of the card
    inside = inputs_of(card, placement().lines)[4]
    assert (inside[:, : SHAPE[1] // 2 - 4] == 0).all()
    assert (inside[:, SHAPE[1] // 2 + 4 :] == 255).all()


def test_every_fault_has_a_map_of_probabilities() -> None:
    assert set(seen().maps) == set(FAULTS)
    for plane in seen().maps.values():
        assert plane.shape == (52, 84)
        assert plane.dtype == np.float32
        assert 0 <= plane.min() <= plane.max() <= 1


def test_the_same_card_looks_the_same() -> None:
    again = FaultNetwork()(scene(pixels())[1], placement().lines)
    for name, plane in seen().maps.items():
        assert np.array_equal(plane, again.maps[name])


def test_the_report_can_say_which_weights_it_was() -> None:
    assert FaultNetwork().models == {"defects": f"sha256:{find_model('defects').sha256}"}


def _maps(**places: tuple[slice, float]) -> dict[str, np.ndarray]:
    """Maps in which faults fill some columns of the first rows, so surely."""
    maps = {name: np.zeros((52, 84), np.float32) for name in FAULTS}
    for name, (columns, value) in places.items():
        maps[name][:10, columns] = value
    return maps


@pytest.mark.parametrize("other", ["occluded", "stain", "glare"])
def test_what_hangs_together_with_a_sure_cover_is_no_break(other: str) -> None:
    finger = _maps(broken=(slice(0, 8), 0.95), **{other: (slice(8, 14), 0.9)})
    assert without_other_things(finger).max() == 0
    # Something else elsewhere, or not so surely, takes nothing away.
    apart = _maps(broken=(slice(0, 8), 0.95), **{other: (slice(60, 70), 0.9)})
    doubtful = _maps(broken=(slice(0, 8), 0.95), **{other: (slice(8, 14), 0.7)})
    # A fingertip holds a card that is broken through.
    held = _maps(broken=(slice(0, 82), 0.95), **{other: (slice(82, 84), 0.9)})
    for maps in (apart, doubtful, held):
        assert np.array_equal(without_other_things(maps), maps["broken"])


@pytest.mark.parametrize("row", [r for r in MEASURES.values() if r.unit == PROBABILITY])
def test_every_map_that_is_a_measure_exists(row) -> None:
    class View:
        seen = seen()

    assert row.draw(View()).shape == (52, 84)


def test_the_file_is_small() -> None:
    assert find_model("defects").path.stat().st_size < 2_100_000
