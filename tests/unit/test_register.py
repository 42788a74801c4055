"""Registration: the card proven, turned upright and placed by what is printed on it."""

from functools import lru_cache

import cv2
import numpy as np
import pytest

from ktpcheck import register
from ktpcheck.geometry import CARD_CORNERS_MM, Box, jaccard, mm_to_photo, transform
from ktpcheck.layout import LAYOUTS, LINES, PRINTED, ROW_LABELS
from ktpcheck.outline import CardFinder, Found, reduce_photo
from ktpcheck.outline.flat import cut_off, warp_window
from ktpcheck.records import NoCard, Outline, Photo, Placement
from ktpcheck.register import ACCEPT, find_outline, find_outlines, fit, proof, sides
from ktpcheck.register.print import ink_map, word
from ktpcheck.register.trust import features, trust
from ktpcheck.register.words import View
from ktpcheck.synth import Capture, make_capture, make_negative

SIZE = (1200, 900)
FINDER = CardFinder()


@lru_cache(maxsize=12)
def capture(seed: int, **wishes: object) -> Capture:
    return make_capture(seed, "validation", size_px=SIZE, **wishes)  # type: ignore[arg-type]


def photo(pixels: np.ndarray) -> Photo:
    return Photo(pixels, "drawn", None, "", "PNG")


def found(pixels: np.ndarray) -> tuple[Outline, Placement]:
    result = find_outline(photo(pixels), FINDER)
    assert not isinstance(result, NoCard), result
    return result


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
@pytest.mark.parametrize("scene", ["desk", "steep", "scan"])
def test_the_outline_and_the_layout_are_found(scene: str, layout: str) -> None:
    drawn = capture(31, scene=scene, layout=layout)
    outline, placement = found(drawn.pixels)
    assert jaccard(outline.corners_px, drawn.outline.corners_px) > 0.97
    assert np.abs(outline.corners_px - drawn.outline.corners_px).max() < 40
    assert outline.score > 0.9
    assert placement.layout == layout
    assert np.abs(np.subtract(placement.shift_mm, drawn.placement.shift_mm)).max() < 0.9


@pytest.mark.parametrize("rotation", [0.0, 77.0, 180.0, 265.0])
def test_corners_start_at_the_printed_top_left(rotation: float) -> None:
    drawn = capture(32, rotation_deg=rotation)
    outline, _ = found(drawn.pixels)
    wide = np.linalg.norm(drawn.outline.corners_px[1] - drawn.outline.corners_px[0])
    assert np.abs(outline.corners_px - drawn.outline.corners_px).max() < 0.03 * wide


@pytest.mark.parametrize(
    "wrapped",
    [
        (),
        ("alamat",),
        ("nama",),
        ("nama", "alamat"),
        ("tempat_tgl_lahir", "alamat"),
        ("nama", "tempat_tgl_lahir"),
    ],
)
def test_wrapped_rows_get_two_boxes_and_push_the_rest_down(wrapped: tuple[str, ...]) -> None:
    drawn = capture(33, wrapped=wrapped)
    _, placement = found(drawn.pixels)
    assert {row: len(boxes) for row, boxes in placement.lines.items()} == {
        row: 1 + wrapped.count(row) for row in LINES
    }
    # The truth's boxes hold the ink: only words that stand on their baseline compare.
    for row in ("nama", "alamat", "rt_rw", "kel_desa", "kecamatan", "status_perkawinan"):
        truth = drawn.placement.labels[row]
        assert abs(placement.labels[row].y1 - truth.y1) < 0.5
        assert abs(placement.labels[row].x0 - truth.x0) < 0.7


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_a_wrapped_line_of_birth_is_told_from_a_wrapped_name(layout: str) -> None:
    for row in ("nama", "tempat_tgl_lahir"):
        drawn = capture(39, layout=layout, wrapped=(row,))
        _, placement = found(drawn.pixels)
        assert placement.layout == layout
        assert [key for key, boxes in placement.lines.items() if len(boxes) > 1] == [row]
        for box, own in zip(placement.lines[row], drawn.placement.lines[row], strict=True):
            assert abs(0.5 * (box.y0 + box.y1) - 0.5 * (own.y0 + own.y1)) < 0.7


