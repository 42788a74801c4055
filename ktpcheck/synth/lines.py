"""Crops of printed lines, to train and to try readers with: two hundred a second.

A line is set and worn on a strip of drawn card and photographed by the same camera as whole cards.
Every character says whether it is still there to be read.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import Float32, Float64, UInt8
from ktpcheck.layout import LAYOUTS, ROW_LABELS, Layout
from ktpcheck.synth import camera
from ktpcheck.synth.ground import draw_ground
from ktpcheck.synth.linefaults import INK, SHOT, SURFACE, Strip, lay, light_kept
from ktpcheck.synth.nikface import draw_character
from ktpcheck.synth.people import Person, invent
from ktpcheck.synth.shooting import ordinary_shot, spoil
from ktpcheck.synth.splits import SPLITS, TRAINING_SPLITS, stream
from ktpcheck.synth.type import CARD_PX_PER_MM, Style, place, set_line, stamp

#: Height of a crop: what line readers take.
LINE_HEIGHT_PX: Final = 48

#: How many lines share a ground, and how many a person and a printer.
_ON_ONE_GROUND: Final = 256
_BY_ONE_PERSON: Final = 12

#: A character counts as there from this share of its ink kept, and from this correlation of what
#: is seen with the ink that was printed: there a general reader still gets one in two right.
_KEPT_FROM: Final = 0.5
_LIKE_FROM: Final = 0.3

#: About a stroke's width in a crop: what is wider than some of these is no stroke.
_STROKE_PX: Final = 4.0

#: Pixels per millimetre of an ordinary capture, and with all of ``low_resolution``.
_SCALES: Final = (7.0, 20.0)
_COARSE: Final = 2.4

#: This share of the lines spells nothing: a reader must learn letters, not a list of names. Of the
#: NIKs all: specimens' serials are 0000 or 9999, and a reader would guess the last from the others.
_SCRAMBLED: Final = 0.4
#: This share starts with the colon that stands before the value, and this one has room behind.
_WITH_COLON: Final = 0.12
_TOO_WIDE: Final = 0.2
#: This share of a scrambled line's words ends in a full stop, every other time behind one of these:
#: a stop under a bowl or an arm is easily overlooked, and rare on cards but for KP. and KOMP.
_STOPPED: Final = 0.25
_OVERHANGING: Final = "PPPFTVYWKRL"
#: Of these lines' words so many are one of these: strokes alike that have to be counted.
_COUNTED: Final = 0.08
_STROKES: Final = ("I", "II", "III", "IV", "VI", "VII", "VIII", "XII", "11", "111", "LL", "ILIL")
#: So many RT and RW are empty, in one of these ways.
_EMPTY: Final = 0.1
_BLANKS: Final = ("-/-", "- / -", "-", "000/000", "0/0")
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DIGITS: Final = "0123456789"
_MARKS: Final = ".,-/'():&"

#: Lines of free words.
_WORDS: Final = frozenset({"nama", "alamat", "kel_desa", "kecamatan"})

#: How much of the usual kerning a sheet's lines have.
_KERNINGS: Final = (0.0, 0.0, 0.7, 1.0, 1.3)

#: Every fault a crop can have.
LINE_DEFECTS: Final = (*INK, *SURFACE, *SHOT)

#: Keys drawn more often than others.
_WEIGHTS: Final[Mapping[str, float]] = {"nik": 4.0, "nama": 2.0, "alamat": 2.0}


@dataclass(frozen=True, eq=False)
class LineCrop:
    """One line as a reader gets it.

    ``pixels`` is (48, W, 3) uint8 RGB; ``text`` what was printed; ``visible`` says of each of its
    characters whether it is there to be read (a space: whether its ground is), ``spans`` from where
    to where along the crop it stands, 0 at the left edge and 1 at the right. ``key`` is the
    printed line's (``layout.LINES``); ``defects`` severities 0..1 by guidance id.
    """

    pixels: UInt8 = field(repr=False)
    text: str
    key: str
    visible: tuple[bool, ...]
    spans: tuple[tuple[float, float], ...]
    defects: Mapping[str, float]


def make_lines(
    seed: int, split: str, n: int, *, defects: Mapping[str, float] | None = None
) -> Iterator[LineCrop]:
    """Draw line crops.

    Parameters
    ----------
    seed : int
    split : str
        One of ``splits.TRAINING_SPLITS``: readers are judged on whole captures of the test split.
    n : int
        How many; a longer run starts with the crops of a shorter one.
    defects : mapping of str to float, optional
        Severity by id of ``LINE_DEFECTS``, the same for every crop. None: left to chance, one in
        three has none.

    Yields
    ------
    LineCrop

    Raises
    ------
    ValueError
        If the split is not one to train on, or a defect is unknown.
    """
    if split not in TRAINING_SPLITS:
        raise ValueError(f"lines are for training: {', '.join(TRAINING_SPLITS)}, not {split!r}")
    unknown = set(defects or ()) - set(LINE_DEFECTS)
    if unknown:
        raise ValueError(f"no {', '.join(sorted(unknown))}; there are {', '.join(LINE_DEFECTS)}")
    return _drawn(seed, split, n, defects)


def _drawn(
    seed: int, split: str, n: int, defects: Mapping[str, float] | None
) -> Iterator[LineCrop]:
    for index in range(n):
        if index % _BY_ONE_PERSON == 0:
            sheet = _Sheet(split, seed, index // _BY_ONE_PERSON)
        if index % _ON_ONE_GROUND == 0:
            rng = stream(split, seed, f"line ground {index // _ON_ONE_GROUND}")
            kinds = SPLITS[split].grounds
            ground = draw_ground(
                kinds[int(rng.integers(len(kinds)))], rng, sheet.style, rng.random() < 0.04
            )
        rng = stream(split, seed, f"line {index}")
        wanted = dict(defects) if defects is not None else _chance(rng)
        yield sheet.crop(rng, ground, wanted)


def _chance(rng: np.random.Generator) -> dict[str, float]:
    """None, one, two or three faults; every kind as often."""
    count = int(rng.choice(4, p=(0.33, 0.4, 0.2, 0.07)))
    names = rng.choice(len(LINE_DEFECTS), count, replace=False)
    return {LINE_DEFECTS[int(name)]: float(rng.uniform(0.08, 0.95)) for name in names}


def _scramble(job: _Job, rng: np.random.Generator) -> str:
    """The line with other letters and digits, in the same places."""
    if job.key == "golongan_darah":
        return job.text
    if job.key == "nik":
        digits = [str(digit) for digit in rng.integers(0, 10, 16)]
        # Born in a thirteenth month or later: nobody's NIK.
        digits[8:10] = str(rng.integers(13, 100))
        return "".join(digits)
    share = rng.uniform(0.3, 1.0)

    def other(symbol: str) -> str:
        if symbol == " " or rng.random() > share:
            return symbol
        kind = _DIGITS if symbol.isdigit() else _LETTERS if symbol.isalpha() else _MARKS
        # Numbers in names and letters in numbers: rare on cards, and read as they stand.
        kind = _LETTERS + _DIGITS if rng.random() < 0.06 else kind
        kind = _MARKS if rng.random() < 0.03 else kind
        return kind[int(rng.integers(len(kind)))]

    words = "".join(map(other, job.text)).split(" ")
    return " ".join(_spelt(word, rng) if job.key in _WORDS else word for word in words)


def _spelt(word: str, rng: np.random.Generator) -> str:
    """The word, or one of strokes alike, or with a full stop behind it."""
    chance = rng.random()
    if chance < _COUNTED:
        return _STROKES[int(rng.integers(len(_STROKES)))]
    if chance > _COUNTED + _STOPPED:
        return word
    if rng.random() < 0.5:
        word = word[:-1] + _OVERHANGING[int(rng.integers(len(_OVERHANGING)))]
    return f"{word}."


@dataclass(frozen=True)
class _Job:
    """A line to set: its key, text, and height of its capitals in millimetres."""

    key: str
    text: str
    cap_mm: float


class _Sheet:
    """One person's lines as one printer sets them."""

    def __init__(self, split: str, seed: int, number: int) -> None:
        rng = stream(split, seed, f"line person {number}")
        table = SPLITS[split]
        self.person = invent(rng)
        layouts = list(LAYOUTS.values())
        self.plan = layouts[int(rng.random() < 0.25)]
        # Few sizes, so that fonts are opened seldom.
        self.grow = float(rng.choice((0.96, 0.98, 1.0, 1.02, 1.04)))
        self.style = Style(
            typeface=table.typefaces[int(rng.integers(len(table.typefaces)))],
            bold=bool(rng.random() < 0.4),
            width=round(float(rng.uniform(0.9, 1.06)), 3),
            tracking=float(rng.choice((-0.01, 0.0, 0.01, 0.02, 0.03))),
            kerning=float(stream(split, seed, f"kerning {number}").choice(_KERNINGS)),
        )
        self.nik_face = table.nik_faces[int(rng.integers(len(table.nik_faces)))]
        self.jobs = _jobs(self.person, self.plan, self.grow, rng)
        weights = np.array([_WEIGHTS.get(job.key, 1.0) for job in self.jobs])
        self.weights = weights / weights.sum()
        self.darkness = np.asarray(rng.uniform(20, 70) + rng.normal(0, 3, 3), np.float32)

    def crop(
        self, rng: np.random.Generator, ground: Float32, wanted: Mapping[str, float]
    ) -> LineCrop:
        job = self.jobs[int(rng.choice(len(self.jobs), p=self.weights))]
        if job.key == "nik" or rng.random() < _SCRAMBLED:
            job = dataclasses.replace(job, text=_scramble(job, rng))
        if job.key == "rt_rw" and rng.random() < _EMPTY:
            job = dataclasses.replace(job, text=_BLANKS[int(rng.integers(len(_BLANKS)))])
        if job.key in ROW_LABELS and rng.random() < _WITH_COLON:
            job = dataclasses.replace(job, text=":" + " " * int(rng.integers(2)) + job.text)
        # Blots and scratches beside the print make crops wider than it.
        beyond = float(rng.uniform(1, 12)) if rng.random() < _TOO_WIDE else 0.0
        strip, clean, ends = self._print(rng, job, ground, wanted, beyond)
        for name, draw in SURFACE.items():
            if name in wanted:
                draw(strip, rng, wanted[name])
        scale = float(np.exp(rng.uniform(*np.log(_SCALES))))
        if "low_resolution" in wanted:
            scale = 12.0 * (_COARSE / 12.0) ** wanted["low_resolution"]
        shot = ordinary_shot(rng, scale, "desk")
        # On a crop the ordinary fall-off of light is a plain factor.
        shot.exposure *= float(rng.uniform(0.8, 1.1))
        spoil(shot, wanted, scale, rng)
        light = _lit(strip)
        strip.kept *= light_kept(strip, shot)
        to_crop, size = _frame(rng, strip, job.cap_mm, scale, beyond)
        near = scale / CARD_PX_PER_MM
        seen = camera.develop(_seen(light, to_crop, size, near), shot, rng)
        width = max(round(size[0] * LINE_HEIGHT_PX / size[1]), 8)
        how = cv2.INTER_AREA if size[1] > LINE_HEIGHT_PX else cv2.INTER_CUBIC
        pixels = np.asarray(cv2.resize(seen, (width, LINE_HEIGHT_PX), interpolation=how), np.uint8)
        printed = cv2.resize(_seen(clean, to_crop, size, near), (width, LINE_HEIGHT_PX))
        starts = [strip.left, *ends[:-1]]
        cells = np.array([starts, ends]).T
        there = _kept(strip.kept, clean, cells)
        middle = (strip.top + strip.bottom) / 2
        across = (to_crop[0, 0] * cells + to_crop[0, 1] * middle + to_crop[0, 2]) * width / size[0]
        like = _likeness(pixels, np.asarray(printed, np.float32), across)
        return LineCrop(
            pixels=pixels,
            text=job.text,
            key=job.key,
            visible=tuple(
                bool(kept >= _KEPT_FROM and (character == " " or alike >= _LIKE_FROM))
                for character, kept, alike in zip(job.text, there, like, strict=True)
            ),
            spans=tuple((float(start / width), float(end / width)) for start, end in across),
            defects=dict(wanted),
        )

    def _print(
        self,
        rng: np.random.Generator,
        job: _Job,
        ground: Float32,
        wanted: Mapping[str, float],
        beyond_mm: float,
    ) -> tuple[Strip, Float32, list[float]]:
        """Set the line, its neighbours cut off by the crop, on a piece of the ground.

        Returns the strip, the line's own ink as it was printed, and where each character ends.
        """
        per_mm = CARD_PX_PER_MM
        cap = job.cap_mm * per_mm
        margin = 1.4 * per_mm
        high = round(2.05 * cap + 0.5 * per_mm)
        baseline = high / 2 + cap / 2
        pieces, ends = self._pieces(job)
        wide = round(ends[-1] + 2 * margin + beyond_mm * per_mm)
        ink = np.zeros((high, wide), np.float32)
        for coverage, x, up in pieces:
            stamp(ink, coverage, margin + x, baseline + up)
        clean = ink.copy()
        if job.key not in {"nik", "golongan_darah"} and rng.random() < 0.5:
            pitch = self.plan.row_pitch * per_mm
            for place_y in (baseline - pitch, baseline + pitch):
                other = self.jobs[int(rng.integers(len(self.jobs)))]
                line = set_line(other.text, self.style, round(cap, 1))
                place(ink, line, margin + rng.uniform(-0.2, 0.2), place_y)
        ink = np.asarray(cv2.GaussianBlur(ink, (0, 0), rng.uniform(0.7, 1.3)), np.float32)
        ink *= np.float32(rng.uniform(0.85, 1.0))
        y = int(rng.integers(0, ground.shape[0] - high))
        x = int(rng.integers(0, max(ground.shape[1] - wide, 1)))
        piece = ground[y : y + high, x : x + wide]
        if piece.shape[1] < wide:
            piece = np.asarray(cv2.resize(piece, (wide, high)), np.float32)
        strip = Strip(
            picture=piece,
            ink=ink,
            kept=np.ones((high, wide), np.float32),
            top=baseline - cap,
            bottom=baseline,
            left=margin,
            right=margin + ends[-1],
            style=self.style,
        )
        for name, draw in INK.items():
            if name in wanted:
                draw(strip, rng, wanted[name])
        strip.picture = lay(np.ascontiguousarray(piece), strip.ink, self.darkness)
        return strip, clean, [margin + end for end in ends]

    def _pieces(self, job: _Job) -> tuple[list[tuple[Float32, float, float]], list[float]]:
        """Coverage rasters with their places, and where every character ends."""
        if job.key != "nik":
            line = set_line(job.text, self.style, round(job.cap_mm * CARD_PX_PER_MM, 1))
            whole = (line.coverage, line.origin_px[0], line.origin_px[1])
            return [whole], list(line.ends_px)
        pitch = self.plan.nik_digit_pitch * CARD_PX_PER_MM
        height = round(job.cap_mm * CARD_PX_PER_MM, 1)
        pieces: list[tuple[Float32, float, float]] = []
        for index, digit in enumerate(job.text):
            if self.nik_face == "bold":
                style = dataclasses.replace(self.style, bold=True, tracking=0.0)
                line = set_line(digit, style, height)
                origin = line.origin_px
                pieces.append((line.coverage, index * pitch + origin[0], origin[1]))
            else:
                drawn = draw_character(self.nik_face, digit, height)
                pieces.append((drawn, index * pitch, -float(drawn.shape[0])))
        return pieces, [pitch * (index + 1) for index in range(len(job.text))]


