"""The shell's door: the only room that prints or exits.

Results go to standard output, errors and the progress bar to standard error. Heavy rooms are
opened inside the commands, so that ``--help`` and ``nik`` answer at once.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from ktpcheck.cli.specimen import specimen
from ktpcheck.fields import FIELDS, REQUIRED
from ktpcheck.render.words import Lang, printable

if TYPE_CHECKING:
    from ktpcheck.check import Checker

#: The photo was judged and is not good enough; the NIK cannot be right.
EXIT_NOT_READABLE: Final = 3

_EXITS: Final = """
\b
Exit status:
  0  every photo is readable
  2  the command was called wrongly
  3  some photo is unreadable, to retake, shows a card to replace, or no e-KTP
  4  some file cannot be decoded, is too large or is not there
  5  a model is missing or is not the right one
  6  the OCR engine failed
With several photos the highest wins; one bad file never stops the others. With
--same-card the photos count as one card; status 3 also when they are not of one.
"""

_lang_option = click.option(
    "--lang",
    type=click.Choice(["id", "en"]),
    default="id",
    show_default=True,
    help="Language of the results, whatever the system's is.",
)
_json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
_reference_option = click.option(
    "--reference",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="The day on which ages and validity are judged, YYYY-MM-DD.  [default: today]",
)


def _field_keys(_: click.Context, __: click.Parameter, value: str) -> tuple[str, ...]:
    """Field keys, separated by commas."""
    keys = tuple(dict.fromkeys(key.strip() for key in value.split(",") if key.strip()))
    unknown = [key for key in keys if key not in FIELDS]
    if unknown:
        raise click.BadParameter(f"{', '.join(unknown)}: not among {', '.join(FIELDS)}.")
    if not keys:
        raise click.BadParameter("name at least one field.")
    return keys


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ktpcheck", prog_name="ktpcheck")
def main() -> None:
    """Would the data on this photo of an e-KTP be readable, and if not, what to do?

    Everything is computed on this machine; nothing is sent anywhere.
    """
    for stream in (sys.stdout, sys.stderr):
        # A terminal that lacks a sign gets its code, not a crash.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


@main.command(epilog=_EXITS)
@click.argument("photos", metavar="PHOTO...", nargs=-1, required=True, type=click.Path())
@_json_option
@click.option(
    "--report",
    "report_file",
    metavar="FILE.html",
    type=click.Path(path_type=Path),
    help="Write one self-contained page about all photos.",
)
@click.option(
    "--card",
    "card_dir",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Write every card found, rectified, as PNG.",
)
@click.option(
    "--portrait",
    "portrait_dir",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Write every portrait found, as PNG.",
)
@click.option(
    "--require",
    callback=_field_keys,
    metavar="FIELD,...",
    default=",".join(REQUIRED),
    help=f"Fields that must be readable.  [default: {', '.join(REQUIRED)}]",
)
@click.option(
    "--engine",
    type=click.Choice(["ppocr", "paddleocr"]),
    default="ppocr",
    show_default=True,
    help="What reads the text; paddleocr needs the extra of that name.",
)
@click.option(
    "--rec-model",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Recognition model for --engine paddleocr. Give only one you trust.",
)
@_lang_option
@click.option(
    "--guide", type=click.Choice(["jmo"]), help="Add what users of this service should know."
)
@click.option(
    "--strictness",
    type=click.Choice(["low", "normal", "high"]),
    default="normal",
    show_default=True,
    help="How sure 'readable' has to be.",
)
@click.option(
    "--same-card",
    is_flag=True,
    help="Judge all photos together, as shots of one card: what stays is the card's fault.",
)
@click.option(
    "--all",
    "every_card",
    is_flag=True,
    help="Report every e-KTP in a photo; without it the most prominent one.",
)
@click.option("--redact", is_flag=True, help="Show and write no value and no picture of the card.")
@click.option("--quiet", "-q", is_flag=True, help="One line a photo, no progress bar, no summary.")
@click.option(
    "--max-bytes",
    type=click.IntRange(min=1),
    default=64 * 1024 * 1024,
    show_default=True,
    help="Largest file to open.",
)
@click.option(
    "--max-pixels",
    type=click.IntRange(min=1),
    default=120_000_000,
    show_default=True,
    help="Largest picture to decode, width times height.",
)
@click.option(
    "--max-pages",
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    help="Most pages of a PDF or TIFF.",
)
@_reference_option
@click.pass_context
def check(
    ctx: click.Context,
    photos: tuple[str, ...],
    as_json: bool,
    report_file: Path | None,
    card_dir: Path | None,
    portrait_dir: Path | None,
    require: tuple[str, ...],
    engine: str,
    rec_model: Path | None,
    lang: Lang,
    guide: str | None,
    strictness: str,
    same_card: bool,
    every_card: bool,
    redact: bool,
    quiet: bool,
    max_bytes: int,
    max_pixels: int,
    max_pages: int,
    reference: datetime | None,
) -> None:
    """Check photos of e-KTP cards.

    PHOTO is a picture (JPEG, PNG, WebP, TIFF, AVIF, HEIC) or a PDF, a folder that is searched
    for them, or - for standard input. Files written hold personal data and are made readable
    for their owner only.
    """
    if redact and (card_dir or portrait_dir):
        raise click.UsageError("--card and --portrait write what --redact hides.")
    if rec_model and engine != "paddleocr":
        raise click.UsageError("--rec-model goes with --engine paddleocr.")
    if same_card and every_card:
        raise click.UsageError("--same-card takes photos of one card, --all of several.")
    if photos.count("-") > 1:
        raise click.UsageError("Standard input (-) can be read only once.")

    from ktpcheck.cli.door import Door
    from ktpcheck.cli.inputs import find_files
    from ktpcheck.cli.run import run_checks, run_same_card
    from ktpcheck.photo import SUFFIXES, Limits

    files = list(find_files(photos, SUFFIXES))
    limits = Limits(max_bytes=max_bytes, max_pixels=max_pixels, max_pages=max_pages)
    open_checker = partial(
        _open_checker,
        engine=engine,
        require=require,
        reference=reference.date() if reference else None,
        guide=guide,
        strictness=strictness,
        engine_options={"rec_model": rec_model} if rec_model else {},
    )
    door = Door(
        files,
        as_json=as_json,
        lang=lang,
        required=require,
        redact=redact,
        quiet=quiet,
        report_file=report_file,
        card_dir=card_dir,
        portrait_dir=portrait_dir,
    )
    with door:
        if same_card:
            run_same_card(door, files, limits, open_checker)
        else:
            run_checks(door, files, limits, open_checker, every_card=every_card)
    if door.crash:
        # Python's own exit for a crash, with its traceback, once every other photo is done.
        raise door.crash
    ctx.exit(door.exit_code)


@main.command()
@click.argument("numbers", metavar="NIK...", nargs=-1, required=True)
@_json_option
@_lang_option
@_reference_option
@click.pass_context
def nik(
    ctx: click.Context,
    numbers: tuple[str, ...],
    as_json: bool,
    lang: Lang,
    reference: datetime | None,
) -> None:
    """Take a NIK apart: region, birth date, sex, and whether it can be right.

    Spaces and dots are taken out. With - numbers are read from standard input, one a line, and
    stay out of the shell's history. Exit status 3 when one cannot be right.
    """
    from ktpcheck.nik import parse_nik
    from ktpcheck.render.nik import nik_lines

    day = reference.date() if reference else date.today()
    found = [parse_nik(number, reference=day) for number in _numbers(numbers)]
    for index, one in enumerate(found):
        if as_json:
            line = {"schema": "ktpcheck.nik/1", **one.to_json()}
            click.echo(json.dumps(line, ensure_ascii=False, separators=(",", ":")))
        else:
            click.echo(("\n" if index else "") + "\n".join(nik_lines(one, lang)))
    ctx.exit(0 if all(one.valid for one in found) else EXIT_NOT_READABLE)


@main.command()
@click.argument("topic", metavar="[TOPIC]", required=False)
@_lang_option
def guide(topic: str | None, lang: Lang) -> None:
    """Tell what to do about a defect, or how to photograph and replace a card.

    Without TOPIC all topics are listed.
    """
    from ktpcheck import guidance
    from ktpcheck.render.view import list_title

    if topic is None:
        for key in guidance.ADVICE:
            click.echo(f"{key:<26}{guidance.label(key, lang)}")
        for key in guidance.GUIDES:
            click.echo(f"{key:<26}{key.upper()}")
        for key in guidance.STEPS:
            if key not in guidance.ADVICE:
                click.echo(f"{key:<26}{list_title(key, lang)}")
        return
    if topic in guidance.GUIDES:
        for one in guidance.guide(topic):
            click.echo(f"- {one.text_id if lang == 'id' else one.text_en}")
        return
    if topic not in guidance.ADVICE and topic not in guidance.STEPS:
        raise click.BadParameter(f"{printable(topic)}: no such topic.", param_hint="TOPIC")
    if topic in guidance.ADVICE:
        row = guidance.ADVICE[topic]
        blank = row.text_id if lang == "id" else row.text_en
        click.echo(blank.replace("{field}", "…"))
    for step in guidance.steps(topic, lang) if topic in guidance.STEPS else ():
        click.echo(f"- {step}")


main.add_command(specimen)


def _open_checker(**options: Any) -> Checker:
    import cv2

    from ktpcheck.check import Checker

    # OpenCV's thread pool costs CPU and gains a single photo nothing. A process of our own may be
    # told so; a library's host may not.
    cv2.setNumThreads(1)
    return Checker(**options)


def _numbers(given: tuple[str, ...]) -> Iterator[str]:
    for number in given:
        if number == "-":
            yield from (line.strip() for line in sys.stdin if line.strip())
        else:
            yield number
