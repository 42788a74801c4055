"""The reader over a drawn canvas and an engine that answers what the test says."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from ktpcheck.engines import Transcript
from ktpcheck.geometry import (
    CANVAS_HEIGHT_PX,
    CANVAS_WIDTH_PX,
    CARD_CORNERS_MM,
    PX_PER_MM,
    Box,
    mm_to_photo,
)
from ktpcheck.grammar import HIDDEN
from ktpcheck.layout import PRINTED, ROW_LABELS
from ktpcheck.read import Readers
from ktpcheck.read import read as both_read
from ktpcheck.records import Card, Outline, Placement

INK = (45, 45, 50)


def line_box(row: str) -> Box:
    baseline = PRINTED.row_baseline(row)
    return Box(PRINTED.value_x - 0.3, baseline - 2.0, PRINTED.value_end_x, baseline + 0.5)


def card_with(**printed: list[tuple[float, float]]) -> Card:
    """A card on which each line has print from x to x, in millimetres."""
    pixels = np.full((CANVAS_HEIGHT_PX, CANVAS_WIDTH_PX, 3), (190, 215, 238), np.uint8)
    lines = {row: (line_box(row),) for row in ROW_LABELS}
    lines["nik"] = (PRINTED.nik_box,)
    lines["tempat_terbit"] = (replace(PRINTED.issue_box, y1=PRINTED.issue_baselines[0] + 0.3),)
    for key, spans in printed.items():
        box = lines[key][0]
        top, bottom = (round((y) * PX_PER_MM) for y in (box.y0 + 0.6, box.y1 - 0.6))
        for start, end in spans:
            for x in np.arange(start, end, 0.6):
                at = round(x * PX_PER_MM)
                cv2.rectangle(pixels, (at, top), (at + 3, bottom), INK, -1)
    corners = CARD_CORNERS_MM * 16
    outline = Outline(corners, 1.0, dict.fromkeys(("top", "right", "bottom", "left"), "visible"))
    placement = Placement("printed", (0.0, 0.0), lines, {}, PRINTED.portrait)
    inside = np.ones(pixels.shape[:2], bool)
    return Card(pixels, inside, mm_to_photo(corners), 400.0, outline, placement)


class SaysInTurn:
    """An engine that reads the next of its texts at every line."""

    name = "says_in_turn"

    def __init__(self, *texts: str) -> None:
        self.texts = list(texts)
        self.models: dict[str, str] = {}

    def read_line(self, line):
        return Says(self.texts.pop(0)).read_line(line)


class Says:
    """An engine that reads the same text wherever there is a line."""

    name = "says"

    def __init__(self, text: str, at=None, score: float = 0.99) -> None:
        self.text, self.at, self.score = text, at, score
        self.pictures: list[np.ndarray] = []
        self.models: dict[str, str] = {}

    def read_line(self, line):
        self.pictures.append(line)
        at = self.at or [(i + 0.5) / len(self.text) for i in range(len(self.text))]
        return Transcript(self.text, self.score, (self.score,) * len(self.text), tuple(at))


def read(card: Card, engine: Says):
    return both_read(card, Readers(engine))


def test_only_lines_with_print_are_read():
    engine = Says("BUDI")
    readings = read(card_with(nama=[(22.2, 30.0)]), engine)
    assert len(engine.pictures) == 1
    assert readings["nama"].text == "BUDI"
    assert readings["alamat"].text == ""
    assert readings["alamat"].boxes == ()


def test_the_crop_holds_the_print_and_little_more():
    engine = Says("BUDI")
    (box,) = read(card_with(nama=[(22.2, 30.0)]), engine)["nama"].boxes
    assert box.x0 < 22.2
    assert 30.0 < box.x1 < 31.5


def test_print_that_runs_out_of_the_box_is_somebody_elses():
    """The place of issue reaches into the rows."""
    engine = Says("KAWIN")
    card = card_with(status_perkawinan=[(22.2, 29.0), (57.5, 62.0)])
    (box,) = read(card, engine)["status_perkawinan"].boxes
    assert box.x1 < 31


def test_a_wide_place_of_issue_is_no_end_of_the_rows_beside_it():
    engine = Says("GURU")
    card = card_with(pekerjaan=[(22.2, 29.0)], tempat_terbit=[(54.6, 57.5), (61.5, 84.0)])
    box, place = (read(card, engine)[key].boxes[0] for key in ("pekerjaan", "tempat_terbit"))
    assert box.x1 < 31
    assert place.x0 < 60
    # Without it the same print is the value's.
    card = card_with(pekerjaan=[(22.2, 29.0), (54.6, 57.5)])
    assert engine.pictures[0].shape[1] < 10 * PX_PER_MM
    engine.pictures.clear()
    read(card, engine)
    assert engine.pictures[0].shape[1] > 30 * PX_PER_MM


def test_a_gap_inside_a_value_is_shown():
    """Print, nothing over three characters' room, print: the engine closed the gap."""
    text = "JL MAWAR9"
    at = [0.02 + 0.05 * i for i in range(8)] + [0.9]
    engine = Says(text, at)
    reading = read(card_with(alamat=[(22.2, 58.0)]), engine)["alamat"]
    assert reading.raw == text
    assert HIDDEN in reading.text
    assert reading.text.startswith("JL MAWAR")
    assert reading.text.endswith("9")


