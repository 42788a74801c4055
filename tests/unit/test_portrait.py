"""The portrait: found, cut out at its own resolution, judged by a table."""

import dataclasses
import math
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import cv2
import numpy as np
import pytest

from ktpcheck.geometry import CARD_HEIGHT_MM, CARD_WIDTH_MM, PX_PER_MM, Box
from ktpcheck.layout import PRINTED
from ktpcheck.portrait import LIMITS, Quality, assess, crop_portrait, ground_colour, reasons
from ktpcheck.records import Card, Outline, Photo, Placement
from ktpcheck.rectify import rectify

drawn = pytest.importorskip("ktpcheck.synth.portrait")

RED, BLUE = (176.0, 60.0, 62.0), (70.0, 108.0, 190.0)
BLANK = (190, 218, 240)
FRAME = PRINTED.portrait
SCALE = 20.0
SIDES = dict.fromkeys(("top", "right", "bottom", "left"), "visible")


@lru_cache(maxsize=16)
def sheet(seed: int, ground: tuple[float, float, float] = RED) -> tuple[np.ndarray, Box]:
    """A blank with a portrait on it, 20 px to the millimetre, and where the face is."""
    card = np.full(
        (round(CARD_HEIGHT_MM * SCALE), round(CARD_WIDTH_MM * SCALE), 3), BLANK, np.uint8
    )
    rows, columns = FRAME.slices(card.shape)
    size = columns.stop - columns.start, rows.stop - rows.start
    rng = np.random.default_rng(seed)
    kinds = tuple(drawn.FACES)
    picture, face = drawn.draw_portrait(rng, size, kinds, seed % 2 == 0, 25 + seed, ground)
    card[rows, columns] = np.clip(picture + 0.5, 0, 255).astype(np.uint8)
    x, y, width, height = face
    x0, y0 = FRAME.x0 + x * FRAME.width, FRAME.y0 + y * FRAME.height
    return card, Box(x0, y0, x0 + width * FRAME.width, y0 + height * FRAME.height)


def seen(pixels: np.ndarray, corners: np.ndarray | None = None) -> tuple[Photo, Card]:
    """The picture as a photo, edge to edge unless ``corners`` say otherwise."""
    height, width = pixels.shape[:2]
    if corners is None:
        corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    photo = Photo(np.ascontiguousarray(pixels), "a.png", None, "", "PNG")
    outline = Outline(corners, 1.0, SIDES)
    return photo, rectify(photo, outline, Placement("printed", (0, 0), {}, {}, FRAME))


def overlap(a: Box, b: Box) -> float:
    across = min(a.x1, b.x1) - max(a.x0, b.x0)
    down = min(a.y1, b.y1) - max(a.y0, b.y0)
    shared = max(across, 0) * max(down, 0)
    return shared / (a.width * a.height + b.width * b.height - shared)


def test_faces_are_found_where_they_are() -> None:
    overlaps = []
    for seed in range(6):
        pixels, truth = sheet(seed, RED if seed % 3 else BLUE)
        photo, card = seen(pixels)
        face, quality = assess(card)
        assert face is not None, seed
        overlaps.append(overlap(face, truth))
        assert quality.face_height_px == pytest.approx(face.height * SCALE, rel=0.01)
        portrait = crop_portrait(photo, card)
        assert portrait.usable, reasons(quality)
        # Edge to edge, photo pixels are millimetres times the scale.
        x, y, width, height = portrait.face_px or (0, 0, 0, 0)
        assert [x, y, x + width, y + height] == pytest.approx(
            [v * SCALE for v in (face.x0, face.y0, face.x1, face.y1)], abs=2
        )
    # The detector frames brows to chin, the drawing hairline to chin.
    assert min(overlaps) > 0.5
    assert np.median(overlaps) > 0.65


