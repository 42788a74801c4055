"""From cells to cards: what every cell says of its place fixes the card, cut off or not."""

import cv2
import numpy as np
import pytest

from ktpcheck.geometry import (
    CARD_CORNERS_MM,
    CARD_HEIGHT_MM,
    CARD_WIDTH_MM,
    Float32,
    jaccard,
    mm_to_photo,
    transform,
)
from ktpcheck.outline import CardFinder, reduce_photo
from ktpcheck.outline.cells import find_cards
from ktpcheck.outline.finder import CLOSE_PX_PER_MM, CLOSE_SIZE_PX, close_to_mm, close_window
from ktpcheck.synth import make_capture, make_negative

CELL_PX = 4
SIZE = (256, 192)
TILTED = np.array([[60, 40], [200, 58], [188, 150], [48, 128]], np.float32)


def answer(*cards: Float32, noise_mm: float = 0.0, size: tuple[int, int] = SIZE) -> Float32:
    """What a network that errs by ``noise_mm`` says of a picture with these cards."""
    columns, rows = size[0] // CELL_PX, size[1] // CELL_PX
    maps = np.zeros((4, rows, columns), np.float32)
    maps[0] = -5.0
    maps[3] = np.log(max(noise_mm, 0.1) / 10)
    x, y = np.meshgrid(np.arange(columns) + 0.5, np.arange(rows) + 0.5)
    rng = np.random.default_rng(4)
    for corners in cards:
        to_mm = np.linalg.inv(mm_to_photo(corners))
        at = np.stack([x, y], axis=2).reshape(-1, 2) * CELL_PX
        place = transform(to_mm, at).reshape(rows, columns, 2)
        on = (place >= 0).all(axis=2) & (place <= [CARD_WIDTH_MM, CARD_HEIGHT_MM]).all(axis=2)
        place = place + rng.normal(0, noise_mm, place.shape)
        maps[0][on] = 5.0
        maps[1][on] = (place[..., 0][on] - CARD_WIDTH_MM / 2) / 10
        maps[2][on] = (place[..., 1][on] - CARD_HEIGHT_MM / 2) / 10
    return maps


@pytest.mark.parametrize("turn", range(4))
def test_exact_places_give_the_exact_card(turn: int) -> None:
    corners = np.roll(TILTED, turn, axis=0) if turn % 2 == 0 else TILTED[:, ::-1][::-1]
    corners = np.ascontiguousarray(corners, np.float32)
    (found,) = find_cards(answer(corners), CELL_PX)
    assert found.corners == pytest.approx(corners, abs=0.15)
    assert found.agreeing == 1.0


def test_many_poor_places_give_a_good_card() -> None:
    (found,) = find_cards(answer(TILTED, noise_mm=3.0), CELL_PX)
    assert jaccard(found.corners, TILTED) > 0.975
    assert found.spread_mm > 1.5


@pytest.mark.parametrize("shift", [(-90, 0), (0, -60), (120, 0), (0, 90), (-80, -50)])
def test_a_card_cut_by_the_frame_is_completed(shift: tuple[int, int]) -> None:
    cut = TILTED + np.float32(shift)
    (found,) = find_cards(answer(cut, noise_mm=0.5), CELL_PX)
    assert jaccard(found.corners, cut) > 0.96


def test_a_few_wrong_places_do_not_move_the_card() -> None:
    maps = answer(TILTED, noise_mm=0.5)
    maps[1, 20:30, 20:27] += 3.0
    (found,) = find_cards(maps, CELL_PX)
    assert jaccard(found.corners, TILTED) > 0.97
    assert found.agreeing < 1.0


def test_cards_that_touch_are_told_apart() -> None:
    one = np.array([[10, 30], [130, 30], [130, 105], [10, 105]], np.float32)
    other = np.array([[250, 105], [131, 105], [131, 30], [250, 30]], np.float32)
    found = find_cards(answer(one, other, noise_mm=0.3), CELL_PX)
    assert len(found) == 2
    for truth in (one, other):
        assert max(jaccard(seen.corners, truth) for seen in found) > 0.95


def test_nothing_on_a_card_is_no_card() -> None:
    assert find_cards(answer(), CELL_PX) == []


def test_a_mirrored_card_is_no_card() -> None:
    assert find_cards(answer(np.ascontiguousarray(TILTED[[1, 0, 3, 2]])), CELL_PX) == []


def test_the_second_look_shows_the_card_and_as_much_on_all_sides() -> None:
    window = close_window()
    assert -window.x0 == pytest.approx(window.x1 - CARD_WIDTH_MM)
    assert -window.y0 == pytest.approx(window.y1 - CARD_HEIGHT_MM)
    assert window.x0 < -8
    size = transform(close_to_mm(), [(0, 0), CLOSE_SIZE_PX])
    assert size[1] - size[0] == pytest.approx(np.array(CLOSE_SIZE_PX) / CLOSE_PX_PER_MM, rel=1e-5)


