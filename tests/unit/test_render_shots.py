"""Several shots of one card on a terminal and on a page."""

from __future__ import annotations

import io
import re
from datetime import datetime

import pytest

from ktpcheck.fields import REQUIRED
from ktpcheck.render import terminal
from ktpcheck.render.html import Page
from ktpcheck.render.shots import fault_rows, joint_rows, pair_sentences
from ktpcheck.render.terminal import console_for
from tests.unit.report_fakes import VALUES, no_card
from tests.unit.test_shots import found, joined, other_face, shot

MIXED = joined(
    shot(0, found("glare", "nik"), nik=("317101450390", 0.1), alamat=("JL. PER", 0.1)),
    shot(1, found("text_missing", "alamat"), alamat=("JL. PERC", 0.1)),
    shot(2, found("text_missing", "alamat"), alamat=("JL. PERC", 0.2)),
)
DIFFERENT = joined(shot(0), other_face(1))
NO_CARD = joined(no_card(), no_card(name="b.jpg"))
CASES = {"mixed": MIXED, "different": DIFFERENT, "no card": NO_CARD, "one": joined(shot(0))}


def shown(joint, lang="en", *, quiet=False, redact=False, width=100) -> str:
    stream = io.StringIO()
    console = console_for(stream)
    console.width = width
    show = terminal.show_joint_line if quiet else terminal.show_joint
    show(console, joint, required=REQUIRED, lang=lang, redact=redact)
    return stream.getvalue()


def page(joint, lang="en", *, redact=False) -> str:
    with Page(lang, required=REQUIRED, redact=redact, now=datetime(2026, 1, 2)) as made:
        made.add_joint(joint)
        file = io.BytesIO()
        made.write(file)
    return file.getvalue().decode("utf-8")


def test_the_terminal_shows_readings_side_by_side_and_which_was_used():
    text = shown(MIXED)
    assert text.startswith("✗ 3 photos of one card: Likely not readable")
    [address] = [line for line in text.splitlines() if line.lstrip().startswith("Address")]
    assert "JL. PERC" in address
    assert re.search(r"\bused\b", address)
    assert "read alike: NIK" in text
    assert "not seen" in text
    assert "the card: it stays in its place" in text
    assert "the photo: it moves or vanishes" in text


def test_the_terminal_says_why_cards_are_not_the_same():
    text = shown(DIFFERENT)
    assert "Not photos of the same card" in text
    assert "portraits in the two photos differ" in re.sub(r"\s+", " ", text)
    assert VALUES["nama"] not in text


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("lang", ["id", "en"])
@pytest.mark.parametrize("redact", [False, True])
def test_every_rendering_works_and_redacts(case, lang, redact):
    joint = CASES[case]
    for text in (
        shown(joint, lang, redact=redact, width=60),
        shown(joint, lang, redact=redact, quiet=True),
        page(joint, lang, redact=redact),
    ):
        assert text.strip()
        if redact:
            assert VALUES["nik"] not in text
            assert VALUES["nama"] not in text
    assert len(shown(joint, lang, quiet=True).splitlines()) == 1


def test_the_page_shows_every_card_and_no_composite():
    html = page(MIXED)
    section = html.partition('id="p1"')[2].partition("</section>")[0]
    assert section.count("<img") == len(MIXED.shots)
    assert section.count('<svg class="boxes faults"') == len(MIXED.shots)
    # A section for the whole and one for each shot.
    assert html.count('<section id="p') == 1 + len(MIXED.shots)
    for one in MIXED.shots:
        assert one.photo.name in section


def test_marks_tell_the_card_s_faults_from_the_photo_s_without_colour():
    css = page(MIXED)
    for cause in ("capture", "undetermined"):
        rule = re.search(rf"\.faults \.{cause} polygon {{[^}}]*}}", css)
        assert rule
        assert "dasharray" in rule[0]
    assert "dasharray" not in re.search(r"\.faults \.card polygon {[^}]*}", css)[0]


def test_rows_say_who_agrees():
    [row] = [row for row in joint_rows(MIXED, REQUIRED, "en", redact=False) if row.key == "nik"]
    assert [cell.used for cell in row.cells].count(True) == 1
    assert row.cells[0].agrees is None  # nothing one would call a reading
    assert row.readable
    assert row.settled
    assert len(fault_rows(MIXED, "en")) == len(MIXED.faults)
    assert len(pair_sentences(MIXED, "id")) == 3
