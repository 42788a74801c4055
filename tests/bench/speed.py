"""The speed benchmark: ``python -m tests.bench.speed [--n 20] [--write]``.

CPU time on one thread, photo by photo, ours and whole-photo RapidOCR in turn in the same run on
the same drawn captures of 12 megapixels: the ratio holds on any machine, the milliseconds on this.
"""

from __future__ import annotations

import argparse
import io
import subprocess
import sys
import time
from collections import defaultdict

import numpy as np
from PIL import Image

from tests.bench.history import add

SIZE_PX = (4000, 3000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=20, help="photos (default 20)")
    parser.add_argument("--write", action="store_true", help="add the figures to the history")
    options = parser.parse_args()

    start_up = [_start_up() for _ in range(3)]
    import cv2

    from ktpcheck import Checker, load_photo

    cv2.setNumThreads(1)
    checker = Checker()
    stages: dict[str, list[float]] = defaultdict(list)
    photos = []
    for index in range(options.n):
        encoded = _photo(index)
        photos.append(encoded)
        start = time.process_time()
        photo = load_photo(encoded, name=f"{index}.jpg")
        decoded = time.process_time()
        report = checker(photo)
        end = time.process_time()
        if index == 0:
            continue  # the first photo warms the caches
        stages["decode"].append(1000 * (decoded - start))
        stages["check"].append(1000 * (end - decoded))
        stages["total"].append(1000 * (end - start))
        for name, value in report.elapsed_ms.items():
            if name != "total":
                stages[f"wall {name}"].append(value)
    peak_mb = _peak_mb(photos[0])

    from tests.bench.baseline import Baseline

    baseline = Baseline()
    for index, encoded in enumerate(photos):
        start = time.process_time()
        pixels = np.asarray(Image.open(io.BytesIO(encoded)).convert("RGB"))
        baseline(pixels)
        if index:
            stages["baseline"].append(1000 * (time.process_time() - start))
    ratios = np.array(stages["baseline"]) / np.array(stages["total"])
    figures = {
        f"{name}_ms": [float(np.percentile(values, q)) for q in (50, 95)]
        for name, values in stages.items()
    }
    figures["ratio_to_baseline"] = [float(np.percentile(ratios, q)) for q in (50, 5, 95)]
    figures["start_up_cpu_ms"] = [float(np.median(start_up))]
    figures["peak_rss_mb"] = [peak_mb]
    for name, values in figures.items():
        print(f"{name:24} " + " ".join(f"{value:8.1f}" for value in values))
    if options.write:
        add("speed", figures, n=options.n, megapixels=12)


def _photo(index: int) -> bytes:
    from ktpcheck.synth import make_capture

    capture = make_capture(20_000 + index, "test", size_px=SIZE_PX)
    held = io.BytesIO()
    Image.fromarray(capture.pixels).save(held, "JPEG", quality=92)
    return held.getvalue()


def _peak_mb(encoded: bytes) -> float:
    """Most memory a process of its own holds while it checks one photo (Linux)."""
    code = (
        "import sys; from ktpcheck import Checker, load_photo; "
        "Checker()(load_photo(sys.stdin.buffer.read(), name='a.jpg')); "
        # Not getrusage: its peak is inherited from the parent over fork and exec.
        "print([row.split()[1] for row in open('/proc/self/status') if 'VmHWM' in row][0])"
    )
    done = subprocess.run([sys.executable, "-c", code], input=encoded, stdout=-1, check=True)
    return float(done.stdout) / 1024


def _start_up() -> float:
    """CPU ms of a fresh interpreter up to a checker that is ready."""
    code = (
        "import time; from ktpcheck import Checker, load_photo; Checker(); "
        "print(time.process_time())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return 1000 * float(done.stdout)


if __name__ == "__main__":
    main()
