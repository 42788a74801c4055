"""The accuracy benchmark: ``python -m tests.bench.accuracy [--split test] [--n 500] [--write]``.

Drawn specimens under simulated captures, split apart by seed, fonts, backgrounds and portraits;
never a real card. Every figure carries its 95 % bootstrap interval over captures. ``--write`` adds
the figures to ``history.jsonl``, which the README's table is generated from.
"""

from __future__ import annotations

import argparse
import json
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from rapidfuzz.distance import Levenshtein

from ktpcheck import Checker
from ktpcheck.defects import DEFECTS
from ktpcheck.engines.ppocr import PpOcr
from ktpcheck.geometry import jaccard, mm_to_photo, transform
from ktpcheck.read import Readers, read
from ktpcheck.records import Photo, Report
from ktpcheck.rectify import rectify
from ktpcheck.synth import SPLITS, Capture
from ktpcheck.synth.capture import SIMULATOR_VERSION
from tests.bench.figures import by_group, figures
from tests.bench.history import add
from tests.bench.plan import Plan, plan
from tests.bench.statistics import polygon_iou

#: The day ages are judged on: the figures must not depend on the day they are made.
REFERENCE = date(2026, 11, 20)
#: A field is truly readable when its ink is there and a general reader gets it from its true box.
VISIBLE_INK = 0.95
#: The baseline is slow: every so many captures.
BASELINE_EVERY = 4


def canonical(text: str) -> str:
    """Compared without case and spaces, which engines lose."""
    return "".join(text.upper().split())


@cache
def tools() -> tuple[Checker, PpOcr, Any]:
    """Loaded once a process."""
    import cv2

    from tests.bench.baseline import Baseline

    cv2.setNumThreads(1)
    general = PpOcr()
    return Checker(reference=REFERENCE, engine=general), general, Baseline()


def examine(item: Plan) -> dict[str, Any]:
    """Make one capture, check it, and compare with the truth. Only comparisons are kept."""
    checker, general, baseline = tools()
    capture = item.make()
    photo = Photo(capture.pixels, f"{item.index}", None, "", "PNG")
    start = time.process_time()
    report = checker(photo)
    row: dict[str, Any] = {
        **asdict(item),
        "cpu_ms": 1000 * (time.process_time() - start),
        "scene": getattr(capture, "scene", None),
        "verdict": report.decision.verdict,
        "action": report.decision.action,
        "found": report.outline is not None,
    }
    if item.group == "negative":
        row["reason"] = report.no_card.reason if report.no_card else None
        return row
    truth = capture.outline.corners_px
    row["jaccard"] = row["upright"] = 0.0
    if report.outline is not None:
        corners = report.outline.corners_px
        row["jaccard"] = jaccard(corners, truth)
        row["trust"] = report.outline.trust
        row["counted_right"] = report.outline.of == 1 + len(capture.others_px)
        size = float(np.linalg.norm(truth[0] - truth[2]))
        row["upright"] = float(np.linalg.norm(corners[0] - truth[0]) < size / 4)
        if capture.others_px:
            row["other"] = max(jaccard(corners, other) for other in capture.others_px)
    row |= portrait_overlap(report, capture)
    # The general reader alone: what ktpcheck's own marks as hidden must not excuse itself.
    reference = read(rectify(photo, capture.outline, capture.placement), Readers(general))
    row["fields"] = {}
    for key, value in capture.fields.items():
        want = canonical(value)
        reading = report.readings.get(key)
        judged = report.decision.fields.get(key)
        got = canonical(reading.text) if reading else ""
        visible = capture.visible_ink[key] >= VISIBLE_INK
        row["fields"][key] = {
            "exact": got == want,
            "edits": Levenshtein.distance(got, want),
            "length": len(want),
            "legibility": judged.legibility if judged else 0.0,
            "readable": bool(judged and judged.readable),
            "truly": visible and canonical(reference[key].text) == want,
            "visible": visible,
        }
    row["told"] = {found.id: (found.kind, found.severity) for found in report.findings}
    if report.no_card and report.no_card.reason in DEFECTS:
        # Told to the user as the one thing that is wrong.
        reason = report.no_card.reason
        row["told"][reason] = (DEFECTS[reason].kind, 1.0)
    row["true"] = {
        defect["id"]: (defect["kind"], defect["severity"], defect["regions"])
        for defect in capture.defects
    }
    if item.index % BASELINE_EVERY == 0:
        start = time.process_time()
        theirs = baseline(capture.pixels)
        row["baseline_cpu_ms"] = 1000 * (time.process_time() - start)
        row["baseline"] = {
            key: canonical(theirs.get(key, "")) == canonical(value)
            for key, value in capture.fields.items()
        }
    return row


def portrait_overlap(report: Report, capture: Capture) -> dict[str, float | None]:
    """Overlap in the photo of the printed frame and of the face with the true ones.

    None where the picture cuts the true one off: what is left of it is no fair target.
    """
    found = report.portrait
    frame = transform(
        mm_to_photo(capture.outline.corners_px), capture.placement.portrait.corners_mm
    )
    face = _corners(*capture.face_box_px)
    size = np.array(capture.pixels.shape[1::-1])
    overlaps: dict[str, float | None] = {}
    for name, truth, ours in (
        ("portrait_iou", frame, None if found is None else found.box_px),
        (
            "face_iou",
            face,
            None if found is None or found.face_px is None else _corners(*found.face_px),
        ),
    ):
        whole = bool((truth >= 0).all() and (truth <= size).all())
        overlaps[name] = (polygon_iou(truth, ours) if ours is not None else 0.0) if whole else None
    return overlaps


def _corners(x: float, y: float, width: float, height: float) -> np.ndarray:
    return np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]], np.float32)


def show(result: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    """Print everything: tables by what was asked for, by scene, by severity, by defect."""
    tables = {"asked for": by_group(rows)} | {
        name: result[f"by_{name}"] for name in ("scene", "severity", "defect")
    }
    for title, table in tables.items():
        columns: list[str] = list(next(iter(table.values()), {}))
        print(f"\n{title:34} " + " ".join(f"{name.split('_', 1)[-1]:>9}" for name in columns))
        for name, row in table.items():
            print(f"{name:34} " + " ".join(f"{_cell(value):>9}" for value in row.values()))
    print()
    for name, value in result.items():
        if not isinstance(value, dict):
            print(f"{name:32} " + " ".join(f"{number:.4f}" for number in value))


def _cell(value: Any) -> str:
    """One cell: a count, a rate, a rate of how many, or nothing."""
    if value is None:
        return "-"
    if isinstance(value, list):
        return f"{value[0]:.2f}/{value[1]}"
    return str(value) if isinstance(value, int) else f"{value:.3f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--split", default="test", choices=tuple(SPLITS))
    parser.add_argument("--n", type=int, default=500, help="captures (default 500)")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rows", type=Path, help="keep every row here, one JSON object a line")
    parser.add_argument("--write", action="store_true", help="add the figures to the history")
    options = parser.parse_args()
    start = time.perf_counter()
    with ProcessPoolExecutor(options.workers) as pool:
        rows = list(pool.map(examine, plan(options.split, options.n), chunksize=2))
    if options.rows:
        options.rows.write_text("".join(json.dumps(row) + "\n" for row in rows))
    result = figures(rows)
    show(result, rows)
    minutes = (time.perf_counter() - start) / 60
    print(f"{options.n} captures of {options.split} in {minutes:.1f} minutes")
    if options.write:
        add("accuracy", result, split=options.split, n=options.n, simulator=SIMULATOR_VERSION)


if __name__ == "__main__":
    main()