def test_the_crop_is_the_photos_own_pixels_where_they_are_finer() -> None:
    pixels, _ = sheet(1)
    fine = cv2.resize(pixels, None, fx=1.5, fy=1.5, interpolation=cv2.INTER_CUBIC)
    photo, card = seen(fine)
    crop = crop_portrait(photo, card).pixels
    scale = SCALE * 1.5
    assert crop.shape == (round(FRAME.height * scale), round(FRAME.width * scale), 3)
    x, y = round(FRAME.x0 * scale), round(FRAME.y0 * scale)
    own = fine[y : y + crop.shape[0], x : x + crop.shape[1]]
    # At most half a pixel of shift: the frame does not start on a whole pixel.
    inner = (slice(20, -20), slice(20, -20))
    assert np.abs(crop[inner].astype(int) - own[inner]).mean() < 1.5


def test_the_crop_of_a_coarse_photo_is_the_canvas() -> None:
    coarse = cv2.resize(sheet(1)[0], None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    photo, card = seen(coarse)
    crop = crop_portrait(photo, card).pixels
    assert np.array_equal(crop, card.pixels[FRAME.slices(card.pixels.shape)])
    crop[:] = 0
    assert card.pixels[FRAME.slices(card.pixels.shape)].any()


def test_face_and_frame_follow_a_turned_photo() -> None:
    pixels, _ = sheet(2)
    photo, card = seen(pixels)
    upright = crop_portrait(photo, card)
    height, width = pixels.shape[:2]
    # Turned clockwise: the printed top-left comes to lie top-right.
    corners = np.array([[height, 0], [height, width], [0, width], [0, 0]], np.float32)
    turned = crop_portrait(*seen(np.rot90(pixels, -1), corners))
    x, y, w, h = upright.face_px or (0, 0, 0, 0)
    assert turned.face_px == pytest.approx((height - y - h, x, h, w), abs=6)
    assert turned.box_px[0] == pytest.approx([height - FRAME.y0 * SCALE, FRAME.x0 * SCALE], abs=1)
    assert turned.usable


def test_face_at_the_photos_edge_stays_inside_it() -> None:
    pixels, _ = sheet(1)
    half = pixels[:, : round(72 * SCALE)]
    corners = np.array(
        [[0, 0], [pixels.shape[1], 0], [pixels.shape[1], pixels.shape[0]], [0, pixels.shape[0]]],
        np.float32,
    )
    photo, card = seen(half, corners)
    portrait = crop_portrait(photo, card)
    quality = assess(card)[1]
    assert quality.inside == pytest.approx((72 - FRAME.x0) / FRAME.width, abs=0.05)
    assert "cut_off" in reasons(quality)
    assert not portrait.usable
    if portrait.face_px is not None:
        x, _, width, _ = portrait.face_px
        assert x >= 0
        assert x + width <= photo.width_px


def test_an_empty_frame_holds_no_face() -> None:
    rng = np.random.default_rng(3)
    shape = (round(CARD_HEIGHT_MM * SCALE), round(CARD_WIDTH_MM * SCALE), 3)
    flat = np.full(shape, BLANK, np.uint8)
    noise = rng.integers(0, 256, shape, dtype=np.uint8)
    for pixels in (flat, noise, np.zeros(shape, np.uint8), np.full(shape, 255, np.uint8)):
        portrait = crop_portrait(*seen(pixels))
        assert portrait.face_px is None
        assert not portrait.usable


def test_a_face_beside_the_frame_does_not_count() -> None:
    pixels = np.roll(sheet(1)[0], -round(25 * SCALE), axis=1)
    assert crop_portrait(*seen(pixels)).face_px is None


GOOD = Quality(1.0, 120.0, 4.0, 80.0, 0.0, 1.0)


def test_a_good_portrait_fails_no_limit() -> None:
    assert reasons(GOOD) == ()


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.reason)
def test_every_limit_binds_alone_and_nan_never_passes(limit: object) -> None:
    moved = []
    for field in dataclasses.fields(Quality):
        for bad in (-1.0, 1e6, math.nan):
            quality = dataclasses.replace(GOOD, **{field.name: bad})
            if reasons(quality) == (limit.reason,):  # type: ignore[attr-defined]
                moved.append((field.name, bad))
    names = {name for name, _ in moved}
    assert len(names) == 1
    assert any(math.isnan(bad) for _, bad in moved)
    assert len(moved) == 2


