"""ktpcheck's own reader: decoding by hand-made scores, and the network on drawn lines."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ktpcheck.engines.card import CardReader, decode, normalise, squeeze
from ktpcheck.grammar import HIDDEN

SYMBOLS = ["", "A", "B", "1", HIDDEN]
INDEX = {symbol: at for at, symbol in enumerate(SYMBOLS)}


def frames(pattern: str, sure: float = 0.9) -> np.ndarray:
    """Scores by frame: a letter where the pattern has one, the blank at ``_``."""
    scores = np.full((len(pattern), len(SYMBOLS)), (1 - sure) / (len(SYMBOLS) - 1), np.float32)
    for at, symbol in enumerate(pattern):
        scores[at, INDEX["" if symbol == "_" else symbol]] = sure
    return scores


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("__AAA__BB__", "AB"),
        ("_AA_AA_", "AA"),
        ("AAA11", "A1"),
        ("____", ""),
        ("_A_____B_", "AB"),
    ],
)
def test_repeats_merge_and_blanks_vanish(pattern, text):
    assert decode(frames(pattern), SYMBOLS).text == text


def test_two_of_a_narrow_digit_that_touch_are_two():
    one = "".join(f"_{letter * 5}_" for letter in "ABAB1ABAB")
    assert decode(frames(one), SYMBOLS).text == "ABAB1ABAB"
    two = one.replace("11111", "1" * 9)
    assert decode(frames(two), SYMBOLS).text == "ABAB11ABAB"
    # A letter may well be so wide.
    assert (
        decode(frames(one.replace("_BBBBB__1", "_" + "B" * 9 + "__1")), SYMBOLS).text == "ABAB1ABAB"
    )


def test_a_hidden_run_counts_as_many_characters_as_it_has_room_for():
    seen = "".join(f"_{letter * 5}_" for letter in "AB1AB")
    hidden = seen + HIDDEN * 21 + seen
    transcript = decode(frames(hidden), SYMBOLS)
    assert transcript.text == f"AB1AB{HIDDEN * 3}AB1AB"
    assert list(transcript.positions) == sorted(transcript.positions)
    assert len(transcript.text) == len(transcript.characters) == len(transcript.positions)


def test_a_character_stands_in_the_middle_of_its_frames():
    (at,) = decode(frames("____AA____"), SYMBOLS).positions
    assert at == pytest.approx(0.5)


def printed(paper: np.ndarray) -> np.ndarray:
    """Dark strokes on paper of the given levels, (32, w) uint8."""
    grey = paper.copy()
    grey[6:26, 8::12] *= 0.3
    grey[6:26, 9::12] *= 0.3
    return np.clip(grey, 0, 255).astype(np.uint8)


def test_normalising_takes_level_and_contrast_out():
    rng = np.random.default_rng(1)
    grey = rng.integers(0, 120, (32, 200)).astype(np.uint8)
    bright = (grey // 2 + 100).astype(np.uint8)
    assert abs(float(normalise(grey).mean())) < 1e-4
    assert np.abs(normalise(grey) - normalise(bright)).mean() < 0.25
    assert np.abs(normalise(np.full((32, 64), 200, np.uint8))).max() == 0


def test_print_in_a_shadow_stands_out():
    paper = np.full((32, 240), 200.0, np.float32)
    light = np.where(np.arange(240) < 120, 1.0, 0.25).astype(np.float32)
    even, shaded = (normalise(printed(one)) for one in (paper, paper * light))
    deep = slice(140, 232)
    assert np.ptp(shaded[16, deep]) > 0.6 * np.ptp(even[16, deep])


def test_a_dark_place_without_print_stays_dark():
    grey = printed(np.full((32, 240), 200.0, np.float32))
    grey[:, 100:140] = 30
    assert normalise(grey)[:, 110:130].max() < -1.0


@pytest.mark.parametrize("size", [(44, 300), (10, 7), (100, 3), (30, 9000), (1, 1)])
def test_any_line_fits_the_network(size):
    squeezed = squeeze(np.full((*size, 3), 180, np.uint8))
    assert squeezed.shape[0] == 32
    assert squeezed.shape[1] % 4 == 0
    assert 16 <= squeezed.shape[1] <= 1600


@pytest.fixture(scope="module")
def reader():
    return CardReader()


def drawn(text: str) -> np.ndarray:
    """A line in OpenCV's own lettering, which no training ever showed."""
    (wide, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 1.0, 2)
    picture = np.full((44, wide + 30, 3), (190, 215, 238), np.uint8)
    cv2.putText(
        picture, text, (15, 33), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (45, 45, 50), 2, cv2.LINE_AA
    )
    return picture


def test_reads_digits_it_has_never_seen_drawn_so(reader):
    assert reader.read_line(drawn("3171 0509 2847")).text.replace(" ", "") == "317105092847"


def test_blank_paper_reads_as_nothing_or_hidden(reader):
    text = reader.read_line(np.full((44, 300, 3), 200, np.uint8)).text
    assert set(text) <= {HIDDEN}


@pytest.mark.parametrize("place", range(1, 8))
def test_a_covered_digit_is_marked_and_never_guessed(reader, place):
    text = "31750928"
    picture = drawn(text)
    left, right = (
        15 + cv2.getTextSize(text[:at], cv2.FONT_HERSHEY_SIMPLEX, 1.0, 2)[0][0]
        for at in (place, place + 1)
    )
    picture[:, left : right - 1] = (250, 251, 252)
    read = reader.read_line(picture).text.replace(" ", "")
    assert HIDDEN in read or len(read) < len(text)
    assert read != text
