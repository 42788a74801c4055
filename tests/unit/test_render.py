"""Terminal and page: what is shown, what never is, and that a page needs nothing else."""

from __future__ import annotations

import base64
import hashlib
import io
import math
import re
from dataclasses import replace
from datetime import datetime
from html.parser import HTMLParser
from string import Formatter

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from ktpcheck.errors import PhotoUnreadable
from ktpcheck.fields import FIELDS, REQUIRED
from ktpcheck.guidance import advice, label
from ktpcheck.records import Advice, Check, Measure
from ktpcheck.render import overlay, terminal
from ktpcheck.render.html import Page
from ktpcheck.render.pictures import MOST_MAPS
from ktpcheck.render.view import (
    action_sentence,
    field_rows,
    headline,
    instructions,
    measure_behind,
    shown_verdict,
)
from ktpcheck.render.words import WORDS, percent, printable, quantity
from tests.unit.report_fakes import CORNERS, VALUES, no_card, report

LANGS = ("id", "en")
UNREADABLE = report(
    unreadable={"nik": ("glare",), "alamat": ("glare", "blur_focus"), "agama": ("print_faded",)},
    checks=(Check("nik_birth_mismatch", "warning", ("nik", "tanggal_lahir")),),
)


def shown(fake, lang="en", *, colour=False, width=80, **options) -> str:
    out = io.StringIO()
    console = Console(
        file=out,
        width=width,
        force_terminal=colour,
        color_system="truecolor" if colour else None,
        highlight=False,
        emoji=False,
        markup=False,
    )
    terminal.show(console, fake, required=REQUIRED, lang=lang, **options)
    return out.getvalue()


def page(*fakes, lang="en", redact=False, errors=()) -> str:
    with Page(lang, required=REQUIRED, redact=redact, now=datetime(2025, 11, 20, 10, 30)) as made:
        for fake in fakes:
            made.add(fake)
        for name, error in errors:
            made.add_error(name, error)
        out = io.BytesIO()
        made.write(out)
        return out.getvalue().decode("utf-8")


