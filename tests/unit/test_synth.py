"""Synth: specimens say what they are, and the truth about a capture is true."""

from __future__ import annotations

import csv
import datetime
import json
import re
from dataclasses import replace
from importlib import resources
from pathlib import Path

import cv2
import numpy as np
import pytest

from ktpcheck import regions
from ktpcheck.fields import FIELDS
from ktpcheck.geometry import CARD_BOX, CARD_HEIGHT_MM, CARD_WIDTH_MM, Box, mm_to_photo
from ktpcheck.layout import BLOCK_SHIFT_MM, LAYOUTS, LINES, ROW_LABELS
from ktpcheck.nik import parse_nik
from ktpcheck.rectify import flatten
from ktpcheck.synth import (
    DEFECTS,
    NEGATIVES,
    SCENES,
    SPLITS,
    TRAINING_SPLITS,
    contact_sheet,
    make_capture,
    make_negative,
)
from ktpcheck.synth.backgrounds import BACKGROUNDS
from ktpcheck.synth.camera import Shot, develop
from ktpcheck.synth.card import draw_card
from ktpcheck.synth.clutter import lay_cards, strew
from ktpcheck.synth.faults import CARD_FAULTS
from ktpcheck.synth.ground import GROUNDS, draw_ground
from ktpcheck.synth.people import SPECIMEN_SERIAL, invent
from ktpcheck.synth.portrait import FACES
from ktpcheck.synth.pose import Wish, solve
from ktpcheck.synth.type import CARD_PX_PER_MM, TYPEFACES, Style, set_line
from ktpcheck.synth.view import View, lean_focus

SHARED = Path(__file__).parents[2].parent / "shared"
SMALL = (800, 600)


def overlap(one: Box, other: Box) -> float:
    wide = min(one.x1, other.x1) - max(one.x0, other.x0)
    tall = min(one.y1, other.y1) - max(one.y0, other.y0)
    return max(wide, 0.0) * max(tall, 0.0)


def people(count: int = 150):
    return [invent(np.random.default_rng(seed)) for seed in range(count)]


# --- people


def test_every_person_has_every_field():
    for person in people(60):
        assert set(person.fields) == set(FIELDS)
        assert all(person.fields.values())


def test_the_nik_obeys_its_grammar_and_says_what_the_card_says():
    for person in people():
        number = person.fields["nik"]
        assert number.endswith(SPECIMEN_SERIAL)
        parsed = parse_nik(
            number, reference=datetime.date(2025, 1, 1), printed_birth_year=person.birth.year
        )
        assert parsed.valid
        assert parsed.birth_date == person.birth
        assert parsed.sex == person.fields["jenis_kelamin"]
        assert regions.district(number[:6]) is not None


def test_people_come_from_every_province_and_print_in_capitals():
    seen = {person.fields["provinsi"] for person in people(700)}
    assert len(seen) == 38
    for person in people(60):
        for key, text in person.fields.items():
            assert re.fullmatch(r"[A-Z0-9 .,'/()&+-]+", text), (key, text)


def test_districts_are_those_of_the_register():
    table = SHARED / "domain" / "regions" / "regions.csv"
    if not table.exists():
        pytest.skip("the register is not beside this checkout")
    with table.open() as file:
        rows = {row["code"]: row["name"].upper() for row in csv.DictReader(file)}
    for person in people(80):
        assert person.fields["nik"][:6] in rows
        assert person.fields["kecamatan"] in rows.values()


def test_wrapped_rows_take_the_lines_asked_for():
    for seed in range(20):
        rng = np.random.default_rng(seed)
        person = invent(rng, ("nama", "alamat", "alamat"))
        assert len(person.name_lines) == 2
        assert len(person.address_lines) == 3
        assert person.fields["alamat"] == " ".join(person.address_lines)
        plain = invent(np.random.default_rng(seed), ())
        assert len(plain.name_lines) == len(plain.birth_lines) == len(plain.address_lines) == 1


def test_place_and_date_of_birth_take_two_lines_only_where_one_is_too_short():
    for person in people(300):
        place, date = person.fields["tempat_lahir"], person.fields["tanggal_lahir"]
        assert " ".join(person.birth_lines) == f"{place}, {date}"
        assert len(person.birth_lines) == (1 if len(place) <= 17 else 2)
    wide = [person for person in people(300) if len(person.birth_lines) > 1]
    assert 0 < len(wide) < 15
    for seed in range(20):
        asked = invent(np.random.default_rng(seed), ("tempat_tgl_lahir",))
        assert len(asked.birth_lines) == 2
        assert asked.birth_lines[1].endswith(asked.fields["tanggal_lahir"])


