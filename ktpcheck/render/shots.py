"""Several shots of one card as rows to show side by side, the same for every rendering."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Final

from ktpcheck import guidance
from ktpcheck.fields import FIELDS
from ktpcheck.records import Cause
from ktpcheck.render import overlay
from ktpcheck.render.view import headline, list_of_steps, report_title, shown_verdict
from ktpcheck.render.words import Lang, percent, printable, title, word
from ktpcheck.report import mask
from ktpcheck.shots import JointFault, JointReading, JointReport, Pair

#: Cards are shown this wide beside each other, px.
_SHOWN_WIDTH_PX: Final = 720
#: At most so many faults are drawn; a picture with more says nothing.
MOST_DRAWN: Final = 9


@dataclass(frozen=True)
class Cell:
    """What one shot says of one field. ``text`` is a mask when redacted, empty without a reading.

    ``used`` marks the shot the value was taken from; ``agrees`` is None where that says nothing.
    """

    text: str = field(repr=False)
    legibility: float
    readable: bool
    used: bool
    agrees: bool | None


@dataclass(frozen=True)
class JointRow:
    """One field over all shots; ``cells`` holds one a shot, None where it was not counted."""

    key: str
    title: str
    required: bool
    legibility: float
    readable: bool
    cells: tuple[Cell | None, ...]

    @property
    def settled(self) -> bool:
        """Readable, and no shot says otherwise."""
        return self.readable and not any(cell and cell.agrees is False for cell in self.cells)


@dataclass(frozen=True)
class FaultRow:
    """One fault over all shots, in words. ``cells`` holds one a shot."""

    number: int
    title: str
    cause: Cause
    verdict: str
    probability: str
    cells: tuple[str, ...]


def joint_rows(
    joint: JointReport, required: Collection[str], lang: Lang, *, redact: bool
) -> list[JointRow]:
    """Every field that was read in some shot, and every required one, in the order of the card."""
    rows = []
    for key in FIELDS:
        one = joint.readings.get(key)
        if one is None and key not in required:
            continue
        cells: list[Cell | None] = []
        for number, report in enumerate(joint.shots):
            reading, judged = report.readings.get(key), report.decision.fields.get(key)
            if reading is None or judged is None:
                cells.append(None)
                continue
            text = mask(reading.text) if redact else printable(reading.text)
            cells.append(
                Cell(
                    text=text,
                    legibility=judged.legibility,
                    readable=judged.readable,
                    used=one is not None and number == one.shot,
                    agrees=_agrees(one, number),
                )
            )
        rows.append(
            JointRow(
                key=key,
                title=title(key, lang),
                required=key in required,
                legibility=one.legibility if one else math.nan,
                readable=one.readable if one else False,
                cells=tuple(cells),
            )
        )
    return rows


def _agrees(one: JointReading | None, shot: int) -> bool | None:
    """Whether a shot confirms or contradicts a value; None where it says nothing."""
    if one is not None and shot in one.agree:
        return True
    return False if one is not None and shot in one.differ else None


def fault_rows(joint: JointReport, lang: Lang) -> list[FaultRow]:
    """Every fault, the gravest first."""
    return [
        FaultRow(
            number=number,
            title=title(fault.id, lang),
            cause=fault.cause,
            verdict=word(f"cause_{fault.cause}", lang),
            probability=percent(fault.card_probability, lang),
            cells=tuple(_sighting(fault, shot, lang) for shot in range(len(joint.shots))),
        )
        for number, fault in enumerate(joint.faults, start=1)
    ]


def _sighting(fault: JointFault, shot: int, lang: Lang) -> str:
    one = fault.sightings[shot]
    if one is None:
        return word("not_counted", lang)
    if one.state == "not_seen":
        return word("not_seen", lang)
    if one.state == "not_assessable":
        return word("not_assessable", lang)
    where = [title(region, lang) for region in one.regions]
    more = len(where) - _MOST_REGIONS
    told = ", ".join(where[:_MOST_REGIONS]) + (f" +{more}" if more > 0 else "")
    return f"{percent(one.severity, lang)}: {told}"


_MOST_REGIONS: Final = 3


def pair_sentences(joint: JointReport, lang: Lang) -> list[str]:
    """For every two shots whether they show one card, and by what that was told."""
    return [_pair_sentence(pair, lang) for pair in joint.pairs]


def _pair_sentence(pair: Pair, lang: Lang) -> str:
    first, second = sorted(number + 1 for number in pair.shots)
    told = [word(f"pair_{pair.verdict}", lang, first=first, second=second)]
    told += [guidance.text(f"same.{reason}", lang) for reason in pair.reasons]
    if pair.nik_equal or pair.nik_differ:
        told.append(word("pair_nik", lang, equal=len(pair.nik_equal), differ=len(pair.nik_differ)))
    if math.isfinite(pair.likeness):
        told.append(word("pair_portrait", lang, likeness=percent(max(pair.likeness, 0.0), lang)))
    return " ".join(told)


def shot_titles(joint: JointReport, lang: Lang, *, redact: bool) -> list[str]:
    """How each photo is called, by number."""
    return [report_title(report, lang, redact=redact) for report in joint.shots]


def joint_title(joint: JointReport, lang: Lang) -> str:
    """How the whole is called."""
    key = "shots_of_cards" if joint.same_card == "different" else "shots_of_card"
    return word(key, lang, count=len(joint.shots))


def joint_headline(joint: JointReport, lang: Lang) -> str:
    """The verdict in words."""
    return headline(joint.decision, lang)


def joint_action(joint: JointReport, lang: Lang) -> str:
    """What to do, in one sentence."""
    if joint.decision.verdict == "different_cards":
        return word("compare_one_card", lang)
    return guidance.text(f"action.{joint.decision.action}", lang)


def joint_steps(joint: JointReport, lang: Lang) -> list[str]:
    """What to do, most important first."""
    return [one.text_id if lang == "id" else one.text_en for one in joint.decision.guidance]


def joint_values(
    joint: JointReport, required: Collection[str], lang: Lang, *, redact: bool
) -> dict[str, Any]:
    """Everything the page's joint section shows."""
    rows = joint_rows(joint, required, lang, redact=redact)
    wanted = [row for row in rows if row.required]
    return {
        "title": joint_title(joint, lang),
        "verdict": shown_verdict(joint.decision),
        "headline": joint_headline(joint, lang),
        "action": joint_action(joint, lang),
        "count": word(
            "count_readable", lang, good=sum(row.readable for row in wanted), all=len(wanted)
        )
        if joint.readings
        else "",
        "steps": joint_steps(joint, lang),
        "instructions": list_of_steps(joint.decision, lang),
        "names": shot_titles(joint, lang, redact=redact),
        "verdicts": [shown_verdict(report.decision) for report in joint.shots],
        "headlines": [headline(report.decision, lang) for report in joint.shots],
        "cards": [_card(joint, shot, redact=redact) for shot in range(len(joint.shots))],
        "rows": rows if joint.readings else [],
        "faults": fault_rows(joint, lang),
        "pairs": pair_sentences(joint, lang),
    }


def _card(joint: JointReport, shot: int, *, redact: bool) -> dict[str, Any] | None:
    """One shot's card and the outlines of the faults seen in it."""
    card = joint.shots[shot].card
    if card is None:
        return None
    picture = None
    if not redact:
        shown = overlay.fitted(overlay.without_outside(card.pixels, card.inside), _SHOWN_WIDTH_PX)
        picture = overlay.data_uri("image/jpeg", overlay.jpeg(shown))
    marks = []
    for number, fault in enumerate(joint.faults[:MOST_DRAWN], start=1):
        one = fault.sightings[shot]
        if one is None or not one.places_mm:
            continue
        polygons = [" ".join(f"{x:.1f},{y:.1f}" for x, y in polygon) for polygon in one.places_mm]
        x, y = max(one.places_mm, key=len).min(axis=0)
        marks.append(
            {
                "number": number,
                "cause": fault.cause,
                "polygons": polygons,
                "x": min(max(float(x), 2.0), 82.0),
                "y": min(max(float(y), 2.0), 51.0),
            }
        )
    return {"picture": picture, "portrait": card.placement.portrait, "marks": marks}
