"""The pictures of a page: the photo with its outline, the card with its maps and field boxes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np

from ktpcheck.defects import DEFECTS, LEAST_SEVERITY, SUFFERS
from ktpcheck.geometry import CARD_BOX, Bool, Box, Float32
from ktpcheck.measures import PROBABILITY
from ktpcheck.records import Card, Finding, Measure, Photo, Report
from ktpcheck.render import overlay
from ktpcheck.render.view import FieldRow, measure_behind
from ktpcheck.render.words import Lang, quantity, title
from ktpcheck.report import line_box, reading_box

_PHOTO_LONGEST_PX: Final = 1200
#: A side of the card outside the photo is drawn at most this far out, in shares of the photo.
_OUTSIDE_SHARE: Final = 0.35
#: Faults drawn at most, and cells a map must have either way to say where one is.
_MOST_FAULTS: Final = 7
_FEWEST_CELLS: Final = 20
#: A fault over more of the card than this is one of the whole card.
_WHOLE: Final = 0.6
#: Measures a viewer can switch between; ``style.css`` has a rule for each.
MOST_MAPS: Final = 30


@dataclass(frozen=True)
class Layer:
    """One measure over the card: its picture and what its colours mean."""

    title: str
    uri: str
    low: str
    high: str
    limit: str
    limit_at: float | None


def viewer(
    report: Report, card: Card, rows: list[FieldRow], lang: Lang, *, redact: bool
) -> dict[str, Any]:
    """The rectified card with its maps and field boxes."""
    layers, shown = _layers(report, lang, redact=redact)
    # Places as fine as the print would show what a redacted page hides.
    if not redact and (faults := _faults(report, card, lang)):
        # After the maps: the one behind the gravest defect stays the first that is seen.
        layers = [*layers[: MOST_MAPS - 1], faults]
    boxes = []
    for row in rows:
        reading = report.readings.get(row.key)
        # The width of the print tells a short value from a long one: redacted, the whole line.
        box = (reading_box(reading) if reading and not redact else None) or line_box(card, row.key)
        if box is None:
            continue
        state = "good" if row.readable else ("bad" if row.required else "optional")
        boxes.append({"row": row, "box": box.grown(0.25, 0.25), "state": state})
    picture = (
        None
        if redact
        else overlay.data_uri(
            "image/jpeg", overlay.jpeg(overlay.without_outside(card.pixels, card.inside))
        )
    )
    return {
        "picture": picture,
        "layers": layers,
        "shown": shown,
        "boxes": _apart(boxes),
        "portrait": card.placement.portrait,
        "stops": overlay.colour_stops(9),
    }


def _apart(boxes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Place the number tags beside one another: redacted, fields of one line share its box."""
    taken: list[tuple[float, float]] = []
    for entry in boxes:
        x, y = entry["box"].x0, entry["box"].y0
        while any(abs(x - other_x) < 2.6 and abs(y - other_y) < 1.6 for other_x, other_y in taken):
            x += 2.6
        taken.append((x, y))
        entry["tag_x"], entry["tag_y"] = x, y
    return boxes


def _layers(report: Report, lang: Lang, *, redact: bool) -> tuple[list[Layer], int]:
    """A layer a measure, and which one to show first: the one behind the gravest defect."""
    limits: dict[str, float] = {}
    for finding in sorted(report.findings, key=lambda finding: -finding.severity):
        if (behind := measure_behind(finding, report)) and np.isfinite(finding.limit):
            limits.setdefault(behind.name, finding.limit)
    measures = [m for m in report.measures.values() if _varies(m)][:MOST_MAPS]
    names = [measure.name for measure in measures]
    first = next((names.index(name) for name in limits if name in names), -1)
    return [_layer(m, limits.get(m.name), lang, redact=redact) for m in measures], first


def _faults(report: Report, card: Card, lang: Lang) -> Layer | None:
    """All faults in their places, each with a letter; its title is their legend."""
    found = sorted(report.findings, key=lambda finding: -finding.severity)
    found = [one for one in found if one.id in DEFECTS and one.severity >= SUFFERS][:_MOST_FAULTS]
    if not found:
        return None
    places = [(_place(one, report, card), one.severity) for one in found]
    named = (f"{overlay.letter(k)} {title(one.id, lang)}" for k, one in enumerate(found))
    return Layer(
        title=", ".join(named),
        uri=overlay.data_uri("image/png", overlay.png(overlay.marks(places))),
        low=quantity(0.0, "1", lang),
        high=quantity(1.0, "1", lang),
        limit="",
        limit_at=None,
    )