def test_sharpness_grows_with_blur_whatever_contrast_and_noise() -> None:
    rng = np.random.default_rng(5)
    for seed in (1, 4):
        pixels = sheet(seed)[0]
        for contrast, noise in ((1.0, 0.0), (0.5, 0.0), (0.5, 4.0)):
            widths = []
            for sigma_mm in (0.1, 0.2, 0.3):
                soft = cv2.GaussianBlur(pixels, (0, 0), sigma_mm * SCALE).astype(np.float32)
                weak = soft * contrast + 120 * (1 - contrast) + rng.normal(0, noise, soft.shape)
                card = seen(np.clip(weak + 0.5, 0, 255).astype(np.uint8))[1]
                widths.append(assess(card)[1].sharpness_px)
            assert widths == sorted(widths)
            # A blurred step is sqrt(2 pi) sigma wide, once the drawing's own softness is drowned.
            for width, sigma_mm in zip(widths[1:], (0.2, 0.3), strict=True):
                expected = math.sqrt(2 * math.pi) * sigma_mm * PX_PER_MM
                assert width == pytest.approx(expected, rel=0.3)


def test_faults_make_a_portrait_unusable() -> None:
    pixels = sheet(1)[0]
    rows, columns = FRAME.slices(pixels.shape)
    blurred = cv2.GaussianBlur(pixels, (0, 0), 0.45 * SCALE)
    assert "blurred" in reasons(assess(seen(blurred)[1])[1])
    small = cv2.resize(pixels, None, fx=0.2, fy=0.2, interpolation=cv2.INTER_AREA)
    assert "too_small" in reasons(assess(seen(small)[1])[1])
    glare = pixels.copy()
    middle = (columns.start + columns.stop) // 2, (rows.start + rows.stop) // 2
    cv2.circle(glare, middle, round(3 * SCALE), (255, 255, 255), -1)
    assert "clipped" in reasons(assess(seen(glare)[1])[1])
    faded = pixels.copy()
    faded[rows, columns] = (pixels[rows, columns] * 0.06 + 220).astype(np.uint8)
    assert "flat" in reasons(assess(seen(faded)[1])[1])


@pytest.mark.parametrize(("ground", "name"), [(RED, "red"), (BLUE, "blue")])
def test_ground_colour(ground: tuple[float, float, float], name: str) -> None:
    for seed in range(4):
        pixels = sheet(seed, ground)[0].astype(np.float32)
        for light in ((1, 1, 1), (1.05, 1, 0.8), (0.8, 0.95, 1.05), (0.4, 0.4, 0.4)):
            lit = np.clip(pixels * np.array(light, np.float32), 0, 255).astype(np.uint8)
            assert ground_colour(seen(lit)[1]) == name, (seed, light)


def test_ground_colour_is_not_guessed() -> None:
    pixels = sheet(1)[0]
    copy = cv2.cvtColor(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    grey = sheet(1, (128.0, 128.0, 130.0))[0]
    halves = pixels.copy()
    rows, columns = FRAME.slices(pixels.shape)
    halves[rows, columns.start : columns.start + 80] = BLUE
    for odd in (copy, grey, halves, np.full_like(pixels, 255), np.zeros_like(pixels)):
        assert ground_colour(seen(odd)[1]) is None


def test_threads_agree() -> None:
    cards = [seen(sheet(seed)[0]) for seed in (1, 2, 1, 2, 1, 2)]
    alone = [crop_portrait(*card).face_px for card in cards]
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(lambda card: crop_portrait(*card).face_px, cards)) == alone


def test_pixels_stay_out_of_the_repr() -> None:
    assert "pixels" not in repr(crop_portrait(*seen(sheet(1)[0])))
