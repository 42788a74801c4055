"""One specimen: ground, portrait and print, with the truth about where everything stands."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import (
    CARD_HEIGHT_MM,
    CARD_WIDTH_MM,
    CORNER_RADIUS_MM,
    Box,
    Float32,
)
from ktpcheck.layout import BLOCK_SHIFT_MM, LAYOUTS, ROW_LABELS, Layout
from ktpcheck.records import Placement
from ktpcheck.synth.ground import CARD_HEIGHT, CARD_WIDTH, draw_ground, smooth_noise
from ktpcheck.synth.nikface import draw_character
from ktpcheck.synth.people import Person, invent
from ktpcheck.synth.portrait import draw_portrait
from ktpcheck.synth.splits import SPLITS, stream
from ktpcheck.synth.type import CARD_PX_PER_MM, Style, place, set_line, stamp

#: The words every specimen carries in its pixels.
MARK: Final = "SPECIMEN - CONTOH"

#: How the fields sit in the lines: everything else is a line of its own.
_BIRTH_LINE: Final = "tempat_tgl_lahir"


@dataclass(eq=False)
class DrawnCard:
    """A specimen before any camera has seen it.

    ``surface`` is (CARD_HEIGHT, CARD_WIDTH, 3) float32, display values 0..255, without print;
    ``ink`` is the print's coverage 0..1 and ``ink_rgb`` its colour. ``alpha`` is where there is
    card. ``boxes`` maps a field key to the boxes of its printed ink, millimetres.
    """

    surface: Float32
    ink: Float32
    ink_rgb: Float32
    alpha: Float32
    person: Person
    placement: Placement
    boxes: Mapping[str, tuple[Box, ...]]
    face: Box
    mark: Box
    style: Style
    nik_face: str
    ground: str

    def printed(self) -> Float32:
        """Surface and print together, display values 0..255."""
        cover = self.ink[..., None]
        return np.asarray(self.surface + cover * (self.ink_rgb - self.surface), np.float32)


@lru_cache(maxsize=2)
def draw_card(
    seed: int,
    split: str,
    layout: str | None = None,
    wrapped: tuple[str, ...] | None = None,
) -> DrawnCard:
    """Draw one specimen.

    Parameters
    ----------
    seed : int
    split : str
        A key of ``splits.SPLITS``.
    layout : str, optional
        A key of ``layout.LAYOUTS``; left to chance when None.
    wrapped : tuple of str, optional
        Rows that take more than one line; left to chance when None.

    Returns
    -------
    DrawnCard
        Kept for the next call with the same arguments: its arrays are read-only.
    """
    table = SPLITS[split]
    rng = stream(split, seed, "card")
    person = invent(stream(split, seed, "person"), wrapped)
    drawn_one = rng.random() < 0.25
    name = layout or ("drawn_specimen" if drawn_one else "printed")
    plan = _spread(LAYOUTS[name], rng)
    style = Style(
        typeface=table.typefaces[int(rng.integers(len(table.typefaces)))],
        bold=bool(rng.random() < 0.4),
        width=float(rng.uniform(0.92, 1.06)),
        tracking=float(rng.uniform(-0.01, 0.03)),
        kerning=float(stream(split, seed, "kerning").choice((0.0, 0.0, 1.0))),
    )
    nik_face = table.nik_faces[int(rng.integers(len(table.nik_faces)))]
    kind = table.grounds[int(rng.integers(len(table.grounds)))]
    surface = draw_ground(kind, stream(split, seed, "ground"), style, person.foreign)
    face = _portrait(surface, plan.portrait, person, table.faces, stream(split, seed, "face"))
    shift = tuple(np.clip(rng.normal(0, 0.4, 2), -BLOCK_SHIFT_MM, BLOCK_SHIFT_MM).tolist())
    printer = _Printer(plan, style, nik_face, (shift[0], shift[1]))
    printer.header(person)
    printer.nik(person.fields["nik"])
    printer.rows(person)
    printer.issue(person)
    _signature(printer.ink, plan.signature, rng)
    mark = _mark(surface, printer.last_baseline, style, rng)
    ink = _grain(printer.ink, rng)
    darkness = rng.uniform(20, 70)
    placement = Placement(
        layout=name,
        shift_mm=(shift[0], shift[1]),
        lines={key: tuple(boxes) for key, boxes in printer.lines.items()},
        labels=dict(printer.labels),
        portrait=plan.portrait,
    )
    ink_rgb = np.array(darkness + rng.normal(0, 3, 3), np.float32)
    alpha = card_shape()
    for array in (surface, ink, ink_rgb, alpha):
        array.setflags(write=False)
    return DrawnCard(
        surface=surface,
        ink=ink,
        ink_rgb=ink_rgb,
        alpha=alpha,
        person=person,
        placement=placement,
        boxes={key: tuple(boxes) for key, boxes in printer.fields.items()},
        face=face,
        mark=mark,
        style=style,
        nik_face=nik_face,
        ground=kind,
    )


def _spread(layout: Layout, rng: np.random.Generator) -> Layout:
    """The layout of one card: what is measured to vary between cards, varied.

    The overprinted block's own shift is drawn apart: it moves as one piece.
    """
    dx, dy = rng.uniform(-0.5, 0.5, 2)
    top, bottom = layout.header_baselines
    header = float(np.clip(rng.normal(0, 0.3), -0.6, 0.6))
    place_baseline, date_baseline = layout.issue_baselines
    issue = float(rng.uniform(-0.3, 0.3))
    pitch = layout.row_pitch + float(rng.uniform(-0.02, 0.02))
    return dataclasses.replace(
        layout,
        row_pitch=pitch,
        portrait=layout.portrait.shifted(float(dx), float(dy)).grown(
            float(rng.uniform(-0.15, 0.15)), float(rng.uniform(-0.2, 0.2))
        ),
        header_baselines=(top + header, bottom + header),
        header_centre_x=layout.header_centre_x + float(rng.uniform(-0.4, 0.4)),
        nik_digit_pitch=layout.nik_digit_pitch + float(rng.uniform(-0.05, 0.05)),
        issue_baselines=(place_baseline + issue, date_baseline + issue),
        issue_centre_x=layout.issue_centre_x + float(rng.uniform(-0.8, 0.8)),
        cap_height=layout.cap_height * float(rng.uniform(0.96, 1.04)),
    )


class _Printer:
    """Sets the lines of one card on a coverage layer and keeps their boxes."""

    def __init__(
        self, plan: Layout, style: Style, nik_face: str, shift_mm: tuple[float, float]
    ) -> None:
        self.plan, self.style, self.nik_face, self.shift = plan, style, nik_face, shift_mm
        self.ink: Float32 = np.zeros((CARD_HEIGHT, CARD_WIDTH), np.float32)
        self.lines: dict[str, list[Box]] = {}
        self.labels: dict[str, Box] = {}
        self.fields: dict[str, list[Box]] = {}
        self.last_baseline = 0.0

    def _set(
        self,
        text: str,
        x: float,
        baseline: float,
        cap: float,
        *,
        limit: float | None = None,
        centred: bool = False,
        right: float | None = None,
    ) -> tuple[Box | None, tuple[float, ...], float]:
        """Set a line; narrow it when it passes ``limit``. Returns ink, ends and start in mm."""
        style = self.style
        line = set_line(text, style, round(cap * CARD_PX_PER_MM, 2))
        if limit is not None and line.width_px > (limit - x) * CARD_PX_PER_MM:
            squeeze = (limit - x) * CARD_PX_PER_MM / line.width_px
            style = dataclasses.replace(style, width=round(style.width * squeeze, 4))
            line = set_line(text, style, round(cap * CARD_PX_PER_MM, 2))
        if centred:
            x -= line.width_px / CARD_PX_PER_MM / 2
        if right is not None:
            x = min(x, right - line.width_px / CARD_PX_PER_MM)
        ink = place(self.ink, line, x * CARD_PX_PER_MM, baseline * CARD_PX_PER_MM)
        return ink, tuple(x + end / CARD_PX_PER_MM for end in line.ends_px), x

    def _value(self, key: str, box: Box | None) -> None:
        if box is not None:
            self.lines.setdefault(key, []).append(box)
            self.fields.setdefault(key, []).append(box)

    def header(self, person: Person) -> None:
        plan = self.plan
        for key, baseline in zip(
            ("provinsi", "kabupaten_kota"), plan.header_baselines, strict=True
        ):
            box, _, _ = self._set(
                person.fields[key],
                plan.header_centre_x,
                baseline,
                plan.header_cap_height,
                centred=True,
            )
            self._value(key, box)

    def nik(self, number: str) -> None:
        plan = self.plan
        dx, dy = self.shift
        baseline = plan.nik_baseline + dy
        boxes = [
            self._glyph(digit, plan.nik_first_digit_x + dx + index * plan.nik_digit_pitch, baseline)
            for index, digit in enumerate(number)
        ]
        box = boxes[0]
        for other in boxes[1:]:
            box = box.union(other)
        self._value("nik", box)
        start, end = plan.nik_label_x
        widths = [self._glyph_width(letter) for letter in "NIK"]
        gap = (end - start - sum(widths)) / 2
        gap = min(gap, 0.3 * max(widths))
        x, letters = start + dx, []
        for letter, width in zip("NIK", widths, strict=True):
            letters.append(self._glyph(letter, x, baseline))
            x += width + gap
        self.labels["nik"] = letters[0].union(letters[2])
        self._glyph(":", plan.nik_first_digit_x + dx - 1.9, baseline)

    def _glyph_width(self, character: str) -> float:
        height = self.plan.nik_digit_height * CARD_PX_PER_MM
        if self.nik_face == "bold":
            style = dataclasses.replace(self.style, bold=True, tracking=0.0)
            return set_line(character, style, round(height, 2)).width_px / CARD_PX_PER_MM
        columns = int(draw_character(self.nik_face, character, height).shape[1])
        return columns / CARD_PX_PER_MM

    def _glyph(self, character: str, x: float, baseline: float) -> Box:
        plan = self.plan
        if self.nik_face == "bold":
            style = dataclasses.replace(self.style, bold=True, tracking=0.0)
            line = set_line(character, style, round(plan.nik_digit_height * CARD_PX_PER_MM, 2))
            box = place(self.ink, line, x * CARD_PX_PER_MM, baseline * CARD_PX_PER_MM)
        else:
            drawn = draw_character(self.nik_face, character, plan.nik_digit_height * CARD_PX_PER_MM)
            top = baseline * CARD_PX_PER_MM - drawn.shape[0]
            box = stamp(self.ink, drawn, x * CARD_PX_PER_MM, top)
        return box or Box(x, baseline - 1, x + 1, baseline)

    def rows(self, person: Person) -> None:
        plan, (dx, dy) = self.plan, self.shift
        several = {
            "nama": person.name_lines,
            _BIRTH_LINE: person.birth_lines,
            "alamat": person.address_lines,
        }
        wrapped = tuple(row for row, lines in several.items() for _ in lines[1:])
        for row, label in ROW_LABELS.items():
            baseline = plan.row_baseline(row, wrapped) + dy
            label_box, _, _ = self._set(
                label,
                plan.row_label_x(row) + dx,
                baseline,
                plan.cap_height,
                limit=plan.colon_x + dx - 0.15,
            )
            if label_box is not None:
                self.labels[row] = label_box
            self._set(":", plan.colon_x + dx, baseline, plan.cap_height)
            self.last_baseline = baseline
            if row == _BIRTH_LINE:
                self._birth(person, baseline)
                continue
            for number, text in enumerate(several.get(row, (person.fields[row],))):
                box, _ = self._line(text, baseline + number * plan.row_pitch)
                self._value(row, box)
        self._blood(person, plan.row_baseline("jenis_kelamin", wrapped) + dy)

    def _birth(self, person: Person, baseline: float) -> None:
        date = person.fields["tanggal_lahir"]
        for number, text in enumerate(person.birth_lines):
            box, ends = self._line(text, baseline + number * self.plan.row_pitch)
            if box is None:
                continue
            self.lines.setdefault(_BIRTH_LINE, []).append(box)
            # The date ends the last line; what stands before it, and before a comma, is the place.
            dated = text.endswith(date)
            name = text.removesuffix(date).rstrip(", ")
            if name:
                place = Box(box.x0, box.y0, ends[len(name) - 1], box.y1)
                self.fields.setdefault("tempat_lahir", []).append(place)
            if dated:
                start = ends[len(name) + 1] if name else box.x0
                self.fields["tanggal_lahir"] = [Box(start, box.y0, box.x1, box.y1)]

    def _line(self, text: str, baseline: float) -> tuple[Box | None, tuple[float, ...]]:
        """Set one line of a row's value; returns ink and ends in mm."""
        plan, (dx, _) = self.plan, self.shift
        box, ends, _ = self._set(
            text,
            plan.value_x + dx,
            baseline,
            plan.cap_height,
            limit=min(plan.value_end_x + dx, plan.portrait.x0 - 0.4),
        )
        return box, ends

    def _blood(self, person: Person, baseline: float) -> None:
        plan, (dx, _) = self.plan, self.shift
        label, _, _ = self._set(
            "Gol. Darah",
            plan.blood_label_x[0] + dx,
            baseline,
            plan.cap_height,
            limit=plan.blood_colon_x + dx - 0.2,
        )
        if label is not None:
            self.labels["golongan_darah"] = label
        self._set(":", plan.blood_colon_x + dx, baseline, plan.cap_height)
        box, _, _ = self._set(
            person.fields["golongan_darah"], plan.blood_value_x + dx, baseline, plan.cap_height
        )
        self._value("golongan_darah", box)

    def issue(self, person: Person) -> None:
        plan = self.plan
        for key, baseline in zip(
            ("tempat_terbit", "tanggal_terbit"), plan.issue_baselines, strict=True
        ):
            box, _, _ = self._set(
                person.fields[key],
                plan.issue_centre_x,
                baseline,
                plan.issue_cap_height,
                centred=True,
                right=CARD_WIDTH_MM - 1.2,
            )
            self._value(key, box)


