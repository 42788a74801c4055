"""The accuracy benchmark: ``python -m tests.bench.accuracy [--split test] [--n 500] [--write]``.

Drawn specimens under simulated captures, split apart by seed, fonts, backgrounds and portraits;
never a real card. Every figure carries its 95 % bootstrap interval over captures. ``--write`` adds
the figures to ``history.jsonl``, which the README's table is generated from.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from rapidfuzz.distance import Levenshtein

from ktpcheck import Checker
from ktpcheck.geometry import jaccard
from ktpcheck.read import read
from ktpcheck.records import Photo
from ktpcheck.rectify import rectify
from tests.bench.history import add
from tests.bench.plan import Plan, plan
from tests.bench.statistics import auroc, ece, interval

#: The day ages are judged on: the figures must not depend on the day they are made.
REFERENCE = date(2026, 11, 20)
#: A field is truly readable when its ink is there and the reader gets it from its true box.
VISIBLE_INK = 0.95
#: Defects below this are not expected to be reported; above it they are.
TOLD_FROM = 0.5
#: The baseline is slow: every so many captures.
BASELINE_EVERY = 4


def canonical(text: str) -> str:
    """Compared without case and spaces, which engines lose."""
    return "".join(text.upper().split())


@cache
def tools() -> tuple[Checker, Any]:
    """Loaded once a process."""
    import cv2

    from tests.bench.baseline import Baseline

    cv2.setNumThreads(1)
    return Checker(reference=REFERENCE), Baseline()


def examine(item: Plan) -> dict[str, Any]:
    """Make one capture, check it, and compare with the truth. Only comparisons are kept."""
    checker, baseline = tools()
    capture = item.make()
    photo = Photo(capture.pixels, f"{item.index}", None, "", "PNG")
    start = time.process_time()
    report = checker(photo)
    row: dict[str, Any] = {
        **asdict(item),
        "cpu_ms": 1000 * (time.process_time() - start),
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
        size = float(np.linalg.norm(truth[0] - truth[2]))
        row["upright"] = float(np.linalg.norm(corners[0] - truth[0]) < size / 4)
    reference = read(rectify(photo, capture.outline, capture.placement), checker._engine)
    row["fields"] = {}
    for key, value in capture.fields.items():
        want = canonical(value)
        reading = report.readings.get(key)
        judged = report.decision.fields.get(key)
        got = canonical(reading.text) if reading else ""
        row["fields"][key] = {
            "exact": got == want,
            "edits": Levenshtein.distance(got, want),
            "length": len(want),
            "legibility": judged.legibility if judged else 0.0,
            "readable": bool(judged and judged.readable),
            "truly": capture.visible_ink[key] >= VISIBLE_INK
            and canonical(reference[key].text) == want,
        }
    row["told"] = {found.id: found.kind for found in report.findings if found.severity >= TOLD_FROM}
    row["true"] = {defect["id"]: (defect["kind"], defect["severity"]) for defect in capture.defects}
    if item.index % BASELINE_EVERY == 0:
        start = time.process_time()
        theirs = baseline(capture.pixels)
        row["baseline_cpu_ms"] = 1000 * (time.process_time() - start)
        row["baseline"] = {
            key: canonical(theirs.get(key, "")) == canonical(value)
            for key, value in capture.fields.items()
        }
    return row


def figures(rows: list[Mapping[str, Any]]) -> dict[str, Any]:
    """All figures of merit from the rows of a run; each is [value, low, high]."""
    cards = [row for row in rows if row["group"] != "negative"]
    negatives = [row for row in rows if row["group"] == "negative"]
    fields = [list(row["fields"].values()) for row in cards]

    def over(groups: list[list[Mapping[str, Any]]], name: str) -> tuple[float, float, float]:
        return interval([[field[name] for field in group] for group in groups])

    def only(name: str) -> list[list[Mapping[str, Any]]]:
        return [[field for field in group if field[name]] for group in fields]

    overlaps = [row["jaccard"] for row in cards]
    found = [[row["upright"]] for row in cards if row["found"]]
    clean = [list(row["fields"].values()) for row in cards if row["group"] == "clean"]
    result: dict[str, Any] = {
        "outline_jaccard_mean": interval([[value] for value in overlaps]),
        "outline_jaccard_ge_95": interval([[value >= 0.95] for value in overlaps]),
        "outline_jaccard_ge_98": interval([[value >= 0.98] for value in overlaps]),
        "card_missed": interval([[not row["found"]] for row in cards]),
        "orientation_right": interval(found),
        "negatives_called_card": interval([[row["found"]] for row in negatives]),
        "clean_fields_exact": over(clean, "exact"),
        "clean_nik_exact": interval(
            [[row["fields"]["nik"]["exact"]] for row in cards if row["group"] == "clean"]
        ),
        "fields_exact": over(fields, "exact"),
        "truly_readable_exact": over(only("truly"), "exact"),
        "readable_right": over(only("readable"), "exact"),
        "readable_coverage": over(only("truly"), "readable"),
    }
    edits = sum(field["edits"] for group in fields for field in group)
    result["cer"] = [edits / sum(field["length"] for group in fields for field in group)]
    scores = [field["legibility"] for group in fields for field in group]
    right = [field["exact"] for group in fields for field in group]
    result["legibility_auroc"] = [auroc(scores, right)]
    result["legibility_ece"] = [ece(scores, right)]
    niks = [row["fields"]["nik"] for row in cards]
    called = [[nik["exact"]] for nik in niks if nik["readable"]]
    result["readable_nik_right"] = interval(called)
    wrong = [nik for row, nik in zip(cards, niks, strict=True) if row["kind"] == "glare@nik"]
    result["glare_nik_wrong_but_readable"] = [
        sum(nik["readable"] and not nik["exact"] for nik in wrong)
    ]
    result |= _defects(cards)
    both = [row for row in cards if "baseline" in row]
    result["baseline_fields_exact"] = interval(
        [[bool(hit) for hit in row["baseline"].values()] for row in both]
    )
    result["ours_on_the_same"] = interval(
        [[field["exact"] for field in row["fields"].values()] for row in both]
    )
    return result


def _defects(cards: list[Mapping[str, Any]]) -> dict[str, Any]:
    """How well defects are told, and their kind, over the captures with one defect."""
    told, kinds, stray = defaultdict(list), [], []
    for row in cards:
        if row["group"] == "clean":
            stray.append([bool(row["told"])])
            continue
        for name, (kind, severity) in row["true"].items():
            if severity >= TOLD_FROM and row["group"].endswith("fault"):
                told[name].append(name in row["told"])
                if row["told"]:
                    kinds.append([kind in row["told"].values()])
    hits = [[hit] for name in told for hit in told[name]]
    return {
        "defect_recall": interval(hits),
        "defect_kind_right": interval(kinds),
        "clean_false_alarm": interval(stray),
        "defect_recall_by_id": {
            name: [float(np.mean(hits)), len(hits)] for name, hits in sorted(told.items())
        },
    }


def by_group(rows: list[Mapping[str, Any]]) -> list[tuple[str, int, float, float, float, float]]:
    """Per scene or defect: captures, Jaccard, exact, readable and right, coverage."""
    grouped = defaultdict(list)
    for row in rows:
        if row["group"] != "negative":
            grouped[f"{row['group']}/{row['kind']}"].append(row)
    table = []
    for name, members in sorted(grouped.items()):
        fields = [field for row in members for field in row["fields"].values()]
        said = [field["exact"] for field in fields if field["readable"]]
        truly = [field["readable"] for field in fields if field["truly"]]
        table.append(
            (
                name,
                len(members),
                float(np.mean([row["jaccard"] for row in members])),
                float(np.mean([field["exact"] for field in fields])),
                float(np.mean(said)) if said else float("nan"),
                float(np.mean(truly)) if truly else float("nan"),
            )
        )
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--split", default="test", choices=("train", "validation", "test"))
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
    print(f"{'group':34} {'n':>4} {'jaccard':>8} {'exact':>7} {'right':>7} {'cover':>7}")
    for name, count, *values in by_group(rows):
        print(f"{name:34} {count:4d} " + " ".join(f"{value:7.3f}" for value in values))
    for name, value in result.items():
        if isinstance(value, dict):
            for key, (rate, count) in value.items():
                print(f"  {name} {key:24} {rate:.2f} of {count}")
        else:
            print(f"{name:32} " + " ".join(f"{number:.4f}" for number in value))
    minutes = (time.perf_counter() - start) / 60
    print(f"{options.n} captures of {options.split} in {minutes:.1f} minutes")
    if options.write:
        add("accuracy", result, split=options.split, n=options.n)


if __name__ == "__main__":
    main()
