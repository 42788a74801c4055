"""Draw the fixed print of the card as templates: ``ktpcheck/register/print.npz``.

Every word that stands on every e-KTP is drawn in several sans faces, every glyph stretched to
the place it has in the first face, and averaged, once for regular and once for bold faces. The
result holds ink coverage (0 paper, 255 ink): any scale and stretch can be made from it.

    python models/print/make.py REGULAR.ttf [MORE.ttf ...] --bold BOLD.ttf [MORE.ttf ...]

The first face of each list should be metric-compatible with Arial (Liberation Sans). The file in
the package was made from Liberation Sans (SIL OFL) and DejaVu Sans (Bitstream Vera licence).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ktpcheck.layout import ROW_LABELS

#: Cap height of the templates, and the margins kept above and below, in pixels.
CAP_PX, ABOVE_PX, BELOW_PX = 20, 6, 8
#: Font size drawn at, and columns drawn per column kept.
DRAWN_AT, FINE = 400, 8
WORDS = {"nik": "NIK", "provinsi": "PROVINSI", **ROW_LABELS, "golongan_darah": "Gol. Darah"}
TARGET = Path(__file__).parents[2] / "ktpcheck" / "register" / "print.npz"


def draw(word: str, face: Path, measure: Path) -> np.ndarray:
    """One word in one face, every glyph stretched to its place in the measuring face.

    The ink's left edge stands at column 0, the baseline at row ``ABOVE_PX + CAP_PX``.
    """
    font, ruler = (ImageFont.truetype(str(path), DRAWN_AT) for path in (face, measure))
    scale, ruler_scale = (CAP_PX / -one.getbbox("H", anchor="ls")[1] for one in (font, ruler))
    rows = ABOVE_PX + CAP_PX + BELOW_PX
    left, _, right, _ = ruler.getbbox(word, anchor="ls")
    picture = np.zeros((rows, round((right - left) * ruler_scale * FINE)), np.float32)
    for index, letter in enumerate(word):
        x0, _, x1, _ = font.getbbox(letter, anchor="ls")
        place = ruler.getlength(word[: index + 1]) - ruler.getlength(letter) - left
        to0, _, to1, _ = ruler.getbbox(letter, anchor="ls")
        if x1 <= x0:
            continue
        glyph = Image.new("L", (x1 - x0, round(rows / scale)), 0)
        at = (-x0, (ABOVE_PX + CAP_PX) / scale)
        ImageDraw.Draw(glyph).text(at, letter, fill=255, font=font, anchor="ls")
        start = round((place + to0) * ruler_scale * FINE)
        width = max(round((to1 - to0) * ruler_scale * FINE), 1)
        small = cv2.resize(np.asarray(glyph), (width, rows), interpolation=cv2.INTER_AREA)
        start = min(max(start, 0), picture.shape[1] - width)
        spot = picture[:, start : start + width]
        np.maximum(spot, small, out=spot)
    size = (round(picture.shape[1] / FINE), rows)
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("regular", nargs="+", type=Path)
    parser.add_argument("--bold", nargs="+", type=Path, required=True)
    arguments = parser.parse_args()
    arrays = {"cap_px": np.array(CAP_PX), "baseline_px": np.array(ABOVE_PX + CAP_PX)}
    for weight, faces in (("regular", arguments.regular), ("bold", arguments.bold)):
        for key, word in WORDS.items():
            drawn = [draw(word, face, faces[0]) for face in faces]
            arrays[f"{weight}/{key}"] = np.mean(drawn, axis=0).round().astype(np.uint8)
    np.savez_compressed(TARGET, **arrays)


if __name__ == "__main__":
    main()