def _jobs(person: Person, plan: Layout, grow: float, rng: np.random.Generator) -> list[_Job]:
    """Every line of a card."""
    fields = person.fields
    jobs = [
        _Job(key, fields[key], plan.header_cap_height) for key in ("provinsi", "kabupaten_kota")
    ]
    jobs.append(_Job("nik", fields["nik"], plan.nik_digit_height * grow))
    jobs += [_Job("nama", text, plan.cap_height * grow) for text in person.name_lines]
    jobs += [_Job("tempat_tgl_lahir", text, plan.cap_height * grow) for text in person.birth_lines]
    jobs += [_Job("alamat", text, plan.cap_height * grow) for text in person.address_lines]
    # A lone letter is read together with its label.
    blood = fields["golongan_darah"]
    text = f"Gol. Darah : {blood}" if rng.random() < 0.6 else blood
    jobs.append(_Job("golongan_darah", text, plan.cap_height * grow))
    jobs += [
        _Job(key, fields[key], plan.cap_height * grow)
        for key in (
            "jenis_kelamin",
            "rt_rw",
            "kel_desa",
            "kecamatan",
            "agama",
            "status_perkawinan",
            "pekerjaan",
            "kewarganegaraan",
            "berlaku_hingga",
        )
    ]
    jobs += [
        _Job(key, fields[key], plan.issue_cap_height) for key in ("tempat_terbit", "tanggal_terbit")
    ]
    return jobs


