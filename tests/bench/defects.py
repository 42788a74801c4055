"""How well the defects are found, told apart and not imagined, on simulated captures.

``python -m tests.bench.defects [--split test] [--each 4] [--clean 40] [--seed 5000]``

Every defect is provoked alone at several severities; clean captures have none. The outline is the
true one: what is judged here is the measuring and the naming, not the finding of the card. A
defect counts as found from severity 0.5 on. It is false when the capture has less than 0.3 of it
and does not have it, from 0.1 on, where the finding names it. A scratch is one fault, named by
where it lies. A defect that touches no field or portrait is not asked for. The citizenship is
taken as read, since a foreigner's card has another colour.
"""

from __future__ import annotations

import argparse
import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache

import cv2

from ktpcheck.defects import DEFECTS, SUFFERS, find_defects
from ktpcheck.measures import FaultNetwork, measure
from ktpcheck.records import Finding, Photo, Reading
from ktpcheck.rectify import rectify
from ktpcheck.synth import SCENES, make_capture

#: What is provoked: id, and the field it is aimed at where it has to hit one.
PROVOKED = (
    "glare@nik",
    "glare@alamat",
    "blur_motion",
    "blur_focus",
    "too_dark",
    "too_bright",
    "shadow@nama",
    "low_resolution",
    "cropped",
    "occluded@nik",
    "overlay_on_field@nama",
    "skew",
    "photocopy",
    "screen_capture",
    "compression",
    "colour_cast",
    "print_faded",
    "text_missing@nama",
    "scratch_nik@nik",
    "scratch_other@alamat",
    "crack",
    "laminate_peel@alamat",
    "laminate_bubble@nama",
    "stain@nama",
    "yellowed",
    "broken",
    "hole_punch",
    "photo_worn@portrait",
)

#: A capture has a defect from this true severity on; where a finding names it, from that.
_PRESENT = 0.3
_TRACE = 0.1

#: Scenes that are no fault in themselves.
_FAIR_SCENES = ("desk", "hand", "scan", "full", "rotated", "steep")


@dataclass(frozen=True)
class Case:
    """One capture to be judged."""

    seed: int
    split: str
    scene: str
    defects: Mapping[str, float] | None


@dataclass(frozen=True)
class Outcome:
    """What was found on one capture. ``value`` is the provoked defect's worst native value."""

    case: Case
    truth: Mapping[str, float]
    touched: Mapping[str, frozenset[str]]
    found: tuple[Finding, ...]
    value: float


def cases(split: str, each: int, clean: int, seed: int) -> Iterator[Case]:
    """Every capture of one run."""
    for index in range(clean):
        scene = _FAIR_SCENES[index % len(_FAIR_SCENES)]
        yield Case(seed + index, split, scene, {} if index % 2 == 0 else None)
    severities = (0.55, 0.85, 0.7, 0.25)
    for number, name in enumerate(PROVOKED):
        for turn in range(each):
            case_seed = seed + 1000 + 10 * number + turn
            yield Case(case_seed, split, "desk", {name: severities[turn % len(severities)]})


@cache
def network() -> FaultNetwork:
    """Loaded once a process."""
    return FaultNetwork()


def judge(case: Case) -> Outcome:
    """Draw, measure and name."""
    cv2.setNumThreads(1)
    capture = make_capture(
        case.seed, case.split, scene=case.scene, defects=case.defects, size_px=(1600, 1200)
    )
    photo = Photo(capture.pixels, "capture", None, "", "PNG")
    card = rectify(photo, capture.outline, capture.placement)
    measures = measure(photo, card, capture.boxes, network()(card, capture.boxes))
    citizen = capture.fields.get("kewarganegaraan", "")
    readings = {"kewarganegaraan": Reading("kewarganegaraan", citizen, citizen, 1.0, "ok", ())}
    truth: dict[str, float] = {}
    touched: dict[str, frozenset[str]] = {}
    for fault in capture.defects:
        one, severity = _family(fault["id"]), float(fault["severity"])
        truth[one] = max(truth.get(one, 0.0), severity)
        if severity >= _TRACE:
            touched[one] = touched.get(one, frozenset()) | frozenset(fault["regions"])
    value = math.nan
    if case.defects:
        row = DEFECTS[next(iter(case.defects)).partition("@")[0]]
        regions = measures[row.measure].regions
        aim = next(iter(case.defects)).partition("@")[2] or "card"
        value = regions.get(aim, math.nan)
    return Outcome(case, truth, touched, find_defects(card, measures, readings), value)


