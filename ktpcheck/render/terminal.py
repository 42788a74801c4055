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
from ktpcheck.render.shots import (
    JointRow,
    fault_rows,
    joint_action,
    joint_headline,
    joint_rows,
    joint_steps,
    joint_title,
    pair_sentences,
    shot_titles,
)
from ktpcheck.render.view import (
    FieldRow,
    action_label,
    action_sentence,
    field_rows,
    headline,
    report_title,
    shown_verdict,
    steps,
    told_checks,
)
from ktpcheck.render.words import Lang, percent, title, word
from ktpcheck.shots import JointReport

#: Sign, colour. The sign says it without colour.
_VERDICTS: Final = {
    "readable": ("✓", "green"),
    "unreadable": ("✗", "red"),
    "uncertain": ("!", "yellow"),
    "no_card": ("?", "yellow"),
    "different_cards": ("✗", "red"),
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


def show_joint(
    console: Console,
    joint: JointReport,
    *,
    required: Collection[str],
    lang: Lang,
    redact: bool = False,
    written: Collection[str] = (),
) -> None:
    """Print what several shots of one card say together, the evidence side by side.

    Parameters
    ----------
    console : rich.console.Console
    joint : JointReport
    required : collection of str
        The fields that had to be readable.
    lang : {"id", "en"}
    redact : bool
        Show no value read on the card.
    written : collection of str
        Paths of files made from these photos, named at the end.
    """
    rows = [row for row in joint_rows(joint, required, lang, redact=redact) if row.required]
    console.print(_joint_headline(console, joint, lang))
    console.print(Padding.indent(Text(joint_action(joint, lang)), 2))
    if joint.readings:
        good = sum(row.readable for row in rows)
        console.print(
            Padding.indent(Text(word("count_readable", lang, good=good, all=len(rows))), 2)
        )
    console.print()
    for number, name in enumerate(shot_titles(joint, lang, redact=redact), start=1):
        sign, colour = _VERDICTS[joint.shots[number - 1].decision.verdict]
        line = Text(f"{word('shot', lang, number=number)} ")
        line.append(f"{_sign(console, sign)} ", colour)
        line.append(name)
        console.print(Padding.indent(line, 2))
    if joint.same_card != "same":
        for sentence in pair_sentences(joint, lang):
            console.print(Padding.indent(Text(sentence, style="yellow"), 2))
    open_rows = [row for row in rows if not row.settled] if joint.readings else []
    if open_rows:
        console.print()
        console.print(Padding.indent(_joint_fields(console, open_rows, len(joint.shots), lang), 2))
    settled = [row.title for row in rows if row.settled]
    if settled and open_rows:
        line = Text(word("shots_settled", lang, fields=", ".join(settled)), style="dim")
        console.print(Padding.indent(line, 2))
    if joint.faults:
        console.print()
        console.print(Padding.indent(_joint_faults(joint, lang), 2))
    _print_steps(console, joint_steps(joint, lang), lang)
    for path in written:
        console.print(Padding.indent(Text(word("written", lang, path=path), style="dim"), 2))


def show_joint_line(
    console: Console,
    joint: JointReport,
    *,
    required: Collection[str],
    lang: Lang,
    redact: bool = False,
) -> None:
    """Print several shots of one card on one line: the verdict, what to do, the fields at fault."""
    line = _joint_headline(console, joint, lang)
    line.append(f" {_sign(console, '→')} {joint_action(joint, lang)}")
    rows = joint_rows(joint, required, lang, redact=redact) if joint.readings else []
    lost = [row.title for row in rows if row.required and not row.readable]
    if lost:
        line.append(f" ({', '.join(lost)})")
    console.print(line, soft_wrap=True)


def _joint_headline(console: Console, joint: JointReport, lang: Lang) -> Text:
    sign, colour = _VERDICTS[shown_verdict(joint.decision)]
    if joint.decision.verdict == "readable" and joint.decision.action != "accept":
        sign, colour = "!", "yellow"
    line = Text(f"{_sign(console, sign)} ", style=colour)
    line.append(joint_title(joint, lang), "bold")
    line.append(": ", "default")
    line.append(joint_headline(joint, lang), f"bold {colour}")
    return line


def _joint_fields(console: Console, rows: list[JointRow], shots: int, lang: Lang) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column(word("field", lang), style="bold", overflow="fold")
    for number in range(1, shots + 1):
        table.add_column(word("shot", lang, number=number), overflow="fold")
    table.add_column(word("together", lang), justify="right", no_wrap=True)
    for row in rows:
        cells = []
        for cell in row.cells:
            told = Text("–", style="dim")
            if cell is not None:
                told = Text(cell.text or "–")
                told.append(f" {percent(cell.legibility, lang)}", "dim")
                if cell.used:
                    told.append(f" {word('used', lang)}", "bold")
            cells.append(told)
        sign, colour = _VERDICTS["readable" if row.readable else "unreadable"]
        whole = Text(f"{_sign(console, sign)} {percent(row.legibility, lang)}", style=colour)
        table.add_row(row.title, *cells, whole)
    return table


def _joint_faults(joint: JointReport, lang: Lang) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column(word("cause", lang), style="bold", overflow="fold")
    for number in range(1, len(joint.shots) + 1):
        table.add_column(word("shot", lang, number=number), overflow="fold")
    table.add_column(word("whose_fault", lang), overflow="fold")
    for row in fault_rows(joint, lang):
        table.add_row(row.title, *map(Text, row.cells), row.verdict)
    return table


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
    sign, colour = _VERDICTS[shown_verdict(report.decision)]
    if report.decision.verdict == "readable" and report.decision.action != "accept":
        sign, colour = "!", "yellow"  # no tick beside a "retake"
    line = Text(f"{_sign(console, sign)} ", style=colour)
    line.append(report_title(report, lang, redact=redact), "bold")
    line.append(": ", "default")
    line.append(headline(report.decision, lang), f"bold {colour}")
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
