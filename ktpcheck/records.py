"""What passes between stages: frozen dataclasses, no I/O, no behaviour beyond derived values.

Pixels and readings are personal data: they are kept out of every ``repr``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ktpcheck.geometry import Bool, Box, Float32, Float64, UInt8

SideState = Literal["visible", "extrapolated", "off_frame"]
Kind = Literal["capture", "card"]
Cause = Literal["capture", "card", "undetermined"]
Part = Literal["whole", "start", "middle", "end", "characters"]
Status = Literal["ok", "info", "warning", "error", "not_assessable"]
Verdict = Literal["readable", "unreadable", "no_card", "different_cards"]
Action = Literal["accept", "retake", "replace_card", "check_data"]


@dataclass(frozen=True, eq=False)
class Photo:
    """One decoded picture, as displayed.

    ``pixels`` is (H, W, 3) uint8 RGB, EXIF orientation applied.
    ``page`` counts from 1 in a PDF or multi-page TIFF, None otherwise.
    ``format`` is the container's name in capitals (JPEG, PNG, WEBP, TIFF, AVIF, HEIF, PDF).
    """

    pixels: UInt8 = field(repr=False)
    name: str
    page: int | None
    sha256: str
    format: str

    @property
    def width_px(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def height_px(self) -> int:
        return int(self.pixels.shape[0])


@dataclass(frozen=True, eq=False)
class Outline:
    """Where the card lies in the photo.

    ``corners_px`` is (4, 2) float32 x, y, clockwise from the printed top-left; corners may lie
    outside the photo. ``score`` 0..1 is the evidence that this is an e-KTP's data side; ``trust``
    0..1 the probability that the corners are right (Jaccard index with the true ones .95 or more).
    ``sides`` has the keys top, right, bottom, left (of the printed card). Of the ``of`` e-KTPs that
    the photo shows it is the ``number``-th most prominent, from 1.
    """

    corners_px: Float32
    score: float
    sides: Mapping[str, SideState]
    number: int = 1
    of: int = 1
    trust: float = math.nan


@dataclass(frozen=True)
class NoCard:
    """Why no e-KTP was found. ``reason`` is a guidance id: no_card, wrong_side, not_ektp, ..."""

    reason: str
    score: float = 0.0


@dataclass(frozen=True)
class Placement:
    """Where the print stands on this card, in millimetres.

    ``lines`` maps a line key (see ``fields.LINES``) to the boxes that hold its value, top to
    bottom: a wrapped address has two. ``labels`` maps a label key to its box.
    ``agreement`` maps a label key to the correlation (-1..1) found there, for the proof of card.
    """

    layout: str
    shift_mm: tuple[float, float]
    lines: Mapping[str, tuple[Box, ...]]
    labels: Mapping[str, Box]
    portrait: Box
    agreement: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Card:
    """The card flattened to its printed shape.

    ``pixels`` is (CANVAS_HEIGHT_PX, CANVAS_WIDTH_PX, 3) uint8 RGB, upright.
    ``inside`` is (CANVAS_HEIGHT_PX, CANVAS_WIDTH_PX) bool, False where the photo shows nothing.
    ``to_photo`` is the (3, 3) homography from card millimetres to photo pixels.
    ``dpi`` is the photo's resolution on the card (median over the card).
    """

    pixels: UInt8 = field(repr=False)
    inside: Bool = field(repr=False)
    to_photo: Float64
    dpi: float
    outline: Outline
    placement: Placement


@dataclass(frozen=True)
class Correction:
    """One character (or a whole closed-list value) taken as something else than was read."""

    position: int
    read: str = field(repr=False)
    taken: str = field(repr=False)
    rule: str = ""


@dataclass(frozen=True)
class Line:
    """What an engine read in one box: no interpretation.

    ``characters_mm`` holds the centre x of every character of ``text`` on the card, and
    ``characters`` the score 0..1 of each. ``other`` is the same line by the other reader, and
    ``agrees`` whether that is the same but for spaces; None where only one was asked.
    """

    text: str = field(repr=False)
    confidence: float
    characters: tuple[float, ...] = ()
    characters_mm: tuple[float, ...] = ()
    box: Box | None = None
    agrees: bool | None = None
    other: Line | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Reading:
    """One field as understood.

    ``raw`` is what the engine read; ``text`` what it is taken for. ``grammar`` is ok when the
    text obeys the field's rules, warning when unusual, error when it cannot be right.
    ``boxes`` is the print itself, a box a printed line, in millimetres; ``reach`` is where more of
    it would stand: something that hides print there hides that there was any.
    """

    key: str
    raw: str = field(repr=False)
    text: str = field(repr=False)
    confidence: float
    grammar: Status
    boxes: tuple[Box, ...]
    reach: tuple[Box, ...] = ()
    lines: tuple[Line, ...] = field(default=(), repr=False)
    corrections: tuple[Correction, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def other(self) -> str | None:
        """What the other reader read in place of ``raw``; None where it was not asked."""
        if all(line.other is None for line in self.lines):
            return None
        return " ".join((line.other or line).text for line in self.lines)


@dataclass(frozen=True, eq=False)
class Measure:
    """One physical quantity over the card.

    ``map`` is float32 (h, w) of any resolution spanning the whole card; NaN where not assessable.
    ``regions`` pools it over every field box, ``portrait`` and ``card``; NaN where not assessable.
    """

    name: str
    unit: str
    map: Float32 = field(repr=False)
    regions: Mapping[str, float]


@dataclass(frozen=True)
class Spot:
    """A place a user can find: a field or ``portrait``, and which part of it.

    ``runs`` holds first and last character, counted from 1, for the part ``characters``.
    """

    key: str
    part: Part = "whole"
    runs: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Finding:
    """One defect that is there: an id of ``guidance``, where, how much.

    ``severity`` 0..1: 0.5 is about where a field starts to suffer. ``value`` is the native value
    of the measure behind it at its worst region and ``limit`` the value where severity is 0.5.
    ``kind`` is whose fault this defect is by its nature; ``card_probability`` (0..1, NaN where
    nobody asked) how likely the card is to blame for what was seen here, ``cause`` the commitment
    made on it. ``spots`` are the places in words, the fields in the order of the card.
    """

    id: str
    kind: Kind
    severity: float
    regions: tuple[str, ...]
    value: float
    limit: float
    cause: Cause = "undetermined"
    card_probability: float = float("nan")
    spots: tuple[Spot, ...] = ()


@dataclass(frozen=True)
class Check:
    """One consistency rule applied: its id, how it came out, and the fields it compares."""

    id: str
    status: Status
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Legibility:
    """The verdict on one field. ``legibility`` is the probability that it is read right.

    ``uncertain``: not ``readable``, but likelier right than not; whether comparing it with the
    card will do, the decision says.
    """

    key: str
    legibility: float
    readable: bool
    defects: tuple[str, ...]
    uncertain: bool = False


@dataclass(frozen=True)
class Advice:
    """One thing to do. ``id`` is a guidance id; both languages are always there."""

    id: str
    action: str
    text_id: str
    text_en: str


@dataclass(frozen=True)
class Decision:
    """What to make of the card. ``required`` names the fields that had to be readable."""

    verdict: Verdict
    action: Action
    fields: Mapping[str, Legibility]
    guidance: tuple[Advice, ...]
    required: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Portrait:
    """The printed face.

    ``pixels`` is (H, W, 3) uint8 RGB; ``box`` the printed frame in millimetres; ``face_px`` the
    face in the photo as x, y, width, height, None when no face was found.
    ``sharpness_px`` is the edge width at canvas scale. ``reasons`` says why it is not usable.
    """

    pixels: UInt8 = field(repr=False)
    box: Box
    box_px: Float32
    face_px: tuple[int, int, int, int] | None
    sharpness_px: float
    usable: bool
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Report:
    """Everything one photo led to. Without a card only photo, decision and timings are there."""

    photo: Photo
    outline: Outline | None
    card: Card | None
    readings: Mapping[str, Reading]
    measures: Mapping[str, Measure]
    findings: tuple[Finding, ...]
    checks: tuple[Check, ...]
    decision: Decision
    portrait: Portrait | None
    models: Mapping[str, str]
    elapsed_ms: Mapping[str, float]
    no_card: NoCard | None = None
