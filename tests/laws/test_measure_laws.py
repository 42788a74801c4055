"""Laws of the measures on a drawn card: a worse picture never measures better."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from ktpcheck.geometry import UInt8
from ktpcheck.measures import MEASURES, measure
from ktpcheck.records import Measure

sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))
import itertools

from drawn_card import pixels, regions, scene

FIELDS_SEEN = ("nik", "nama", "agama", "kewarganegaraan")


def measured(card_pixels: UInt8) -> dict[str, Measure]:
    photo, card = scene(card_pixels)
    return measure(photo, card, regions())


def blurred(sigma: float) -> UInt8:
    return np.asarray(cv2.GaussianBlur(pixels(), (0, 0), sigma), np.uint8)


def noisy(picture: UInt8, sigma: float, seed: int = 0) -> UInt8:
    rng = np.random.default_rng(seed)
    return np.clip(picture + rng.normal(0, sigma, picture.shape), 0, 255).astype(np.uint8)


def rising(values: list[float], slack: float = 0.0) -> bool:
    return all(b >= a - slack for a, b in itertools.pairwise(values))


@pytest.mark.parametrize("noise", [0.0, 10.0])
def test_more_blur_never_lowers_edge_width(noise: float) -> None:
    runs = [measured(noisy(blurred(s), noise)) for s in (0.5, 1.5, 2.5, 3.5, 5.0, 7.0)]
    for key in (*FIELDS_SEEN, "card"):
        assert rising([run["edge_width"].regions[key] for run in runs]), key


def test_edge_width_hardly_moves_with_noise_or_contrast() -> None:
    clean = measured(pixels())["edge_width"].regions
    grainy = measured(noisy(pixels(), 15))["edge_width"].regions
    pale = measured((215 - (215 - pixels().astype(float)) * 0.35).astype(np.uint8))
    for key in FIELDS_SEEN:
        assert grainy[key] == pytest.approx(clean[key], rel=0.1)
        assert pale["edge_width"].regions[key] == pytest.approx(clean[key], rel=0.1)


def test_less_ink_never_raises_contrast() -> None:
    runs = []
    for share in (0.2, 0.4, 0.6, 0.8, 1.0):
        pale = 210 - (210 - pixels().astype(float)) * share
        runs.append(measured(pale.clip(0, 255).astype(np.uint8)))
    for name in ("ink_contrast", "ink_michelson"):
        for key in FIELDS_SEEN:
            assert rising([run[name].regions[key] for run in runs]), (name, key)


def test_michelson_hardly_moves_with_exposure() -> None:
    full = measured(pixels())["ink_michelson"].regions
    dark = measured((pixels() * 0.4).astype(np.uint8))["ink_michelson"].regions
    for key in FIELDS_SEEN:
        assert dark[key] == pytest.approx(full[key], abs=0.03)


def test_more_light_never_lowers_clipping_or_level() -> None:
    runs = [
        measured((pixels().astype(float) * k).clip(0, 255).astype(np.uint8))
        for k in (0.05, 0.3, 1.0, 1.3, 1.8)
    ]
    assert rising([run["clipped_high"].regions["card"] for run in runs])
    assert rising([run["ground_level"].regions["card"] for run in runs])
    assert rising([-run["clipped_low"].regions["card"] for run in runs])
    assert runs[0]["clipped_low"].regions["card"] > 0.9
    assert runs[-1]["clipped_high"].regions["card"] > 0.5


def test_noise_is_measured_as_it_is() -> None:
    values = [
        measured(noisy(pixels(), sigma))["noise"].regions["card"] for sigma in (2, 4, 8, 12, 16)
    ]
    assert rising(values)
    # Luma of three independent channels has 0.67 of the noise of each.
    assert values[2] == pytest.approx(8 * 0.67, rel=0.2)


@pytest.mark.parametrize("name", sorted(MEASURES))
def test_what_lies_outside_the_photo_never_measures_as_good(name: str) -> None:
    """Cut off left of the values: their measures are NaN, not those of a smeared border."""
    photo, card = scene(pixels(), cut_left=1000)
    run = measure(photo, card, regions())
    assert set(run[name].regions) == {*regions(), "portrait", "card"}
    assert run[name].map.dtype == np.float32
    assert run["outside"].regions["nik"] == 1.0
    if not MEASURES[name].geometric:
        assert np.isnan(run[name].regions["nik"])
