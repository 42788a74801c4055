"""One fault over several shots: what stays in its place on the card is the card's.

Findings of the same family that lie in the same place on the card are one fault. Whether it is
the card's or the capture's follows by Bayes' rule from its name and from every other shot: it was
seen there again, it was not although its place was clear, or its place could not be judged.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import cv2
import numpy as np

from ktpcheck.cause import BESIDE_CAPTURE, STRUCTURAL, card_prior, cause_of, log_odds
from ktpcheck.defects import DEFECTS, LEAST_SEVERITY, SUFFERS
from ktpcheck.fields import FIELDS
from ktpcheck.geometry import Bool, Float32
from ktpcheck.place import (
    EVERYWHERE,
    PLACE_PX_PER_MM,
    PLACE_SHAPE,
    at_place_scale,
    place_of,
    regions_of,
)
from ktpcheck.records import Finding, Report
from ktpcheck.shots.evidence import JointFault, Sighting

#: Faults of the photo that one of the card is taken for, and the other way round.
_LOOKALIKES: Final = (
    frozenset({"laminate_peel", "laminate_bubble", "glare"}),
    frozenset({"stain", "overlay_on_field", "occluded"}),
)


@dataclass(frozen=True)
class Steadiness:
    """How often a fault is seen in a second shot that shows its place clearly, 0..1.

    ``card``: a fault of the card, which stays. ``capture``: one of the capture, or a false alarm,
    that happens to strike the same place.
    """

    card: float
    capture: float


#: By id; measured on validation triples (``python -m tests.bench.shots``), pulled towards caution.
_STEADINESS: Final[Mapping[str, Steadiness]] = MappingProxyType(
    {
        "scratch_nik": Steadiness(0.8, 0.1),
        "scratch_other": Steadiness(0.8, 0.1),
        "crack": Steadiness(0.6, 0.08),
        "text_missing": Steadiness(0.8, 0.12),
        "laminate_bubble": Steadiness(0.5, 0.05),
        "print_faded": Steadiness(0.8, 0.15),
        "photo_worn": Steadiness(0.8, 0.15),
        "cause_unclear": Steadiness(0.8, 0.15),
        # One lamp colours all the shots of one evening.
        "yellowed": Steadiness(0.85, 0.3),
        "colour_cast": Steadiness(0.6, 0.6),
        "shadow": Steadiness(0.6, 0.25),
        # One lamp stays where it hangs.
        "glare": Steadiness(0.85, 0.3),
    }
)
_USUAL: Final = Steadiness(0.85, 0.1)

#: From here on what goes by a capture's name is the card's: a thumb may lie in one place in every
#: shot.
_CARD_AFTER_ALL: Final = 0.95

#: Two places are one when they share this much of the smaller, grown by what flattening leaves, mm.
_SHARED: Final = 0.4
_SHARED_UNDER_TWO_NAMES: Final = 0.6
_SLACK_MM: Final = 1.0
#: A place of which more than this is hidden in a shot cannot be judged there.
_HIDDEN: Final = 0.4
#: Capture faults under which other faults cannot be judged anywhere in the shot.
_BLINDING: Final = frozenset(
    {
        "blur_motion",
        "blur_focus",
        "too_dark",
        "too_bright",
        "low_resolution",
        "compression",
        "photocopy",
        "screen_capture",
    }
)
#: What another sighting under such a fault counts for.
_SHAKY_AGAIN: Final = 0.5
#: Faults of the card's outline, which no blur or light makes up.
_SHAPES: Final = frozenset({"broken", "hole_punch"})
#: What hides a place, by measure, and from which value.
_HIDES: Final = (
    ("glare", 0.15),
    ("cover_seen", 0.5),
    ("outside", 0.5),
    ("clipped_high", 0.5),
    ("shadow", 0.7),
)
#: Outlines of places are drawn with this little detail, mm.
_DETAIL_MM: Final = 0.4


@dataclass(frozen=True, eq=False)
class _Seen:
    """One finding of one shot and where it lies, in the first shot's place on the card.

    ``shaky``: a fault of the capture over the whole shot may be behind it.
    """

    shot: int
    finding: Finding
    place: Bool
    shaky: bool


def join_faults(
    shots: Mapping[int, Report],
    shifts_mm: Mapping[int, tuple[float, float]],
    number_of_shots: int,
) -> tuple[JointFault, ...]:
    """Every fault over all shots.

    Parameters
    ----------
    shots : mapping of int to Report
        Those that count, by number, in an order that does not depend on how they were given.
    shifts_mm : mapping of int to tuple of float
        How far the print of each lies off that of the first, x and y.
    number_of_shots : int
        Of all, counted or not.

    Returns
    -------
    tuple of JointFault
        Gravest first.
    """
    seen = [
        _Seen(shot, found, _moved(_place(report, found), shifts_mm[shot]), _shaky(found, report))
        for shot, report in shots.items()
        for found in report.findings
        if found.severity >= LEAST_SEVERITY
    ]
    faults = [
        _fault(group, shots, shifts_mm, number_of_shots)
        for group in _groups(seen)
        if max(one.finding.severity for one in group) >= SUFFERS
    ]
    return tuple(sorted(faults, key=lambda fault: (-fault.severity, fault.id, fault.regions)))


def _shaky(found: Finding, report: Report) -> bool:
    if found.kind == "capture" or found.id in _SHAPES:
        return False
    return any(one.id in _BLINDING and one.severity >= SUFFERS for one in report.findings)


def _place(report: Report, found: Finding) -> Bool:
    card = report.card
    assert card is not None
    return place_of(found, report.measures, regions_of(card, report.readings))


def _moved(place: Bool, shift_mm: tuple[float, float]) -> Bool:
    """A place brought back by a shift of the print."""
    dx, dy = (-round(shift * PLACE_PX_PER_MM) for shift in shift_mm)
    if not (dx or dy):
        return place
    step = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
    size = (PLACE_SHAPE[1], PLACE_SHAPE[0])
    moved = cv2.warpAffine(place.astype(np.uint8), step, size, flags=cv2.INTER_NEAREST)
    return np.asarray(moved > 0, bool)


def _groups(seen: Sequence[_Seen]) -> list[list[_Seen]]:
    """Findings that are one fault: of one family and, where a place says something, in one."""
    groups: list[list[_Seen]] = []
    for one in sorted(seen, key=lambda entry: -entry.finding.severity):
        for group in groups:
            if _one_fault(group[0], one):
                group.append(one)
                break
        else:
            groups.append([one])
    return groups


def _one_fault(one: _Seen, other: _Seen) -> bool:
    a, b = one.finding, other.finding
    if a.id == b.id:
        return a.id in EVERYWHERE or _shared(one.place, other.place) >= _SHARED
    # Under two names in one shot, two faults were seen; a fault of the whole card is no other.
    if one.shot == other.shot or {a.id, b.id} & EVERYWHERE:
        return False
    # What one shot calls a crack, another may call a scratch, or print that is gone.
    akin = a.kind == b.kind == "card" or any({a.id, b.id} <= group for group in _LOOKALIKES)
    return akin and _shared(one.place, other.place) >= _SHARED_UNDER_TWO_NAMES


def _shared(one: Bool, other: Bool) -> float:
    """Share of the smaller place that lies in the other, both a little grown."""
    side = 2 * round(_SLACK_MM * PLACE_PX_PER_MM / 2) + 1
    kernel = np.ones((side, side), np.uint8)
    small, large = (one, other) if one.sum() <= other.sum() else (other, one)
    grown = cv2.dilate(large.astype(np.uint8), kernel) > 0
    return float((small & grown).sum() / max(small.sum(), 1))


def _fault(
    group: list[_Seen],
    shots: Mapping[int, Report],
    shifts_mm: Mapping[int, tuple[float, float]],
    number_of_shots: int,
) -> JointFault:
    gravest = group[0].finding
    where = np.logical_or.reduce([one.place for one in group if one.finding.severity >= SUFFERS])
    sightings: list[Sighting | None] = [None] * number_of_shots
    seen = sure = missed = 0
    for shot, report in shots.items():
        here = [one for one in group if one.shot == shot]
        if here:
            sightings[shot] = Sighting(
                "seen",
                max(one.finding.severity for one in here),
                _regions(one.finding for one in here),
                tuple(polygon for one in here for polygon in _polygons(one)),
            )
            seen += 1
            sure += not all(one.shaky for one in here)
        elif _blind(gravest, where, report, shifts_mm[shot]):
            sightings[shot] = Sighting("not_assessable", math.nan, (), ())
        else:
            sightings[shot] = Sighting("not_seen", 0.0, (), ())
            missed += 1
    # Twice in one place says something even where each time the whole shot was bad.
    surely = max(sure - 1, 0)
    again = surely + _SHAKY_AGAIN * (seen - 1 - surely)
    probability = _card_probability(group, again=again, missed=missed, shaky=not sure)
    cause = cause_of(probability)
    if cause == "card" and gravest.kind == "capture" and probability < _CARD_AFTER_ALL:
        cause = "undetermined"  # a name of the capture's takes more to be the card's
    return JointFault(
        id=gravest.id,
        kind=gravest.kind,
        cause=cause,
        card_probability=probability,
        severity=gravest.severity,
        regions=_regions(one.finding for one in group),
        sightings=tuple(sightings),
    )


def _card_probability(group: Sequence[_Seen], *, again: float, missed: int, shaky: bool) -> float:
    """By Bayes' rule from the name, and from each shot beyond the first that can tell."""
    gravest = group[0].finding
    # What one shot calls glare, another may call a peeled film: every name it went by has its say.
    names = sorted({one.finding.id for one in group if one.finding.severity >= SUFFERS})
    odds = sum(log_odds(card_prior(name)) for name in names) / len(names)
    everywhere = gravest.id in EVERYWHERE and gravest.kind == "capture"
    if gravest.id in _BLINDING or (everywhere and gravest.id != "colour_cast"):
        return 1 / (1 + math.exp(-odds))  # no card is out of focus or dark, however often
    steady = _STEADINESS.get(gravest.id, _USUAL)
    odds += again * math.log(steady.card / steady.capture)
    gone = math.log((1 - steady.card) / (1 - steady.capture))
    # A crack or a lifting film does not come back, but it may be overlooked.
    odds += missed * (gone / 2 if gravest.id in STRUCTURAL - _SHAPES else gone)
    odds -= BESIDE_CAPTURE if shaky else 0.0
    return 1 / (1 + math.exp(-odds))