def test_every_line_holds_its_value() -> None:
    """The boxes lie over the printed ink, the blood group's beside the sex and not on it."""
    drawn = capture(34)
    _, placement = found(drawn.pixels)
    assert tuple(placement.lines) == LINES
    for key, boxes in placement.lines.items():
        truth = drawn.placement.lines[key]
        for box, own in zip(boxes, truth, strict=True):
            assert abs(0.5 * (box.y0 + box.y1) - 0.5 * (own.y0 + own.y1)) < 0.7, key
    sex, blood = placement.lines["jenis_kelamin"][0], placement.lines["golongan_darah"][0]
    assert sex.x1 <= placement.labels["golongan_darah"].x0 < blood.x0
    for row in ROW_LABELS:
        height = placement.lines[row][0].height
        assert height == pytest.approx(LAYOUTS[placement.layout].row_pitch, abs=0.1)


@pytest.mark.parametrize(
    "defects",
    [
        {"photocopy": 0.5},
        {"too_dark": 0.6},
        {"blur_focus": 0.6},
        {"glare": 0.6},
        {"print_faded": 0.5},
        {"occluded": 0.7},
    ],
)
def test_poor_captures_are_found_too(defects: dict[str, float]) -> None:
    drawn = make_capture(41, "validation", size_px=(1600, 1200), defects=defects)
    outline, _ = found(drawn.pixels)
    assert jaccard(outline.corners_px, drawn.outline.corners_px) > 0.93


def test_a_card_that_lies_farther_off_than_the_network_says_is_found() -> None:
    """A foreigner's card whose corners the network puts 3 mm off, and is sure of."""
    drawn = make_capture(14551, "validation", scene="desk")
    outline, placement = found(drawn.pixels)
    assert jaccard(outline.corners_px, drawn.outline.corners_px) > 0.98
    assert placement.layout == drawn.placement.layout


@pytest.mark.parametrize("seed", [97_066, 97_102, 97_294])
def test_a_card_on_a_screen_whose_outline_is_strained_is_looked_for_again(seed: int) -> None:
    """The network puts corners 4 mm off and is sure; an edge of the window is taken for a side."""
    drawn = make_capture(seed, "validation", scene="laptop")
    outline, _ = found(drawn.pixels)
    assert jaccard(outline.corners_px, drawn.outline.corners_px) > 0.98


QUAD = np.array([[0, 0], [856, 0], [856, 540], [0, 540]], np.float32)


