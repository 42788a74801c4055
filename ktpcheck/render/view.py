"""A report as rows to show, the same for every rendering."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from ktpcheck import guidance
from ktpcheck.defects import DEFECTS
from ktpcheck.fields import FIELDS
from ktpcheck.records import Check, Decision, Finding, Measure, Report
from ktpcheck.render.words import Lang, printable, title, word
from ktpcheck.report import mask, photo_name


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
        why = "field_uncertain" if judged and judged.uncertain else "cause_unclear"
        if readable:
            state = word("readable", lang)
        elif judged and judged.uncertain:
            state = guidance.label(why, lang)
        elif not (raw or text).strip():
            state = guidance.label("empty", lang)
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
                or (() if readable else (guidance.label(why, lang),)),
            )
        )
    return rows


def steps(report: Report, lang: Lang) -> list[str]:
    """What to do, most important first, a sentence or two each."""
    return [
        advice.text_id if lang == "id" else advice.text_en for advice in report.decision.guidance
    ]


def instructions(report: Report, lang: Lang) -> list[tuple[str, tuple[str, ...]]]:
    """Lists to follow that go with what is to be done: heading and points."""
    return list_of_steps(report.decision, lang)


def list_of_steps(decision: Decision, lang: Lang) -> list[tuple[str, tuple[str, ...]]]:
    """Lists to follow that go with a decision: heading and points."""
    keys = ["how_to_photograph"] if decision.action == "retake" else []
    if decision.verdict == "different_cards":
        keys = []
    for advice in decision.guidance:
        keys += _LISTS.get(advice.id, ())
    return [(list_title(key, lang), guidance.steps(key, lang)) for key in keys]


def list_title(key: str, lang: Lang) -> str:
    """What a list of ``guidance.STEPS`` is called."""
    heading = _LIST_TITLES.get(key)
    return word(heading, lang) if heading else title(key, lang)


_LIST_TITLES: Final = {
    "how_to_photograph": "how_to",
    "replace_bring": "bring",
    "replace_never": "never",
}

#: The lists that go with an advice: keys of ``guidance.STEPS``.
_LISTS: Final[Mapping[str, tuple[str, ...]]] = {
    "replace_howto": ("replace_bring", "replace_never"),
    "jmo_also_check": ("jmo_also_check",),
    "jmo_blocked": ("jmo_blocked",),
}


def shown_verdict(decision: Decision) -> str:
    """The verdict as it is shown: what a look at the card would settle is merely ``uncertain``."""
    unsure = decision.verdict == "unreadable" and decision.action == "check_data"
    return "uncertain" if unsure else decision.verdict


def headline(decision: Decision, lang: Lang) -> str:
    """The verdict in words."""
    return guidance.text(f"verdict.{shown_verdict(decision)}", lang)


def action_sentence(report: Report, lang: Lang) -> str:
    """What to do, in one sentence."""
    return guidance.text(f"action.{report.decision.action}", lang)


def action_label(report: Report, lang: Lang) -> str:
    """What to do, in a few words; empty where there is nothing to do."""
    key = _ACTION_LABELS[report.decision.action]
    return guidance.label(key, lang) if key else ""


_ACTION_LABELS: Final = {
    "accept": "",
    "retake": "retake",
    "replace_card": "replace",
    "check_data": "verify",
}


def told_checks(report: Report) -> list[Check]:
    """Checks that found something, the worst first."""
    order = ("error", "warning", "info")
    return [check for status in order for check in report.checks if check.status == status]


def report_title(report: Report, lang: Lang, *, redact: bool) -> str:
    """How a photo, or one of several cards in it, is called in text."""
    parts = [printable(photo_name(report, redact=redact))]
    if report.photo.page is not None:
        parts.append(word("page", lang, page=report.photo.page))
    if report.outline and report.outline.of > 1:
        outline = report.outline
        parts.append(word("card_of", lang, number=outline.number, of=outline.of))
    return ", ".join(parts)


def measure_behind(finding: Finding, report: Report) -> Measure | None:
    """The measure that shows a defect, None when the report has none."""
    row = DEFECTS.get(finding.id)
    return report.measures.get(row.measure) if row else None