@pytest.mark.parametrize(
    ("width", "height", "factor"), [(800, 600, 1), (4000, 3000, 2), (6600, 2200, 3)]
)
def test_reduced_pictures_keep_whole_factors(width: int, height: int, factor: int) -> None:
    reduced = reduce_photo(np.zeros((height, width, 3), np.uint8))
    assert reduced.fine_factor == factor
    assert reduced.fine.shape[:2] == (height // factor, width // factor)
    assert reduced.size_px == (width, height)
    assert max(reduced.levels[-1].shape) <= 640


def test_the_level_follows_the_resolution_asked_for() -> None:
    reduced = reduce_photo(np.zeros((1500, 2000, 3), np.uint8))
    to_photo = mm_to_photo(CARD_CORNERS_MM * 16)
    assert reduced.level_for(to_photo, 16.0) == 0
    assert reduced.level_for(to_photo, 4.0) == 2
    assert reduced.level_for(to_photo, 40.0) == 0


@pytest.fixture(scope="module")
def finder() -> CardFinder:
    return CardFinder()


@pytest.mark.parametrize("scene", ["desk", "rotated", "cut", "tiny", "full", "hand"])
def test_the_network_sees_cards_where_they_lie(finder: CardFinder, scene: str) -> None:
    capture = make_capture(61, "validation", scene=scene, defects={}, size_px=(1200, 900))
    seen = finder(reduce_photo(capture.pixels))
    truth = capture.outline.corners_px
    assert jaccard(seen.cards[0].corners_px, truth) > 0.88
    size = np.linalg.norm(truth[0] - truth[2])
    assert np.linalg.norm(seen.cards[0].corners_px - truth, axis=1).max() < 0.12 * size
    assert seen.subjects["ektp"] > 0.5


def test_the_network_sees_every_card(finder: CardFinder) -> None:
    capture = make_capture(5, "validation", scene="several", defects={}, size_px=(1600, 1200))
    seen = finder(reduce_photo(capture.pixels))
    truths = [capture.outline.corners_px, *capture.others_px]
    assert len(seen.cards) == len(truths) > 1
    for truth in truths:
        # The others may be cut by the frame.
        assert max(jaccard(one.corners_px, truth) for one in seen.cards) > 0.75
    assert jaccard(seen.cards[0].corners_px, truths[0]) > 0.88


@pytest.mark.parametrize("kind", ["texture", "receipt", "keyboard", "screen_text"])
def test_the_network_is_sure_of_no_card_where_there_is_none(finder: CardFinder, kind: str) -> None:
    seen = finder(reduce_photo(make_negative(8, "validation", kind, (1200, 900)).pixels))
    assert all(one.spread_mm > 0.9 for one in seen.cards)


def test_a_photo_that_was_turned_is_looked_at_as_it_was(finder: CardFinder) -> None:
    drawn = make_capture(41, "validation", scene="desk", defects={})
    reduced = reduce_photo(drawn.pixels)
    for turns in range(4):
        (first, *_), _ = finder._whole(reduced, 256, turns)
        assert jaccard(first.corners, drawn.outline.corners_px) > 0.8, turns


@pytest.mark.parametrize(("ektp", "looks"), [(0.4, 3), (0.6, 6)])
def test_a_photo_is_turned_only_if_it_looks_like_one_of_an_ektp(
    finder: CardFinder, monkeypatch: pytest.MonkeyPatch, ektp: float, looks: int
) -> None:
    asked = []

    def nothing(batch: Float32) -> tuple[Float32, Float32]:
        asked.append(batch.shape[1:3])
        height, width = (side // 4 for side in batch.shape[1:3])
        maps = np.full((4, height, width), -9.0, np.float32)
        return maps, np.array([ektp, 0, 0, 1 - ektp], np.float32)

    monkeypatch.setattr(finder, "_ask", nothing)
    seen = list(finder.looks(reduce_photo(np.zeros((900, 1200, 3), np.uint8))))
    assert len(seen) == len(asked) == looks
    assert not any(one.cards for one in seen)
    assert asked[3:] == [(256, 192), (192, 256), (256, 192)][: looks - 3]


def test_grey_and_colour_levels_show_the_same() -> None:
    rng = np.random.default_rng(1)
    reduced = reduce_photo(rng.integers(0, 256, (900, 1400, 3), dtype=np.uint8))
    for number, level in enumerate(reduced.levels):
        assert np.array_equal(cv2.cvtColor(level, cv2.COLOR_RGB2GRAY), reduced.grey(number))
        assert reduced.grey(number) is reduced.grey(number)
