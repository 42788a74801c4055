"""Type: printed lines drawn glyph by glyph at a given cap height in millimetres.

Most programs that print cards set one advance after the other; some kern, and set ``P.`` so close
that the full stop stands under the P's bowl.
"""

from __future__ import annotations

import importlib
import importlib.resources
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType
from typing import Final

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ktpcheck.geometry import Box, Float32

#: Resolution of a drawn card. Card printers print about 300 dpi (11.8 px/mm): finer than print.
CARD_PX_PER_MM: Final = 20.0


@dataclass(frozen=True)
class Typeface:
    """One family: where its regular and bold files come from."""

    package: str
    regular: str
    bold: str
    licence: str


#: Families by name; the packages are the ``synth`` extra.
TYPEFACES: Final[Mapping[str, Typeface]] = MappingProxyType(
    {
        # Metric kin of the face on real cards; ASCII subsets that lie beside this file.
        "arimo": Typeface(
            "ktpcheck.synth", "fonts/arimo-regular.ttf", "fonts/arimo-bold.ttf", "OFL-1.1"
        ),
        "heros": Typeface(
            "ktpcheck.synth",
            "fonts/heros-regular.otf",
            "fonts/heros-bold.otf",
            "LicenseRef-GUST-Font-License",
        ),
        "clear_sans": Typeface(
            "ktpcheck.synth",
            "fonts/clear-sans-regular.ttf",
            "fonts/clear-sans-bold.ttf",
            "Apache-2.0",
        ),
        "dejavu": Typeface(
            "ktpcheck.synth", "fonts/dejavu-regular.ttf", "fonts/dejavu-bold.ttf", "Bitstream-Vera"
        ),
        "roboto": Typeface(
            "font_roboto", "files/Roboto-Regular.ttf", "files/Roboto-Bold.ttf", "Apache-2.0"
        ),
        "source_sans": Typeface(
            "font_source_sans_pro",
            "files/SourceSansPro-Regular.ttf",
            "files/SourceSansPro-Bold.ttf",
            "OFL-1.1",
        ),
        "hanken": Typeface(
            "font_hanken_grotesk",
            "files/HankenGrotesk-Regular.otf",
            "files/HankenGrotesk-Bold.otf",
            "OFL-1.1",
        ),
        "manrope": Typeface(
            "font_manrope", "files/Manrope-Regular.ttf", "files/Manrope-Bold.ttf", "OFL-1.1"
        ),
        "noto": Typeface("pymupdf_fonts", "notos", "notosbo", "OFL-1.1"),
        "fira": Typeface("pymupdf_fonts", "figo", "figbo", "OFL-1.1"),
        "ubuntu": Typeface("pymupdf_fonts", "ubuntu", "ubuntubo", "Ubuntu-font-1.0"),
    }
)


#: How far pairs of characters are set closer in kerned type, em: about what grotesques agree on.
_KERNED_EM: Final[Mapping[str, float]] = MappingProxyType(
    {
        **dict.fromkeys(("P.", "P,", "Y.", "Y,"), 0.13),
        **dict.fromkeys(("F.", "F,", "T.", "T,", "V.", "V,"), 0.11),
        **dict.fromkeys(("W.", "W,", "FA", "T-", "A ", " A"), 0.055),
        **dict.fromkeys(("AT", "TA", "AV", "VA", "AY", "YA", "LT", "LV", "LY", "PA", "11"), 0.074),
        **dict.fromkeys(("AW", "WA", "LW", "Y-"), 0.05),
        **dict.fromkeys(("RT", "RV", "RW", "RY", "P ", "TO", "OT", "YO"), 0.02),
    }
)


@dataclass(frozen=True)
class Style:
    """How a card's lines are set.

    Family, weight, width factor, letter spacing in em, and how much of the usual kerning.
    """

    typeface: str
    bold: bool
    width: float = 1.0
    tracking: float = 0.0
    kerning: float = 0.0


@lru_cache(maxsize=32)
def _file(typeface: str, bold: bool) -> bytes:
    row = TYPEFACES[typeface]
    name = row.bold if bold else row.regular
    try:
        package = importlib.import_module(row.package)
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"{row.package} is missing: install ktpcheck[synth]", name=row.package
        ) from error
    if row.package == "pymupdf_fonts":
        data: bytes = package.myfont(name)
        return data
    return importlib.resources.files(package).joinpath(*name.split("/")).read_bytes()


