"""Several shots of one card, judged together.

``join`` takes reports of single shots and lays them on each other in card coordinates: are they of
one card at all, which faults stay in their place (the card's) and which move or vanish (the
photo's), and what does each field say where it reads best. No picture is ever put together.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from ktpcheck.defects import SUFFERS
from ktpcheck.guidance import advice, text
from ktpcheck.guidance import guide as guide_for
from ktpcheck.records import (
    Advice,
    Check,
    Decision,
    Finding,
    Legibility,
    Report,
    Spot,
)
from ktpcheck.shots.evidence import (
    JointFault,
    JointReading,
    JointReport,
    Pair,
    Sameness,
    Sighting,
)
from ktpcheck.shots.faults import join_faults
from ktpcheck.shots.same import Likable, compare, prepare
from ktpcheck.shots.values import join_readings
from ktpcheck.verdict import MOST_TO_DO, decide

__all__ = [
    "MOST_SHOTS",
    "JointFault",
    "JointReading",
    "JointReport",
    "Pair",
    "Sighting",
    "join",
]

#: More shots of one card than this are not asked of anybody, and cost memory.
MOST_SHOTS: Final = 8

#: A shot whose capture faults over a field all lie below this severity shows it well.
_CLEAR_BELOW: Final = 0.3
#: A reading less probable than this is none.
_NOT_READ: Final = 0.3


def join(
    shots: Sequence[Report],
    *,
    require: Sequence[str],
    limits: Mapping[str, float],
    check: Callable[[Mapping[str, str]], Sequence[Check]],
    guide: str | None = None,
) -> JointReport:
    """Judge several shots of one card together.

    Parameters
    ----------
    shots : sequence of Report
        One to ``MOST_SHOTS``, each as judged alone. Their order decides nothing but their numbers.
    require : sequence of str
        Keys of the fields that must be readable.
    limits : mapping of str to float
        The least legibility called readable, by field key.
    check : callable
        From field key to text, to the consistency checks.
    guide : str, optional
        Whose users to add advice for.

    Returns
    -------
    JointReport
        Shots of different cards are refused: ``same_card`` says so, ``pairs`` why.

    Raises
    ------
    ValueError
        If there is no shot, or too many.
    """
    if not 1 <= len(shots) <= MOST_SHOTS:
        raise ValueError(f"give 1 to {MOST_SHOTS} shots, not {len(shots)}")
    keys = {number: _content(report) for number, report in enumerate(shots) if report.card}
    order = _firsts(keys)
    if not order:
        return _without_card(shots)
    ready = {number: prepare(shots[number]) for number in order}
    pairs = _pairs(order, ready)
    if any(pair.verdict == "different" for pair in pairs):
        return _different(shots, pairs, guide)
    counted = _largest(order, pairs, shots, require)
    held = {number: shots[number] for number in counted}
    readings = join_readings(held, limits, counted)
    faults = join_faults(held, _shifts(counted, pairs), len(shots))
    legibility = {
        key: Legibility(key, one.legibility, one.readable, one.defects, one.uncertain)
        for key, one in readings.items()
    }
    checks = tuple(check({key: one.text for key, one in readings.items() if one.text}))
    lost = [key for key in require if key not in readings or not readings[key].readable]
    decision = decide(
        require,
        legibility,
        _findings(faults, held, lost),
        checks,
        guide,
        persistent=[key for key in lost if _persistent(readings.get(key), held)],
    )
    same: Sameness = "same" if len(counted) == len(order) else "cannot_tell"
    if same == "cannot_tell":
        told = (advice("same_card_unclear"), *decision.guidance)
        own = [one for one in told if one not in (guide_for(guide) if guide else ())]
        extra = [one for one in told if one not in own]
        decision = replace(decision, guidance=(*own[:MOST_TO_DO], *extra))
    return JointReport(
        shots=tuple(shots),
        same_card=same,
        pairs=pairs,
        counted=tuple(sorted(counted)),
        readings=readings,
        faults=faults,
        checks=checks,
        decision=decision,
        elapsed_ms={},
    )


def _content(report: Report) -> str:
    """What tells one picture of a card from another, whatever file it came in."""
    assert report.card is not None
    return hashlib.sha256(report.card.pixels.tobytes()).hexdigest()


def _firsts(keys: Mapping[int, str]) -> list[int]:
    """Shots in an order of their own, second copies of a picture left out."""
    first: dict[str, int] = {}
    for number, key in keys.items():
        first.setdefault(key, number)
    return [first[key] for key in sorted(first)]


def _pairs(order: Sequence[int], ready: Mapping[int, Likable]) -> tuple[Pair, ...]:
    return tuple(
        compare((one, other), ready[one], ready[other])
        for place, one in enumerate(order)
        for other in order[place + 1 :]
    )


def _largest(
    order: Sequence[int], pairs: Sequence[Pair], shots: Sequence[Report], require: Sequence[str]
) -> list[int]:
    """The largest group of shots that surely show one card; of equals the one that reads best."""
    group = {number: {number} for number in order}
    for pair in pairs:
        if pair.verdict == "same":
            merged = group[pair.shots[0]] | group[pair.shots[1]]
            for number in merged:
                group[number] = merged

    def worth(number: int) -> tuple[int, float, int]:
        fields = shots[number].decision.fields
        read = sum(fields[key].legibility for key in require if key in fields)
        return len(group[number]), read, -order.index(number)

    best = max(order, key=worth)
    return [number for number in order if number in group[best]]


def _shifts(counted: Sequence[int], pairs: Sequence[Pair]) -> dict[int, tuple[float, float]]:
    """How far the print of each shot lies off that of the first."""
    found = {counted[0]: (0.0, 0.0)}
    for pair in pairs:
        if pair.shots[0] == counted[0] and pair.shots[1] in counted:
            found[pair.shots[1]] = pair.shift_mm
    return found


def _persistent(reading: JointReading | None, shots: Mapping[int, Report]) -> bool:
    """Whether a field is likely not read in any shot, and two shots had no fault of theirs there.

    A reading that is merely not sure enough is no proof of damage, nor are two that differ.
    """
    if reading is None or reading.legibility > _NOT_READ:
        return False
    key = reading.key
    judged = [report.decision.fields.get(key) for report in shots.values()]
    if any(one is not None and one.readable for one in judged):
        return False
    clear = [
        shot
        for shot, report in shots.items()
        if not any(
            found.kind == "capture"
            and found.id != "rotated"
            and found.severity >= _CLEAR_BELOW
            and {key, "card"} & set(found.regions)
            for found in report.findings
        )
    ]
    return len(clear) >= 2


def _findings(
    faults: Sequence[JointFault], shots: Mapping[int, Report], lost: Sequence[str]
) -> list[Finding]:
    """The joint faults as findings, for the rules of the verdict.

    A fault of the capture explains a lost field only where every shot has one over it: where one
    shot shows the field free of any and it cannot be read there either, the photo is not to blame.
    """
    struck = {key: all(_struck(faults, shot, key) for shot in shots) for key in (*lost, "portrait")}
    found = []
    for fault in faults:
        spots = _spots(fault, shots)
        regions = fault.regions
        if fault.cause == "capture":
            blamed = {key for key, everywhere in struck.items() if everywhere}
            whole = "card" in regions and all(struck[key] for key in lost)
            seen_everywhere = all(s is None or s.state == "seen" for s in fault.sightings)
            hit = {*regions, *(spot.key for spot in spots)}
            if "card" in regions and not whole:
                hit |= blamed
            regions = tuple(key for key in blamed if key in hit)
            if "card" in fault.regions and (whole if lost else seen_everywhere):
                regions = (*regions, "card")
            spots = tuple(spot for spot in spots if spot.key in regions)
            if not regions:
                continue
        found.append(
            Finding(
                fault.id,
                fault.kind,
                fault.severity,
                regions,
                math.nan,
                math.nan,
                fault.cause,
                fault.card_probability,
                spots,
            )
        )
    return found


def _struck(faults: Sequence[JointFault], shot: int, key: str) -> bool:
    """Whether a fault of the capture lies over a field in a shot."""
    for fault in faults:
        sighting = fault.sightings[shot]
        if fault.cause != "capture" or sighting is None or not sighting.severity >= SUFFERS:
            continue
        if fault.id != "rotated" and {key, "card"} & set(sighting.regions):
            return True
    return False


def _spots(fault: JointFault, shots: Mapping[int, Report]) -> tuple[Spot, ...]:
    """The fault's place in words, from the shot that shows it worst."""
    worst: Finding | None = None
    for report in shots.values():
        for found in report.findings:
            fits = found.id == fault.id and set(found.regions) <= set(fault.regions)
            if fits and (worst is None or found.severity > worst.severity):
                worst = found
    return worst.spots if worst else ()


def _without_card(shots: Sequence[Report]) -> JointReport:
    """No shot shows an e-KTP: what the likeliest of them was told holds for all."""
    told = max(
        shots,
        key=lambda report: (
            report.no_card.score if report.no_card else 0.0,
            report.no_card.reason if report.no_card else "",
        ),
    )
    return JointReport(
        tuple(shots), "cannot_tell", (), (), {}, (), (), told.decision, elapsed_ms={}
    )


def _different(shots: Sequence[Report], pairs: tuple[Pair, ...], guide: str | None) -> JointReport:
    what = advice("different_cards")
    reasons = {reason: None for pair in pairs for reason in pair.reasons}
    why = Advice(
        what.id,
        what.action,
        " ".join([what.text_id, *(text(f"same.{one}", "id") for one in reasons)]),
        " ".join([what.text_en, *(text(f"same.{one}", "en") for one in reasons)]),
    )
    said = (why, *(guide_for(guide) if guide else ()))
    decision = Decision("different_cards", "retake", {}, said)
    return JointReport(tuple(shots), "different", pairs, (), {}, (), (), decision, elapsed_ms={})
