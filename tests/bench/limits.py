"""What the limits of ``ktpcheck/defects.py`` come from: ``python -m tests.bench.limits [--n 500]``.

Validation captures through the whole pipeline: outline as found, boxes as read. For every row, the
worst value of its measure in the regions it looks at: of captures with the fault, with a little of
it, and without; what else a row takes for granted is left out, since that is what the values of the
third kind are to suggest. Then how well the rows as they stand do, as ``tests.bench.accuracy``
counts it.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ktpcheck import Checker
from ktpcheck.defects import DEFECTS, SUFFERS, DefectRow
from ktpcheck.records import Photo
from ktpcheck.synth import make_capture
from tests.bench.figures import EXPECTED_FROM, PRESENT_FROM, SCRATCHES
from tests.bench.plan import CAPTURE_FAULTS, CARD_FAULTS, POSES, SEVERITIES

#: Captures by what they show. No other card is in the picture, and none is tiny in it.
_GROUPS = {
    "clean": (0.30, ("desk",)),
    "pose": (0.14, tuple(set(POSES) - {"several", "clutter", "tiny"})),
    "capture_fault": (0.26, CAPTURE_FAULTS),
    "card_fault": (0.30, CARD_FAULTS),
}
_FIRST_SEED = 80_000


@dataclass(frozen=True)
class Seen:
    """One capture: what was asked for, what is true, what was told, what was measured."""

    seed: int
    group: str
    kind: str
    true: Mapping[str, tuple[float, bool]]
    told: frozenset[str]
    measures: Mapping[str, Mapping[str, float]]

    def severity(self, id: str) -> float:
        """The worst true severity of a fault of this name; scratches are one."""
        same = SCRATCHES if id in SCRATCHES else (id,)
        return max((self.true[name][0] for name in same if name in self.true), default=0.0)

    def value(self, row: DefectRow) -> float:
        """The worst value of a row's measure, in the regions it looks at."""
        ramp = next(iter(row.ramps.values()))
        sign = 1 if ramp.full > ramp.limit else -1
        where = {
            key for scope in row.ramps for key in (row.fields if scope == "fields" else [scope])
        }
        held = [sign * self.measures[row.measure].get(key, np.nan) for key in where]
        return sign * float(np.nanmax([*held, -np.inf]))


def look(index: int, checker: Checker) -> Seen | None:
    """Draw and check one capture; None where no card was found."""
    rng = np.random.default_rng([index, 992])
    shares = [share for share, _ in _GROUPS.values()]
    group = str(rng.choice(list(_GROUPS), p=shares))
    kind = str(rng.choice(sorted(_GROUPS[group][1])))
    severity = float(rng.choice(SEVERITIES))
    seed = _FIRST_SEED + index
    capture = make_capture(
        seed,
        "validation",
        scene=kind if group == "pose" else "desk",
        defects={kind: severity} if group.endswith("fault") else None,
    )
    report = checker(Photo(capture.pixels, f"{seed}", None, "", "PNG"))
    if report.card is None:
        return None
    return Seen(
        seed,
        group,
        kind,
        {one["id"]: (float(one["severity"]), bool(one["regions"])) for one in capture.defects},
        frozenset(one.id for one in report.findings if one.severity >= SUFFERS),
        {name: measure.regions for name, measure in report.measures.items()},
    )


def values(row: DefectRow, seen: Sequence[Seen]) -> str:
    """The values of a row's measure that lie nearest to its limit, from either side."""
    expected = EXPECTED_FROM["defect_recall_35"]
    sign = 1 if next(iter(row.ramps.values())).full > next(iter(row.ramps.values())).limit else -1
    kinds: dict[str, list[float]] = {"with": [], "a little": [], "without": []}
    for one in seen:
        much = one.severity(row.id)
        name = "with" if much >= expected else "a little" if much >= PRESENT_FROM else "without"
        if np.isfinite(value := one.value(row)):
            kinds[name].append(sign * value)
    lines = [f"{row.id}: {row.measure}, limit {[ramp.limit for ramp in row.ramps.values()]}"]
    for name, held in kinds.items():
        near = np.sort(held)[:8] if name == "with" else np.sort(held)[-8:]
        lines.append(f"  {name:9} {len(held):4}  {np.round(sign * near, 3).tolist()}")
    return "\n".join(lines)


def summary(seen: Sequence[Seen]) -> str:
    """Recall, precision and false alarms of the rows as they stand."""
    expected = EXPECTED_FROM["defect_recall_35"]
    asked = [
        name in one.told
        for one in seen
        for name, (severity, touched) in one.true.items()
        if severity >= expected and touched
    ]
    right = [one.severity(name) >= PRESENT_FROM for one in seen for name in one.told]
    clean = [bool(one.told) for one in seen if one.group == "clean"]
    return (
        f"{len(seen)} captures: told {sum(asked)}/{len(asked)} = {np.mean(asked):.3f}; "
        f"rightly {sum(right)}/{len(right)} = {np.mean(right):.3f}; "
        f"clean ones with an alarm {sum(clean)}/{len(clean)} = {np.mean(clean):.3f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=500, help="captures")
    parser.add_argument("--from", dest="first", type=int, default=0, help="first capture")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    checker = Checker()
    numbers = range(options.first, options.first + options.n)
    seen = [one for index in numbers if (one := look(index, checker)) is not None]
    for row in DEFECTS.values():
        print(values(row, seen))
    print(summary(seen))


if __name__ == "__main__":
    main()
