"""What a user would otherwise do: RapidOCR on the whole photo, values picked by their labels."""

from __future__ import annotations

from typing import Any

import numpy as np
from rapidfuzz import fuzz

from ktpcheck.grammar import split_birth
from ktpcheck.layout import ROW_LABELS

LABELS = {"nik": "NIK", **ROW_LABELS, "golongan_darah": "Gol. Darah"}


class Baseline:
    """RapidOCR with its defaults, single-threaded as ktpcheck is."""

    def __init__(self) -> None:
        from rapidocr import RapidOCR

        self._engine = RapidOCR(
            params={
                "Global.log_level": "error",
                "EngineConfig.onnxruntime.intra_op_num_threads": 1,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            }
        )

    def __call__(self, pixels: np.ndarray) -> dict[str, str]:
        """Field key to text, for the fields that were found."""
        result: Any = self._engine(np.ascontiguousarray(pixels[:, :, ::-1]))
        if result.txts is None:
            return {}
        return parse(
            [(np.asarray(box), text) for box, text in zip(result.boxes, result.txts, strict=True)]
        )


def parse(lines: list[tuple[np.ndarray, str]]) -> dict[str, str]:
    """Values by label: what follows the colon in the line, or stands right of the label."""
    found: dict[str, str] = {}
    taken: set[int] = set()
    for key, label in LABELS.items():
        best, at = 70.0, None
        for index, (_, text) in enumerate(lines):
            head = text.split(":")[0].strip()
            score = fuzz.ratio(head.lower().replace(" ", ""), label.lower().replace(" ", ""))
            if score > best:
                best, at = score, index
        if at is None:
            continue
        taken.add(at)
        box, text = lines[at]
        value = text.split(":", 1)[1].strip() if ":" in text else ""
        if not value:
            middle, right = box[:, 1].mean(), box[:, 0].max()
            height = np.ptp(box[:, 1])
            same_row = [
                (other[:, 0].min(), words)
                for index, (other, words) in enumerate(lines)
                if index not in taken
                and abs(other[:, 1].mean() - middle) < height * 0.6
                and other[:, 0].min() > right - height
            ]
            value = min(same_row)[1].lstrip(": ") if same_row else ""
        if value:
            found[key] = value
    for _, text in lines:
        upper = text.upper()
        if upper.startswith("PROVINSI"):
            found.setdefault("provinsi", text)
        elif upper.startswith(("KABUPATEN", "KOTA", "JAKARTA", "KAB")):
            found.setdefault("kabupaten_kota", text)
    birth = found.pop("tempat_tgl_lahir", "")
    if birth:
        place, date, _ = split_birth(birth)
        found["tempat_lahir"], found["tanggal_lahir"] = place, date
    return found