@pytest.mark.parametrize(
    ("tries", "shifts", "taken", "asked"),
    [
        # Score, trust, strain and worth of each try: near, farther off, from where print put it;
        # how far off the network sees the card when it is asked again; the try that is taken; and
        # from the outlines of which tries the network is asked.
        ([(0.99, 0.99, 3, 30)], [], 0, []),
        ([(0.99, 0.99, 20, 26), (0.99, 0.99, 3, 29)], [], 1, []),
        ([(0.99, 0.80, 3, 26), (0.99, 0.97, 3, 26)], [], 1, []),
        # Farther off the trust decides, and then what they are worth.
        ([(0.99, 0.80, 3, 26), (0.99, 0.70, 3, 29), (0.99, 0.96, 3, 30)], [40], 2, [1]),
        (
            [
                (0.99, 0.98, 20, 26),
                (0.99, 0.70, 3, 29),
                *[(0.99, 0.99, 3, 25)] * 2,
                (0.99, 0.97, 3, 30),
            ],
            [40, 80, 40],
            4,
            [1, 2, 0],
        ),
        (
            [(0.99, 0.80, 3, 26), (0.99, 0.85, 3, 28), *[(0.99, 0.99, 3, 27)] * 4],
            [40, 80, 40, 80],
            1,
            [1, 2, 0, 4],
        ),
        # What is not proven well replaces nothing; of two such only the farther is looked from.
        (
            [(0.50, 0.80, 3, 20), (0.80, 0.99, 3, 30), *[(0.85, 0.99, 3, 30)] * 2],
            [40, 80],
            0,
            [1, 2],
        ),
        # The network sees what it saw, or another card.
        ([(0.99, 0.80, 3, 26), (0.99, 0.70, 3, 26)], [0, 0], 0, [1, 0]),
        ([(0.99, 0.80, 3, 26), (0.99, 0.70, 3, 26)], [900, 900], 0, [1, 0]),
    ],
)
def test_a_doubtful_outline_is_looked_for_again(
    monkeypatch: pytest.MonkeyPatch,
    tries: list[tuple[float, float, float, float]],
    shifts: list[float],
    taken: int,
    asked: list[int],
) -> None:
    made = [
        register.Registered(
            Outline(QUAD + np.float32([0, number]), score, {}, trust=trust),
            None,  # type: ignore[arg-type]
            np.zeros(1),
            np.zeros(1),
            strain,
            worth,
        )
        for number, (score, trust, strain, worth) in enumerate(tries)
    ]
    left, places = iter(made), iter(shifts)
    calls = []

    class Stub:
        def closer(self, _: object, corners_px: np.ndarray) -> Found:
            calls.append(int(corners_px[0, 1]))
            return Found(QUAD + np.float32([next(places), 0]), 0.5, 1.0, 0.99)

    monkeypatch.setattr(register, "_placed", lambda *_, **__: next(left))
    best = register.register(None, Stub(), Found(QUAD, 0.5, 1.0, 0.99))  # type: ignore[arg-type]
    assert best is made[taken]
    assert calls == asked
    assert next(left, None) is None


def test_a_card_on_a_screen_is_not_taken_for_one_of_the_other_layout() -> None:
    """At a glance the other layout stands better by far; followed to its end it does not fit."""
    drawn = capture(300_044, scene="laptop", defects=None)
    outline, placement = found(drawn.pixels)
    assert placement.layout == drawn.placement.layout
    assert jaccard(outline.corners_px, drawn.outline.corners_px) > 0.98
    assert outline.trust > 0.95


def test_a_card_that_is_seen_only_in_a_turned_photo_is_found() -> None:
    """The network draws two corners of it too far out, until the photo is turned."""
    drawn = make_capture(300_021, "validation", scene="desk", defects={"too_bright": 0.5})
    outline, _ = found(drawn.pixels)
    assert jaccard(outline.corners_px, drawn.outline.corners_px) > 0.95


def test_a_burnt_out_card_is_found_by_its_shape_and_face() -> None:
    """Light has eaten the print: that is what is wrong with the photo, and not that no card is."""
    drawn = make_capture(10886, "validation", size_px=(1600, 1200), defects={"too_bright": 0.8})
    outline, _ = found(drawn.pixels)
    assert jaccard(outline.corners_px, drawn.outline.corners_px) > 0.95


@pytest.mark.parametrize("seed", [95_006, 95_041])
def test_a_photo_white_all_over_is_drawn_out(seed: int) -> None:
    """Its strokes are a few levels darker than white, which a smaller picture rounds away."""
    drawn = make_capture(seed, "validation", scene="desk", defects={"too_bright": 0.8})
    outline, _ = found(drawn.pixels)
    assert jaccard(outline.corners_px, drawn.outline.corners_px) > 0.95


def test_a_blank_white_card_is_no_burnt_out_one() -> None:
    desk = make_negative(4, "validation", "empty_desk", SIZE).pixels.copy()
    cv2.fillConvexPoly(desk, np.array([[300, 260], [880, 300], [860, 670], [270, 620]]), [255] * 3)
    assert isinstance(find_outline(photo(desk), FINDER), NoCard)