class Elements(HTMLParser):
    """Every element with its attributes, the text, and whether tags are balanced."""

    VOID = frozenset({"meta", "img", "input", "br", "link"})

    def __init__(self, source: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, tag

    def handle_data(self, data):
        if not self.open or self.open[-1] != "style":
            self.text.append(data)


class TestTerminal:
    def test_unreadable_in_english(self):
        text = [line.rstrip() for line in shown(UNREADABLE).splitlines()]
        assert text[0] == "✗ a.jpg: Likely not readable"
        assert text[1] == "  Retake the photo."
        assert text[2] == "  6 of 8 required fields readable"
        assert text[4].split() == ["Field", "Read", "as", "Legibility", "Cause"]
        assert text[6:8] == [
            "  NIK       3171014503909999                     12%   glare",
            "  Address   JL. PERCOBAAN NO. 17 BLOK Z          12%   glare, out of focus",
        ]
        assert "  Not required, also not readable: Religion" in text
        assert "  To be verified: birth date differs from the NIK" in text
        assert text[-4:] == [
            "  What to do",
            "  1. Advice blur_focus: retake <b>once</b> more.",
            "  2. Advice glare: retake <b>once</b> more.",
            "  3. Advice print_faded: retake <b>once</b> more.",
        ]

    def test_readable_is_short(self):
        text = shown(report(), "id").splitlines()
        assert text[0] == "✓ a.jpg: Kemungkinan besar terbaca"
        assert text[2] == "  8 dari 8 data wajib terbaca"
        assert len(text) <= 7

    def test_no_card(self):
        text = shown(no_card(), "id")
        assert text.startswith("? page.jpg: KTP-el tidak ditemukan")
        assert "Saran not_ektp" in text

    @pytest.mark.parametrize("lang", LANGS)
    def test_a_field_without_a_reading_says_so(self, lang):
        fake = report(texts={"nama": ""}, unreadable={"nama": ("text_missing",)})
        assert label("empty", lang) in shown(fake, lang)

    def test_no_colours_off_a_terminal(self):
        assert "\x1b" not in shown(UNREADABLE)
        assert "\x1b[" in shown(UNREADABLE, colour=True)

    def test_no_color_is_honoured(self, monkeypatch):
        class Terminal(io.StringIO):
            def isatty(self):
                return True

        monkeypatch.setenv("TERM", "xterm-256color")
        monkeypatch.delenv("NO_COLOR", raising=False)
        for no_color, coloured in (("", True), ("1", False)):
            monkeypatch.setenv("NO_COLOR", no_color)
            out = Terminal()
            terminal.show(terminal.console_for(out), UNREADABLE, required=REQUIRED, lang="en")
            assert bool(re.search(r"\x1b\[[0-9;]*3[0-9]", out.getvalue())) is coloured

    def test_values_are_text_not_markup_or_commands(self):
        fake = report(texts={"nama": "[red]X[/red]\x1b[31m\u202e"}, unreadable={"nama": ("glare",)})
        text = shown(fake, width=200)
        assert r"[red]X[/red]\x1b[31m\u202e" in text

    @pytest.mark.parametrize("lang", LANGS)
    def test_redacted(self, lang):
        text = shown(UNREADABLE, lang, redact=True)
        assert "••••" in text
        for value in VALUES.values():
            if len(value) > 3:
                assert value not in text

    @pytest.mark.parametrize("width", [40, 60, 200])
    def test_any_width(self, width):
        lines = shown(UNREADABLE, width=width).splitlines()
        assert max(map(len, lines)) <= width
        if width >= 60:
            assert any("3171014503909999" in line for line in lines)

    def test_files_written_are_named(self):
        assert "out/a.card.png" in shown(report(), written=["out/a.card.png"])


class TestRows:
    def test_a_required_field_never_judged_is_unreadable(self):
        fake = report()
        decision = replace(fake.decision, fields={})
        rows = field_rows(
            replace(fake, readings={}, decision=decision), ["nik"], "en", redact=False
        )
        assert [(row.key, row.readable) for row in rows] == [("nik", False)]
        assert math.isnan(rows[0].legibility)
        assert rows[0].causes

    def test_rows_are_numbered_as_they_stand_on_the_card(self):
        rows = field_rows(report(), REQUIRED, "en", redact=False)
        assert [row.number for row in rows] == list(range(1, len(FIELDS) + 1))
        assert [row.key for row in rows] == list(FIELDS)

    def test_an_unreadable_field_always_has_a_cause(self):
        fake = report(unreadable={"nik": ()})
        row = next(
            row for row in field_rows(fake, REQUIRED, "en", redact=False) if row.key == "nik"
        )
        assert row.causes == (label("cause_unclear", "en"),)


PAGES = {
    "one": lambda **options: page(UNREADABLE, **options),
    "several": lambda **options: page(
        UNREADABLE,
        report(name="b/good.jpg", page=3),
        no_card(),
        errors=[("x<y>\n.jpg", PhotoUnreadable("x", "the <file> is empty", "Send it again."))],
        **options,
    ),
    "none": lambda **options: page(**options),
}


@pytest.mark.parametrize("redact", [False, True])
@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("make", PAGES.values(), ids=PAGES.keys())
class TestEveryPage:
    def test_needs_nothing_else(self, make, lang, redact):
        """No address but data:, no script, and a policy that would stop both."""
        source = make(lang=lang, redact=redact)
        elements = Elements(source).elements
        for tag, attributes in elements:
            assert tag not in {"script", "link", "iframe", "object", "embed", "base", "form"}
            for key, value in attributes.items():
                assert not key.startswith("on"), key
                assert key != "style", "the policy refuses style attributes"
                if key in {"src", "href", "xlink:href", "action", "srcset", "data", "poster"}:
                    assert (value or "").startswith(("data:image/", "#")), (value or "")[:40]
        css = re.search(r"<style>(.*?)</style>", source, re.DOTALL)[1]
        assert "url(" not in css
        assert "@import" not in css
        text = re.sub(r"data:[^\"]+", "", source)
        assert not re.search(r"https?:|//[a-z]", text)

    def test_the_policy_lets_its_own_style_through(self, make, lang, redact):
        source = make(lang=lang, redact=redact)
        policy = next(
            attributes["content"]
            for tag, attributes in Elements(source).elements
            if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
        )
        css = re.search(r"<style>(.*?)</style>", source, re.DOTALL)[1]
        digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
        assert f"style-src 'sha256-{digest}'" in policy
        assert policy.startswith("default-src 'none'; img-src data:;")

    def test_is_well_formed_and_accessible(self, make, lang, redact):
        parsed = Elements(make(lang=lang, redact=redact))
        assert parsed.open == []
        by_tag = [tag for tag, _ in parsed.elements]
        assert by_tag.count("h1") == 1
        assert dict(parsed.elements[0][1])["lang"] == lang
        ids = [attributes["id"] for _, attributes in parsed.elements if "id" in attributes]
        assert len(ids) == len(set(ids))
        for tag, attributes in parsed.elements:
            if tag == "img":
                assert attributes.get("alt")
            if tag == "label":
                assert attributes["for"] in ids
            if tag == "svg":
                assert attributes.get("aria-label") or attributes.get("aria-hidden") == "true"
            if tag == "th":
                assert attributes.get("scope") in {"row", "col"}
            for value in attributes.values():
                for target in re.findall(r"url\(#([^)]+)\)", value or ""):
                    assert target in ids


class TestPage:
    def test_everything_is_escaped(self):
        evil = "<script>alert(1)</script>"
        fake = report(name=f"{evil}.jpg", texts={"nama": evil}, unreadable={"nama": ("glare",)})
        advice = (Advice("glare", "retake", evil, evil),)
        fake = replace(fake, decision=replace(fake.decision, guidance=advice))
        source = page(fake, errors=[(evil, PhotoUnreadable("x", evil, evil))])
        assert "<script" not in source
        assert source.count("&lt;script&gt;") >= 5

    @pytest.mark.parametrize("lang", LANGS)
    def test_says_what_the_report_says(self, lang):
        parsed = Elements(page(UNREADABLE, lang=lang))
        text = " ".join(" ".join(parsed.text).split())
        for value in VALUES.values():
            assert value in text
        for row in field_rows(UNREADABLE, REQUIRED, lang, redact=False):
            assert row.title in text
        assert headline(UNREADABLE.decision, lang) in text
        assert action_sentence(UNREADABLE, lang) in text
        for said in UNREADABLE.decision.guidance:
            assert (said.text_id if lang == "id" else said.text_en) in text

    def test_boxes_tell_themselves_apart_without_colour(self):
        """Unreadable boxes carry a pattern, all carry the number of their row."""
        source = page(UNREADABLE)
        groups = re.findall(
            r'<g class="(good|bad|optional)" role="img" aria-label="(\d+)\.(.*?)</g></g>',
            source,
            re.DOTALL,
        )
        assert len(groups) == len(FIELDS)
        for state, number, inside in groups:
            assert f">{number}</text>" in inside
            assert ('fill="url(#' in inside) == (state != "good")
        states = {int(number): state for state, number, _ in groups}
        order = list(FIELDS)
        assert states[order.index("nik") + 1] == "bad"
        assert states[order.index("agama") + 1] == "optional"
        assert states[order.index("nama") + 1] == "good"

    def test_the_pictures_are_pictures(self):
        uris = re.findall(r'(?:src|href)="data:image/(png|jpeg);base64,([^"]+)"', page(UNREADABLE))
        # Photo, card, a map a measure, and the faults in their places.
        assert len(uris) == 2 + len(UNREADABLE.measures) + 1
        for kind, content in uris:
            data = np.frombuffer(base64.b64decode(content), np.uint8)
            decoded = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
            assert decoded is not None
            assert decoded.shape[2] == (4 if kind == "png" else 3)

    def test_redacted_pages_hold_no_picture_and_no_value(self):
        source = page(UNREADABLE, no_card(), redact=True)
        assert "data:image/jpeg" not in source
        for value in VALUES.values():
            if len(value) > 3:
                assert value not in source
        for content in re.findall(r'data:image/png;base64,([^"]+)"', source):
            data = np.frombuffer(base64.b64decode(content), np.uint8)
            rows, columns = cv2.imdecode(data, cv2.IMREAD_UNCHANGED).shape[:2]
            assert rows <= 27  # 2 mm a cell: no letter survives
            assert columns <= 43

    def test_a_card_reaching_outside_the_photo_is_drawn_whole(self):
        corners = CORNERS.copy()
        corners[[0, 3], 0] -= 400
        source = page(report(corners=corners))
        x, *_ = map(float, re.search(r'<svg viewBox="([^"]+)" role="img"', source)[1].split())
        assert x < -90  # of a picture shown 1200 px wide
        assert 'class="off_frame"' in source

    def test_one_map_is_shown_and_there_is_a_rule_for_each(self):
        source = page(UNREADABLE, report(name="b.jpg"))
        inputs = re.findall(r'<input type="radio"[^>]*>', source)
        assert sum("checked" in one for one in inputs) == 2
        for k in range(1, MOST_MAPS + 2):
            for where in (".stage .maps", ".legends", ".tabs"):
                rule = f".viewer > input:nth-of-type({k}):checked ~ {where} > :nth-child({k})"
                assert rule in source

    def test_the_map_behind_the_gravest_defect_is_shown_with_its_limit(self):
        names = list(UNREADABLE.measures)
        worst = max(UNREADABLE.findings, key=lambda finding: finding.severity)
        behind = measure_behind(worst, UNREADABLE)
        assert behind
        source = page(UNREADABLE)
        checked = re.search(r'<input type="radio"[^>]*-m(\d+)" checked', source)[1]
        assert names[int(checked) - 1] == behind.name
        mapped = [one for one in UNREADABLE.findings if measure_behind(one, UNREADABLE)]
        assert source.count('class="limit"') == len(mapped)
        assert "0.08" in source

    def test_a_defect_without_its_measure_is_still_shown(self):
        fake = replace(UNREADABLE, measures={})
        assert all(measure_behind(finding, fake) is None for finding in fake.findings)
        text = " ".join(Elements(page(fake)).text)
        for finding in fake.findings:
            assert label(finding.id, "en") in text

    def test_more_measures_than_rules_are_left_out(self):
        map_ = np.linspace(0, 1, 12, dtype=np.float32).reshape(3, 4)
        many = {f"m{i}": Measure(f"m{i}", "1", map_, {}) for i in range(MOST_MAPS + 5)}
        source = page(replace(report(), measures=many))
        assert source.count('<input type="radio"') == MOST_MAPS + 1

    @pytest.mark.parametrize("lang", LANGS)
    def test_lists_go_with_their_advice(self, lang):
        fake = report()
        said = (advice("replace_howto"), advice("jmo_also_check"))
        fake = replace(fake, decision=replace(fake.decision, guidance=said))
        text = " ".join(" ".join(Elements(page(fake, lang=lang)).text).split())
        found = instructions(fake, lang)
        assert len(found) == 3
        for heading, points in found:
            assert heading in text
            for point in points:
                assert " ".join(point.split()) in text

    def test_checks_that_agree_are_only_counted(self):
        checks = (
            Check("nik_birth_mismatch", "warning", ("nik", "tanggal_lahir")),
            Check("nik_sex_mismatch", "ok", ("nik", "jenis_kelamin")),
            Check("birth_age", "not_assessable", ("tanggal_lahir",)),
        )
        text = " ".join(Elements(page(report(checks=checks))).text)
        assert "The birth date as read differs from the NIK" in text
        assert "The sex as read does not fit" not in text
        assert "1 agree, 1 not assessable" in text


class TestOverlay:
    def test_a_heat_map_keeps_its_places(self):
        values = np.zeros((108, 171), np.float32)
        values[:20, :20] = 1
        picture = overlay.heat(values, 0, 1)
        bright = picture[:, :, :3].sum(axis=2)
        assert bright[5, 5] > bright[60, 100]

    @settings(max_examples=30, deadline=None)
    @given(st.integers(1, 400), st.integers(1, 400), st.booleans())
    def test_unknown_is_clear(self, rows, columns, coarse):
        values = np.full((rows, columns), np.nan, np.float32)
        assert not overlay.heat(values, 0, 1, coarse=coarse)[:, :, 3].any()
        values[:] = 0.5
        picture = overlay.heat(values, 0, 1, coarse=coarse)
        assert picture[:, :, 3].all()
        assert np.ptp(picture.reshape(-1, 4), axis=0).max() == 0

    def test_unknown_does_not_bleed(self):
        values = np.full((400, 800), 0.5, np.float32)
        values[:, :400] = np.nan
        picture = overlay.heat(values, 0, 1)
        known = picture[picture[:, :, 3] > 0][:, :3]
        assert np.ptp(known, axis=0).max() == 0

    @given(
        st.lists(st.floats(-1e6, 1e6, width=32) | st.just(math.nan), min_size=1, max_size=30),
        st.none() | st.floats(-1e6, 1e6),
    )
    def test_a_range_is_never_empty(self, values, limit):
        low, high = overlay.value_range(np.array([values], np.float32), limit=limit)
        assert low < high
        assert math.isfinite(low)
        assert math.isfinite(high)
        if limit is not None and np.isfinite(values).any():
            assert low <= limit <= high

    def test_what_the_photo_does_not_show_is_striped(self):
        pixels = np.full((60, 80, 3), 30, np.uint8)
        inside = np.zeros((60, 80), bool)
        inside[:, 40:] = True
        marked = overlay.without_outside(pixels, inside)
        assert (marked[:, 40:] == 30).all()
        assert len(np.unique(marked[:, :40])) == 2
        assert marked[:, :40].min() > 100

    @given(st.integers(1, 300), st.integers(1, 300), st.integers(1, 200))
    @settings(max_examples=30, deadline=None)
    def test_fitting_never_enlarges_and_keeps_the_shape(self, height, width, longest):
        pixels = np.full((height, width, 3), 77, np.uint8)
        shrunk = overlay.fitted(pixels, longest)
        assert max(shrunk.shape[:2]) == min(longest, max(height, width))
        assert shrunk is not pixels
        assert (shrunk == 77).all()

    def test_every_fault_has_a_hatching_and_an_outline_of_its_own(self):
        places = []
        for index in range(7):
            place = np.zeros(overlay.MARKS_SHAPE, bool)
            place[60 * index + 5 : 60 * index + 60, 100:500] = True
            places.append((place, 0.7))
        picture = overlay.marks(places)
        hatched = [
            picture[60 * index + 12 : 60 * index + 52, 160:480, 3] == 255 for index in range(7)
        ]
        # Grey-blind eyes have the pattern alone: no two faults share one, and none fills its place.
        for index, one in enumerate(hatched):
            assert 0.1 < one.mean() < 0.75
            assert all((one != other).mean() > 0.1 for other in hatched[index + 1 :])
        assert not picture[:, 560:, 3].any()
        for place, _ in places:
            edge = place & ~cv2.erode(place.astype(np.uint8), np.ones((3, 3))).astype(bool)
            assert (picture[edge, 3] == 255).mean() > 0.95

    def test_a_mark_of_nothing_is_clear(self):
        assert not overlay.marks([]).any()
        nowhere = np.zeros(overlay.MARKS_SHAPE, bool)
        assert not overlay.marks([(nowhere, 1.0)]).any()

    def test_colours_survive_the_encoders(self):
        pixels = np.zeros((16, 16, 3), np.uint8)
        pixels[:, :, 0] = 250  # red in RGB
        for content in (overlay.png(pixels), overlay.jpeg(pixels)):
            bgr = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
            assert abs(int(bgr[8, 8, 2]) - 250) < 6
            assert bgr[8, 8, 0] < 6


class TestWords:
    def test_both_languages_fill_in_the_same(self):
        for key, (indonesian, english) in WORDS.items():
            assert indonesian, key
            assert english, key
            names = [
                {name for _, name, _, _ in Formatter().parse(text) if name}
                for text in (indonesian, english)
            ]
            assert names[0] == names[1], key

    @given(st.text())
    def test_printable_is_one_line_without_commands(self, text):
        safe = printable(text)
        assert safe == printable(safe)
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", safe)

    @given(st.floats(0, 1))
    def test_percent_never_rounds_to_certainty(self, share):
        whole = int(percent(share, "en").rstrip("%"))
        assert (whole == 100) == (share == 1)
        assert (whole == 0) == (share == 0)

    @pytest.mark.parametrize(
        ("value", "unit", "lang", "text"),
        [
            (0.4213, "1", "en", "0.421"),
            (0.4213, "1", "id", "0,421"),
            (287.04, "dpi", "en", "287 dpi"),
            (12345.0, "px", "en", "12345 px"),
            (0.00001234, "1", "en", "1.2e-05"),
            (math.nan, "px", "en", "not assessable"),
        ],
    )
    def test_quantities(self, value, unit, lang, text):
        assert quantity(value, unit, lang) == text


def test_what_a_look_at_the_card_would_settle_is_merely_not_sure():
    decision = replace(UNREADABLE.decision, action="check_data")
    assert shown_verdict(decision) == "uncertain"
    for lang in ("id", "en"):
        assert headline(decision, lang) != headline(UNREADABLE.decision, lang)
    assert shown_verdict(UNREADABLE.decision) == "unreadable"
