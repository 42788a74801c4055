"""Report to JSON: the contract ``ktpcheck.report/1``; ``report.schema.json`` beside it.

Keys may be added, never renamed. Pixels are those of the displayed photo, NaN becomes null.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ktpcheck import __version__
from ktpcheck.errors import KtpcheckError
from ktpcheck.fields import FIELDS
from ktpcheck.geometry import Box, transform
from ktpcheck.records import (
    Card,
    Check,
    Decision,
    Legibility,
    Measure,
    Outline,
    Portrait,
    Reading,
    Report,
)

REPORT_SCHEMA: Final = "ktpcheck.report/1"
ERROR_SCHEMA: Final = "ktpcheck.error/1"

#: What a redacted value is replaced by: one class for whatever fits one printed line, one for
#: more. Finer classes would tell KAWIN from BELUM KAWIN.
MASK: Final = "••••"
LONG_MASK: Final = "••••••••"
_ONE_LINE_CHARACTERS: Final = 40

#: A shorter value is not looked for in file names: "A" or "WNI" is in half of all names.
_SHORTEST_IN_NAME: Final = 4
_DIGIT_RUN: Final = re.compile(r"\d(?:[ ._-]?\d){11,}")


def to_json(report: Report, *, redact: bool = False) -> dict[str, Any]:
    """Lay a report out as the JSON contract ``ktpcheck.report/1``.

    Parameters
    ----------
    report : Report
        What a ``Checker`` returned.
    redact : bool
        Replace every value by a mask (`mask`), give each field the box of its whole printed line
        (the width of the print would tell a short value from a long one) and mask values that
        stand in the file name.

    Returns
    -------
    dict
        Plain JSON types only; no NaN, no infinity.
    """
    return {
        "schema": REPORT_SCHEMA,
        "version": __version__,
        "models": dict(report.models),
        "photo": {
            "name": photo_name(report, redact=redact),
            "page": report.photo.page,
            "sha256": report.photo.sha256,
            "format": report.photo.format,
            "width_px": report.photo.width_px,
            "height_px": report.photo.height_px,
        },
        "verdict": report.decision.verdict,
        "action": report.decision.action,
        "card": _card(report),
        "measures": {name: _measure(measure) for name, measure in report.measures.items()},
        "fields": _fields(report, redact=redact),
        "defects": [
            {
                "id": finding.id,
                "kind": finding.kind,
                "severity": number(finding.severity, 3),
                "regions": list(finding.regions),
                "value": _significant(finding.value),
                "limit": _significant(finding.limit),
                "cause": finding.cause,
                "card_probability": number(finding.card_probability, 3),
                "spots": [
                    {"key": spot.key, "part": spot.part, "runs": [list(run) for run in spot.runs]}
                    for spot in finding.spots
                ],
            }
            for finding in report.findings
        ],
        "checks": checks_to_json(report.checks),
        "portrait": _portrait(report),
        "guidance": guidance_to_json(report.decision),
        "elapsed_ms": elapsed_to_json(report.elapsed_ms),
        "no_card": (
            None
            if report.no_card is None
            else {"reason": report.no_card.reason, "score": number(report.no_card.score, 4)}
        ),
    }


def checks_to_json(checks: Sequence[Check]) -> list[dict[str, Any]]:
    """Consistency checks, in order."""
    return [
        {"id": check.id, "status": check.status, "fields": list(check.fields)} for check in checks
    ]


def guidance_to_json(decision: Decision) -> list[dict[str, Any]]:
    """What to do, the most effective first, in both languages."""
    return [
        {
            "id": advice.id,
            "action": advice.action,
            "text_id": advice.text_id,
            "text_en": advice.text_en,
        }
        for advice in decision.guidance
    ]


def elapsed_to_json(elapsed_ms: Mapping[str, float]) -> dict[str, float | None]:
    """Milliseconds by stage."""
    return {stage: number(ms, 1) for stage, ms in elapsed_ms.items()}


def error_to_json(name: str, error: KtpcheckError, *, redact: bool = False) -> dict[str, Any]:
    """Lay out a file that could not be judged, so that a batch loses no line.

    Parameters
    ----------
    name : str
        The file as the user named it.
    error : KtpcheckError
    redact : bool
        Mask long runs of digits in the name: people name the photo after the NIK.

    Returns
    -------
    dict
        The contract ``ktpcheck.error/1``.
    """
    return {
        "schema": ERROR_SCHEMA,
        "version": __version__,
        "photo": {"name": _plain(_mask_digits(name) if redact else name)},
        "error": {
            "type": type(error).__name__,
            "reason": _plain(error.reason),
            "remedy": _plain(error.remedy),
        },
    }


def dumps(line: Mapping[str, Any]) -> str:
    """One JSON object on one line, without NaN or infinity."""
    return json.dumps(line, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a line: a report or an error."""
    text = resources.files("ktpcheck").joinpath("report.schema.json").read_text("utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def mask(text: str) -> str:
    """What stands for a redacted value: nothing, something, or more than one line holds."""
    if not text:
        return ""
    return MASK if len(text) <= _ONE_LINE_CHARACTERS else LONG_MASK


def photo_name(report: Report, *, redact: bool = False) -> str:
    """The photo's name, safe to encode; with ``redact`` without the values read on the card."""
    name = report.photo.name
    if redact:
        name = _mask_digits(name)
        values = {v for r in report.readings.values() for v in (r.text, r.raw, r.other or "")}
        for value in sorted(values, key=len, reverse=True):
            words = re.findall(r"\w+", value)
            if len("".join(words)) >= _SHORTEST_IN_NAME:
                # "BUDI SANTOSO" is also found in budi_santoso.jpg.
                pattern = r"[\W_]*".join(map(re.escape, words))
                name = re.sub(pattern, MASK, name, flags=re.IGNORECASE)
    return _plain(name)


def rotation_deg(outline: Outline) -> float:
    """How far the card stands turned clockwise in the photo, 0 to below 360."""
    top_left, top_right, bottom_right, bottom_left = outline.corners_px.astype(np.float64)
    along = (top_right - top_left) + (bottom_right - bottom_left)
    # y points down, so a growing angle turns clockwise to the eye.
    return round(math.degrees(math.atan2(along[1], along[0])), 1) % 360.0


def box_px(card: Card, box: Box) -> npt.NDArray[np.float32]:
    """(4, 2) float32: a box on the card as photo pixels, clockwise from its printed top-left."""
    return transform(card.to_photo, box.corners_mm)


def line_box(card: Card, key: str) -> Box | None:
    """The whole printed line that holds a field, None when the line was not placed."""
    return _union(card.placement.lines.get(FIELDS[key].line, ()))


def reading_box(reading: Reading) -> Box | None:
    """The print of a field, all its lines together, None when none was found."""
    return _union(reading.boxes)


def _union(boxes: tuple[Box, ...]) -> Box | None:
    whole: Box | None = None
    for box in boxes:
        whole = box if whole is None else whole.union(box)
    return whole


def _card(report: Report) -> dict[str, Any] | None:
    card = report.card
    if card is None:
        return None
    return {
        "outline_px": _points(card.outline.corners_px),
        "score": number(card.outline.score, 4),
        "rotation_deg": rotation_deg(card.outline),
        "dpi": number(card.dpi, 1),
        "layout": card.placement.layout,
        "sides": dict(card.outline.sides),
        "trust": number(card.outline.trust, 4),
        "number": card.outline.number,
        "of": card.outline.of,
        "shift_mm": [number(value, 2) for value in card.placement.shift_mm],
    }


def _measure(measure: Measure) -> dict[str, Any]:
    return {
        "unit": measure.unit,
        "regions": {region: _significant(value) for region, value in measure.regions.items()},
    }


def _fields(report: Report, *, redact: bool) -> dict[str, Any]:
    if report.card is None:
        return {}
    unjudged = Legibility(key="", legibility=math.nan, readable=False, defects=())
    return {
        key: _field(report.card, reading, report.decision.fields.get(key, unjudged), redact=redact)
        for key, reading in report.readings.items()
    }


def _field(card: Card, reading: Reading, legibility: Legibility, *, redact: bool) -> dict[str, Any]:
    whole_line = line_box(card, reading.key)
    box = whole_line if redact else (reading_box(reading) or whole_line)
    shown = mask if redact else _plain
    return {
        "text": shown(reading.text),
        "raw": shown(reading.raw),
        "other": None if reading.other is None else shown(reading.other),
        "confidence": number(reading.confidence, 4),
        "legibility": number(legibility.legibility, 4),
        "readable": legibility.readable,
        "uncertain": legibility.uncertain,
        "box_px": None if box is None else _points(box_px(card, box)),
        "defects": list(legibility.defects),
        "grammar": reading.grammar,
        "problems": list(reading.problems),
        "corrections": [
            {
                "position": correction.position,
                "read": shown(correction.read),
                "taken": shown(correction.taken),
                "rule": correction.rule,
            }
            for correction in reading.corrections
        ],
    }


def _portrait(report: Report) -> dict[str, Any] | None:
    portrait: Portrait | None = report.portrait
    if portrait is None or report.card is None:
        return None
    return {
        "box_px": _points(portrait.box_px),
        "face_box_px": None if portrait.face_px is None else [int(v) for v in portrait.face_px],
        "sharpness_px": _significant(portrait.sharpness_px),
        "usable": portrait.usable,
    }


def _points(corners: npt.ArrayLike) -> list[list[float | None]]:
    return [[number(float(x), 1), number(float(y), 1)] for x, y in np.asarray(corners)]


def number(value: float, digits: int) -> float | None:
    """A rounded number, None where it is not finite."""
    return round(float(value), digits) + 0.0 if math.isfinite(value) else None


def _significant(value: float) -> float | None:
    """Four significant digits: native values span from thousandths to thousands."""
    return float(f"{float(value):.4g}") + 0.0 if math.isfinite(value) else None


def _mask_digits(name: str) -> str:
    return _DIGIT_RUN.sub(MASK, name)


def _plain(text: str) -> str:
    """Text that UTF-8 can hold: undecodable bytes of a file name are shown as escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