def _portrait(
    surface: Float32, box: Box, person: Person, faces: tuple[str, ...], rng: np.random.Generator
) -> Box:
    """Print the portrait on the surface; returns the face's box in millimetres."""
    odd = person.birth.year % 2 == 1
    fade = rng.uniform(0, 0.35)
    base = np.array([170, 45, 48] if odd else [52, 92, 172], np.float32)
    base = base * (1 - fade) + 175 * fade
    rows, columns = box.slices(surface.shape)
    size = (columns.stop - columns.start, rows.stop - rows.start)
    ground = (float(base[0]), float(base[1]), float(base[2]))
    picture, face = draw_portrait(rng, size, faces, person.female, person.age, ground)
    # Dye prints are soft, a little flat, and grainy.
    picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.6, 1.3)), np.float32)
    flat = rng.uniform(0.78, 0.98)
    picture = 128 + (picture - 128) * flat + rng.uniform(-6, 14)
    picture += rng.standard_normal((size[1], size[0], 1), dtype=np.float32) * rng.uniform(1, 3.5)
    surface[rows, columns] = np.clip(picture, 0, 255)
    return Box(
        box.x0 + face[0] * box.width,
        box.y0 + face[1] * box.height,
        box.x0 + (face[0] + face[2]) * box.width,
        box.y0 + (face[1] + face[3]) * box.height,
    )


