"""Fit how likely an outline is right: ``python -m tests.bench.trust [--n 140] [--hard 170]``.

Captures of the validation split, as ``tests.bench.accuracy`` plans them, and others of which more
go wrong: of the former hardly any do. Prints the numbers of ``ktpcheck/register/trust.py``, and how
well they do on captures left out of the fit (five parts).
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor

import numpy as np

from ktpcheck.geometry import jaccard
from ktpcheck.outline import reduce_photo
from ktpcheck.register import registered
from ktpcheck.register.trust import FEATURES
from tests.bench.logistic import fit, left_out
from tests.bench.plan import Plan, plan
from tests.bench.proof import finder, hard_capture
from tests.bench.statistics import auroc, ece

RIGHT = 0.95


def row_of(item: Plan | int) -> tuple[list[float], bool] | None:
    """Features of the main card's outline, and whether it is right; None where none is proven.

    A number is that of a capture that is hard to prove.
    """
    capture = hard_capture(item) if isinstance(item, int) else item.make()
    reduced = reduce_photo(capture.pixels)
    for _, found in registered(reduced, finder(), most=1):
        for one in found:
            if one.proven:
                overlap = jaccard(one.outline.corners_px, capture.outline.corners_px)
                return one.told.tolist(), overlap >= RIGHT
    return None


def report(x: np.ndarray, y: np.ndarray) -> None:
    """Print the constants and how they do."""
    fitted = fit(x, y)
    for name, values in zip(("_MEANS", "_SCALES", "_WEIGHTS"), fitted[:3], strict=True):
        print(f"{name}: Final = ({', '.join(f'{value:.4g}' for value in values)})")
    print(f"_CONSTANT: Final = {fitted.constant:.4g}")
    said = sorted(left_out(x, y))
    chances, right = [chance for _, chance in said], y.astype(bool).tolist()
    print(
        f"{len(x)} outlines, right {y.mean():.3f}; left out: "
        f"AUROC {auroc(chances, right):.3f}, ECE {ece(chances, right):.3f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=140, help="as they are planned")
    parser.add_argument("--hard", type=int, default=170, help="hard ones")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    items: list[Plan | int] = [
        *(one for one in plan("validation", options.n) if one.group != "negative"),
        *range(options.hard),
    ]
    with ProcessPoolExecutor(options.workers) as pool:
        rows = [row for row in pool.map(row_of, items, chunksize=2) if row is not None]
    print(", ".join(FEATURES))
    report(np.array([told for told, _ in rows]), np.array([float(right) for _, right in rows]))


if __name__ == "__main__":
    main()
