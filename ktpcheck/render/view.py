"""A report as rows to show, the same for every rendering."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from ktpcheck.fields import FIELDS
from ktpcheck.records import Check, Report
from ktpcheck.render.words import Lang, printable, title, word
from ktpcheck.report import mask


@dataclass(frozen=True)
class FieldRow:
    """One field as shown. ``number`` counts from 1 in the order of the card.

    ``text`` and ``raw`` are masks when redacted. ``causes`` and ``state`` are words for the user;
    ``causes`` is empty for a readable field without defects.
    """

    number: int
    key: str
    title: str
    text: str = field(repr=False)
    raw: str = field(repr=False)
    legibility: float
    readable: bool
    required: bool
    state: str
    causes: tuple[str, ...]


def field_rows(
    report: Report, required: Collection[str], lang: Lang, *, redact: bool
) -> list[FieldRow]:
    """Every field that was looked for, and every required one, in the order of the card.

    A required field that was never judged counts as unreadable: silence must not pass as good.
    """
    rows: list[FieldRow] = []
    for key, facts in FIELDS.items():
        reading = report.readings.get(key)
        judged = report.decision.fields.get(key)
        if reading is None and judged is None and key not in required:
            continue
        text = reading.text if reading else ""
        raw = reading.raw if reading else ""
        readable = judged.readable if judged else False
        if readable:
            state = word("readable", lang)
        elif not (raw or text).strip():
            state = word("nothing_read", lang)
        else:
            state = word("doubtful", lang)
        problems = reading.problems if reading else ()
        causes = (judged.defects if judged else ()) or (() if readable else problems)
        rows.append(
            FieldRow(
                number=len(rows) + 1,
                key=key,
                title=facts.title_id if lang == "id" else facts.title_en,
                text=mask(text) if redact else printable(text),
                raw=mask(raw) if redact else printable(raw),
                legibility=judged.legibility if judged else float("nan"),
                readable=readable,
                required=key in required,
                state=state,
                causes=tuple(dict.fromkeys(title(cause, lang) for cause in causes))
                or (() if readable else (word("cause_unknown", lang),)),
            )
        )
    return rows


def region_title(region: str, lang: Lang) -> str:
    """What a region is called: a field, the portrait, the whole card."""
    if region in FIELDS:
        facts = FIELDS[region]
        return facts.title_id if lang == "id" else facts.title_en
    if region == "card":
        return word("whole_card", lang)
    if region == "portrait":
        return word("portrait", lang)
    return title(region, lang)


def broken_checks(report: Report) -> list[Check]:
    """Checks the user should look at, the worst first."""
    order = ("error", "warning")
    return [check for status in order for check in report.checks if check.status == status]


def advice_texts(report: Report, lang: Lang) -> list[str]:
    """What to do, most important first."""
    return [
        advice.text_id if lang == "id" else advice.text_en for advice in report.decision.guidance
    ]


def photo_title(name: str, page: int | None, lang: Lang) -> str:
    """How a photo is called in text."""
    shown = printable(name)
    return shown if page is None else f"{shown}, {word('page', lang, page=page)}"


def measure_behind(defect: str) -> str:
    """The measure a defect is found by, empty when there is none."""
    return {"glare": "glare", "blur_focus": "sharpness", "print_faded": "contrast"}.get(defect, "")
