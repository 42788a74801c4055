"""Make the samples: ``python samples/make.py [--out DIR]``. Needs the extra ``[synth]``.

Drawn specimens, marked SPECIMEN, of people who do not exist; never a real card.
"""

from __future__ import annotations

import argparse
import io
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image

from ktpcheck.synth import make_capture, make_negative

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


def pixels_of(seed: int, negative: str | None = None, **how: Any) -> np.ndarray:
    """(H, W, 3) uint8 RGB of one sample."""
    if negative is not None:
        return make_negative(seed, "validation", negative).pixels
    return make_capture(seed, "validation", size_px=SIZE_PX, **how).pixels


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    for name, how in SAMPLES.items():
        picture = Image.fromarray(pixels_of(**how))
        picture.thumbnail((1600, 1600))
        held = io.BytesIO()
        picture.save(held, "JPEG", quality=88)
        (out / name).write_bytes(held.getvalue())
        print(f"{name}: {picture.width} x {picture.height}, {len(held.getvalue()) // 1024} KiB")


if __name__ == "__main__":
    main()