def test_place_and_date_of_birth_have_their_own_boxes_on_two_lines():
    for seed in range(8):
        card = draw_card(seed, "train", None, ("tempat_tgl_lahir",))
        first, second = card.placement.lines["tempat_tgl_lahir"]
        assert second.y0 - first.y0 == pytest.approx(2.45, abs=0.4)
        places, (date,) = card.boxes["tempat_lahir"], card.boxes["tanggal_lahir"]
        assert overlap(date, second) == pytest.approx(date.width * date.height, rel=1e-6)
        alone = card.person.birth_lines[1] == card.person.fields["tanggal_lahir"]
        assert len(places) == (1 if alone else 2)
        assert all(overlap(place, date) == 0 for place in places)
        assert card.placement.labels["jenis_kelamin"].y0 > second.y0


# --- cards


@pytest.mark.parametrize("layout", list(LAYOUTS))
def test_print_stands_where_the_layout_says(layout):
    plan = LAYOUTS[layout]
    for seed in range(3):
        card = draw_card(seed, "train", layout, ())
        dx, dy = card.placement.shift_mm
        assert abs(dx) <= BLOCK_SHIFT_MM
        assert abs(dy) <= BLOCK_SHIFT_MM
        assert set(card.placement.lines) == set(LINES)
        for row in ROW_LABELS:
            label = card.placement.labels[row]
            assert abs(label.x0 - plan.row_label_x(row) - dx) < 0.4
            # Letters without a descender end on the baseline; g, j, p and the slash hang below.
            assert -0.3 < label.y1 - plan.row_baseline(row) - dy < 0.9
            assert 0.7 * plan.cap_height < label.height < 1.7 * plan.cap_height
        nik = card.placement.lines["nik"][0]
        assert abs(nik.x0 - plan.nik_first_digit_x - dx) < 0.5
        assert abs(nik.height - plan.nik_digit_height) < 0.2
        cap = card.placement.lines["kewarganegaraan"][0].height
        assert abs(cap - plan.cap_height) < 0.25


def test_boxes_hold_the_ink_and_keep_apart():
    for seed in range(6):
        card = draw_card(seed, "test")
        lines = [box for boxes in card.placement.lines.values() for box in boxes]
        for index, box in enumerate(lines):
            assert overlap(box, CARD_BOX) == pytest.approx(box.width * box.height, rel=1e-6)
            assert card.ink[box.slices(card.ink.shape)].mean() > 0.05
            assert overlap(box, card.placement.portrait) < 0.02 * box.width * box.height
            for other in lines[index + 1 :]:
                assert overlap(box, other) < 0.05 * box.width * box.height


def test_every_card_is_marked_in_its_pixels_away_from_the_data():
    for split in SPLITS:
        for seed, layout in ((3, "printed"), (4, "drawn_specimen")):
            capture = make_capture(
                seed, split, layout=layout, defects={}, wrapped=("nama", "alamat", "alamat")
            )
            canvas, _ = flatten(capture.pixels, mm_to_photo(capture.outline.corners_px), 8)
            mark = capture.mark_mm
            grey = cv2.cvtColor(canvas, cv2.COLOR_RGB2GRAY).astype(float)
            part = grey[mark.slices(grey.shape)]
            # Letters against their ground: strokes cover about a third and are clearly darker.
            assert np.percentile(part, 90) - np.percentile(part, 10) > 30
            assert mark.width > 15
            boxes = [box for held in capture.boxes.values() for box in held]
            assert all(overlap(mark, box) == 0 for box in boxes)


# --- captures


def test_the_same_seed_gives_the_same_bytes():
    arguments = {"defects": {"glare@nik": 0.5, "scratch_nik": 0.6}, "size_px": SMALL}
    first = make_capture(11, "validation", **arguments)
    draw_card.cache_clear()
    again = make_capture(11, "validation", **arguments)
    assert np.array_equal(first.pixels, again.pixels)
    assert first.truth() == again.truth()
    assert not np.array_equal(first.pixels, make_capture(12, "validation", **arguments).pixels)
    assert not np.array_equal(first.pixels, make_capture(11, "train", **arguments).pixels)


