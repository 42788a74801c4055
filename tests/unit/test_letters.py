from itertools import accumulate

import pytest

from ktpcheck.read.letters import lost_rooms, spare_room

#: Advance widths of a few letters in Arial, ems.
WIDTHS = {
    "U": 0.722,
    "J": 0.5,
    "N": 0.722,
    "G": 0.778,
    "A": 0.667,
    "D": 0.722,
    "P": 0.667,
    " ": 0.278,
}


def set_in(text, em=3.0, start=10.0):
    """Where a printer sets the letters, mm."""
    ends = list(accumulate(WIDTHS[symbol] for symbol in text))
    return [start + em * (end - WIDTHS[symbol] / 2) for end, symbol in zip(ends, text, strict=True)]


def test_a_whole_word_leaves_no_room():
    text = "UJUNG PANDANG"
    assert spare_room(text, set_in(text)) == pytest.approx(0.0, abs=0.02)


@pytest.mark.parametrize("lost", [1, 4, 7])
def test_a_letter_that_was_skipped_leaves_its_room(lost):
    text = "UJUNG PANDANG"
    centres = set_in(text)
    left = text[:lost] + text[lost + 1 :]
    room = spare_room(left, centres[:lost] + centres[lost + 1 :])
    assert room == pytest.approx(WIDTHS[text[lost]], abs=0.05)


def test_the_size_of_type_does_not_matter():
    text, left = "PANDANG", "PADANG"
    for em in (1.5, 4.0):
        centres = set_in(text, em)
        assert spare_room(left, centres[:2] + centres[3:]) == pytest.approx(0.722, abs=0.05)


@pytest.mark.parametrize(("text", "centres"), [("", []), ("GA", [1.0, 9.0]), ("PANDANG", [1.0])])
def test_where_nothing_can_be_told_there_is_none(text, centres):
    assert spare_room(text, centres) == 0.0


def test_the_room_of_a_lost_letter_is_placed():
    text, lost = "UJUNG PANDANG", 7
    centres = set_in(text)
    left, right = centres[lost - 1], centres[lost + 1]
    found = lost_rooms(
        text[:lost] + text[lost + 1 :], centres[:lost] + centres[lost + 1 :], centres[0]
    )
    assert found == [(pytest.approx(left), pytest.approx(right))]
    assert lost_rooms(text, centres, centres[0]) == []


def test_a_first_letter_that_was_lost_leaves_room_before_the_line():
    text = "UJUNG PANDANG"
    centres = set_in(text)
    assert lost_rooms(text[1:], centres[1:], centres[0]) == [
        (pytest.approx(centres[0]), centres[1])
    ]
    # Where a line may start anywhere nothing is missing before it.
    assert lost_rooms(text[1:], centres[1:], float("nan")) == []