def test_a_card_cut_by_the_frame_is_completed() -> None:
    drawn = capture(35)
    corners = drawn.outline.corners_px
    keep = round(float(corners[:, 0].min() + 0.85 * np.ptp(corners[:, 0])))
    outline, _ = found(np.ascontiguousarray(drawn.pixels[:, :keep]))
    assert jaccard(outline.corners_px, corners) > 0.93
    assert outline.corners_px[:, 0].max() > keep
    assert "off_frame" in outline.sides.values()


def test_a_scan_that_is_just_the_card() -> None:
    drawn = capture(36, scene="scan", rotation_deg=0.0)
    to_photo = mm_to_photo(drawn.outline.corners_px)
    scan = warp_window(drawn.pixels, 1, to_photo, Box(0, 0, 85.6, 53.98), (10.0, 10.0))
    outline, _ = found(scan)
    whole = np.array([[0, 0], [856, 0], [856, 540], [0, 540]], np.float32)
    assert jaccard(outline.corners_px, whole) > 0.97
    assert set(outline.sides.values()) == {"visible"}


def test_without_visible_sides_print_places_the_card() -> None:
    """Text alone, on paper as white as the card's ground."""
    drawn = capture(37)
    to_photo = mm_to_photo(drawn.outline.corners_px)
    flat = warp_window(drawn.pixels, 1, to_photo, Box(0, 0, 85.6, 53.98), (9.0, 9.0))
    ink = ink_map(np.asarray(cv2.cvtColor(flat, cv2.COLOR_RGB2GRAY), np.uint8), 9.0)
    # Without the paper's own grain, whose end would be an edge.
    inner = np.clip(255 - 2.5 * (ink - 4.0), 0, 255).astype(np.uint8)[20:-20, 20:-20]
    page = np.full((900, 1200), 255, np.uint8)
    page[160 : 160 + inner.shape[0], 180 : 180 + inner.shape[1]] = inner
    truth = CARD_CORNERS_MM * 9.0 + np.float32([160, 140])
    outline, _ = found(np.repeat(page[..., None], 3, axis=2))
    # A good two millimetres of room: white on white only print can say where the card ends. That
    # is not certain, and is said to be so.
    assert jaccard(outline.corners_px, truth) > 0.9
    assert outline.trust < 0.8


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("wrong_side", {"wrong_side"}),
        ("bank_card", {"not_ektp"}),
        ("other_id_card", {"not_ektp", "no_card"}),
        ("text_page", {"no_card"}),
        ("noise", {"no_card"}),
        # Things of a card's size or colour may be taken for some card, never for a data side.
        ("face", {"no_card", "not_ektp"}),
        ("empty_desk", {"no_card", "not_ektp", "wrong_side"}),
    ],
)
def test_anything_else_is_no_card(kind: str, reason: set[str]) -> None:
    for seed in (3, 4):
        result = find_outline(photo(make_negative(seed, "validation", kind, SIZE).pixels), FINDER)
        assert isinstance(result, NoCard)
        assert result.reason in reason
        assert result.score < ACCEPT


def test_a_card_with_other_labels_in_the_same_places_is_no_ektp() -> None:
    """Same ground, same layout, same face: only the words are in another order."""
    drawn = capture(38, scene="scan", rotation_deg=0.0)
    to_photo = mm_to_photo(drawn.outline.corners_px)
    card = warp_window(drawn.pixels, 1, to_photo, Box(0, 0, 85.6, 53.98), (12.0, 12.0))
    mixed = card.copy()
    boxes = list(drawn.placement.labels.items())
    rows = [box for key, box in boxes if key in ROW_LABELS]
    for box, other in zip(rows, rows[5:] + rows[:5], strict=True):
        y, from_y = (round((one.y1 - 1.9) * 12) for one in (box, other))
        x, from_x = (round((one.x0 - 0.3) * 12) for one in (box, other))
        width = round(12.8 * 12)
        mixed[y : y + 28, x : x + width] = card[from_y : from_y + 28, from_x : from_x + width]
    assert not isinstance(find_outline(photo(card), FINDER), NoCard)
    assert isinstance(find_outline(photo(mixed), FINDER), NoCard)


