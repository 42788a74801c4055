"""Quads: found where drawn rectangles lie, on plain and busy grounds, whole and cut."""

import cv2
import numpy as np
import pytest

from ktpcheck.geometry import CARD_HEIGHT_MM, CARD_WIDTH_MM, Float32, UInt8, jaccard
from ktpcheck.outline import find_quads, find_small_quads, reduce_photo
from ktpcheck.outline.blobs import find_blobs
from ktpcheck.outline.cut import RATIO, completed_card
from ktpcheck.outline.lines import find_lines
from ktpcheck.outline.quads import ratios

TILTED = np.array([[420, 300], [1180, 380], [1130, 880], [360, 770]], np.float32)


def ground(kind: str, size: tuple[int, int] = (1600, 1200)) -> UInt8:
    width, height = size
    picture = np.full((height, width, 3), (92, 66, 48), np.uint8)
    if kind == "striped":
        columns = 20 * np.sin(np.arange(width) / 9.0) + 15 * np.sin(np.arange(width) / 31.0)
        picture = np.clip(picture + columns[None, :, None], 0, 255).astype(np.uint8)
    rng = np.random.default_rng(3)
    return np.clip(picture + rng.normal(0, 3, picture.shape), 0, 255).astype(np.uint8)


def with_card(picture: UInt8, corners: Float32) -> UInt8:
    """A light-blue quad, its corners in the continuous plane, laid on with soft edges."""
    height, width = picture.shape[:2]
    points = np.round((corners - 0.5) * 16).astype(np.int32)
    mask = np.zeros((height, width), np.uint8)
    cv2.fillConvexPoly(mask, points, 255, cv2.LINE_AA, 4)
    cover = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), 0.8)[..., None]
    light = np.array([188, 214, 238], np.float32)
    return np.asarray(picture * (1 - cover) + light * cover, np.uint8)


@pytest.mark.parametrize(
    ("width", "height", "factor"), [(800, 600, 1), (4000, 3000, 2), (6600, 2200, 3)]
)
def test_reduced_pictures_keep_whole_factors(width: int, height: int, factor: int) -> None:
    pixels = np.zeros((height, width, 3), np.uint8)
    reduced = reduce_photo(pixels)
    assert reduced.fine_factor == factor
    assert reduced.fine.shape[:2] == (height // factor, width // factor)
    assert reduced.coarse.shape[1] == width // reduced.coarse_factor
    assert max(reduced.coarse.shape) <= 640
    assert reduced.size_px == (width, height)
    assert max(reduced.grey[-1].shape) <= 640


@pytest.mark.parametrize("shape", [(1, 1), (1, 900), (3000, 2)])
def test_pictures_with_hardly_a_pixel_have_no_quads(shape: tuple[int, int]) -> None:
    assert find_quads(reduce_photo(np.full((*shape, 3), 90, np.uint8))) == []


def test_lines_run_along_the_sides() -> None:
    picture = with_card(ground("plain"), TILTED)[::2, ::2]
    lines = find_lines(np.ascontiguousarray(picture))
    for start, end in zip(TILTED / 2, np.roll(TILTED, -1, axis=0) / 2, strict=True):
        off = [
            max(abs(start @ normal - distance), abs(end @ normal - distance))
            for normal, distance in zip(lines.normals, lines.distances, strict=True)
        ]
        assert min(off) < 1.5


@pytest.mark.parametrize("kind", ["plain", "striped"])
def test_a_card_is_among_the_first_quads(kind: str) -> None:
    quads = find_quads(reduce_photo(with_card(ground(kind), TILTED)))
    assert max(jaccard(quad.corners_px, TILTED) for quad in quads[:3]) > 0.97


def test_quads_start_with_a_long_side_and_run_clockwise() -> None:
    for turn in range(4):
        corners = np.roll(TILTED, turn, axis=0)
        quad = find_quads(reduce_photo(with_card(ground("plain"), corners)))[0]
        sides = np.linalg.norm(np.roll(quad.corners_px, -1, axis=0) - quad.corners_px, axis=1)
        assert sides[0] > sides[1]
        assert cv2.contourArea(quad.corners_px, oriented=True) > 0


def test_a_region_is_found_where_its_colour_stands_out() -> None:
    blobs = find_blobs(with_card(ground("striped"), TILTED))
    assert max(jaccard(corners, TILTED) for corners, _ in blobs) > 0.95


def test_an_empty_table_has_no_well_supported_quad() -> None:
    assert all(quad.support < 0.5 for quad in find_quads(reduce_photo(ground("plain"))))


def project(tilt_deg: float, turn_deg: float, size: tuple[int, int]) -> Float32:
    """Corners of a card seen by a camera of the focal length that is assumed."""
    tilt = cv2.Rodrigues(np.deg2rad(tilt_deg) * np.array([0.6, 0.8, 0]))[0]
    turn = cv2.Rodrigues(np.array([0, 0, np.deg2rad(turn_deg)]))[0]
    flat = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * [CARD_WIDTH_MM / 2, CARD_HEIGHT_MM / 2]
    at = np.hstack([flat, np.zeros((4, 1))]) @ (tilt @ turn).T + [4.0, -3.0, 150.0]
    pixels = 0.8 * max(size) * at[:, :2] / at[:, 2:] + np.array(size) / 2
    return np.asarray(pixels, np.float32)


@pytest.mark.parametrize("tilt", [0.0, 20.0, 35.0])
@pytest.mark.parametrize("turn", [0.0, 25.0, 90.0])
def test_the_ratio_survives_perspective(tilt: float, turn: float) -> None:
    corners = project(tilt, turn, (1600, 1200)).astype(np.float64)
    assert ratios(corners[None], (1600, 1200))[0] == pytest.approx(RATIO, rel=1e-3)


@pytest.mark.parametrize("tilt", [0.0, 20.0, 35.0])
@pytest.mark.parametrize("side", range(4))
def test_three_sides_give_the_fourth(tilt: float, side: int) -> None:
    """A card of which a third is missing behind one side is completed exactly."""
    size = (1600, 1200)
    whole = project(tilt, 12.0, size).astype(np.float64)
    turned = np.roll(whole, -side, axis=0)
    cut = turned.copy()
    cut[0] = turned[0] + 0.33 * (turned[3] - turned[0])
    cut[1] = turned[1] + 0.33 * (turned[2] - turned[1])
    completed = completed_card(cut, size)
    assert max(jaccard(one, whole.astype(np.float32)) for one in completed) > 0.995


def test_a_card_far_away_is_found_by_its_surroundings() -> None:
    far = (TILTED - TILTED.mean(axis=0)) * 0.22 + np.float32([1150, 300])
    quads = find_small_quads(reduce_photo(with_card(ground("striped"), far)))
    assert max(jaccard(quad.corners_px, far) for quad in quads) > 0.9