def _lit(strip: Strip) -> Float32:
    """The strip in linear light, shadow and glare with it."""
    display = np.clip(strip.picture, 0, 255).astype(np.uint8)
    light = np.asarray(cv2.LUT(display, camera.LINEAR), np.float32)
    if strip.lit is not None:
        light = np.asarray(cv2.multiply(light, cv2.merge([strip.lit] * 3)), np.float32)
    if strip.veil is not None:
        light = np.asarray(cv2.add(light, cv2.merge([strip.veil] * 3)), np.float32)
    return light


def _frame(
    rng: np.random.Generator, strip: Strip, cap_mm: float, scale: float, beyond_mm: float
) -> tuple[Float64, tuple[int, int]]:
    """Where the crop lies on the strip: from strip pixels to crop pixels, and its size.

    A crop is never quite straight, centred or tight: the outline is off by a little.
    """
    high_mm = cap_mm * float(rng.uniform(1.35, 1.95))
    left, right = rng.uniform(0.25, 1.0, 2)
    right += beyond_mm
    wide_mm = strip.width_mm + float(left + right)
    size = (max(round(wide_mm * scale), 8), max(round(high_mm * scale), 5))
    near = scale / CARD_PX_PER_MM
    # Long lines cannot lean as far without leaving the crop.
    lean = float(np.clip(rng.normal(0, 0.12) / max(strip.width_mm, 4), -0.03, 0.03))
    slant = float(rng.normal(0, 0.03))
    stretch = float(rng.uniform(0.95, 1.05))
    to_crop = np.array([[near * stretch, near * slant, 0.0], [near * lean, near, 0.0]])
    middle = np.array([(strip.left + strip.right) / 2, (strip.top + strip.bottom) / 2])
    slack = (high_mm - cap_mm) * scale * 0.3
    target = np.array(
        [
            size[0] / 2 + (left - right) / 2 * scale,
            size[1] / 2 + float(rng.uniform(-slack, slack)),
        ]
    )
    to_crop[:, 2] = target - to_crop[:, :2] @ middle
    return to_crop, size