@lru_cache(maxsize=256)
def _font(typeface: str, bold: bool, size: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(
        io.BytesIO(_file(typeface, bold)), size, layout_engine=ImageFont.Layout.BASIC
    )


@lru_cache(maxsize=64)
def _cap_ratio(typeface: str, bold: bool) -> float:
    """Cap height as a share of the font size."""
    box = _font(typeface, bold, 1000).getbbox("H", anchor="ls")
    return float(-box[1]) / 1000.0


@dataclass(frozen=True, eq=False)
class SetLine:
    """A line of type as coverage 0..1 on its own raster.

    ``origin_px`` is where column 0, row 0 lies relative to the line's start on the baseline;
    ``ends_px`` holds the right edge of every character.
    """

    coverage: Float32
    origin_px: tuple[float, float]
    width_px: float
    ends_px: tuple[float, ...]


@lru_cache(maxsize=4096)
def set_line(text: str, style: Style, cap_px: float) -> SetLine:
    """Set one line.

    Parameters
    ----------
    text : str
        What to set, one line.
    style : Style
        Family, weight, width and spacing.
    cap_px : float
        Height of a capital, pixels.
    """
    size = cap_px / _cap_ratio(style.typeface, style.bold)
    font = _font(style.typeface, style.bold, round(size, 2))
    closer = [style.kerning * _KERNED_EM.get(pair, 0.0) for pair in map("".join, pairwise(text))]
    advances = [
        font.getlength(character) + (style.tracking - less) * size
        for character, less in zip(text, [*closer, 0.0], strict=False)
    ]
    total = sum(advances)
    pad = int(np.ceil(size * 0.4))
    up, down = int(np.ceil(size * 1.15)), int(np.ceil(size * 0.4))
    image = Image.new("L", (int(np.ceil(total)) + 2 * pad, up + down))
    draw = ImageDraw.Draw(image)
    x = float(pad)
    ends = []
    for character, advance in zip(text, advances, strict=True):
        if character != " ":
            draw.text((x, up), character, fill=255, font=font, anchor="ls")
        x += advance
        ends.append((x - pad) * style.width)
    coverage = np.asarray(image, np.float32) / 255.0
    if style.width != 1.0:
        wide = max(round(coverage.shape[1] * style.width), 1)
        coverage = np.asarray(
            cv2.resize(coverage, (wide, coverage.shape[0]), interpolation=cv2.INTER_AREA),
            np.float32,
        )
    coverage.setflags(write=False)
    return SetLine(coverage, (-pad * style.width, -float(up)), total * style.width, tuple(ends))


def place(layer: Float32, line: SetLine, x_px: float, baseline_px: float) -> Box | None:
    """Lay a line on a coverage layer, at a fraction of a pixel.

    Parameters
    ----------
    layer : (h, w) float32
        Coverage of the card; changed in place to the larger of both.
    line : SetLine
    x_px, baseline_px : float
        Start of the line on its baseline, continuous card pixels.

    Returns
    -------
    Box or None
        The ink's extent in millimetres; None when nothing was inked.
    """
    return stamp(layer, line.coverage, x_px + line.origin_px[0], baseline_px + line.origin_px[1])


def stamp(layer: Float32, coverage: Float32, left_px: float, top_px: float) -> Box | None:
    """Lay any coverage raster on a layer with its corner at ``left_px``, ``top_px``."""
    x0, y0 = int(np.floor(left_px)), int(np.floor(top_px))
    shift = np.array([[1, 0, left_px - x0], [0, 1, top_px - y0]], np.float64)
    height, width = coverage.shape[0] + 1, coverage.shape[1] + 1
    moved = cv2.warpAffine(np.asarray(coverage), shift, (width, height))
    cut_x, cut_y = max(-x0, 0), max(-y0, 0)
    end_x, end_y = min(width, layer.shape[1] - x0), min(height, layer.shape[0] - y0)
    if end_x <= cut_x or end_y <= cut_y:
        return None
    moved = moved[cut_y:end_y, cut_x:end_x]
    target = layer[y0 + cut_y : y0 + end_y, x0 + cut_x : x0 + end_x]
    np.maximum(target, moved, out=target)
    inked = moved > 0.3
    columns, rows = np.flatnonzero(inked.any(axis=0)), np.flatnonzero(inked.any(axis=1))
    if columns.size == 0:
        return None
    return Box(
        float(x0 + cut_x + columns[0]) / CARD_PX_PER_MM,
        float(y0 + cut_y + rows[0]) / CARD_PX_PER_MM,
        float(x0 + cut_x + columns[-1] + 1) / CARD_PX_PER_MM,
        float(y0 + cut_y + rows[-1] + 1) / CARD_PX_PER_MM,
    )