def test_the_fit_tells_the_blocks_shift_from_the_cards_place() -> None:
    """With three sides seen, what the labels are off is the overprint's shift."""
    seen = [
        fit.Seen((x, y), value + shift, axis, 0.1, fit.BLOCK)
        for row in ROW_LABELS
        for x, y in [(PRINTED.row_label_x(row), PRINTED.row_baseline(row))]
        for axis, value, shift in ((0, x, 0.6), (1, y, -0.5))
    ]
    seen += [fit.Seen((x, 0.0), 0.0, 1, 0.05, fit.SIDE) for x in (5.0, 80.0)]
    seen += [fit.Seen((x, 53.98), 53.98, 1, 0.05, fit.SIDE) for x in (5.0, 80.0)]
    seen += [fit.Seen((0.0, y), 0.0, 0, 0.05, fit.SIDE) for y in (5.0, 48.0)]
    placed = fit.solve(seen, CARD_CORNERS_MM, np.full(4, 1.5))
    assert placed.block_mm == pytest.approx((0.6, -0.5), abs=0.08)
    corners = transform(placed.correction, CARD_CORNERS_MM)
    assert corners[:, 1] == pytest.approx(CARD_CORNERS_MM[:, 1], abs=0.1)
    # Nothing says where the right side is but labels at the left.
    assert corners[:, 0] == pytest.approx(CARD_CORNERS_MM[:, 0], abs=0.6)
    assert placed.strain == pytest.approx((0.6 / 0.45) ** 2 + (0.5 / 0.45) ** 2, rel=0.3)


def test_a_single_wrong_label_does_not_move_the_card() -> None:
    seen = [
        fit.Seen((x, y), value, axis, 0.1, fit.BLOCK)
        for row in ROW_LABELS
        for x, y in [(PRINTED.row_label_x(row), PRINTED.row_baseline(row))]
        for axis, value in ((0, x), (1, y))
    ]
    wrong = [*seen[:5], fit.Seen(seen[5].model, seen[5].value + 1.5, 1, 0.1, fit.BLOCK), *seen[6:]]
    placed = fit.solve(wrong, CARD_CORNERS_MM, np.full(4, 1.5))
    assert transform(placed.correction, CARD_CORNERS_MM) == pytest.approx(CARD_CORNERS_MM, abs=0.25)


@pytest.mark.parametrize("side", sides.SIDES)
def test_a_side_is_fitted_to_a_tenth_of_a_pixel(side: sides.SideName) -> None:
    """A drawn rectangle looked at from a place 0.8 mm off."""
    picture = np.full((720, 1050, 3), (70, 60, 52), np.uint8)
    picture[80:620, 90:946] = (190, 214, 236)
    picture = cv2.GaussianBlur(picture, (0, 0), 1.0)
    off = CARD_CORNERS_MM * 10 + np.float32([98, 88])
    strip = sides.cut_strip(reduce_photo(picture), mm_to_photo(off), side)
    edges = sides.find_edges(strip)
    assert edges
    outward = {"top": 0.8, "left": 0.8, "bottom": -0.78, "right": -0.8}[side]
    chosen = sides.choose_edges(dict.fromkeys([side], strip) | _others(picture, off, side))
    assert chosen[side].start == pytest.approx(outward, abs=0.03)
    assert chosen[side].end == pytest.approx(outward, abs=0.03)


def _others(
    picture: np.ndarray, corners: np.ndarray, side: sides.SideName
) -> dict[sides.SideName, sides.Strip]:
    reduced = reduce_photo(picture)
    to_photo = mm_to_photo(corners)
    return {one: sides.cut_strip(reduced, to_photo, one) for one in sides.SIDES if one != side}