def test_a_value_that_starts_late_lost_its_start():
    # The reader is shown the place from where the value must have started.
    engine = Says("KAWIN", at=[0.62 + 0.08 * i for i in range(5)])
    late = read(card_with(status_perkawinan=[(30.0, 36.0)]), engine)["status_perkawinan"]
    assert late.text.startswith(HIDDEN)
    assert late.raw == "KAWIN"


NIK = "3171010101909999"


def nik_reading(dropped: list[int]):
    first, pitch = PRINTED.nik_first_digit_x, PRINTED.nik_digit_pitch
    card = card_with(nik=[(first, PRINTED.nik_last_digit_end_x)])
    kept = [i for i in range(16) if i not in dropped]

    class Engine(Says):
        def read_line(self, line):
            width = line.shape[1] / PX_PER_MM
            start = max(PRINTED.nik_box.x0, first - 0.6)
            at = [(first + (i + 0.5) * pitch - start) / width for i in kept]
            self.at, self.text = at, "".join(NIK[i] for i in kept)
            return super().read_line(line)

    return read(card, Engine("x"))["nik"]


def test_a_whole_nik_is_read():
    assert nik_reading([]).text == NIK


@pytest.mark.parametrize("place", range(16))
def test_a_digit_that_was_dropped_is_marked_in_its_place(place):
    reading = nik_reading([place])
    assert reading.text == NIK[:place] + HIDDEN + NIK[place + 1 :]
    assert reading.grammar != "ok"
    assert len(reading.raw) == 15


def test_several_dropped_digits():
    assert nik_reading([0, 1, 7, 15]).text == f"{HIDDEN * 2}71010{HIDDEN}0190999{HIDDEN}"


def two_looks(first: Says, second: Says, **printed):
    printed = printed or {"nama": [(22.2, 30.0)]}
    (key,) = printed
    return both_read(card_with(**printed), Readers(first, second))[key]


def test_only_doubtful_lines_are_shown_to_the_second_reader():
    second, agama = Says("ISLAM"), {"agama": [(22.2, 30.0)]}
    assert two_looks(Says("ISLAM", score=0.99), second, **agama).lines[0].agrees is None
    assert second.pictures == []
    assert two_looks(Says("ISLAM", score=0.4), second, **agama).lines[0].agrees is True
    assert len(second.pictures) == 1


def test_what_the_other_reader_read_is_kept_when_they_differ():
    line = two_looks(Says("BUDI", score=0.6), Says("BUDL", score=0.5)).lines[0]
    assert line.agrees is False
    assert {line.text, line.other.text} == {"BUDI", "BUDL"}
    assert "BUD" not in repr(line)


def test_the_rules_choose_between_readings_and_add_none():
    printed = {"agama": [(22.2, 30.0)]}
    for first, second in (("ISLAN", "ISLAM"), ("ISLAM", "ISLAN")):
        reading = two_looks(Says(first, score=0.6), Says(second, score=0.6), **printed)
        assert reading.raw == "ISLAM"
        assert not reading.corrections


def test_a_surer_look_is_wanted_at_words_that_no_list_knows():
    for key, asked in (("agama", None), ("nama", True)):
        lines = two_looks(*[Says("ISLAM", score=0.93)] * 2, **{key: [(22.2, 30.0)]}).lines
        assert lines[0].agrees is asked, key


def test_a_field_that_breaks_its_rules_is_shown_to_the_second_reader_however_sure_the_first():
    """Two digits that touch are read as one, and surely."""
    printed = {"rt_rw": [(22.2, 30.0)]}
    reading = two_looks(Says("01/017"), Says("011/017"), **printed)
    assert reading.text == "011/017"
    assert reading.lines[0].agrees is False


def test_the_reader_that_is_surer_where_they_differ_is_taken():
    class Unsure(Says):
        """Sure of all but the last character."""

        def read_line(self, line):
            said = super().read_line(line)
            return replace(said, characters=(0.99,) * (len(said.text) - 1) + (0.5,))

    assert two_looks(Unsure("BUDL"), Says("BUDI", score=0.8)).text == "BUDI"
    assert two_looks(Says("BUDI", score=0.8), Unsure("BUDL")).text == "BUDI"


