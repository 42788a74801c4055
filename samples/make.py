"""Make the samples: ``python samples/make.py [--out DIR]``. Needs the extra ``[synth]``.

Drawn specimens, marked SPECIMEN, of people who do not exist; never a real card. Besides the
photos: ``picture.jpg``, what ktpcheck found on one of them, and ``contact_sheet.jpg``, captures of
the test split side by side. ``truth.jsonl`` says what is printed on each.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from PIL import Image

from ktpcheck import Checker, load_photo
from ktpcheck.synth import contact_sheet, make_capture, make_negative

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.bench.plan import plan

#: File name to how it is made: seed and what befell the card or the photo.
SAMPLES: Final[dict[str, dict[str, Any]]] = {
    "clear.jpg": {"seed": 900},
    "glare_on_nik.jpg": {"seed": 901, "defects": {"glare@nik": 0.8}},
    "blurred.jpg": {"seed": 902, "defects": {"blur_motion": 0.9}},
    "cut_off.jpg": {"seed": 903, "scene": "cut"},
    "scratched.jpg": {"seed": 904, "defects": {"scratch_nik": 0.9}},
    "faded.jpg": {"seed": 905, "defects": {"print_faded": 0.95}},
    "rotated.jpg": {"seed": 906, "scene": "rotated", "rotation_deg": 133.0},
    "photocopy.jpg": {"seed": 907, "defects": {"photocopy": 0.8}},
    "not_a_card.jpg": {"seed": 908, "negative": "bank_card"},
}
SIZE_PX: Final = (1600, 1200)


def made(seed: int, negative: str | None = None, **how: Any) -> tuple[np.ndarray, dict[str, Any]]:
    """(H, W, 3) uint8 RGB of one sample, and what is printed on it."""
    if negative is not None:
        return make_negative(seed, "validation", negative).pixels, {"negative": negative}
    capture = make_capture(seed, "validation", size_px=SIZE_PX, **how)
    corners = np.round(capture.outline.corners_px, 1).tolist()
    return capture.pixels, {"outline_px": corners, "fields": dict(capture.fields)}


def save(pixels: np.ndarray, path: Path, quality: int = 88) -> None:
    Image.fromarray(pixels).save(path, "JPEG", quality=quality)
    height, width = pixels.shape[:2]
    print(f"{path.name}: {width} x {height}, {path.stat().st_size // 1024} KiB")


def picture(path: Path) -> np.ndarray:
    """A photo with the outline found, beside its flattened card with every field boxed.

    Readable fields have a full line, others a broken one: colour alone would not tell everybody.
    """
    report = Checker(reference=date(2026, 11, 20))(load_photo(path))
    assert report.card is not None
    assert report.outline is not None
    shown = report.photo.pixels.copy()
    corners = np.round(report.outline.corners_px).astype(np.int32)
    cv2.polylines(shown, [corners], True, (255, 140, 0), 5, cv2.LINE_AA)
    card = report.card.pixels.copy()
    for key, reading in report.readings.items():
        for box in reading.boxes:
            rows, columns = box.slices(card.shape)
            top, bottom, left, right = rows.start, rows.stop, columns.start, columns.stop
            if report.decision.fields[key].readable:
                cv2.rectangle(card, (left, top), (right, bottom), (0, 110, 70), 2, cv2.LINE_AA)
                continue
            for x in range(left, right, 18):
                for y in (top, bottom):
                    cv2.line(card, (x, y), (min(x + 10, right), y), (200, 0, 0), 4)
    height = 560
    pair = [
        cv2.resize(
            image,
            (round(image.shape[1] * height / image.shape[0]), height),
            None,
            0,
            0,
            cv2.INTER_AREA,
        )
        for image in (shown, card)
    ]
    gap = np.full((height, 16, 3), 255, np.uint8)
    return np.hstack([pair[0], gap, pair[1]])


def sheet() -> np.ndarray:
    """Captures of the benchmark's test split, the first of its plan."""
    return contact_sheet([item.make() for item in plan("test", 20)], 5, tile_px=(360, 270))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    truth = []
    for name, how in SAMPLES.items():
        pixels, known = made(**how)
        save(pixels, out / name)
        truth.append(json.dumps({"file": name, **known}) + "\n")
    (out / "truth.jsonl").write_text("".join(truth), encoding="utf-8")
    save(picture(out / "glare_on_nik.jpg"), out / "picture.jpg")
    save(sheet(), out / "contact_sheet.jpg", 80)


if __name__ == "__main__":
    main()