def test_another_defect_leaves_card_and_place_alone():
    plain = make_capture(5, defects={}, size_px=(1200, 900))
    faulty = make_capture(5, defects={"glare": 0.7, "crack": 0.8}, size_px=(1200, 900))
    assert np.array_equal(plain.outline.corners_px, faulty.outline.corners_px)
    assert plain.fields == faulty.fields
    assert plain.defects == []
    assert {row["id"] for row in faulty.defects} == {"glare", "crack"}


@pytest.mark.parametrize(
    ("scene", "rotation"),
    [
        ("desk", 0.0),
        ("desk", 217.0),
        ("steep", None),
        ("several", None),
        ("gallery", None),
        ("laptop", None),
    ],
)
def test_the_outline_is_true_to_a_fraction_of_a_millimetre(scene, rotation):
    capture = make_capture(8, scene=scene, defects={}, size_px=(1600, 1200), rotation_deg=rotation)
    card = draw_card(8, "train")
    seen, _ = flatten(capture.pixels, mm_to_photo(capture.outline.corners_px), 10)
    drawn = cv2.resize(card.printed(), (seen.shape[1], seen.shape[0]), interpolation=cv2.INTER_AREA)
    part = Box(5, 5, 80, 48).slices(seen.shape)
    one, other = (
        cv2.GaussianBlur(picture[part].astype(np.float32).mean(axis=2), (0, 0), 1.5)
        for picture in (seen, drawn)
    )
    (dx, dy), _ = cv2.phaseCorrelate(
        one - cv2.blur(one, (41, 41)), other - cv2.blur(other, (41, 41))
    )
    assert np.hypot(dx, dy) / 10 < 0.15


def test_all_scenes_give_a_capture_with_plausible_truth():
    for seed, scene in enumerate(SCENES):
        size = None if scene in {"tiny", "scan"} else SMALL
        capture = make_capture(seed, "test", scene=scene, size_px=size)
        assert capture.pixels.dtype == np.uint8
        assert capture.pixels.ndim == 3
        assert cv2.isContourConvex(capture.outline.corners_px)
        assert cv2.contourArea(capture.outline.corners_px) > 5000
        cut = [name for name, state in capture.outline.sides.items() if state == "off_frame"]
        assert bool(cut) == (scene == "cut"), (scene, cut)
        if scene == "cut":
            assert "cropped" in capture.masks
        if scene == "tiny":
            width = np.linalg.norm(np.diff(capture.outline.corners_px[:2], axis=0))
            assert width < 0.3 * max(capture.pixels.shape)
        if scene == "steep":
            assert "skew" in capture.masks
        json.dumps(capture.truth(), allow_nan=False)


def test_rotation_is_what_was_asked_for():
    for asked in (0.0, 33.0, 90.0, 180.0, 270.0):
        corners = make_capture(2, rotation_deg=asked, defects={}, size_px=SMALL).outline.corners_px
        across = (corners[1] + corners[2] - corners[0] - corners[3]) / 2
        turned = np.degrees(np.arctan2(across[1], across[0])) % 360
        assert min(abs(turned - asked), 360 - abs(turned - asked)) < 6


def test_other_e_ktps_lie_in_their_outlines_and_the_card_is_the_most_central():
    for seed in range(5):
        size = ((800, 600), (600, 800))[seed % 2]
        wish = Wish(0.45, (0.48, 0.53), 20.0 * seed, 10.0, 30.0, 0.0)
        pose = solve(wish, size)
        bare = np.full((size[1], size[0], 3), 90, np.uint8)
        table = bare.copy()
        outlines = lay_cards(table, pose, "train", np.random.default_rng(seed))
        assert 1 <= len(outlines) <= 2
        inside, near = np.zeros(table.shape[:2], np.uint8), np.zeros(table.shape[:2], np.uint8)
        for outline in outlines:
            cv2.fillConvexPoly(inside, np.int32(np.round(outline)), 1)
            # They lie apart, and the card keeps the middle.
            assert cv2.intersectConvexConvex(outline, pose.corners_px)[0] == 0
            middle = np.array(size) / 2
            assert np.linalg.norm(outline.mean(axis=0) - middle) > np.linalg.norm(
                pose.corners_px.mean(axis=0) - middle
            )
        cv2.dilate(inside, np.ones((41, 41), np.uint8), near)
        changed = np.abs(table.astype(int) - bare).max(axis=2) > 6
        assert changed[inside == 1].mean() > 0.95
        assert changed[near == 0].sum() == 0