class SeesMarks(Says):
    """Sure of the letters, and as sure of apostrophes and full stops as it is told."""

    def __init__(self, text: str, sure: float) -> None:
        super().__init__(text)
        self.sure = sure

    def read_line(self, line):
        said = super().read_line(line)
        return replace(said, characters=tuple(self.sure if c in "'." else 0.9 for c in said.text))


@pytest.mark.parametrize(("bare", "marked"), [("NUMAN", "NU'MAN"), ("MUH ALI", "MUH. ALI")])
def test_a_mark_between_letters_that_one_reader_sees_is_there(bare, marked):
    plain = Says(bare, score=0.95)
    assert two_looks(plain, SeesMarks(marked, 0.7)).text == marked
    assert two_looks(plain, SeesMarks(marked, 0.4)).text == bare
    assert two_looks(SeesMarks(marked, 0.7), plain).text == marked


def test_a_stop_behind_the_last_letter_may_be_a_blot():
    assert two_looks(Says("MUH ALI", score=0.95), SeesMarks("MUH ALI.", 0.7)).text == "MUH ALI"


def test_digits_that_were_read_come_before_letters_taken_for_them():
    printed = {"rt_rw": [(22.2, 30.0)]}
    own = Says(f"017/008{HIDDEN}", score=0.7)
    assert two_looks(own, Says("017/0b8"), **printed).text == "017/008"


def test_a_reader_that_leaves_out_the_end_of_a_line_is_not_believed():
    printed = {"alamat": [(22.2, 50.0)]}
    own = Says("GG. MAWAR III", score=0.8)
    assert two_looks(own, Says("GG. MAWAR"), **printed).text == "GG. MAWAR III"
    # One character more may be a blot.
    own = Says("GG. MAWARI", score=0.8)
    assert two_looks(own, Says("GG. MAWAR"), **printed).text == "GG. MAWAR"


def test_a_sure_and_unbroken_look_may_fill_in_what_the_first_calls_hidden():
    first = Says(f"B{HIDDEN}", at=[0.1, 0.5], score=0.4)
    assert two_looks(first, Says("BUDIMAN", score=0.97)).text == "BUDIMAN"
    assert two_looks(first, Says("BUDIMAN", score=0.8)).text == f"B{HIDDEN}"


def test_a_nik_is_always_shown_to_both():
    first, pitch = PRINTED.nik_first_digit_x, PRINTED.nik_digit_pitch
    printed = {"nik": [(first, first + 16 * pitch)]}
    assert two_looks(Says(NIK), Says(NIK), **printed).lines[0].agrees is True
    assert two_looks(Says(NIK), Says(NIK[:-1] + "8"), **printed).lines[0].agrees is False


@pytest.mark.parametrize("second", ["BUSI", "BU", "BUMAN", "BUDIMANSYAH", "BADIMAN", "BUNGAIMAN"])
def test_a_hidden_letter_is_not_filled_in_by_a_reader_that_skips_or_guesses(second):
    """General readers close a gap or make up a word."""
    reading = two_looks(Says(f"BU{HIDDEN}{HIDDEN}MAN"), Says(second, score=0.8))
    assert reading.text == f"BU{HIDDEN}{HIDDEN}MAN"


def test_a_reader_that_read_every_hidden_letter_in_its_place_is_taken_and_the_doubt_kept():
    line = two_looks(Says(f"BU{HIDDEN}{HIDDEN}MAN"), Says("BUDIMAN")).lines[0]
    assert line.text == "BUDIMAN"
    assert line.agrees is False
    assert line.other.text == f"BU{HIDDEN}{HIDDEN}MAN"


def test_a_reader_that_saw_no_more_than_the_first_closed_a_gap():
    seen = "ABEPURA SELATAN"
    for where in (0, 4):
        hidden = seen[:where] + HIDDEN + seen[where:]
        assert two_looks(Says(hidden), Says(seen, score=0.97)).text == hidden


def test_a_colon_that_one_reader_kept_is_no_disagreement():
    first, pitch = PRINTED.nik_first_digit_x, PRINTED.nik_digit_pitch
    printed = {"nik": [(first, first + 16 * pitch)]}
    assert two_looks(Says(NIK), Says(f":{NIK}"), **printed).lines[0].agrees is True


def test_noise_of_a_dark_photo_is_no_print():
    card = card_with(nama=[(22.2, 30.0)])
    noise = np.random.default_rng(5).normal(0, 12, card.pixels.shape)
    noisy = replace(card, pixels=np.clip(card.pixels + noise, 0, 255).astype(np.uint8))
    (box,) = read(noisy, Says("BUDI"))["nama"].boxes
    assert 21 < box.x0 < 22.2
    assert 30.0 < box.x1 < 31.5