def _blind(found: Finding, where: Bool, report: Report, shift_mm: tuple[float, float]) -> bool:
    """Whether a shot cannot show what is at a place."""
    grave = {one.id for one in report.findings if one.severity >= SUFFERS}
    if found.id not in _BLINDING and grave & _BLINDING:
        return True
    back = _moved(where, (-shift_mm[0], -shift_mm[1]))
    row = DEFECTS.get(found.id)
    # Where its own measure knows nothing nothing is known; others may be unknown in a portrait.
    hidden = np.zeros(PLACE_SHAPE, bool)
    if row is not None and row.measure in report.measures:
        hidden |= np.isnan(at_place_scale(report.measures[row.measure].map))
    for name, limit in _HIDES:
        if name in report.measures and (row is None or name != row.measure):
            hidden |= at_place_scale(report.measures[name].map) >= limit  # NaN compares false
    return float((hidden & back).sum() / max(back.sum(), 1)) > _HIDDEN


def _regions(findings: Iterable[Finding]) -> tuple[str, ...]:
    """Every region any of them was found in, once, in the order of the card."""
    held = {region for found in findings for region in found.regions}
    return tuple(region for region in (*FIELDS, "portrait", "card") if region in held)


def _polygons(one: _Seen) -> tuple[Float32, ...]:
    """The outlines of a place, millimetres; none for a fault of the whole picture."""
    if one.finding.id in EVERYWHERE:
        return ()
    closed = cv2.morphologyEx(one.place.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3)))
    outlines, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    drawn = []
    for outline in sorted(outlines, key=cv2.contourArea, reverse=True)[:8]:
        simple = cv2.approxPolyDP(outline, _DETAIL_MM * PLACE_PX_PER_MM, closed=True)
        at = (simple.reshape(-1, 2).astype(np.float32) + 0.5) / PLACE_PX_PER_MM
        drawn.append(np.asarray(at, np.float32))
    return tuple(drawn)