def test_several_e_ktps_are_in_the_truth_and_no_other_scene_has_any():
    capture = make_capture(3, "train", scene="several", defects={}, size_px=SMALL)
    known = capture.truth()["others_px"]
    assert 1 <= len(known) <= 2
    assert np.array(known).shape[1:] == (4, 2)
    assert make_capture(3, "train", defects={}, size_px=SMALL).truth()["others_px"] == []


def test_a_screenshot_has_bars_around_the_photo_and_the_face_is_where_truth_says():
    capture = make_capture(5, "train", scene="gallery", defects={}, size_px=(720, 1600))
    assert capture.pixels.shape == (1600, 720, 3)
    grey = cv2.cvtColor(capture.pixels, cv2.COLOR_RGB2GRAY)
    # The bars are plain but for their icons.
    for bar in (grey[60:140], grey[-170:]):
        common = np.bincount(bar.ravel(), minlength=256).argmax()
        assert (np.abs(bar.astype(int) - common) < 12).mean() > 0.85
    x, y, width, height = capture.face_box_px
    corners = capture.outline.corners_px
    assert (corners.min(axis=0) < [x, y]).all()
    assert (corners.max(axis=0) > [x + width, y + height]).all()
    face = capture.pixels[int(y) : int(y + height), int(x) : int(x + width)].astype(int)
    # Skin: redder than blue, unlike the card.
    assert (face[..., 0] > face[..., 2]).mean() > 0.6


def test_a_laptop_shows_its_grid_on_the_screen_only():
    flat = np.full((200, 300, 3), 0.4, np.float32)
    lit = np.zeros((200, 300), np.float32)
    lit[:, 150:] = 1
    still = Shot(focus_px=0, noise=0, read_noise=0, sharpen=0, quality=100, screen=0.6)
    shown = develop(flat.copy(), still, np.random.default_rng(0), screen=lit)
    assert shown[:, :140].astype(float).std() < 1
    assert shown[:, 160:].astype(float).std() > 20
    capture = make_capture(3, "train", scene="laptop", defects={}, size_px=SMALL)
    row = next(row for row in capture.defects if row["id"] == "screen_capture")
    assert 0.3 <= row["severity"] <= 0.75
    asked = make_capture(3, scene="laptop", defects={"screen_capture": 0.9}, size_px=SMALL)
    assert [row["severity"] for row in asked.defects if row["id"] == "screen_capture"] == [0.9]


def test_clutter_lies_beside_the_card_and_not_on_it():
    strewn = 0
    for seed in range(4):
        view = View(solve(Wish(0.5, (0.5, 0.5), 8.0, 10.0, 30.0, 0.0), (800, 600)))
        bare = np.full((600, 800, 3), 90, np.uint8)
        rng = np.random.default_rng(seed)
        strewn += float((strew(bare.copy(), view.pose, "train", rng) != bare).any(axis=2).mean())
        capture = make_capture(seed, "test", scene="clutter", defects={}, size_px=SMALL)
        assert min(capture.visible_ink.values()) > 0.999
        assert set(capture.outline.sides.values()) == {"visible"}
    assert 0.05 < strewn / 4 < 0.9


def test_a_picture_from_a_chat_is_small_and_saved_before():
    for seed in range(3):
        capture = make_capture(seed, "validation", scene="chat", defects={})
        assert max(capture.pixels.shape) <= 1600
        assert capture.info["quality"] < 80
        # What leans a little is a little out of focus somewhere.
        assert all(defect["severity"] < 0.25 for defect in capture.defects)


# --- defects


def test_every_defect_is_a_known_guidance_id_with_its_kind():
    advice = json.loads((resources.files("ktpcheck.guidance") / "advice.json").read_text())
    text = json.dumps(advice)
    for name in DEFECTS:
        assert f'"{name}"' in text