def test_a_label_is_located_to_a_fraction_of_a_pixel() -> None:
    template = word("kewarganegaraan", "regular", 1.55, 0.95, 5.0)
    ink = np.zeros((120, 220), np.float32)
    ink[40 : 40 + template.ink.shape[0], 60 : 60 + template.ink.shape[1]] = template.ink
    moved = cv2.warpAffine(ink, np.float32([[1, 0, 0.4], [0, 1, -0.3]]), (220, 120))
    view = View(moved, 5.0, -4.0, -3.0)
    x, y = 60.4 / 5 - 4.0, (39.7 + template.baseline_px) / 5 - 3.0
    at = view.around(template, x + 0.5, y - 0.4, (1.0, 1.0))
    assert at.correlation > 0.95
    assert at.x == pytest.approx(x, abs=0.03)
    assert at.y == pytest.approx(y, abs=0.03)


def test_what_lies_outside_the_photo_counts_as_cut() -> None:
    reduced = reduce_photo(np.zeros((600, 900, 3), np.uint8))
    to_photo = mm_to_photo(CARD_CORNERS_MM * 10 - np.float32([50, 0]))
    inside, half, outside = cut_off(
        reduced, to_photo, [Box(20, 20, 30, 22), Box(0, 20, 10, 22), Box(1, 20, 4, 22)]
    )
    assert inside == 0
    assert half == pytest.approx(5.5, abs=0.6)
    assert outside == pytest.approx(3.0)


def test_trust_grows_with_visible_sides_and_falls_with_strain_and_slack() -> None:
    def told(visible: int = 4, strain: float = 2.0, slack_mm: float = 1.0) -> float:
        return trust(features(visible, strain, slack_mm))

    for visible in range(4):
        assert told(visible=visible) <= told(visible=visible + 1) < 0.996
    assert told(visible=0, strain=8.0) < told(visible=4, strain=8.0)
    assert told(strain=30.0) < told(strain=8.0) <= told()
    assert told(slack_mm=4.0, visible=0, strain=8.0) < told(visible=0, strain=8.0)
    assert told(slack_mm=12.0, visible=2) <= told(visible=2)
    assert 0.5 < told() < 1


def test_every_card_of_a_table_is_found_and_numbered() -> None:
    drawn = make_capture(4, "validation", scene="several", defects={}, size_px=(1600, 1200))
    results = find_outlines(photo(drawn.pixels), FINDER, most=8)
    assert not isinstance(results, NoCard)
    assert [outline.number for outline, _ in results] == list(range(1, len(results) + 1))
    assert {outline.of for outline, _ in results} == {1 + len(drawn.others_px)}
    assert jaccard(results[0][0].corners_px, drawn.outline.corners_px) > 0.95
    alone = find_outline(photo(drawn.pixels), FINDER)
    assert not isinstance(alone, NoCard)
    assert np.array_equal(alone[0].corners_px, results[0][0].corners_px)


def test_the_score_needs_rows_that_speak_for_it() -> None:
    def score(heard: dict[str, float], evidence: dict[str, float]) -> float:
        return proof.score(proof.features(heard, evidence, 0.6))

    well = dict.fromkeys(ROW_LABELS, 0.85)
    every = dict.fromkeys(ROW_LABELS, 2.0)
    assert score(well, every) > 0.98
    # Worn rows say nothing; rows that say something else speak against it.
    assert score(well, every | dict.fromkeys(list(ROW_LABELS)[4:8], 0.0)) > 0.9
    assert score(well, every | dict.fromkeys(list(ROW_LABELS)[4:12], -3.0)) < 0.1
    assert score({}, {}) < ACCEPT


@pytest.mark.parametrize("weight", ["regular", "bold", "medium"])
def test_every_label_has_a_template_with_its_ink_between_cap_and_baseline(weight: str) -> None:
    for key in (*ROW_LABELS, "nik", "provinsi", "golongan_darah"):
        template = word(key, weight, 1.55, 1.0, 8.0)
        rows = template.ink.sum(axis=1)
        top, baseline = round(template.cap_top_px), round(template.baseline_px)
        assert baseline - top == pytest.approx(1.55 * 8, abs=1)
        assert rows[top:baseline].sum() > 0.8 * rows.sum()
        wider = word(key, weight, 1.55, 1.1, 8.0)
        assert wider.ink.shape[1] == pytest.approx(1.1 * template.ink.shape[1], abs=1)
