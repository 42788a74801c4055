"""Reports as one self-contained page: opens offline, prints, asks nothing of the network.

Pictures are ``data:`` addresses, drawings are inline SVG in the photo's pixels or the card's
millimetres, and a content security policy lets the page load nothing and run nothing.
"""

from __future__ import annotations

import base64
import hashlib
import tempfile
from collections.abc import Collection, Iterator
from datetime import datetime
from importlib import resources
from typing import IO, Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from ktpcheck import __version__, guidance
from ktpcheck.errors import KtpcheckError
from ktpcheck.geometry import CARD_HEIGHT_MM, CARD_WIDTH_MM, CORNER_RADIUS_MM
from ktpcheck.records import Finding, Report
from ktpcheck.render.faults import reason_in, remedy_in
from ktpcheck.render.pictures import photo_picture, viewer
from ktpcheck.render.shots import joint_values
from ktpcheck.render.view import (
    action_label,
    action_sentence,
    field_rows,
    headline,
    instructions,
    measure_behind,
    report_title,
    shown_verdict,
    steps,
    told_checks,
)
from ktpcheck.render.words import Lang, percent, printable, quantity, title, word
from ktpcheck.report import (
    error_to_json,
    rotation_deg,
)
from ktpcheck.shots import JointReport


class Page:
    """A page under construction: one section a photo.

    Sections are kept in an unnamed temporary file, not in memory, so that a folder of any size
    makes a page.

    Parameters
    ----------
    lang : {"id", "en"}
    required : collection of str
        The fields that had to be readable.
    redact : bool
        Leave out every value and every picture, keep verdicts, measures and advice.
    now : datetime, optional
        The time on the page.
    """

    def __init__(
        self,
        lang: Lang,
        *,
        required: Collection[str],
        redact: bool = False,
        now: datetime | None = None,
    ) -> None:
        self._lang = lang
        self._required = tuple(required)
        self._redact = redact
        self._now = now or datetime.now()
        self._rows: list[dict[str, Any]] = []
        self._spool = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the page
        environment = Environment(
            loader=PackageLoader("ktpcheck.render", "."),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.globals.update(lang=lang, t=self._word, card_size=_card_size())
        self._template: Template = environment.get_template("template.html.j2")
        self._joint: Template = environment.get_template("joint.html.j2")

    def __enter__(self) -> Page:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the sections."""
        self._spool.close()

    def add(self, report: Report) -> None:
        """Add a section for a photo that was judged."""
        rows = (
            field_rows(report, self._required, self._lang, redact=self._redact)
            if report.card
            else []
        )
        wanted = [row for row in rows if row.required]
        name = report_title(report, self._lang, redact=self._redact)
        unreadable = [row.title for row in wanted if not row.readable]
        anchor = self._add_row(
            name=name,
            verdict=shown_verdict(report.decision),
            headline=headline(report.decision, self._lang),
            action=action_label(report, self._lang),
            note=", ".join(unreadable),
        )
        self._write(
            "photo",
            anchor=anchor,
            name=name,
            verdict=shown_verdict(report.decision),
            headline=headline(report.decision, self._lang),
            action=action_sentence(report, self._lang),
            count=self._word("count_readable", good=len(wanted) - len(unreadable), all=len(wanted))
            if report.card
            else "",
            steps=steps(report, self._lang),
            instructions=instructions(report, self._lang),
            rows=rows,
            percent=lambda share: percent(share, self._lang),
            viewer=viewer(report, report.card, rows, self._lang, redact=self._redact)
            if report.card
            else None,
            photo=None if self._redact else photo_picture(report),
            defects=[_defect_row(finding, report, self._lang) for finding in report.findings],
            checks=[
                {
                    "text": guidance.TEXTS.get(f"check.{check.id}", {}).get(self._lang)
                    or title(check.id, self._lang),
                    "status": check.status,
                    "status_title": title(check.status, self._lang),
                }
                for check in told_checks(report)
            ],
            checks_rest=self._word(
                "checks_rest",
                ok=sum(check.status == "ok" for check in report.checks),
                unknown=sum(check.status == "not_assessable" for check in report.checks),
            )
            if report.checks
            else "",
            facts=_facts(report, self._lang),
        )

    def add_joint(self, joint: JointReport) -> None:
        """Add a section for several shots of one card, and one for each of them."""
        values = joint_values(joint, self._required, self._lang, redact=self._redact)
        anchor = self._add_row(
            name=values["title"],
            verdict=values["verdict"],
            headline=values["headline"],
            action=values["action"],
            note=", ".join(
                row.title for row in values["rows"] if row.required and not row.readable
            ),
        )
        for piece in self._joint.generate(
            anchor=anchor, percent=lambda share: percent(share, self._lang), **values
        ):
            self._spool.write(piece.encode("utf-8"))
        for report in joint.shots:
            self.add(report)

    def add_error(self, name: str, error: KtpcheckError) -> None:
        """Add a section for a file that could not be judged."""
        line = error_to_json(name, error, redact=self._redact)
        name = printable(line["photo"]["name"])
        reason = printable(reason_in(self._lang, error.reason))
        remedy = printable(remedy_in(self._lang, error.remedy))
        told = self._word("headline_error")
        anchor = self._add_row(name=name, verdict="error", headline=told, action="", note=reason)
        self._write("error", anchor=anchor, name=name, headline=told, reason=reason, remedy=remedy)

    def write(self, file: IO[bytes]) -> None:
        """Write the page as UTF-8.

        Parameters
        ----------
        file : file object
            Binary, writable.
        """
        css = resources.files("ktpcheck.render").joinpath("style.css").read_text("utf-8")
        digest = base64.b64encode(hashlib.sha256(css.encode("utf-8")).digest()).decode("ascii")
        parts = self._template.generate(
            part="page",
            css=Markup(css),
            css_hash=digest,
            when=self._now.strftime("%Y-%m-%d %H:%M"),
            version=__version__,
            summary=self._rows,
            redact=self._redact,
            sections=self._sections(),
        )
        for part in parts:
            file.write(part.encode("utf-8"))

    def _word(self, key: str, **values: object) -> str:
        return word(key, self._lang, **values)

    def _add_row(self, **row: str) -> str:
        anchor = f"p{len(self._rows) + 1}"
        self._rows.append({"anchor": anchor, **row})
        return anchor

    def _write(self, part: str, **values: Any) -> None:
        for piece in self._template.generate(part=part, **values):
            self._spool.write(piece.encode("utf-8"))

    def _sections(self) -> Iterator[Markup]:
        """What was written by the template itself, hence escaped already."""
        self._spool.seek(0)
        for line in self._spool:
            yield Markup(line.decode("utf-8"))
        self._spool.seek(0, 2)


def _defect_row(finding: Finding, report: Report, lang: Lang) -> dict[str, Any]:
    measure = measure_behind(finding, report)
    unit = measure.unit if measure else ""
    return {
        "title": title(finding.id, lang),
        "kind": _fault_of(finding, lang),
        "severity": finding.severity,
        "percent": percent(finding.severity, lang),
        "regions": ", ".join(title(region, lang) for region in finding.regions),
        "value": quantity(finding.value, unit, lang),
        "limit": quantity(finding.limit, unit, lang),
    }


def _fault_of(finding: Finding, lang: Lang) -> str:
    """Whose fault it is: as attributed, or by the defect's nature where nobody asked."""
    cause = finding.cause if finding.card_probability == finding.card_probability else finding.kind
    if cause == "undetermined":
        return word("cause_undetermined", lang)
    return word("from_photo" if cause == "capture" else "from_card", lang)


def _facts(report: Report, lang: Lang) -> list[tuple[str, str]]:
    photo = report.photo
    facts = [
        (word("format", lang), photo.format),
        (word("size", lang), f"{photo.width_px} × {photo.height_px} px"),
    ]
    card = report.card
    if card is not None:
        hidden = [
            f"{word(side, lang)} ({title(state, lang)})"
            for side, state in card.outline.sides.items()
            if state != "visible"
        ]
        degrees = quantity(rotation_deg(card.outline), "", lang)
        facts += [
            (word("resolution", lang), quantity(card.dpi, "dpi", lang)),
            (word("rotation", lang), word("rotation_value", lang, degrees=degrees)),
            (word("sides", lang), ", ".join(hidden) or word("sides_all", lang)),
            (word("layout", lang), title(card.placement.layout, lang)),
            (word("score", lang), percent(card.outline.score, lang)),
        ]
    if report.portrait is not None:
        if report.portrait.face_px is None:
            state = word("portrait_no_face", lang)
        else:
            state = word("portrait_usable" if report.portrait.usable else "portrait_unusable", lang)
        facts.append((word("portrait", lang), state))
    if "total" in report.elapsed_ms:
        facts.append((word("time", lang), quantity(report.elapsed_ms["total"], "ms", lang)))
    facts.append((word("hash", lang), photo.sha256))
    facts += [(f"{word('models', lang)} {name}", hash) for name, hash in report.models.items()]
    return facts


def _card_size() -> dict[str, float]:
    return {
        "width": CARD_WIDTH_MM,
        "height": CARD_HEIGHT_MM,
        "radius": CORNER_RADIUS_MM,
    }
