"""Where results leave: the terminal or JSON lines, the page, the folders."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from ktpcheck.cli import EXIT_NOT_READABLE
from ktpcheck.cli.inputs import File
from ktpcheck.errors import EngineError, KtpcheckError, ModelError, PhotoError
from ktpcheck.joint import joint_to_json
from ktpcheck.records import Report
from ktpcheck.render import overlay, terminal
from ktpcheck.render.faults import reason_in, remedy_in
from ktpcheck.render.files import (
    Inputs,
    Names,
    WriteRefused,
    check_writable,
    private_directory,
    private_file,
)
from ktpcheck.render.words import Lang, printable, word
from ktpcheck.report import dumps, error_to_json, to_json
from ktpcheck.shots import JointReport

if TYPE_CHECKING:
    from ktpcheck.render.html import Page

#: What each error means to a shell.
EXITS: Final[tuple[tuple[type[KtpcheckError], int], ...]] = (
    (PhotoError, 4),
    (ModelError, 5),
    (EngineError, 6),
)


class Crash(Exception):
    """An error nobody foresaw: its kind and its traceback. Its message might quote the card."""


class Door:
    """Where results leave: the terminal or JSON lines, the page, the folders.

    ``exit_code`` is the highest so far; ``crash`` the first error nobody foresaw.
    """

    def __init__(
        self,
        files: list[File],
        *,
        as_json: bool,
        lang: Lang,
        required: tuple[str, ...],
        redact: bool,
        quiet: bool,
        report_file: Path | None,
        card_dir: Path | None,
        portrait_dir: Path | None,
    ) -> None:
        self.exit_code = 0
        self.crash: Crash | None = None
        self._as_json, self._lang, self._required = as_json, lang, required
        self._redact, self._quiet = redact, quiet
        self._report_file = report_file
        self._inputs: Inputs = Inputs(file.path for file in files if file.path)
        self._cards = self._names("--card", card_dir, ".card.png")
        self._portraits = self._names("--portrait", portrait_dir, ".portrait.png")
        self._page = self._new_page()
        self._console = terminal.console_for(sys.stdout)
        self._verdicts: Counter[str] = Counter()
        self._failed = 0
        self._together = False
        self._progress: Progress | None = None
        if len(files) > 1 and not quiet and sys.stderr.isatty():
            self._progress = _progress()
            self._task = self._progress.add_task(word("checking", lang), total=len(files))

    def __enter__(self) -> Door:
        if self._progress:
            self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Take the bar away; when nothing went wrong write the page and the summary."""
        if self._progress:
            self._progress.stop()
        try:
            if kind is None:
                self._finish()
        finally:
            if self._page:
                self._page.close()

    def advance(self) -> None:
        """One file is done."""
        if self._progress:
            self._progress.advance(self._task)

    def take(self, report: Report) -> None:
        """Let out one result."""
        decision = report.decision
        self._verdicts[decision.verdict] += 1
        if decision.verdict != "readable" or decision.action in ("retake", "replace_card"):
            self.exit_code = max(self.exit_code, EXIT_NOT_READABLE)
        written = self._write_pictures(report)
        if self._page:
            self._page.add(report)
        if self._as_json:
            line = to_json(report, redact=self._redact)
            self._print(lambda: print_json({**line, "written": written} if written else line))
        else:
            self._print(lambda: self._show(report, written))

    def take_joint(self, joint: JointReport) -> None:
        """Let out what several shots of one card say together."""
        decision = joint.decision
        self._together = True
        if decision.verdict != "readable" or decision.action in ("retake", "replace_card"):
            self.exit_code = max(self.exit_code, EXIT_NOT_READABLE)
        written = [self._write_pictures(report) for report in joint.shots]
        if self._page:
            self._page.add_joint(joint)
        if self._as_json:
            line = joint_to_json(joint, redact=self._redact)
            for shot, files in zip(line["shots"], written, strict=True):
                if files:
                    shot["written"] = files
            self._print(lambda: print_json(line))
            return
        options: dict[str, Any] = {
            "required": self._required,
            "lang": self._lang,
            "redact": self._redact,
        }
        if self._quiet:
            self._print(lambda: terminal.show_joint_line(self._console, joint, **options))
            return
        paths = [path for files in written for path in files.values()]
        self._print(lambda: terminal.show_joint(self._console, joint, written=paths, **options))

    def take_error(self, name: str, error: KtpcheckError) -> None:
        """Let out what could not be judged."""
        self._failed += 1
        for kind, code in EXITS:
            if isinstance(error, kind):
                self.exit_code = max(self.exit_code, code)
        line = error_to_json(name, error, redact=self._redact)
        if self._page:
            self._page.add_error(name, error)
        if self._as_json:
            self._print(lambda: print_json(line))
        told = f"{reason_in(self._lang, error.reason)}. {remedy_in(self._lang, error.remedy)}"
        text = printable(f"{line['photo']['name']}: {told}")
        label = word("error", self._lang)
        self._print(lambda: click.echo(f"{click.style(label, fg='red')}: {text}", err=True))

    def take_crash(self, name: str, error: Exception) -> None:
        """Let out an error nobody foresaw; its message, which may quote the card, is dropped."""
        self.crash = self.crash or Crash(type(error).__name__).with_traceback(error.__traceback__)
        self.take_error(name, _unforeseen(name, error))

    @property
    def failed(self) -> int:
        """How many files could not be judged."""
        return self._failed

    def _show(self, report: Report, written: dict[str, str]) -> None:
        if self._quiet:
            terminal.show_line(
                self._console,
                report,
                required=self._required,
                lang=self._lang,
                redact=self._redact,
            )
            return
        if sum(self._verdicts.values()) > 1:
            self._console.print()
        terminal.show(
            self._console,
            report,
            required=self._required,
            lang=self._lang,
            redact=self._redact,
            written=written.values(),
        )

    def _print(self, act: Callable[[], None]) -> None:
        """Print with the progress bar out of the way: both may share one terminal."""
        if self._progress:
            self._progress.stop()
        act()
        if self._progress:
            self._progress.start()

    def _write_pictures(self, report: Report) -> dict[str, str]:
        pictures = {}
        if self._cards and report.card:
            pictures["card"] = (self._cards, report.card.pixels)
        if self._portraits and report.portrait:
            pictures["portrait"] = (self._portraits, report.portrait.pixels)
        written = {}
        for key, (names, pixels) in pictures.items():
            path = names.path_for(report.photo.name, report.photo.page)
            self._write(path, partial(_fill, overlay.png(pixels)))
            written[key] = printable(str(path))
        return written

    def _write(self, path: Path, fill: Callable[[IO[bytes]], object]) -> None:
        try:
            with private_file(path, self._inputs) as file:
                fill(file)
        except BrokenPipeError:
            raise
        except (WriteRefused, OSError) as error:
            why = getattr(error, "strerror", None) or str(error)
            raise click.ClickException(f"{printable(str(path))}: not written: {why}.") from None

    def _finish(self) -> None:
        if self._page and self._report_file:
            self._write(self._report_file, self._page.write)
        many = sum(self._verdicts.values()) + self._failed > 1
        if many and not (self._as_json or self._quiet or self._together):
            self._console.print()
            terminal.show_total(self._console, self._verdicts, self._failed, self._lang)

    def _new_page(self) -> Page | None:
        if self._report_file is None:
            return None
        try:
            check_writable(self._report_file, self._inputs)
        except (WriteRefused, OSError) as error:
            raise click.BadParameter(f"{error}.", param_hint="--report") from None
        # Only a page needs the template engine.
        from ktpcheck.render.html import Page

        return Page(self._lang, required=self._required, redact=self._redact)

    def _names(self, option: str, directory: Path | None, ending: str) -> Names | None:
        if directory is None:
            return None
        try:
            private_directory(directory)
        except (WriteRefused, OSError) as error:
            raise click.BadParameter(f"{error}.", param_hint=option) from None
        return Names(directory, ending, self._inputs)


def _unforeseen(name: str, error: Exception) -> KtpcheckError:
    return KtpcheckError(
        name,
        f"an unforeseen {type(error).__name__} stopped the check",
        "This is a fault of ktpcheck: please report it, without the photo.",
    )


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )


def _fill(content: bytes, file: IO[bytes]) -> None:
    file.write(content)


def print_json(line: dict[str, Any]) -> None:
    """JSON is UTF-8 whatever the terminal is."""
    out = sys.stdout.buffer
    out.write(dumps(line).encode("utf-8") + b"\n")
    out.flush()
