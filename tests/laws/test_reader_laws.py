"""Laws of reading: what is covered is said to be hidden, and where."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ktpcheck.engines.card import CardReader
from ktpcheck.engines.ppocr import PpOcr
from ktpcheck.geometry import PX_PER_MM
from ktpcheck.grammar import HIDDEN
from ktpcheck.layout import LAYOUTS
from ktpcheck.outline import CardFinder
from ktpcheck.read import Readers, read
from ktpcheck.records import Card, NoCard, Photo
from ktpcheck.rectify import rectify
from ktpcheck.register import find_outline
from ktpcheck.synth import make_capture

#: What lies over a digit: blown-out light, skin, marker, and the card's own ground rubbed bare.
COVERS = {
    "light": (255, 255, 255),
    "skin": (196, 146, 112),
    "marker": (22, 22, 26),
    "ground": None,
}


def cards() -> list[tuple[Card, str]]:
    found, finder = [], CardFinder()
    for seed in range(4):
        capture = make_capture(71_300 + seed, "validation", defects={}, size_px=(2000, 1500))
        photo = Photo(capture.pixels, "law", None, "", "PNG")
        outline = find_outline(photo, finder)
        assert not isinstance(outline, NoCard)
        found.append((rectify(photo, *outline), capture.fields["nik"]))
    return found


def covered(card: Card, place: int, cover: str) -> Card:
    """The card with one digit of its NIK covered, softly at the edges."""
    layout = LAYOUTS[card.placement.layout]
    box = card.placement.lines["nik"][0]
    pitch = layout.nik_digit_pitch
    left = layout.nik_first_digit_x + card.placement.shift_mm[0] + place * pitch
    mask = np.zeros(card.pixels.shape[:2], np.float32)
    rows = slice(round((box.y0 + 0.1) * PX_PER_MM), round((box.y1 - 0.1) * PX_PER_MM))
    mask[rows, round((left - 0.05) * PX_PER_MM) : round((left + pitch - 0.05) * PX_PER_MM)] = 1
    mask = cv2.GaussianBlur(mask, (0, 0), 1.5)[..., None]
    colour = COVERS[cover]
    if colour is None:
        ground = card.pixels[rows, :, :].reshape(-1, 3)
        colour = tuple(np.percentile(ground, 75, axis=0))
    pixels = (card.pixels * (1 - mask) + np.array(colour) * mask).astype(np.uint8)
    return Card(pixels, card.inside, card.to_photo, card.dpi, card.outline, card.placement)


@pytest.fixture(scope="module")
def trials():
    """Every digit of every card under every cover: place, cover, truth and what was read."""
    readers = Readers(CardReader(), PpOcr())
    rows = []
    for card, truth in cards():
        only = {"nik": card.placement.lines["nik"]}
        card.placement.lines.clear()
        card.placement.lines.update(only)
        assert read(card, readers)["nik"].text == truth
        for cover in COVERS:
            for place in range(16):
                reading = read(covered(card, place, cover), readers)["nik"]
                rows.append((place, cover, truth, reading))
    return rows


def test_a_nik_with_a_covered_digit_is_never_whole(trials):
    whole = [
        cover
        for _, cover, _, reading in trials
        if HIDDEN not in reading.text and reading.grammar != "error"
    ]
    assert len(whole) <= 0.01 * len(trials), whole


def test_the_covered_digit_is_the_one_that_is_marked(trials):
    missed = [
        (place, cover)
        for place, cover, truth, reading in trials
        if reading.text != truth[:place] + HIDDEN + truth[place + 1 :]
    ]
    assert len(missed) <= 0.01 * len(trials), missed
