"""What holds for any photo: turning, scaling and dimming it change the outline as they must."""

from functools import lru_cache

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ktpcheck.geometry import CARD_HEIGHT_MM, CARD_WIDTH_MM, Float32, UInt8, jaccard
from ktpcheck.outline import CardFinder
from ktpcheck.records import NoCard, Outline, Photo, Placement
from ktpcheck.register import ACCEPT, find_outline
from ktpcheck.synth import make_capture

FINDER = CardFinder()


@lru_cache(maxsize=1)
def drawn() -> tuple[UInt8, Float32]:
    capture = make_capture(51, "train", size_px=(1200, 900))
    return capture.pixels, capture.outline.corners_px


def find(pixels: UInt8) -> tuple[Outline, Placement] | NoCard:
    return find_outline(Photo(np.ascontiguousarray(pixels), "law", None, "", "PNG"), FINDER)


def outline(pixels: UInt8) -> Outline:
    result = find(pixels)
    assert not isinstance(result, NoCard)
    return result[0]


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_turning_the_photo_turns_the_corners(quarters: int) -> None:
    pixels, _ = drawn()
    height, width = pixels.shape[:2]
    at = outline(pixels).corners_px
    for _ in range(quarters):
        # A quarter anticlockwise, as np.rot90 turns.
        at = np.stack([at[:, 1], width - at[:, 0]], axis=1)
        width, height = height, width
    turned = outline(np.rot90(pixels, quarters)).corners_px
    assert np.abs(turned - at).max() < 8.0


@settings(max_examples=6, deadline=None)
@given(st.floats(0.55, 1.6))
def test_scaling_the_photo_scales_the_corners(scale: float) -> None:
    pixels, truth = drawn()
    size = (round(pixels.shape[1] * scale), round(pixels.shape[0] * scale))
    scaled = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    exact = np.array([size[0] / pixels.shape[1], size[1] / pixels.shape[0]], np.float32)
    assert jaccard(outline(np.asarray(scaled, np.uint8)).corners_px, truth * exact) > 0.97


@settings(max_examples=6, deadline=None)
@given(st.floats(0.35, 1.0), st.integers(0, 30))
def test_dimming_the_photo_leaves_the_outline(gain: float, lift: int) -> None:
    pixels, truth = drawn()
    dim = np.clip(pixels * gain + lift, 0, 255).astype(np.uint8)
    assert jaccard(outline(dim).corners_px, truth) > 0.97


def test_a_grey_photo_is_as_good() -> None:
    pixels, truth = drawn()
    grey = np.repeat(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    assert jaccard(outline(np.asarray(grey, np.uint8)).corners_px, truth) > 0.97


def test_the_mirror_image_of_a_card_is_no_card() -> None:
    pixels, _ = drawn()
    assert isinstance(find(pixels[:, ::-1]), NoCard)
    assert isinstance(find(pixels[::-1]), NoCard)


def test_corners_run_clockwise_and_the_score_is_a_share() -> None:
    found = outline(drawn()[0])
    assert cv2.contourArea(found.corners_px, oriented=True) > 0
    assert ACCEPT <= found.score <= 1
    assert set(found.sides) == {"top", "right", "bottom", "left"}


def test_every_box_lies_on_the_card() -> None:
    result = find(drawn()[0])
    assert not isinstance(result, NoCard)
    placement = result[1]
    boxes = [box for several in placement.lines.values() for box in several]
    for box in [*boxes, *placement.labels.values(), placement.portrait]:
        assert 0 <= box.x0 < box.x1 <= CARD_WIDTH_MM
        assert 0 <= box.y0 < box.y1 <= CARD_HEIGHT_MM
    assert all(-1 <= value <= 1 for value in placement.agreement.values())


def test_finding_twice_finds_the_same_and_leaves_the_photo() -> None:
    pixels, _ = drawn()
    before = pixels.copy()
    first, second = outline(pixels), outline(pixels)
    assert np.array_equal(first.corners_px, second.corners_px)
    assert first.score == second.score
    assert np.array_equal(pixels, before)


@settings(max_examples=25, deadline=None)
@given(
    st.integers(1, 300),
    st.integers(1, 300),
    st.integers(0, 255),
    st.integers(0, 120),
    st.integers(0, 2**31),
)
def test_no_picture_raises_and_noise_is_no_card(
    width: int, height: int, level: int, spread: int, seed: int
) -> None:
    noise = np.random.default_rng(seed).normal(level, spread, (height, width, 3))
    result = find(np.clip(noise, 0, 255).astype(np.uint8))
    assert isinstance(result, NoCard)
    assert 0 <= result.score < ACCEPT


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (4000, 1), (2, 2), (5000, 3)])
def test_pictures_of_hardly_a_pixel_are_no_card(shape: tuple[int, int]) -> None:
    assert isinstance(find(np.full((*shape, 3), 128, np.uint8)), NoCard)