def _seen(values: Float32, to_crop: Float64, size: tuple[int, int], near: float) -> Float32:
    """The strip's values as the sensor samples them."""
    matrix = to_crop.copy()
    if near < 0.8:
        high, wide = values.shape[:2]
        small = (max(round(wide * near), 1), max(round(high * near), 1))
        values = np.asarray(cv2.resize(values, small, interpolation=cv2.INTER_AREA), np.float32)
        matrix[:, 0] *= wide / small[0]
        matrix[:, 1] *= high / small[1]
    # From continuous places to pixel centres.
    matrix[:, 2] += matrix[:, :2] @ np.array([0.5, 0.5]) - 0.5
    return np.asarray(
        cv2.warpAffine(values, matrix, size, borderMode=cv2.BORDER_REPLICATE), np.float32
    )


def _kept(kept: Float32, ink: Float32, cells: Float64) -> Float64:
    """Share of every character's ink whose contrast is left; of a space's ground."""
    seen = np.clip((kept - 0.15) / 0.35, 0, 1)
    if seen.shape != ink.shape:
        seen = np.broadcast_to(seen, ink.shape)
    columns = np.array([(seen * ink).sum(axis=0), ink.sum(axis=0), seen.mean(axis=0)])
    before = np.zeros((3, ink.shape[1] + 1))
    np.cumsum(columns, axis=1, out=before[:, 1:])
    starts = np.clip(np.round(cells[:, 0]), 0, ink.shape[1] - 1).astype(int)
    ends = np.clip(np.round(cells[:, 1]), starts + 1, ink.shape[1]).astype(int)
    inked, total, ground = before[:, ends] - before[:, starts]
    shares = np.where(total > 1, inked / np.maximum(total, 1), ground / (ends - starts))
    return np.asarray(shares, np.float64)


