"""Joint report to JSON: the contract ``ktpcheck.shots/1``, in ``report.schema.json``.

Keys may be added, never renamed. Shots are counted from 0 in the order they were given.
"""

from __future__ import annotations

from typing import Any, Final

from ktpcheck import __version__
from ktpcheck.report import (
    checks_to_json,
    elapsed_to_json,
    guidance_to_json,
    mask,
    number,
    to_json,
)
from ktpcheck.shots import JointFault, JointReading, JointReport, Pair, Sighting

SHOTS_SCHEMA: Final = "ktpcheck.shots/1"


def joint_to_json(joint: JointReport, *, redact: bool = False) -> dict[str, Any]:
    """Lay a joint report out as the JSON contract ``ktpcheck.shots/1``.

    Parameters
    ----------
    joint : JointReport
        What ``Checker.compare`` returned.
    redact : bool
        Replace every value by a mask, in the shots' own reports too.

    Returns
    -------
    dict
        Plain JSON types only; no NaN, no infinity. ``shots`` holds the report of every shot with
        all it read.
    """
    models = {name: hash for report in joint.shots for name, hash in report.models.items()}
    return {
        "schema": SHOTS_SCHEMA,
        "version": __version__,
        "models": models,
        "verdict": joint.decision.verdict,
        "action": joint.decision.action,
        "same_card": joint.same_card,
        "pairs": [_pair(pair) for pair in joint.pairs],
        "counted": list(joint.counted),
        "fields": {key: _field(one, joint, redact=redact) for key, one in joint.readings.items()},
        "defects": [_fault(fault) for fault in joint.faults],
        "checks": checks_to_json(joint.checks),
        "guidance": guidance_to_json(joint.decision),
        "shots": [to_json(report, redact=redact) for report in joint.shots],
        "elapsed_ms": elapsed_to_json(joint.elapsed_ms),
    }


def _pair(pair: Pair) -> dict[str, Any]:
    return {
        "shots": list(pair.shots),
        "verdict": pair.verdict,
        "reasons": list(pair.reasons),
        "nik_digits_equal": list(pair.nik_equal),
        "nik_digits_differ": list(pair.nik_differ),
        "portrait_likeness": number(pair.likeness, 3),
        "shift_mm": [number(value, 2) for value in pair.shift_mm],
    }


def _field(one: JointReading, joint: JointReport, *, redact: bool) -> dict[str, Any]:
    best = joint.shots[one.shot].readings[one.key] if one.shot is not None else None
    raw = best.raw if best else ""
    return {
        "text": mask(one.text) if redact else one.text,
        "raw": mask(raw) if redact else raw,
        "shot": one.shot,
        "legibility": number(one.legibility, 4),
        "readable": one.readable,
        "uncertain": one.uncertain,
        "agree": list(one.agree),
        "differ": list(one.differ),
        "defects": list(one.defects),
    }


def _fault(fault: JointFault) -> dict[str, Any]:
    return {
        "id": fault.id,
        "kind": fault.kind,
        "cause": fault.cause,
        "card_probability": number(fault.card_probability, 3),
        "severity": number(fault.severity, 3),
        "regions": list(fault.regions),
        "sightings": [_sighting(one) for one in fault.sightings],
    }


def _sighting(one: Sighting | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {
        "state": one.state,
        "severity": number(one.severity, 3),
        "regions": list(one.regions),
        "places_mm": [
            [[number(float(x), 2), number(float(y), 2)] for x, y in polygon]
            for polygon in one.places_mm
        ],
    }
