"""How fast the simulator is: ``python -m tests.bench.synth [--n 12] [--lines 1500]``.

CPU time on one thread: whole captures of 12 megapixels a minute, line crops a second.
"""

from __future__ import annotations

import argparse
import itertools
import time

import cv2

from ktpcheck.synth import make_capture, make_lines
from tests.bench.plan import plan

SIZE_PX = (4000, 3000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=12, help="captures")
    parser.add_argument("--lines", type=int, default=1500, help="line crops")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    make_capture(0, "train", size_px=(800, 600))  # warms fonts and tables

    # The benchmark's own mixture of scenes and faults, all at 12 megapixels.
    wanted = (one for one in plan("train", 10 * options.n) if one.group != "negative")
    start = time.process_time()
    for one in itertools.islice(wanted, options.n):
        scene = one.kind if one.group == "pose" else "desk"
        defects = {one.kind: one.severity} if one.group.endswith("fault") else None
        make_capture(one.seed, "train", scene=scene, defects=defects, size_px=SIZE_PX)
    taken = time.process_time() - start
    print(f"captures of 12 megapixels a minute and core {60 * options.n / taken:8.1f}")

    start = time.process_time()
    count = sum(1 for _ in make_lines(1, "train", options.lines))
    print(f"line crops a second and core {count / (time.process_time() - start):23.1f}")


if __name__ == "__main__":
    main()
