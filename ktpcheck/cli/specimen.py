"""``ktpcheck specimen``: drawn cards under simulated captures, with the truth about each."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import click


def _defects(
    _ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]
) -> dict[str, float]:
    """``id:severity`` or ``id@field:severity``, repeatable."""
    found = {}
    for value in values:
        name, _, severity = value.rpartition(":")
        try:
            found[name] = float(severity)
        except ValueError:
            raise click.BadParameter(f"{value}: write it as glare:0.6 or glare@nik:0.6.") from None
        if not name or not 0 <= found[name] <= 1:
            raise click.BadParameter(f"{value}: the severity goes from 0 to 1.")
    return found


def _size(
    _ctx: click.Context, _param: click.Parameter, value: str | None
) -> tuple[int, int] | None:
    """``WIDTHxHEIGHT`` in pixels."""
    if value is None:
        return None
    width, _, height = value.lower().partition("x")
    if not (width.isdigit() and height.isdigit() and int(width) >= 64 and int(height) >= 64):
        raise click.BadParameter("write it as 1600x1200, at least 64x64.")
    return int(width), int(height)


@click.command()
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(path_type=Path),
    required=True,
    help="Where the pictures go; made when it is not there.",
)
@click.option("--n", type=click.IntRange(min=1), default=1, show_default=True, help="How many.")
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="First seed."
)
@click.option(
    "--split",
    type=click.Choice(["train", "validation", "test"]),
    default="train",
    show_default=True,
    help="Whose fonts, grounds and portraits.",
)
@click.option("--scene", default="desk", show_default=True, help="How it is photographed.")
@click.option("--layout", type=click.Choice(["printed", "drawn_specimen"]), help="Default: either.")
@click.option(
    "--defect",
    "defects",
    multiple=True,
    callback=_defects,
    metavar="ID[@FIELD]:SEVERITY",
    help="What befell card or photo, 0 to 1; may be given again.",
)
@click.option("--negative", help="Something that is no e-KTP instead, such as bank_card.")
@click.option("--size", callback=_size, metavar="WxH", help="Pixels.  [default: as phones do]")
@click.option(
    "--truth",
    metavar="FILE.jsonl",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write what is known of each picture, one JSON object a line.",
)
@click.option(
    "--sheet",
    metavar="FILE.jpg",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also show all of them on one picture.",
)
def specimen(
    out: Path,
    n: int,
    seed: int,
    split: str,
    scene: str,
    layout: str | None,
    defects: dict[str, float],
    negative: str | None,
    size: tuple[int, int] | None,
    truth: Path | None,
    sheet: Path | None,
) -> None:
    """Draw specimens and photograph them, to try ktpcheck or to test a pipeline with.

    Nobody's card: invented people, the word SPECIMEN in the pixels, NIK serial 9999. The same
    seed gives the same bytes. Needs the extra [synth].
    """
    try:
        from PIL import Image

        from ktpcheck.synth import contact_sheet, make_capture, make_negative
    except ImportError as error:
        raise click.ClickException(
            f"the typefaces are missing ({error.name}): pip install 'ktpcheck[synth]'."
        ) from None

    out.mkdir(parents=True, exist_ok=True)
    made: list[Any] = []
    known: list[dict[str, Any]] = []
    for number in range(seed, seed + n):
        try:
            if negative:
                one: Any = make_negative(number, split, negative)
                about: dict[str, Any] = {"seed": number, "split": split, "negative": negative}
            else:
                one = make_capture(
                    number, split, layout=layout, scene=scene, defects=defects, size_px=size
                )
                about = one.truth()
        except (KeyError, ValueError) as error:
            raise click.UsageError(str(error.args[0])) from None
        name = f"specimen_{split}_{number:06d}.jpg"
        held = io.BytesIO()
        Image.fromarray(one.pixels).save(held, "JPEG", quality=92)
        (out / name).write_bytes(held.getvalue())
        known.append({"file": name, **about})
        if sheet:
            made.append(one)
    if truth:
        truth.write_text(
            "".join(json.dumps(about, ensure_ascii=False) + "\n" for about in known),
            encoding="utf-8",
        )
    if sheet:
        Image.fromarray(contact_sheet(made)).save(sheet, quality=85)
    click.echo(f"{n} in {out}")
