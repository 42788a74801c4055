import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ktpcheck.geometry import (
    CARD_CORNERS_MM,
    CARD_HEIGHT_MM,
    CARD_WIDTH_MM,
    Box,
    jaccard,
    mm_to_photo,
    transform,
)

QUAD = np.float32([[190, 216], [604, 105], [664, 420], [270, 442]])


def test_corners_map_to_corners():
    assert np.allclose(transform(mm_to_photo(QUAD), CARD_CORNERS_MM), QUAD, atol=1e-3)


@pytest.mark.parametrize(
    "corners",
    [
        [[0, 0], [1, 1], [2, 2], [0, 5]],
        [[0, 0], [0, 0], [5, 5], [0, 5]],
        [[0, 0], [np.nan, 0], [5, 5], [0, 5]],
        [[0, 0], [5, 0], [5, 5]],
    ],
)
def test_no_homography_of_a_degenerate_quad(corners):
    with pytest.raises(ValueError, match="corners"):
        mm_to_photo(np.float32(corners))


@given(st.integers(0, 2**32 - 1))
def test_a_quad_overlaps_itself_wholly(seed):
    quad = 2 * QUAD + np.random.default_rng(seed).normal(0, 60, (4, 2)).astype(np.float32)
    assert jaccard(quad, quad) == pytest.approx(1, abs=1e-4)
    assert jaccard(np.roll(quad, 1, axis=0), quad) == pytest.approx(1, abs=1e-4)


def test_half_a_card_is_half_the_overlap():
    half = CARD_CORNERS_MM * np.float32([0.5, 1])
    assert jaccard(half, CARD_CORNERS_MM) == pytest.approx(0.5, abs=1e-4)
    assert jaccard(CARD_CORNERS_MM + 500, CARD_CORNERS_MM) == 0


def test_box_slices_are_never_empty_and_stay_inside():
    for box in (Box(-5, -5, -1, -1), Box(90, 60, 95, 70), Box(3, 3, 3, 3)):
        rows, columns = box.slices((54, 86))
        assert 0 <= rows.start < rows.stop <= 54
        assert 0 <= columns.start < columns.stop <= 86


def test_box_moves_grows_and_joins():
    box = Box(1, 2, 3, 5)
    assert box.shifted(1, -1) == Box(2, 1, 4, 4)
    assert box.grown(1, 2) == Box(0, 0, 4, 7)
    assert box.union(Box(0, 4, 2, 9)) == Box(0, 2, 3, 9)
    assert (box.width, box.height) == (2, 3)
    whole = Box(0, 0, CARD_WIDTH_MM, CARD_HEIGHT_MM)
    assert np.allclose(whole.corners_mm, CARD_CORNERS_MM)