def _place(finding: Finding, report: Report, card: Card) -> Bool:
    """Where a fault is: in the regions it names, as far as its map shows it there."""
    within: Bool = np.zeros(overlay.MARKS_SHAPE, bool)
    rim: Bool = np.zeros(overlay.MARKS_SHAPE, bool)
    if "card" in finding.regions:
        # Where no map narrows it, the rim stands for the whole card: its print stays to be seen.
        rim[CARD_BOX.grown(-0.4, -0.4).slices(rim.shape)] = True
        rim[CARD_BOX.grown(-2.6, -2.6).slices(rim.shape)] = False
    for region in finding.regions:
        within[_region_box(region, report, card).slices(within.shape)] = True
    row = DEFECTS[finding.id]
    plane = report.measures[row.measure].map if row.measure in report.measures else None
    if plane is None or min(plane.shape) < _FEWEST_CELLS:
        return rim if rim.any() else within
    size = (within.shape[1], within.shape[0])
    fine = cv2.resize(plane, size, interpolation=cv2.INTER_NEAREST)
    ramp = row.ramps.get("card" if "card" in finding.regions else "fields")
    ramp = ramp or next(iter(row.ramps.values()))
    bad = fine >= ramp.limit if ramp.full > ramp.limit else fine <= ramp.limit
    shown = cv2.morphologyEx(
        (within & bad).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8)
    )
    if shown.mean() > _WHOLE and rim.any():
        return rim
    return np.asarray(shown, bool) if shown.any() else within


def _region_box(region: str, report: Report, card: Card) -> Box:
    if region == "card":
        return CARD_BOX.grown(-0.5, -0.5)
    if region == "portrait":
        return card.placement.portrait
    reading = report.readings.get(region)
    box = (reading_box(reading) if reading else None) or line_box(card, region)
    return (box or CARD_BOX).grown(0.3, 0.3)


def _varies(measure: Measure) -> bool:
    """One colour all over says less than the number beside it; a fault not seen says nothing."""
    known = measure.map[np.isfinite(measure.map)]
    if measure.unit == PROBABILITY:
        return bool((known >= LEAST_SEVERITY).any())
    return bool(known.size) and float(np.ptp(known)) > 1e-3 * max(float(np.abs(known).max()), 1e-3)


def _layer(measure: Measure, limit: float | None, lang: Lang, *, redact: bool) -> Layer:
    low, high = (
        (0.0, 1.0) if measure.unit == PROBABILITY else overlay.value_range(measure.map, limit=limit)
    )
    picture = overlay.heat(measure.map, low, high, coarse=redact)
    return Layer(
        title=title(measure.name, lang),
        uri=overlay.data_uri("image/png", overlay.png(picture)),
        low=quantity(low, measure.unit, lang),
        high=quantity(high, measure.unit, lang),
        limit="" if limit is None else quantity(limit, measure.unit, lang),
        limit_at=None if limit is None else round((limit - low) / (high - low), 3),
    )


def photo_picture(report: Report) -> dict[str, Any]:
    """The photo with the outline, with room for corners that lie outside it."""
    photo: Photo = report.photo
    shown = overlay.fitted(photo.pixels, _PHOTO_LONGEST_PX)
    scale = shown.shape[1] / photo.width_px
    height, width = shown.shape[:2]
    corners: Float32 | None = None
    x0, y0, x1, y1 = 0.0, 0.0, float(width), float(height)
    if report.outline is not None:
        corners = np.asarray(report.outline.corners_px * scale, np.float32)
        reach = _OUTSIDE_SHARE * max(width, height)
        x0, y0 = (min(0.0, max(float(v) - 8, -reach)) for v in corners.min(axis=0))
        x1 = max(x1, min(float(corners[:, 0].max()) + 8, width + reach))
        y1 = max(y1, min(float(corners[:, 1].max()) + 8, height + reach))
    return {
        "uri": overlay.data_uri("image/jpeg", overlay.jpeg(shown)),
        "width": width,
        "height": height,
        "view_box": f"{x0:.0f} {y0:.0f} {x1 - x0:.0f} {y1 - y0:.0f}",
        "stroke": round(max(width, height) / 200, 1),
        "sides": []
        if corners is None or report.outline is None
        else [
            {
                "from": corners[index],
                "to": corners[(index + 1) % 4],
                "state": report.outline.sides[side],
            }
            for index, side in enumerate(("top", "right", "bottom", "left"))
        ],
    }
