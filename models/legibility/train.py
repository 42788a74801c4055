"""Train the legibility model: ``python models/legibility/train.py [--captures N] [--workers N]``.

Drawn specimens only. Weights are fitted on the simulator's train split; limits are set on
validation, and ``eval.json`` holds the figures there: other seeds, fonts, grounds and portraits
than the weights have seen. Test is not asked for here: ``tests.bench.accuracy`` judges on it.
Every weight is held to its sign (more doubt never raises legibility), so that the model stays
inspectable and does not learn a quirk of the simulator.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ktpcheck.consistency import check_consistency
from ktpcheck.defects import find_defects
from ktpcheck.engines.card import CardReader
from ktpcheck.engines.ppocr import PpOcr
from ktpcheck.geometry import jaccard
from ktpcheck.legibility import KINDS, STRICTNESS, ruled_out, signs_of
from ktpcheck.measures import FaultNetwork, measure
from ktpcheck.outline import CardFinder
from ktpcheck.read import Readers, read
from ktpcheck.records import NoCard, Photo
from ktpcheck.rectify import rectify
from ktpcheck.register import find_outline
from ktpcheck.synth import DEFECTS, SCENES, make_capture
from ktpcheck.weights import enter_in_manifest

HERE = Path(__file__).parent
REFERENCE = date(2026, 11, 20)
#: Of the fields called readable, at most this share may be wrong on validation, by kind.
WRONG_AMONG_READABLE = {
    "low": {"nik": 0.005, "digits": 0.012, "closed": 0.012, "free": 0.03},
    "normal": {"nik": 0.001, "digits": 0.004, "closed": 0.004, "free": 0.008},
    "high": {"nik": 0.001, "digits": 0.001, "closed": 0.001, "free": 0.002},
}
#: Features that speak for a reading; all others speak against it.
GOOD = frozenset({"confirmed", "seconded"})
#: Outlines that overlap less are not of one card.
SAME_CARD = 0.5
SIZES = ((1600, 1200), (2400, 1800), (1200, 1600), (1800, 2400))
RIDGE = 2e-3
STEPS = 6000


@cache
def finder() -> CardFinder:
    return CardFinder()


@cache
def readers() -> Readers:
    cv2.setNumThreads(1)
    return Readers(CardReader(), PpOcr())


@cache
def network() -> FaultNetwork:
    """Loaded once a process."""
    return FaultNetwork()


def canonical(key: str, text: str) -> str:
    """What a verifier compares: without case and spaces; an address also without full stops."""
    tight = "".join(text.upper().split())
    return tight.replace(".", "").replace(",", "") if key == "alamat" else tight


def rows_of(task: tuple[str, int]) -> list[dict[str, Any]]:
    """The features and the truth of every field of one capture."""
    split, index = task
    rng = np.random.default_rng([index, 4242])
    defects = {}
    for name in rng.choice(sorted(DEFECTS), size=int(rng.integers(0, 3)), replace=False):
        defects[str(name)] = float(rng.uniform(0.15, 0.95))
    scene = str(rng.choice(sorted(SCENES))) if rng.random() < 0.4 else "desk"
    size = SIZES[int(rng.integers(len(SIZES)))]
    capture = make_capture(50_000 + index, split, scene=scene, defects=defects, size_px=size)
    photo = Photo(capture.pixels, str(index), None, "", "PNG")
    found = find_outline(photo, finder())
    if isinstance(found, NoCard):
        return []
    if jaccard(found[0].corners_px, capture.outline.corners_px) < SAME_CARD:
        return []  # another card on the table: the truth does not tell of it
    card = rectify(photo, *found)
    readings = read(card, readers())
    regions = {key: reading.boxes for key, reading in readings.items() if reading.boxes}
    measures = measure(photo, card, regions, network()(card, regions))
    findings = find_defects(card, measures, readings)
    values = {key: reading.text for key, reading in readings.items() if reading.text}
    checks = check_consistency(values, reference=REFERENCE)
    known = signs_of(readings, measures, findings, checks, found[0].trust)
    return [
        {
            "capture": index,
            "key": key,
            "kind": KINDS[key],
            "right": canonical(key, readings[key].text) == canonical(key, capture.fields[key]),
            "features": values,
        }
        for key, values in known.items()
    ]


def fit(x: np.ndarray, y: np.ndarray, signs: np.ndarray) -> tuple[np.ndarray, float]:
    """Logistic regression by projected gradient: no weight against its sign, ridge on all."""
    mean, scale = x.mean(axis=0), x.std(axis=0) + 1e-6
    z = (x - mean) / scale
    weights, bias = np.zeros(x.shape[1]), float(np.log((y.mean() + 1e-3) / (1 - y.mean() + 1e-3)))
    momentum_w, momentum_b = np.zeros_like(weights), 0.0
    for step in range(STEPS):
        p = 1 / (1 + np.exp(-np.clip(z @ weights + bias, -30, 30)))
        gradient = z.T @ (p - y) / len(y) + RIDGE * weights
        momentum_w = 0.9 * momentum_w + gradient
        momentum_b = 0.9 * momentum_b + float((p - y).mean())
        rate = 0.3 / (1 + step / 2000)
        weights = weights - rate * momentum_w
        bias -= rate * momentum_b
        wrong = weights * signs < 0
        weights[wrong], momentum_w[wrong] = 0.0, 0.0
    native = weights / scale
    return native, bias - float(native @ mean)


def limit_for(p: np.ndarray, right: np.ndarray, allowed: float) -> float:
    """The least probability from which at most the allowed share of readings is wrong."""
    order = np.argsort(-p)
    wrong = np.cumsum(~right[order])
    # One wrong reading more than seen: few samples must not buy a low limit.
    share = (wrong + 1) / np.arange(1, len(p) + 1)
    held = np.flatnonzero(share <= allowed)
    if not len(held):
        # Too few readings to show the rate: stay above every wrong one that was seen.
        worst = p[~right].max() if (~right).any() else 0.0
        return float(np.clip(worst + 1e-3, 0.95, 0.999))
    return float(p[order[held[-1]]])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--captures", type=int, default=700, help="train captures (default 700)")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--cache", type=Path, help="keep the features here, and reuse them")
    options = parser.parse_args()
    counts = {
        "train": options.captures,
        "validation": round(options.captures * 0.8),
    }
    if options.cache and options.cache.exists():
        data = json.loads(options.cache.read_text())
    else:
        with ProcessPoolExecutor(options.workers) as pool:
            data = {
                split: [
                    row
                    for rows in pool.map(rows_of, [(split, i) for i in range(n)], chunksize=2)
                    for row in rows
                ]
                for split, n in counts.items()
            }
        if options.cache:
            options.cache.write_text(json.dumps(data))
    names = list(data["train"][0]["features"])
    signs = np.array([1.0 if name in GOOD else -1.0 for name in names])

    def table(split: str, kind: str | None = None) -> tuple[np.ndarray, np.ndarray]:
        rows = [row for row in data[split] if kind is None or row["kind"] == kind]
        x = np.array([[row["features"][name] for name in names] for row in rows])
        return x, np.array([row["right"] for row in rows], bool)

    weights, report = {}, {}
    limits: dict[str, dict[str, float]] = {name: {} for name in STRICTNESS}
    for kind in sorted(set(KINDS.values())):
        x, y = table("train", kind)
        native, bias = fit(x, y.astype(float), signs)
        weights[kind] = {"bias": bias, **dict(zip(names, native.tolist(), strict=True))}

        def predict(split: str, kind: str = kind) -> tuple[np.ndarray, np.ndarray]:
            x, y = table(split, kind)
            w = np.array([weights[kind][name] for name in names])
            return 1 / (1 + np.exp(-np.clip(x @ w + weights[kind]["bias"], -30, 30))), y

        p, right = predict("validation")
        free = np.array(
            [
                not ruled_out(kind, row["features"])
                for row in data["validation"]
                if row["kind"] == kind
            ]
        )
        report[kind] = {}
        limit = 0.0
        for name in STRICTNESS:
            allowed = WRONG_AMONG_READABLE[name][kind]
            # A rate that cannot be shown must not buy a lower limit than one that can.
            limit = max(limit, limit_for(p[free], right[free], allowed))
            limits[name][kind] = round(limit, 4)
            report[kind][name] = evaluate(p, right, free, limit, allowed)
    rounded = {k: {n: round(v, 5) for n, v in row.items()} for k, row in weights.items()}
    model = {"weights": rounded, "limits": limits}
    (HERE / "model.json").write_text(json.dumps(model, indent=1) + "\n")
    enter_in_manifest("legibility", HERE / "model.json")
    entry = {"captures": counts, "validation": report}
    (HERE / "eval.json").write_text(json.dumps(entry, indent=1, allow_nan=False) + "\n")
    print(json.dumps(entry, indent=1))


def evaluate(
    p: np.ndarray, right: np.ndarray, free: np.ndarray, limit: float, allowed: float
) -> dict[str, Any]:
    """Figures on readings the weights were not fitted to; the limit was set on them.

    ``free`` says which readings no rule keeps from being called readable.
    """
    said = (p >= limit) & free
    return {
        "limit": round(limit, 4),
        "rate_shown": bool(len(p) * allowed >= 1),
        "readings": len(p),
        "right": float(right.mean()),
        "auroc": auroc(p, right) if 0 < right.sum() < len(right) else None,
        "readable_right": float(right[said].mean()) if said.any() else None,
        "coverage_of_right": float(said[right].mean()),
    }


def auroc(p: Sequence[float], right: np.ndarray) -> float:
    """Area under the ROC curve by ranks."""
    order = np.argsort(np.argsort(p)) + 1.0
    positives, negatives = int(right.sum()), int((~right).sum())
    if not positives or not negatives:
        return float("nan")
    area = order[right].sum() - positives * (positives + 1) / 2
    return float(area / (positives * negatives))


if __name__ == "__main__":
    main()