@pytest.mark.parametrize("name", DEFECTS)
def test_every_defect_shows_in_pixels_mask_and_truth(name):
    plain = make_capture(21, defects={}, size_px=SMALL)
    faulty = make_capture(21, defects={name: 0.8}, size_px=SMALL)
    change = np.abs(plain.pixels.astype(int) - faulty.pixels.astype(int)).max(axis=2)
    # Noise is drawn from a stream of its own, so what differs is the fault (and its JPEG blocks).
    assert (change > 12).sum() > 100
    row = next(row for row in faulty.defects if row["id"] == name)
    assert row["kind"] == ("card" if name in {*CARD_FAULTS, "bent", "relaminated"} else "capture")
    assert 0.3 < row["severity"] <= 1.0
    assert faulty.masks[name].max() > 0.2


@pytest.mark.parametrize(
    "name", ["glare", "occluded", "text_missing", "stain", "laminate_peel", "print_faded", "broken"]
)
def test_an_aimed_defect_hides_its_field_and_spares_a_distant_one(name):
    capture = make_capture(31, defects={f"{name}@nama": 0.95}, size_px=SMALL, layout="printed")
    assert capture.visible_ink["nama"] < 0.6
    assert capture.visible_ink["tanggal_terbit"] > 0.9
    assert "nama" in next(row for row in capture.defects if row["id"] == name)["regions"]


@pytest.mark.parametrize("split", list(SPLITS))
@pytest.mark.parametrize("name", ["glare", "shadow", "stain"])
def test_a_faults_shapes_all_strike_the_field_and_grow_with_severity(name, split):
    for seed in range(3):
        spread = []
        for severity in (0.3, 0.9):
            capture = make_capture(
                seed, split, defects={f"{name}@nama": severity}, size_px=(480, 360)
            )
            (row,) = [row for row in capture.defects if row["id"] == name]
            assert "nama" in row["regions"]
            spread.append((capture.masks[name].mean(), capture.visible_ink["nama"]))
        (little, more), (left, less) = zip(*spread, strict=True)
        assert more > little
        assert less <= left
        if name != "shadow":
            assert less < left - 0.05


def test_local_faults_that_were_asked_for_mostly_lie_on_a_field():
    touched = total = 0
    for seed in range(4):
        for name in ("glare", "hole_punch", "stain", "laminate_bubble", "occluded"):
            capture = make_capture(seed, defects={name: 0.6}, size_px=(480, 360))
            row = next(row for row in capture.defects if row["id"] == name)
            touched += bool(set(row["regions"]) & set(FIELDS))
            total += 1
    assert touched >= 0.8 * total


def test_a_leaning_card_is_sharp_on_one_side_only():
    for seed in range(40, 44):
        capture = make_capture(seed, scene="steep", defects={}, size_px=(1600, 1200))
        mask = capture.masks.get("blur_focus")
        if mask is not None:
            assert mask.min() < 0.1 < mask.max()
    view = View(solve(Wish(0.8, (0.5, 0.5), 0.0, 0.0, 0.0, 0.0), (800, 600)))
    assert lean_focus(view, np.random.default_rng(1)).on_card_mm.max() < 0.01
    leaning = View(solve(Wish(0.8, (0.5, 0.5), 0.0, 32.0, 90.0, 0.0), (800, 600)))
    focus = lean_focus(leaning, np.random.default_rng(1))
    # Leaning about the upright axis: the blur changes from left to right only.
    assert np.ptp(focus.on_card_mm, axis=1).min() > 20 * np.ptp(focus.on_card_mm, axis=0).max()
    assert focus.on_card_mm.min() < 0.02 < 0.05 < focus.on_card_mm.max()


def test_clean_ink_is_all_visible_and_cut_ink_is_gone():
    clean = make_capture(9, defects={}, size_px=SMALL)
    assert min(clean.visible_ink.values()) > 0.999
    assert set(clean.visible_ink) == set(FIELDS)
    cut = make_capture(9, defects={"cropped": 0.9}, size_px=SMALL)
    assert min(cut.visible_ink.values()) == 0.0


def test_shots_of_one_card_share_its_print_and_its_faults_only():
    wish = {"scratch_nik": 0.7, "glare": 0.6}
    first, second = (make_capture(17, defects=wish, size_px=SMALL, shot=shot) for shot in (0, 1))
    assert first.fields == second.fields
    assert first.placement == second.placement
    assert np.array_equal(first.masks["scratch_nik"], second.masks["scratch_nik"])
    assert not np.array_equal(first.masks["glare"], second.masks["glare"])
    assert not np.array_equal(first.outline.corners_px, second.outline.corners_px)


