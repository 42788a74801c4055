"""Laws of the measures on a drawn card: a worse picture never measures better."""

from __future__ import annotations

import itertools

import cv2
import numpy as np
import pytest

from ktpcheck.geometry import UInt8
from ktpcheck.measures import MEASURES, FaultNetwork, measure
from ktpcheck.records import Measure, Photo
from ktpcheck.rectify import rectify
from ktpcheck.synth import make_capture
from tests.unit.drawn_card import pixels, regions, scene, seen

FIELDS_SEEN = ("nik", "nama", "agama", "kewarganegaraan")


def measured(card_pixels: UInt8) -> dict[str, Measure]:
    photo, card = scene(card_pixels)
    return measure(photo, card, regions(), seen())


def blurred(sigma: float) -> UInt8:
    return np.asarray(cv2.GaussianBlur(pixels(), (0, 0), sigma), np.uint8)


def noisy(picture: UInt8, sigma: float, seed: int = 0) -> UInt8:
    rng = np.random.default_rng(seed)
    return np.clip(picture + rng.normal(0, sigma, picture.shape), 0, 255).astype(np.uint8)


def rising(values: list[float], slack: float = 0.0) -> bool:
    return all(b >= a - slack for a, b in itertools.pairwise(values))


@pytest.mark.parametrize("noise", [0.0, 10.0])
def test_more_blur_never_lowers_edge_width(noise: float) -> None:
    runs = [measured(noisy(blurred(s), noise)) for s in (0.5, 1.0, 1.5, 2.5, 3.5, 5.0)]
    for key in (*FIELDS_SEEN, "card"):
        assert rising([run["edge_width"].regions[key] for run in runs]), key


def shaken(length: int, *, upright: bool) -> UInt8:
    kernel = np.full((length, 1) if upright else (1, length), 1 / length, np.float32)
    return np.asarray(cv2.filter2D(pixels(), -1, kernel), np.uint8)


@pytest.mark.parametrize("upright", [False, True])
def test_more_shake_never_lowers_edge_width_or_anisotropy(upright: bool) -> None:
    runs = [measured(shaken(length, upright=upright)) for length in (5, 9, 13, 21)]
    for name in ("edge_width", "anisotropy"):
        assert rising([run[name].regions["card"] for run in runs]), name
    along = runs[-1]["blur_direction"].regions["card"]
    off = abs(along - (90 if upright else 0)) % 180
    assert min(off, 180 - off) < 15


def veiled(strength: float, *, x: float = 600, y: float = 180, radius: float = 150) -> UInt8:
    """Light added in linear light around a point of the canvas."""
    rows, columns = np.mgrid[0 : pixels().shape[0], 0 : pixels().shape[1]]
    spot = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / 2 / radius**2)
    light = (pixels() / 255.0) ** 2.2 + strength * spot[..., None]
    return (np.clip(light, 0, 1) ** (1 / 2.2) * 255).astype(np.uint8)


def test_more_reflection_never_lowers_glare_where_it_is_and_only_there() -> None:
    runs = [measured(veiled(s)) for s in (0.0, 0.1, 0.2, 0.4, 0.8, 1.6)]
    glare = [run["glare"].regions for run in runs]
    assert rising([g["nik"] for g in glare])
    assert glare[0]["card"] < 0.005
    assert glare[-1]["nik"] > 0.8
    assert max(g["berlaku_hingga"] for g in glare) < 0.02


def test_a_brighter_light_on_the_card_is_no_glare() -> None:
    rows, columns = np.mgrid[0 : pixels().shape[0], 0 : pixels().shape[1]]
    lamp = 0.6 + 0.5 * np.exp(-((columns - 600) ** 2 + (rows - 180) ** 2) / 2 / 250.0**2)
    light = (pixels() / 255.0) ** 2.2 * lamp[..., None]
    lit = (np.clip(light, 0, 1) ** (1 / 2.2) * 255).astype(np.uint8)
    assert measured(lit)["glare"].regions["nik"] < 0.08


def test_a_grey_copy_has_no_colour_under_any_light() -> None:
    grey = np.repeat(cv2.cvtColor(pixels(), cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    warm = (grey * np.array([1.0, 0.93, 0.8])).astype(np.uint8)
    card = measured(pixels())["colourfulness"].regions["card"]
    for copy in (grey, warm):
        assert measured(copy)["colourfulness"].regions["card"] < card / 4


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
    run = measure(photo, card, regions(), seen())
    assert set(run[name].regions) == {*regions(), "portrait", "card"}
    assert run[name].map.dtype == np.float32
    assert run["outside"].regions["nik"] == 1.0
    if not MEASURES[name].everywhere:
        assert np.isnan(run[name].regions["nik"])


#: A simulated defect, and the measure and region it shows in.
SIMULATED = (
    ("glare@nik", "glare", "nik", 1),
    ("blur_focus", "edge_width", "card", 1),
    ("blur_motion", "shake_width", "card", 1),
    ("too_dark", "ground_level", "card", -1),
    ("too_bright", "clipped_high", "card", 1),
    ("shadow@nama", "shadow", "nama", 1),
    ("low_resolution", "letter_height", "card", -1),
    ("cropped", "outside", "card", 1),
    ("occluded@nik", "cover_seen", "nik", 1),
    ("skew", "tilt", "card", 1),
    ("photocopy", "colourfulness", "card", -1),
    ("compression", "quantisation", "card", 1),
    ("print_faded", "ink_depth", "card", -1),
    ("overlay_on_field@nama", "writing_seen", "nama", 1),
    ("crack", "crack_seen", "card", 1),
    ("laminate_bubble@nama", "blister_seen", "nama", 1),
    ("stain@nama", "stain_seen", "nama", 1),
    ("yellowed", "warmth", "card", 1),
    ("laminate_peel@alamat", "lifting_seen", "alamat", 1),
    ("broken", "break_seen", "card", 1),
    ("hole_punch", "hole_seen", "card", 1),
    ("photo_worn@portrait", "wear_seen", "portrait", 1),
)


#: Where the faults' network's probabilities end.
CEILING = 0.995


@pytest.mark.slow
@pytest.mark.parametrize(("defect", "name", "region", "sign"), SIMULATED)
def test_a_stronger_simulated_defect_ranks_higher(
    defect: str, name: str, region: str, sign: int
) -> None:
    """Spearman's rank correlation of severity and measure on one card, at least .9."""
    # Below JPEG quality 10 too few frequencies are left to read the step from.
    severities = (0.05, 0.25, 0.4, 0.6) if defect == "compression" else (0.05, 0.3, 0.55, 0.75)
    look = FaultNetwork()
    values = []
    for severity in severities:
        capture = make_capture(31, "train", defects={defect: severity}, size_px=(1200, 900))
        photo = Photo(capture.pixels, "capture", None, "", "PNG")
        card = rectify(photo, capture.outline, capture.placement)
        values.append(
            sign
            * measure(photo, card, capture.boxes, look(card, capture.boxes))[name].regions[region]
        )
    # Values that are equal in a report share their rank: nothing there yet. Surely all of it is as
    # much as can be said, of what is stronger still too.
    values = [float(f"{value:.4g}") for value in values]
    ranks = np.argsort(np.argsort(values, kind="stable")) + 1
    for value in set(values) - {CEILING}:
        same = [index for index, other in enumerate(values) if other == value]
        ranks = np.array(ranks, float)
        ranks[same] = ranks[same].mean()
    correlation = np.corrcoef(ranks, np.arange(1, len(values) + 1))[0, 1]
    assert correlation >= 0.9, values