def test_what_may_hide_nothing_behind_a_value_is_no_gap():
    """Moire behind the last letter: the measures of that place say whether more may stand there."""
    line = two_looks(Says(f"BUDI{HIDDEN * 5}"), Says("BUDI")).lines[0]
    assert line.text == "BUDI"
    assert line.agrees is False
    start = two_looks(Says(f"{HIDDEN * 5}BUDI"), Says("BUDI"))
    assert start.text.startswith(HIDDEN)


def test_no_digit_of_a_nik_is_filled_in():
    first, pitch = PRINTED.nik_first_digit_x, PRINTED.nik_digit_pitch
    printed = {"nik": [(first, first + 16 * pitch)]}
    hidden = NIK[:5] + HIDDEN + NIK[6:]
    assert two_looks(Says(hidden), Says(NIK), **printed).text == hidden


def test_place_and_date_of_birth_share_a_line():
    engine = Says("BANDUNG, 01-02-1990")
    readings = read(card_with(tempat_tgl_lahir=[(22.2, 45.0)]), engine)
    assert readings["tempat_lahir"].text == "BANDUNG"
    assert readings["tanggal_lahir"].text == "01-02-1990"
    place, date = readings["tempat_lahir"].boxes[0], readings["tanggal_lahir"].boxes[0]
    assert place.x1 < date.x0 + 2
    assert date.x1 > 45


def born(*texts: str, second: tuple[str, ...] = ()):
    """Place and date of birth from two lines; an empty text stands for a line without print.

    ``second`` is what a second reader makes of them.
    """
    printed = card_with(tempat_tgl_lahir=[(22.2, 45.0)])
    # A line that is lost is looked for where no print is.
    own, bare = line_box("tempat_tgl_lahir"), line_box("jenis_kelamin")
    lines = {"tempat_tgl_lahir": tuple(own if text else bare for text in texts)}
    card = replace(printed, placement=replace(printed.placement, lines=lines))
    first = SaysInTurn(*filter(None, texts))
    other = SaysInTurn(*filter(None, second)) if second else None
    readings = both_read(card, Readers(first, other))
    return readings["tempat_lahir"], readings["tanggal_lahir"]


@pytest.mark.parametrize(
    "texts",
    [
        ("LABUHANBATU SELATAN,", "01-02-1990"),
        ("LABUHANBATU SELATAN", "01-02-1990"),
        ("LABUHANBATU", "SELATAN, 01-02-1990"),
    ],
)
def test_place_and_date_of_birth_may_take_two_lines(texts):
    place, date = born(*texts)
    assert place.text == "LABUHANBATU SELATAN"
    assert date.text == "01-02-1990"
    assert place.grammar == date.grammar == "ok"
    assert len(date.boxes) == 1


def test_a_place_of_birth_may_go_on_in_a_line_that_was_not_read_and_a_date_may_not():
    place, date = born("LABUHANBATU", "")
    assert HIDDEN in place.text
    assert date.text == ""
    place, date = born("", "SELATAN, 01-02-1990")
    assert place.text == f"{HIDDEN} SELATAN"
    assert date.text == "01-02-1990"
    place, date = born("", "01-02-1990")
    assert place.text == ""
    assert date.text == "01-02-1990"


def test_a_comma_ends_a_place_of_birth_though_the_next_line_was_not_read():
    place, date = born("LABUHANBATU SELATAN,", "")
    assert place.text == "LABUHANBATU SELATAN"
    assert date.text == ""


def test_a_blot_before_the_date_that_one_reader_sees_is_no_more_of_the_place():
    first, blotted = ("LABUHANBATU SELATAN,", "01-02-1990"), ("LABUHANBATU SELATAN,", "S01-02-1990")
    place, date = born(*first, second=blotted)
    assert place.text == "LABUHANBATU SELATAN"
    assert date.text == "01-02-1990"


def test_readings_keep_their_text_out_of_their_repr():
    reading = read(card_with(nama=[(22.2, 30.0)]), Says("RAHASIA"))["nama"]
    assert "RAHASIA" not in repr(reading)
    assert "RAHASIA" not in repr(reading.lines)


def test_a_short_rest_at_the_end_of_a_row_lost_its_start():
    late = read(card_with(alamat=[(50.0, 52.5)]), Says("79"))["alamat"]
    assert late.text.startswith(HIDDEN)


def test_a_wrapped_value_with_a_lost_line_is_not_the_other_line():
    card = card_with(nama=[(22.2, 30.0)])
    first = card.placement.lines["nama"][0]
    card.placement.lines["nama"] = (first.shifted(0, -2.49), first)
    reading = read(card, Says("SHIHAB"))["nama"]
    assert reading.raw == "SHIHAB"
    assert HIDDEN in reading.text