def test_a_bent_card_keeps_its_corners_and_bows_its_long_edges():
    flat = make_capture(6, defects={}, size_px=(1200, 900), rotation_deg=0.0)
    bent = make_capture(6, defects={"bent": 0.9}, size_px=(1200, 900), rotation_deg=0.0)
    assert np.allclose(flat.outline.corners_px, bent.outline.corners_px, atol=0.01)
    change = np.abs(flat.pixels.astype(int) - bent.pixels.astype(int)).mean(axis=2) > 20
    top = flat.outline.corners_px[:2].mean(axis=0).astype(int)
    reach = int(3 * bent.info["px_per_mm"])
    assert change[top[1] - reach : top[1] + reach, top[0]].sum() > 0.5 * reach


def test_the_mask_of_a_missing_corner_shows_the_table():
    plain = make_capture(14, defects={}, size_px=(1200, 900))
    broken = make_capture(14, defects={"broken": 0.8}, size_px=(1200, 900))
    to_photo = mm_to_photo(plain.outline.corners_px)
    whole, _ = flatten(plain.pixels, to_photo, 8)
    torn, _ = flatten(broken.pixels, to_photo, 8)
    mask = cv2.resize(broken.masks["broken"], (torn.shape[1], torn.shape[0]))
    change = np.abs(whole.astype(int) - torn.astype(int)).mean(axis=2)
    assert change[mask > 0.9].mean() > 5 * change[mask < 0.01].mean() + 5


@pytest.mark.parametrize(
    "arguments",
    [
        {"split": "exam"},
        {"scene": "moon"},
        {"layout": "round"},
        {"defects": {"melted": 0.5}},
        {"defects": {"glare@shoe": 0.5}},
        {"defects": {"glare": 1.5}},
    ],
)
def test_unknown_wishes_are_refused(arguments):
    with pytest.raises(ValueError, match=r"."):
        make_capture(1, **arguments)


# --- camera


def dots(light: np.ndarray, **shot):
    """A picture of points as a noiseless camera without compression loss sees it, in light."""
    still = Shot(exposure=1, focus_px=0, noise=0, read_noise=0, sharpen=0, quality=100, **shot)
    return develop(light.copy(), still, np.random.default_rng(0))[..., 1].astype(float)


def spread(picture: np.ndarray, x: int, y: int) -> tuple[float, float, float, float]:
    """Mean and spread in x and y of what lies around a point."""
    part = picture[y - 30 : y + 31, x - 30 : x + 31] ** 2.2
    part = part * (part > 0.02 * part.max())
    gy, gx = np.mgrid[-30:31, -30:31]
    weight = part / part.sum()
    mx, my = (weight * gx).sum(), (weight * gy).sum()
    return (
        mx,
        my,
        np.sqrt((weight * (gx - mx) ** 2).sum()),
        np.sqrt((weight * (gy - my) ** 2).sum()),
    )


def test_motion_smears_as_far_as_asked_turns_and_stays_in_place():
    light = np.zeros((300, 400, 3), np.float32)
    for x in (60, 200, 340):
        for y in (50, 150, 250):
            light[y - 1 : y + 2, x - 1 : x + 2] = 1
    straight = dots(light, motion_px=16.0, motion_deg=0.0)
    for x in (60, 200, 340):
        mx, my, sx, sy = spread(straight, x, 150)
        assert np.hypot(mx, my) < 1
        # A uniform smear of length L has spread L / sqrt(12).
        assert abs(sx - 16 / np.sqrt(12)) < 1
        assert sy < 1.5
    turning = dots(light, motion_px=2.0, motion_deg=0.0, motion_turn=0.1)
    assert spread(turning, 200, 150)[3] < 1.5
    assert spread(turning, 60, 150)[3] > 3
    rolling = dots(light, motion_px=14.0, motion_deg=0.0, motion_roll=1.0)
    assert spread(rolling, 200, 250)[2] > 1.5 * spread(rolling, 200, 50)[2]


def test_a_picture_sent_on_loses_detail_its_last_saving_alone_would_keep():
    rng = np.random.default_rng(4)
    light = rng.random((240, 320, 3), dtype=np.float32) * 0.5 + 0.2
    once = develop(light.copy(), Shot(noise=0, read_noise=0, quality=90), rng)
    sent = develop(light.copy(), Shot(noise=0, read_noise=0, quality=90, sent=((1.4, 25),)), rng)
    assert sent.shape == once.shape
    assert sent.astype(float).std() < 0.9 * once.astype(float).std()


