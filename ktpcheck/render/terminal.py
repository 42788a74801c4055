"""A report on a terminal: the verdict, the fields that cannot be read and why, what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import IO, Final

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ktpcheck.records import Report
from ktpcheck.render.view import (
    FieldRow,
    action_label,
    action_sentence,
    field_rows,
    headline,
    photo_title,
    steps,
    told_checks,
)
from ktpcheck.render.words import Lang, percent, title, word
from ktpcheck.report import photo_name

#: Sign, colour. The sign says it without colour.
_VERDICTS: Final = {
    "readable": ("✓", "green"),
    "unreadable": ("✗", "red"),
    "no_card": ("?", "yellow"),
}
_PLAIN_SIGNS: Final = {"✓": "+", "✗": "x", "→": "->"}


def console_for(file: IO[str]) -> Console:
    """A console on a stream: colours only on a terminal, NO_COLOR honoured."""
    return Console(file=file, highlight=False, emoji=False, markup=False)


def show(
    console: Console,
    report: Report,
    *,
    required: Collection[str],
    lang: Lang,
    redact: bool = False,
    written: Collection[str] = (),
) -> None:
    """Print one report.

    Parameters
    ----------
    console : rich.console.Console
    report : Report
    required : collection of str
        The fields that had to be readable.
    lang : {"id", "en"}
    redact : bool
        Show no value read on the card.
    written : collection of str
        Paths of files made from this photo, named at the end.
    """
    rows = field_rows(report, required, lang, redact=redact) if report.card else []
    console.print(_headline(console, report, lang, redact=redact))
    console.print(Padding.indent(Text(action_sentence(report, lang)), 2))
    if report.card:
        wanted = [row for row in rows if row.required]
        good = sum(row.readable for row in wanted)
        console.print(
            Padding.indent(Text(word("count_readable", lang, good=good, all=len(wanted))), 2)
        )
    unreadable = [row for row in rows if row.required and not row.readable]
    if unreadable:
        console.print()
        console.print(Padding.indent(_table(unreadable, lang), 2))
    optional = [row.title for row in rows if not row.required and not row.readable]
    checks = [title(check.id, lang) for check in told_checks(report) if check.status != "info"]
    if optional or checks:
        console.print()
    if optional:
        line = word("also_unreadable", lang, fields=", ".join(optional))
        console.print(Padding.indent(Text(line, style="dim"), 2))
    if checks:
        line = word("contradictions", lang, checks="; ".join(checks))
        console.print(Padding.indent(Text(line, style="yellow"), 2))
    _print_steps(console, steps(report, lang), lang)
    for path in written:
        console.print(Padding.indent(Text(word("written", lang, path=path), style="dim"), 2))


def show_line(
    console: Console,
    report: Report,
    *,
    required: Collection[str],
    lang: Lang,
    redact: bool = False,
) -> None:
    """Print one report on one line: the name, the verdict, what to do, the fields at fault."""
    line = _headline(console, report, lang, redact=redact)
    if to_do := action_label(report, lang):
        line.append(f" {_sign(console, '→')} {to_do}")
    rows = field_rows(report, required, lang, redact=redact) if report.card else []
    unreadable = [row.title for row in rows if row.required and not row.readable]
    if unreadable:
        line.append(f" ({', '.join(unreadable)})")
    console.print(line, soft_wrap=True)


def show_total(console: Console, verdicts: Counter[str], failed: int, lang: Lang) -> None:
    """Print how a batch came out."""
    console.print(
        Text(
            word(
                "total",
                lang,
                count=sum(verdicts.values()) + failed,
                readable=verdicts["readable"],
                unreadable=verdicts["unreadable"],
                no_card=verdicts["no_card"],
                failed=failed,
            ),
            style="bold",
        )
    )


def _headline(console: Console, report: Report, lang: Lang, *, redact: bool) -> Text:
    sign, colour = _VERDICTS[report.decision.verdict]
    if report.decision.verdict == "readable" and report.decision.action != "accept":
        sign, colour = "!", "yellow"  # no tick beside a "retake"
    line = Text(f"{_sign(console, sign)} ", style=colour)
    line.append(photo_title(photo_name(report, redact=redact), report.photo.page, lang), "bold")
    line.append(": ", "default")
    line.append(headline(report, lang), f"bold {colour}")
    return line


def _sign(console: Console, sign: str) -> str:
    return sign if "utf" in console.encoding.lower() else _PLAIN_SIGNS.get(sign, sign)


def _table(rows: list[FieldRow], lang: Lang) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column(word("field", lang), style="bold", overflow="fold")
    table.add_column(word("value", lang), overflow="fold")
    table.add_column(word("legibility", lang), justify="right", no_wrap=True)
    table.add_column(word("cause", lang), overflow="fold")
    for row in rows:
        value = Text(row.text) if row.text else Text(row.state, style="dim italic")
        table.add_row(
            row.title, value, Text(percent(row.legibility, lang)), Text(", ".join(row.causes))
        )
    return table


def _print_steps(console: Console, to_do: list[str], lang: Lang) -> None:
    if not to_do:
        return
    console.print()
    console.print(Padding.indent(Text(word("what_to_do", lang), style="bold"), 2))
    for number, step in enumerate(to_do, start=1):
        console.print(Padding.indent(_listed(f"{number}.", step), 2))


def _listed(mark: str, text: str) -> Table:
    row = Table.grid(padding=(0, 1))
    row.add_column(no_wrap=True)
    row.add_column(overflow="fold")
    row.add_row(mark, Text(text))
    return row