def _likeness(pixels: UInt8, printed: Float32, cells: Float64) -> list[float]:
    """How far every character's darkness follows the ink that was printed there, -1..1."""
    dark = 255 - cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    # Strokes, not the grey bar that is left of them when all is blurred.
    dark -= cv2.GaussianBlur(dark, (0, 0), _STROKE_PX)
    fine = printed - cv2.GaussianBlur(printed, (0, 0), _STROKE_PX)
    rows = np.flatnonzero(printed.max(axis=1) > 0.2)
    if rows.size == 0:
        return [0.0] * len(cells)
    band = slice(max(int(rows[0]) - 2, 0), int(rows[-1]) + 3)
    dark, printed = dark[band], np.asarray(fine[band], np.float32)
    # Column sums up to each column: any cell's moments are differences of two of them.
    sums = np.zeros((5, dark.shape[1] + 1))
    for row, values in enumerate((dark, printed, dark * printed, dark**2, printed**2)):
        sums[row, 1:] = np.cumsum(values.sum(axis=0), dtype=np.float64)
    # A little of what is beside the character shows whether it stands out.
    starts = np.clip(np.round(cells[:, 0] - 1.5), 0, dark.shape[1] - 1).astype(int)
    ends = np.clip(np.round(cells[:, 1] + 1.5), starts + 1, dark.shape[1]).astype(int)
    count = (ends - starts) * dark.shape[0]
    d, p, dp, dd, pp = (sums[:, ends] - sums[:, starts]) / count
    # Below a spread of a level nothing stands out.
    spread = np.sqrt(np.maximum(dd - d**2, 0) + 1.0) * np.sqrt(np.maximum(pp - p**2, 1e-6))
    return [float(value) for value in (dp - d * p) / spread]
