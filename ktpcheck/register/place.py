"""Where everything stands on this card, in millimetres."""

from __future__ import annotations

from typing import Final

import numpy as np

from ktpcheck.geometry import Box, Float32, transform
from ktpcheck.layout import LINES, ROW_LABELS, Layout
from ktpcheck.records import Placement
from ktpcheck.register import fit
from ktpcheck.register.align import HEARD, PX_PER_MM, Match, expected
from ktpcheck.register.print import word

#: How much printers' row pitches differ, and how well a baseline is found.
_PITCH_SIGMA_MM: Final = 0.02
_BASELINE_SIGMA_MM: Final = 0.1
#: Room around a line: left of its first letter, above and below header, NIK and issue lines.
_BEFORE_MM: Final = 0.5
_HEADER_ROOM_MM: Final = 0.4
_NIK_ROOM_MM: Final = 0.5
#: Half the room of the date of issue, its middle's spread included.
_DATE_MM: Final = 8.8
_ISSUE_ROOM_MM: Final = 0.3


def place(match: Match, placed: fit.Fit) -> Placement:
    """Where every line, label and the portrait stand on the card.

    Parameters
    ----------
    match : Match
        The labels as they were found.
    placed : Fit
        The card as it was fitted to them.

    Returns
    -------
    Placement
    """
    layout, wrapped = match.layout, match.wrapped
    dx, dy = placed.block_mm
    found = _on_card(match, placed)
    baselines = _baselines(layout, wrapped, found, dy)
    pitch = baselines["berlaku_hingga"] - baselines["pekerjaan"]
    pitch /= 2.0
    lines: dict[str, tuple[Box, ...]] = {}
    for key, baseline in zip(("provinsi", "kabupaten_kota"), layout.header_baselines, strict=True):
        box, y = layout.header_box, baseline + placed.header_mm[1]
        top = y - layout.header_cap_height - _HEADER_ROOM_MM
        lines[key] = (Box(box.x0, top, box.x1, y + _HEADER_ROOM_MM),)
    nik, box = layout.nik_baseline + dy, layout.nik_box
    top = nik - layout.nik_digit_height - _NIK_ROOM_MM
    lines["nik"] = (Box(box.x0 + dx, top, box.x1 + dx, nik + _NIK_ROOM_MM),)
    room = 0.5 * (pitch - layout.cap_height)
    for row in ROW_LABELS:
        start, end = layout.value_x - _BEFORE_MM + dx, layout.value_end_x + dx
        if row == "jenis_kelamin":
            end = layout.blood_label_x[0] - _BEFORE_MM + dx
        first = baselines[row]
        lines[row] = tuple(
            Box(start, y - layout.cap_height - room, end, y + room)
            for y in (first + k * pitch for k in range(1 + wrapped.count(row)))
        )
    sex, box = lines["jenis_kelamin"][0], layout.blood_box
    start = layout.blood_value_x - _BEFORE_MM + dx
    lines["golongan_darah"] = (Box(start, sex.y0, box.x1 + dx, sex.y1),)
    # A place's name may be wider than the portrait, a date never is.
    middle = layout.issue_centre_x
    spans = ((layout.issue_box.x0, layout.issue_box.x1), (middle - _DATE_MM, middle + _DATE_MM))
    for key, y, (left, right) in zip(
        ("tempat_terbit", "tanggal_terbit"), layout.issue_baselines, spans, strict=True
    ):
        top = y - layout.issue_cap_height - _ISSUE_ROOM_MM
        lines[key] = (Box(left, top, right, y + _ISSUE_ROOM_MM),)
    return Placement(
        layout=layout.name,
        shift_mm=(dx, dy),
        lines={key: lines[key] for key in LINES},
        labels=_labels(match, placed, found),
        portrait=layout.portrait.shifted(*placed.portrait_mm),
        agreement={key: one.correlation for key, one in match.labels.items()},
    )


def _on_card(match: Match, placed: fit.Fit) -> dict[str, tuple[float, float]]:
    """Left edge and baseline of every label that was heard, on the card."""
    keys = [key for key, one in match.labels.items() if one.correlation >= HEARD]
    if not keys:
        return {}
    to_card = np.asarray(np.linalg.inv(placed.correction), np.float64)
    seen: Float32 = transform(to_card, [(match.labels[k].x, match.labels[k].y) for k in keys])
    return {key: (float(x), float(y)) for key, (x, y) in zip(keys, seen, strict=True)}


def _baselines(
    layout: Layout,
    wrapped: tuple[str, ...],
    found: dict[str, tuple[float, float]],
    shift: float,
) -> dict[str, float]:
    """Baseline of every row: the layout's, moved and spaced as the labels found are."""
    expected_y = {row: layout.row_baseline(row, wrapped) for row in ROW_LABELS}
    heard = [row for row in ROW_LABELS if row in found]
    middle = float(np.mean(list(expected_y.values())))
    offset, spread = shift, 0.0
    if len(heard) >= 3:
        steps = np.array([(expected_y[row] - middle) / layout.row_pitch for row in heard])
        off = np.array([found[row][1] - expected_y[row] - shift for row in heard])
        design = np.stack([np.ones_like(steps), steps], axis=1)
        prior = np.diag([0.0, (_BASELINE_SIGMA_MM / _PITCH_SIGMA_MM) ** 2])
        fitted = np.zeros(2)
        for _ in range(5):
            weight = 1.0 / (1.0 + ((off - design @ fitted) / (2 * _BASELINE_SIGMA_MM)) ** 2)
            weighted = design * weight[:, None]
            fitted = np.linalg.solve(weighted.T @ design + prior, weighted.T @ off)
        offset, spread = shift + float(fitted[0]), float(fitted[1]) / layout.row_pitch
    return {row: y + offset + spread * (y - middle) for row, y in expected_y.items()}


def _labels(match: Match, placed: fit.Fit, found: dict[str, tuple[float, float]]) -> dict[str, Box]:
    """Every label's box: where it was found, or where it must be."""
    dx, dy = placed.block_mm
    boxes: dict[str, Box] = {}
    for key, (x, y, cap) in expected(match.layout, match.wrapped).items():
        if key == "provinsi" and key not in found:
            continue
        ink = word(key, match.face.weight, cap, match.face.stretch, PX_PER_MM).ink
        left, baseline = found.get(key, (x + dx, y + dy))
        boxes[key] = Box(left, baseline - cap, left + ink.shape[1] / PX_PER_MM, baseline)
    return boxes
