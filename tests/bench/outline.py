"""How well the outline is found on simulated captures, and whether anything else is taken for one.

    python tests/bench/outline.py [--split test] [--seeds 0:12] [--scenes desk,hand,...]
                                  [--negatives 0:20] [--failures DIR]

Captures are the simulator's ordinary, moderately difficult ones (``defects=None``), one a scene
and seed. A card not found counts Jaccard 0. CPU is process time on one thread, decoding excluded.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from ktpcheck.geometry import jaccard
from ktpcheck.layout import WRAPPING_ROWS
from ktpcheck.outline import CardFinder
from ktpcheck.records import NoCard, Outline, Photo, Placement
from ktpcheck.register import find_outline
from ktpcheck.synth import NEGATIVES, make_capture, make_negative

SCENES = ("desk", "hand", "rotated", "steep", "full", "scan", "cut", "tiny")


def seeds(text: str) -> range:
    start, stop = text.split(":")
    return range(int(start), int(stop))


@cache
def finder() -> CardFinder:
    return CardFinder()


def timed(pixels: np.ndarray) -> tuple[tuple[Outline, Placement] | NoCard, float]:
    started = time.process_time()
    found = find_outline(Photo(pixels, "bench", None, "", "PNG"), finder())
    return found, (time.process_time() - started) * 1e3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--split", default="test")
    parser.add_argument("--seeds", type=seeds, default=range(12))
    parser.add_argument("--scenes", default=",".join(SCENES))
    parser.add_argument("--negatives", type=seeds, default=range(20))
    parser.add_argument("--size", help="WxH, the simulator's mix when absent")
    parser.add_argument("--failures", type=Path, help="folder for pictures of what went wrong")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    size = tuple(int(v) for v in options.size.split("x")) if options.size else None
    scores = defaultdict(list)
    milliseconds = defaultdict(list)
    turned = layouts = wraps = states = found_count = 0
    baseline_errors, shift_errors, failures = [], [], []
    for scene in options.scenes.split(","):
        for seed in options.seeds:
            capture = make_capture(seed, options.split, scene=scene, size_px=size)
            found, spent = timed(capture.pixels)
            megapixels = round(capture.pixels.shape[0] * capture.pixels.shape[1] / 1e6)
            milliseconds[megapixels].append(spent)
            value = 0.0
            if not isinstance(found, NoCard):
                outline, placement = found
                truth = capture.outline.corners_px
                value = jaccard(outline.corners_px, truth)
                found_count += 1
                off = [
                    float(np.linalg.norm(np.roll(outline.corners_px, -k, axis=0) - truth))
                    for k in range(4)
                ]
                turned += int(np.argmin(off)) != 0
                layouts += placement.layout == capture.placement.layout
                wraps += all(
                    len(placement.lines[row]) == len(capture.placement.lines[row])
                    for row in WRAPPING_ROWS
                )
                states += dict(outline.sides) == dict(capture.outline.sides)
                shift_errors.append(
                    np.abs(np.subtract(placement.shift_mm, capture.placement.shift_mm))
                )
                baseline_errors += [
                    abs(box.y1 - placement.labels[key].y1)
                    for key, box in capture.placement.labels.items()
                    if key in placement.labels
                ]
            scores[scene].append(value)
            if value < 0.95:
                reason = found.reason if isinstance(found, NoCard) else "found"
                failures.append((scene, seed, value, reason))
                if options.failures:
                    options.failures.mkdir(parents=True, exist_ok=True)
                    picture = np.ascontiguousarray(capture.pixels[..., ::-1])
                    if not isinstance(found, NoCard):
                        corners = np.round(found[0].corners_px).astype(np.int32)
                        cv2.polylines(picture, [corners], True, (0, 0, 255), 4)
                    cv2.imwrite(str(options.failures / f"{scene}-{seed}.jpg"), picture)
    for scene, values in [
        *scores.items(),
        ("all", [one for several in scores.values() for one in several]),
    ]:
        each = np.array(values)
        print(
            f"{scene:8} n {len(each):4}  Jaccard {each.mean():.4f}"
            f"  >=.95 {np.mean(each >= 0.95):.3f}  >=.98 {np.mean(each >= 0.98):.3f}"
        )
    count = max(found_count, 1)
    print(
        f"found {found_count}: orientation wrong {turned}, layout right {layouts / count:.3f}, "
        f"wrapping right {wraps / count:.3f}, sides' states right {states / count:.3f}"
    )
    if baseline_errors:
        print(
            f"label baselines off {np.mean(baseline_errors):.3f} mm (95 %: "
            f"{np.percentile(baseline_errors, 95):.3f}), shift off "
            f"{np.mean(shift_errors, axis=0).round(3).tolist()} mm"
        )
    for megapixels, values in sorted(milliseconds.items()):
        print(f"{megapixels:3} MP  CPU ms mean {np.mean(values):.0f}  max {np.max(values):.0f}")
    for failure in failures:
        print("failure", *failure)
    reasons: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    spent_on_none = []
    accepted = total = 0
    for kind in NEGATIVES:
        for seed in options.negatives:
            negative = make_negative(seed, options.split, kind)
            found, spent = timed(negative.pixels)
            spent_on_none.append(spent)
            total += 1
            if isinstance(found, NoCard):
                reasons[kind][found.reason] += 1
            else:
                accepted += 1
                print("ACCEPTED", kind, seed, f"{found[0].score:.3f}")
    print(f"negatives {total}, called an e-KTP {accepted}")
    for kind, counted in reasons.items():
        print(f"  {kind:14}", dict(counted))
    if spent_on_none:
        print(f"  CPU ms mean {np.mean(spent_on_none):.0f}  max {np.max(spent_on_none):.0f}")


if __name__ == "__main__":
    main()
