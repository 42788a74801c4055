"""Do two shots show the same card? By the digits of the NIK, the portrait and the layout.

A name and a birth date that both shots read alike also make two shots one card's; none of the other
fields ever makes them two: names are misread, digits that are sure are not.

Two shots of one card show the very same printed picture, so portraits are compared as pictures,
not as faces: lighting taken out, glare and covered parts left out, the print of one laid on the
other's. Nothing here says who anybody is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import CARD_HEIGHT_MM, CARD_WIDTH_MM, PX_PER_MM, Bool, Box, Float32
from ktpcheck.grammar import HIDDEN, tight
from ktpcheck.records import Placement, Reading, Report
from ktpcheck.shots.evidence import Pair, Sameness

#: Resolution portraits are compared at, px/mm, how far the frames may lie apart, mm, the finest
#: detail that counts and the widest change of light, mm.
_PX_PER_MM: Final = 6
_REACH_MM: Final = 3.0
_DETAIL_MM: Final = 0.15
_LIGHT_MM: Final = 1.0
#: At least this share of the frame must be seen in both shots.
_SHARE_SEEN: Final = 0.4
#: Likeness from which portraits are the same print, and below which they are not. On validation
#: captures (``python -m tests.bench.shots``) usable portraits of one card lie above 0.68, 90 % of
#: them above 0.92; of two cards, whose drawn faces are much alike, 98 % lie below 0.80 and none
#: above 0.90. Between the two nothing is said.
_SAME_FROM: Final = 0.85
_DIFFERENT_BELOW: Final = 0.45
#: Texture, in log levels, below which a portrait shows too little to compare.
_FLAT: Final = 0.02

#: Score from which a digit is read surely, though the NIK is not readable as a whole.
_SURE: Final = 0.97
#: Equal digits that make two cards one: region, birth date and part of the serial number.
_EQUAL_ENOUGH: Final = 14
#: Other fields that tell one holder from another, and how many of them, the name among them.
_TELLING: Final = ("nama", "tanggal_lahir", "tempat_lahir", "alamat", "rt_rw", "kel_desa")
_FIELDS_ENOUGH: Final = 4
_NIK_DIGITS: Final = 16
#: So many digits in another place, all the same, are one NIK.
_SLIPPED_FROM: Final = 6

#: Which layout a card has is known where half of its labels correlate at least this well.
_LAYOUT_HEARD: Final = 0.5

#: Resolution at which whole cards are laid on one another, px/mm; the farthest that counts, mm;
#: how near two well flattened cards lie, mm; the least peak of phase correlation believed.
_SHIFT_PX_PER_MM: Final = 4
_FARTHEST_MM: Final = 2.5
_LAID_WITHIN_MM: Final = 0.6
_CLEAR_PEAK: Final = 0.06


@dataclass(frozen=True, eq=False)
class Likable:
    """One shot prepared for comparison.

    ``face`` is the portrait with the light taken out, ``face_seen`` where it can be compared;
    ``usable`` says that the portrait is sharp, whole and has a face. ``print`` is the card's
    texture at a low resolution. ``layout`` is None where the labels do not say it. ``digits`` maps
    places in the NIK to what was surely read there, ``values`` the other fields that are readable
    to what they say.
    """

    face: Float32
    face_seen: Bool
    usable: bool
    print: Float32
    layout: str | None
    digits: dict[int, str] = field(repr=False)
    nik_readable: bool
    values: Mapping[str, str] = field(default_factory=dict, repr=False)


def prepare(report: Report) -> Likable:
    """Prepare a shot with a card for comparison.

    Parameters
    ----------
    report : Report
        With a card.

    Returns
    -------
    Likable

    Raises
    ------
    ValueError
        If the report has no card.
    """
    card = report.card
    if card is None:
        raise ValueError("a shot without a card cannot be compared")
    face, seen, texture = _face(
        report, card.placement.portrait.grown(_REACH_MM - 0.5, _REACH_MM - 0.5)
    )
    judged = report.decision.fields.get("nik")
    readable = judged is not None and judged.readable
    reading = report.readings.get("nik")
    digits: dict[int, str] = {}
    if reading is not None and readable:
        digits = dict(enumerate(reading.text, start=1))  # judged as a whole
    elif reading is not None:
        digits = sure_digits(reading)
    return Likable(
        face=face,
        face_seen=seen,
        usable=report.portrait is not None and report.portrait.usable and texture > _FLAT,
        print=_texture(card.pixels),
        layout=_layout(card.placement),
        digits=digits,
        nik_readable=readable,
        values={
            key: tight(report.readings[key].text)
            for key in _TELLING
            if key in report.readings
            and key in report.decision.fields
            and report.decision.fields[key].readable
        },
    )


def compare(shots: tuple[int, int], one: Likable, other: Likable) -> Pair:
    """Compare two shots.

    Parameters
    ----------
    shots : tuple of int
        What they are called.
    one, other : Likable

    Returns
    -------
    Pair
        ``same`` by a NIK or a portrait, ``different`` only on sure evidence; with shots too bad to
        say, ``cannot_tell``.
    """
    both = sorted(set(one.digits) & set(other.digits))
    equal = tuple(place for place in both if one.digits[place] == other.digits[place])
    differ = tuple(place for place in both if one.digits[place] != other.digits[place])
    if differ and _slipped(one.digits, other.digits):
        equal = differ = ()
    likeness = face_likeness(one, other)
    shift = shift_mm(one.print, other.print)
    # Print that does not come to lie on print was flattened badly, and so was the portrait.
    usable = one.usable and other.usable and max(map(abs, shift)) <= _LAID_WITHIN_MM
    faces: Sameness = "cannot_tell"
    if likeness >= _SAME_FROM:
        faces = "same"
    elif likeness < _DIFFERENT_BELOW and usable:  # NaN compares false
        faces = "different"
    verdict, reasons = _verdict(one, other, equal, differ, faces)
    return Pair(
        shots=shots,
        verdict=verdict,
        reasons=reasons,
        nik_equal=equal,
        nik_differ=differ,
        likeness=likeness,
        shift_mm=shift,
    )


def _verdict(
    one: Likable,
    other: Likable,
    equal: tuple[int, ...],
    differ: tuple[int, ...],
    faces: Sameness,
) -> tuple[Sameness, tuple[str, ...]]:
    both_readable = one.nik_readable and other.nik_readable
    # One digit may be misread by one of the shots; two surely read ones are not.
    if len(differ) >= 2 or (differ and both_readable and faces != "same"):
        reasons = ["nik"]
        if faces == "different":
            reasons.append("portrait")
        return "different", tuple(reasons)
    agree = {key for key, text in one.values.items() if other.values.get(key) == text}
    person = "nama" in agree and ("tanggal_lahir" in agree or len(agree) >= _FIELDS_ENOUGH)
    if not differ and (len(equal) >= _EQUAL_ENOUGH or person):
        return "same", ()
    if faces == "different":
        return "different", ("portrait",)
    if one.layout and other.layout and one.layout != other.layout:
        return ("cannot_tell", ()) if faces == "same" else ("different", ("layout",))
    return ("same", ()) if faces == "same" else ("cannot_tell", ())


def _layout(placement: Placement) -> str | None:
    """The layout of a card whose labels were heard."""
    heard = placement.agreement.values()
    return placement.layout if heard and median(heard) >= _LAYOUT_HEARD else None


def _slipped(one: Mapping[int, str], other: Mapping[int, str]) -> bool:
    """Whether the same digits were read a place or two off: then the line was cut wrongly."""
    for step in (-2, -1, 1, 2):
        both = [place for place in one if place + step in other]
        same = sum(one[place] == other[place + step] for place in both)
        if len(both) >= _SLIPPED_FROM and same >= len(both) - 1:
            return True
    return False


def sure_digits(reading: Reading) -> dict[int, str]:
    """The digits that were surely read of a NIK that is not readable as a whole.

    Parameters
    ----------
    reading : Reading
        Of the NIK.

    Returns
    -------
    dict of int to str
        By place, counted from 1. Empty where the characters cannot be told their sixteen places,
        or two looks at the line differ.
    """
    if len(reading.text) != _NIK_DIGITS or any(line.agrees is False for line in reading.lines):
        return {}
    read = [
        (symbol, score)
        for line in reading.lines
        for symbol, score in zip(line.text, line.characters, strict=False)
        if symbol not in " :"
    ]
    shown = sum(symbol != HIDDEN for symbol in reading.text)
    if len(read) == shown and HIDDEN in reading.text:
        scores = iter(read)  # hidden places were worked out, not read
        places = [next(scores) if symbol != HIDDEN else (HIDDEN, 0.0) for symbol in reading.text]
    elif len(read) == _NIK_DIGITS:
        places = read
    else:
        return {}
    return {
        place: taken
        for place, (taken, (symbol, score)) in enumerate(
            zip(reading.text, places, strict=True), start=1
        )
        if taken == symbol and taken != HIDDEN and score >= _SURE
    }


def face_likeness(one: Likable, other: Likable) -> float:
    """Correlation of two portraits laid on each other, -1..1; NaN where too little is seen."""
    height = min(one.face.shape[0], other.face.shape[0])
    width = min(one.face.shape[1], other.face.shape[1])
    reach = round(_REACH_MM * _PX_PER_MM)
    a, a_seen = one.face[:height, :width], one.face_seen[:height, :width]
    b, b_seen = other.face[:height, :width], other.face_seen[:height, :width]
    core = slice(reach, height - reach), slice(reach, width - reach)
    # Laid on each other where the whole pictures agree best; unseen parts are zero in both.
    scores = cv2.matchTemplate(b, np.ascontiguousarray(a[core]), cv2.TM_CCOEFF_NORMED)
    _, _, _, (dx, dy) = cv2.minMaxLoc(scores)
    moved = slice(dy, dy + height - 2 * reach), slice(dx, dx + width - 2 * reach)
    seen = a_seen[core] & b_seen[moved]
    if seen.mean() < _SHARE_SEEN:
        return math.nan
    x, y = a[core][seen].astype(np.float64), b[moved][seen].astype(np.float64)
    x, y = x - x.mean(), y - y.mean()
    size = float(np.sqrt((x * x).sum() * (y * y).sum()))
    return float((x * y).sum() / size) if size > 0 else math.nan


def _face(report: Report, frame: Box) -> tuple[Float32, Bool, float]:
    """The portrait with the light taken out, where it is seen, and how much texture it has."""
    card = report.card
    assert card is not None
    scale = _PX_PER_MM / PX_PER_MM
    grey = cv2.cvtColor(card.pixels, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    part = (
        slice(round(frame.y0 * _PX_PER_MM), round(frame.y1 * _PX_PER_MM)),
        slice(round(frame.x0 * _PX_PER_MM), round(frame.x1 * _PX_PER_MM)),
    )
    levels = small[part].astype(np.float32)
    seen = (levels < 250) & (levels > 4)
    for name, limit in (("glare", 0.15), ("cover_seen", 0.5), ("outside", 0.5)):
        if name in report.measures:
            known = np.nan_to_num(report.measures[name].map.astype(np.float32), nan=1.0)
            size = (small.shape[1], small.shape[0])
            plane = cv2.resize(known, size, interpolation=cv2.INTER_NEAREST)
            seen &= plane[part] < limit
    light = cv2.GaussianBlur(np.log(np.maximum(levels, 4)), (0, 0), _DETAIL_MM * _PX_PER_MM)
    held = seen.astype(np.float32)
    sigma = _LIGHT_MM * _PX_PER_MM
    weight = cv2.GaussianBlur(held, (0, 0), sigma) + 1e-3
    detail = (light - cv2.GaussianBlur(light * held, (0, 0), sigma) / weight) * held
    spread = np.sqrt(cv2.GaussianBlur(detail * detail, (0, 0), sigma) / weight)
    return (
        np.asarray(detail / np.maximum(spread, 0.03), np.float32),
        np.asarray(seen, bool),
        float(np.median(spread)),
    )


def _texture(pixels: np.ndarray) -> Float32:
    """The card's print without its light, at a low resolution."""
    scale = _SHIFT_PX_PER_MM / PX_PER_MM
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    light = np.log(np.maximum(small, 4).astype(np.float32))
    detail = light - cv2.GaussianBlur(light, (0, 0), 1.2 * _SHIFT_PX_PER_MM)
    return np.asarray(np.clip(detail, -0.4, 0.4), np.float32)


def shift_mm(one: Float32, other: Float32) -> tuple[float, float]:
    """How far the second print lies off the first, x and y; (0, 0) where that cannot be told."""
    window = cv2.createHanningWindow((one.shape[1], one.shape[0]), cv2.CV_32F)
    (dx, dy), peak = cv2.phaseCorrelate(one, other, window)
    far = max(abs(dx), abs(dy)) > _FARTHEST_MM * _SHIFT_PX_PER_MM
    if far or peak < _CLEAR_PEAK:
        return 0.0, 0.0
    return dx * CARD_WIDTH_MM / one.shape[1], dy * CARD_HEIGHT_MM / one.shape[0]