# --- splits


def test_what_judges_shares_nothing_with_what_fits():
    test = SPLITS["test"]
    for split in (SPLITS[name] for name in TRAINING_SPLITS):
        assert split.salt != test.salt
        for material in ("typefaces", "grounds", "faces", "glares", "shadows", "stains"):
            assert not set(getattr(split, material)) & set(getattr(test, material)), material
        # The bold NIK is set in the split's own type.
        assert not set(split.nik_faces) & set(test.nik_faces) - {"bold"}
        assert not {*split.backgrounds, split.keyboard} & {*test.backgrounds, test.keyboard}
    train, validation = SPLITS["train"], SPLITS["validation"]
    assert not set(train.typefaces) & set(validation.typefaces)
    assert train.salt != validation.salt


def test_splits_name_what_there_is():
    for split in SPLITS.values():
        assert set(split.typefaces) <= set(TYPEFACES)
        assert set(split.grounds) <= set(GROUNDS)
        assert set(split.faces) <= set(FACES)
        assert {*split.backgrounds, split.keyboard} <= set(BACKGROUNDS)


def test_flat_things_are_drawn_with_their_splits_material(monkeypatch):
    seen = []

    def spy(kind, *rest, **more):
        seen.append(kind)
        return draw_ground(kind, *rest, **more)

    monkeypatch.setattr("ktpcheck.synth.flat.draw_ground", spy)
    for kind in ("other_id_card", "wrong_side"):
        for seed in range(3):
            make_negative(seed, "test", kind, (320, 240))
    assert len(seen) == 6
    assert set(seen) <= set(SPLITS["test"].grounds)


def test_a_capture_uses_its_splits_material_only():
    for name, split in SPLITS.items():
        for seed in range(2):
            info = make_capture(seed, name, size_px=(320, 240)).info
            assert info["typeface"] in split.typefaces
            assert info["nik_face"] in split.nik_faces
            assert info["ground"] in split.grounds
            assert info["background"] in split.backgrounds


# --- negatives and sheets


@pytest.mark.parametrize("kind", NEGATIVES)
def test_negatives_are_pictures_of_their_own(kind):
    first = make_negative(1, "test", kind, (640, 480))
    assert first.pixels.shape == (480, 640, 3)
    assert first.kind == kind
    assert np.array_equal(first.pixels, make_negative(1, "test", kind, (640, 480)).pixels)
    assert not np.array_equal(first.pixels, make_negative(2, "test", kind, (640, 480)).pixels)


def test_unknown_negatives_are_refused():
    with pytest.raises(ValueError, match="no negative"):
        make_negative(1, "test", "unicorn")


def test_a_contact_sheet_lays_pictures_in_rows():
    shown = [make_negative(seed, "train", "texture", (320, 240)) for seed in range(5)]
    sheet = contact_sheet(shown, 3, tile_px=(160, 120))
    assert sheet.shape == (2 * 126 + 6, 3 * 166 + 6, 3)
    tile = sheet[6:126, 6:166].astype(int)
    small = cv2.resize(shown[0].pixels, (160, 120), interpolation=cv2.INTER_AREA).astype(int)
    assert np.array_equal(tile, small)
    with pytest.raises(ValueError, match="at least one"):
        contact_sheet([], 3)


def test_card_pictures_have_the_cards_format():
    card = draw_card(1, "train")
    assert card.ink.shape == (
        round(CARD_HEIGHT_MM * CARD_PX_PER_MM),
        round(CARD_WIDTH_MM * CARD_PX_PER_MM),
    )
    # Round corners: the outermost corner is no card, the middle is.
    assert card.alpha[0, 0] == 0
    assert card.alpha[500, 800] == 1


def test_kerned_type_sets_a_full_stop_under_the_bowl_of_its_letter() -> None:
    style = Style("arimo", bold=False)
    wide, close = (set_line("KP. ABC", replace(style, kerning=k), 40.0) for k in (0.0, 1.0))
    assert close.width_px < wide.width_px
    assert close.ends_px[0] == wide.ends_px[0]
    assert close.ends_px[1] < wide.ends_px[1]