def _family(defect: str) -> str:
    return "scratch" if defect.startswith("scratch") else defect


def _named(one: Outcome, key: str) -> bool:
    """Whether the defect provoked was found."""
    return any(_family(f.id) == _family(key) and f.severity >= SUFFERS for f in one.found)


def _asked_for(one: Outcome, key: str) -> bool:
    """Strong enough, and on some print."""
    return one.truth.get(_family(key), 0.0) >= SUFFERS and bool(one.touched.get(_family(key)))


def _false(finding: Finding, one: Outcome) -> bool:
    family = _family(finding.id)
    if finding.severity < SUFFERS or one.truth.get(family, 0.0) >= _PRESENT:
        return False
    touched = one.touched.get(family, frozenset())
    return not (touched & set(finding.regions) or (touched and "card" in finding.regions))


def report(outcomes: list[Outcome]) -> str:
    """The tables."""
    lines = []
    clean = [one for one in outcomes if not one.case.defects]
    alarms = Counter(finding.id for one in clean for finding in one.found if _false(finding, one))
    quiet = sum(not any(_false(f, one) for f in one.found) for one in clean)
    lines.append(
        f"clean captures without a false alarm: {quiet}/{len(clean)}"
        + (f"   alarms: {dict(alarms)}" if alarms else "")
    )
    provoked = [one for one in outcomes if one.case.defects]
    rows = defaultdict(list)
    for one in provoked:
        rows[next(iter(one.case.defects or ()))].append(one)
    claims, right = Counter[str](), Counter[str]()
    for one in outcomes:
        for finding in one.found:
            if finding.severity >= SUFFERS:
                claims[finding.id] += 1
                right[finding.id] += not _false(finding, one)
    lines.append(f"{'provoked':24} {'found':>7} {'precision':>10} {'worst is right':>15}  instead")
    hits = total = first = 0
    for name, ones in rows.items():
        key = name.partition("@")[0]
        strong = [one for one in ones if _asked_for(one, key)]
        found = sum(_named(one, key) for one in strong)
        kind = sum(bool(one.found) and one.found[0].kind == DEFECTS[key].kind for one in strong)
        instead = Counter(one.found[0].id for one in strong if one.found and one.found[0].id != key)
        precision = f"{right[key]}/{claims[key]}"
        lines.append(
            f"{name:24} {found:3}/{len(strong):<3} {precision:>10} {kind:7}/{len(strong):<7}"
            f"  {dict(instead) if instead else ''}"
        )
        hits, total, first = hits + found, total + len(strong), first + kind
    lines.append(
        f"found {hits}/{total} = {hits / max(total, 1):.3f}; precision "
        f"{sum(right.values())}/{sum(claims.values())} = "
        f"{sum(right.values()) / max(sum(claims.values()), 1):.3f}; capture or card right by the "
        f"gravest finding {first}/{total} = {first / max(total, 1):.3f}"
    )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--split", default="test")
    parser.add_argument("--each", type=int, default=4, help="captures per defect")
    parser.add_argument("--clean", type=int, default=40, help="captures without")
    parser.add_argument("--seed", type=int, default=5000)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--list", action="store_true", help="also every false or missed one")
    options = parser.parse_args()
    assert set(_FAIR_SCENES) <= set(SCENES)
    work = list(cases(options.split, options.each, options.clean, options.seed))
    if options.jobs > 1:
        with ProcessPoolExecutor(options.jobs) as pool:
            outcomes = list(pool.map(judge, work))
    else:
        outcomes = [judge(case) for case in work]
    print(report(outcomes))
    if options.list:
        for one in outcomes:
            told = [
                (f.id, round(f.severity, 2), round(f.value, 3), f.regions[:2]) for f in one.found
            ]
            missed = any(_asked_for(one, key) and not _named(one, key) for key in one.truth)
            if missed or any(_false(f, one) for f in one.found):
                print(one.case.seed, one.case.scene, one.case.defects, dict(one.truth), told)


if __name__ == "__main__":
    main()
