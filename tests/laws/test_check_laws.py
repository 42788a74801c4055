"""Laws of the whole check, on drawn specimens."""

import cv2
import numpy as np
import pytest

from ktpcheck import Checker
from ktpcheck.geometry import jaccard, mm_to_photo, transform
from ktpcheck.records import Photo
from ktpcheck.synth import make_capture

SIZE_PX = (1600, 1200)
#: Fields whose loss is tried, and the seed of the card it is tried on.
HIDDEN = [
    ("nik", 71),
    ("nama", 72),
    ("alamat", 73),
    ("tanggal_lahir", 74),
    ("kecamatan", 75),
    ("rt_rw", 76),
]


@pytest.fixture(scope="module")
def check():
    return Checker()


def photo_of(pixels: np.ndarray) -> Photo:
    return Photo(np.ascontiguousarray(pixels), "specimen", None, "", "PNG")


def tight(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("seed", [61, 62])
def test_turning_the_photo_changes_nothing(check, seed):
    capture = make_capture(seed, "validation", size_px=SIZE_PX, defects={})
    width, height = SIZE_PX
    upright = check(photo_of(capture.pixels))
    assert upright.outline is not None
    for turns in (1, 2, 3):
        turned = check(photo_of(np.rot90(capture.pixels, turns)))
        assert turned.outline is not None
        corners = _turned(upright.outline.corners_px, turns, width, height)
        assert jaccard(turned.outline.corners_px, corners) > 0.985
        assert np.linalg.norm(turned.outline.corners_px[0] - corners[0]) < 40
        for key, judged in upright.decision.fields.items():
            if judged.readable and turned.decision.fields[key].readable:
                assert tight(turned.readings[key].text) == tight(upright.readings[key].text)


def _turned(corners: np.ndarray, turns: int, width: int, height: int) -> np.ndarray:
    """Where points of a picture lie once it is turned by ``np.rot90``."""
    for _ in range(turns):
        corners = np.stack([corners[:, 1], width - corners[:, 0]], axis=1)
        width, height = height, width
    return np.asarray(corners, np.float32)


@pytest.mark.parametrize(("key", "seed"), HIDDEN)
def test_a_hidden_field_is_never_readable(check, key, seed):
    """A patch over half of a value: its start and its middle in the card's own colour, where
    nothing looks wrong but the gap; its end in white, since a clean end is an end.
    """
    capture = make_capture(seed, "validation", size_px=SIZE_PX, defects={})
    box = capture.boxes[key][0]
    third = box.width / 3
    for start, white in (
        (box.x0 - 0.3, False),
        (box.x0 + third, False),
        (box.x1 - 1.5 * third, True),
    ):
        assert_hidden(check, capture, key, start, white=white)


@pytest.mark.parametrize("key", ["nama", "alamat", "kecamatan"])
@pytest.mark.parametrize("seed", [160, 162, 163, 164])
def test_nobody_knows_what_stood_under_white_paint(check, key, seed):
    """What is left of the value looks whole, and both readers are sure of it. (On a card that is
    burnt out here and there, as 161's is, white paint looks like white paper.)
    """
    capture = make_capture(seed, "validation", size_px=SIZE_PX, defects={})
    box = capture.boxes[key][0]
    assert_hidden(check, capture, key, box.x1 - 0.5 * box.width, white=True)


def assert_hidden(check, capture, key: str, start: float, *, white: bool) -> None:
    """Half of a value under a patch that begins at ``start`` mm is not readable."""
    box = capture.boxes[key][0]
    end = start + 0.5 * box.width + 0.3
    top, bottom = box.y0 - 0.2, box.y1 + 0.2
    pixels = capture.pixels.copy()
    patch = np.array([[start, top], [end, top], [end, bottom], [start, bottom]])
    _fill(pixels, _to_photo(capture, patch), white=white)
    judged = check(photo_of(pixels)).decision.fields.get(key)
    assert judged is None or not judged.readable, (key, start)


def _to_photo(capture, patch_mm: np.ndarray) -> np.ndarray:
    return transform(mm_to_photo(capture.outline.corners_px), patch_mm)


def _fill(pixels: np.ndarray, quad: np.ndarray, *, white: bool) -> None:
    """Paint a quad white, or in the median colour of what surrounds it."""
    inside = np.zeros(pixels.shape[:2], np.uint8)
    cv2.fillConvexPoly(inside, np.round(quad).astype(np.int32), 1)
    around = cv2.dilate(inside, np.ones((9, 9), np.uint8)) > inside
    pixels[inside > 0] = 255 if white else np.median(pixels[around], axis=0).astype(np.uint8)