def _signature(ink: Float32, box: Box, rng: np.random.Generator) -> None:
    """A pen's path: a smooth random walk to the right; one in ten cards has none."""
    if rng.random() < 0.1:
        return
    count = int(rng.integers(9, 18))
    x = np.linspace(0.1, 0.85, count) + rng.normal(0, 0.07, count)
    y = 0.55 + rng.normal(0, 0.22, count)
    t = np.linspace(0, count - 1, count * 14)
    smooth = np.stack([_spline(x, t), _spline(np.clip(y, 0.1, 0.95), t)], axis=1)
    path = (smooth * [box.width, box.height] + [box.x0, box.y0]) * CARD_PX_PER_MM
    layer = np.zeros(ink.shape, np.uint8)
    thick = int(rng.integers(3, 6))
    cv2.polylines(layer, [np.int32(path * 16)], False, 255, thick, cv2.LINE_AA, 4)
    np.maximum(ink, layer.astype(np.float32) * (0.85 / 255.0), out=ink)


def _spline(values: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Catmull-Rom through ``values`` at positions ``at``."""
    padded = np.concatenate([values[:1], values, values[-1:]])
    index = np.minimum(at.astype(int), len(values) - 2)
    u = at - index
    a, b, c, d = (padded[index + k] for k in range(4))
    result: np.ndarray = 0.5 * (
        2 * b + (c - a) * u + (2 * a - 5 * b + 4 * c - d) * u**2 + (3 * b - a - 3 * c + d) * u**3
    )
    return result


def _mark(surface: Float32, last_baseline: float, style: Style, rng: np.random.Generator) -> Box:
    """Print the specimen mark where no value stands; returns its box."""
    layer = np.zeros(surface.shape[:2], np.float32)
    bold = dataclasses.replace(style, bold=True, width=1.0, tracking=0.08)
    room = CARD_HEIGHT_MM - 1.0 - (last_baseline + 0.7)
    cap = float(rng.uniform(1.7, 2.6))
    free_from, free_to = 3.5, 58.0
    if room < cap + 0.3:
        # Wrapped rows have pushed the last one down: the strip under the portrait is still free.
        cap, free_from, free_to = 1.1, 61.5, 83.0
    line = set_line(MARK, bold, round(cap * CARD_PX_PER_MM, 2))
    x = rng.uniform(free_from, max(free_to - line.width_px / CARD_PX_PER_MM, free_from + 0.5))
    baseline = CARD_HEIGHT_MM - 1.1
    box = place(layer, line, x * CARD_PX_PER_MM, baseline * CARD_PX_PER_MM)
    colour = np.array(
        ((188, 40, 44), (40, 70, 130), (90, 90, 96))[int(rng.integers(3))], np.float32
    )
    surface += (layer * rng.uniform(0.65, 0.9))[..., None] * (colour - surface)
    assert box is not None
    return box


def _grain(ink: Float32, rng: np.random.Generator) -> Float32:
    """Print softness and slightly uneven ink."""
    soft = cv2.GaussianBlur(ink, (0, 0), rng.uniform(0.7, 1.3))
    uneven = 1 - rng.uniform(0.02, 0.1) * np.abs(smooth_noise(rng, ink.shape[:2], 24, 2))
    return np.asarray(np.clip(soft * uneven * rng.uniform(0.9, 1.0), 0, 1), np.float32)


def card_shape() -> Float32:
    """Coverage of an ID-1 card with its round corners, (CARD_HEIGHT, CARD_WIDTH) float32."""
    over = 2
    mask = np.zeros((CARD_HEIGHT * over, CARD_WIDTH * over), np.uint8)
    radius = round(CORNER_RADIUS_MM * CARD_PX_PER_MM * over)
    height, width = mask.shape
    mask[:, radius : width - radius] = 255
    mask[radius : height - radius] = 255
    for cx in (radius, width - 1 - radius):
        for cy in (radius, height - 1 - radius):
            cv2.circle(mask, (cx, cy), radius, 255, -1)
    small = cv2.resize(mask, (CARD_WIDTH, CARD_HEIGHT), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32) / 255.0
