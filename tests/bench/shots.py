"""Is it the photo or the card? What one shot and what several shots of a card say, against truth.

``python -m tests.bench.shots [--split validation] [--n 30] [--shots 3] [--write]``

Every case is one card photographed several times by the simulator: with a fault of the card (in all
shots), a fault of the capture (in some), both, or neither. Each fault told at severity 0.5 or more
is laid on the true masks: it is the card's or the capture's by what truly lies there, imagined
where nothing does. The first shots of neighbouring cases are cards of different people.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import cv2
import numpy as np

from ktpcheck import Checker
from ktpcheck.defects import DEFECTS, SUFFERS
from ktpcheck.fields import REQUIRED
from ktpcheck.geometry import Bool
from ktpcheck.grammar import agrees
from ktpcheck.place import EVERYWHERE, PLACE_PX_PER_MM, PLACE_SHAPE, place_of, regions_of
from ktpcheck.records import Photo, Report
from ktpcheck.shots import JointReport
from ktpcheck.synth import Capture, make_capture
from ktpcheck.synth.capture import SIMULATOR_VERSION
from tests.bench.figures import PRESENT_FROM
from tests.bench.history import add

CARD_FAULTS = (
    "scratch_nik@nik",
    "scratch_other",
    "crack",
    "print_faded",
    "text_missing",
    "laminate_peel",
    "laminate_bubble",
    "stain",
    "yellowed",
    "broken",
    "hole_punch",
    "photo_worn@portrait",
)
CAPTURE_FAULTS = (
    "glare",
    "shadow",
    "occluded",
    "overlay_on_field",
    "blur_motion",
    "blur_focus",
    "too_dark",
    "too_bright",
    "low_resolution",
    "compression",
    "colour_cast",
    "photocopy",
    "screen_capture",
)
GROUPS = ("card", "capture", "both", "card", "capture", "clean")
#: Faults that another shot has in another place: what they are aimed at is drawn anew.
_WANDERING = ("glare", "shadow", "occluded", "overlay_on_field")
_AIMS = ("nik", "nama", "alamat", "tanggal_lahir", "kecamatan", "agama", "rt_rw", "kel_desa")
_SCENES = ("desk", "hand", "desk", "rotated", "steep")
#: Faults of the whole picture, or of most of it, and those of them that look like no other.
_OF_THE_VIEW = EVERYWHERE | {"blur_focus"}
_LIKE_NO_OTHER = frozenset({"skew", "rotated", "bent"})
#: A true fault counts from this severity on, and the very one that is told from as little as makes
#: it right in the accuracy benchmark.
_PRESENT = 0.3
_SIZE_PX = (1600, 1200)


@dataclass(frozen=True)
class Case:
    """One card and its shots to be: scene and defects of each."""

    index: int
    group: str
    fault: str
    seed: int
    shots: tuple[tuple[str, dict[str, float]], ...]


def plan(n: int, shots: int) -> list[Case]:
    """The first ``n`` cases."""
    cases = []
    for index in range(n):
        rng = np.random.default_rng([index, 4711])
        group = GROUPS[index % len(GROUPS)]
        turn = 2 * (index // 6)
        of_card = CARD_FAULTS[
            (turn + index % 6 // 3 + (7 if group == "both" else 0)) % len(CARD_FAULTS)
        ]
        of_capture = CAPTURE_FAULTS[(turn + index % 6 // 4) % len(CAPTURE_FAULTS)]
        stays: dict[str, float] = {}
        if group in ("card", "both"):
            stays[of_card] = float(rng.uniform(0.5, 0.85))
        often = int(rng.integers(1, shots + 1)) if group in ("capture", "both") else 0
        struck = set(rng.permutation(shots)[:often].tolist())
        taken = []
        for shot in range(shots):
            wanted = dict(stays)
            for name in ("glare", "shadow"):
                if rng.random() < 0.3:
                    wanted[name] = float(rng.uniform(0.05, 0.3))
            if shot in struck:
                wanted.pop(of_capture, None)
                aim = f"@{_AIMS[int(rng.integers(len(_AIMS)))]}" * (of_capture in _WANDERING)
                wanted[of_capture + aim] = float(rng.uniform(0.5, 0.85))
            taken.append((_SCENES[int(rng.integers(len(_SCENES)))], wanted))
        told = {"card": of_card, "capture": of_capture, "both": f"{of_card} + {of_capture}"}
        cases.append(Case(index, group, told.get(group, ""), 30_000 + index, tuple(taken)))
    return cases


def captures(case: Case, split: str) -> list[Capture]:
    """Photograph the card."""
    return [
        make_capture(case.seed, split, scene=scene, defects=wanted, size_px=_SIZE_PX, shot=shot)
        for shot, (scene, wanted) in enumerate(case.shots)
    ]


def truly(id: str, place: Bool, taken: Sequence[Capture]) -> str:
    """Whose fault it truly is that something was told at a place: card, capture or imagined.

    What spoils the whole picture lies everywhere: it counts less than what lies here.
    """
    size = (PLACE_SHAPE[1], PLACE_SHAPE[0])
    there = {"card": 0.0, "capture": 0.0}
    for capture in taken:
        for row in capture.defects:
            if row["id"] == id and float(row["severity"]) >= PRESENT_FROM:
                return str(row["kind"])
            if float(row["severity"]) < _PRESENT:
                continue
            if row["id"] in capture.masks and row["id"] not in _LIKE_NO_OTHER:
                mask = np.asarray(capture.masks[row["id"]], np.float32)
                seen = cv2.resize(mask, size, interpolation=cv2.INTER_AREA) > 0.1
                share = float((seen & place).sum() / max(place.sum(), 1))
                there[row["kind"]] += share * (0.5 if row["id"] in _OF_THE_VIEW else 1.0)
    kind = max(there, key=lambda name: there[name])
    return kind if there[kind] >= 0.15 else "imagined"


@dataclass
class Tally:
    """Faults told, by truth and commitment."""

    counts: Counter[tuple[str, str]]

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.counts + other.counts)

    def figures(self) -> dict[str, int]:
        """Faults told that are there, those left undetermined, and those rightly attributed."""
        real = {pair: n for pair, n in self.counts.items() if pair[0] != "imagined"}
        return {
            "told": sum(real.values()),
            "undetermined": sum(n for (_, cause), n in real.items() if cause == "undetermined"),
            "right": sum(n for (truth, cause), n in real.items() if truth == cause),
        }

    def line(self, name: str) -> str:
        total, unsure, right = self.figures().values()
        imagined = {cause: n for (truth, cause), n in self.counts.items() if truth == "imagined"}
        return (
            f"{name}: {total} faults told; of those committed on right {right}/{total - unsure} = "
            f"{right / max(total - unsure, 1):.3f}; undetermined {unsure / max(total, 1):.3f}; "
            f"imagined, by cause told: {imagined}"
        )


def alone(tally: Tally, report: Report, capture: Capture) -> None:
    """Count the faults one shot tells of."""
    if report.card is None:
        return
    for found in report.findings:
        if found.severity >= SUFFERS and found.id != "rotated":
            where = place_of(found, report.measures, regions_of(report.card, report.readings))
            tally.counts[truly(found.id, where, [capture]), found.cause] += 1


def together(tally: Tally, joint: JointReport, taken: Sequence[Capture]) -> list[str]:
    """Count the faults all shots tell of; what was told wrong is listed."""
    wrong = []
    for fault in joint.faults:
        if fault.id == "rotated":
            continue
        where = np.zeros(PLACE_SHAPE, np.uint8)
        for sighting in fault.sightings:
            for polygon in sighting.places_mm if sighting else ():
                at = np.round(polygon * PLACE_PX_PER_MM - 0.5).astype(np.int32)
                cv2.fillPoly(where, [at], (1,))
        if fault.id in EVERYWHERE:
            where[:] = 1
        truth = truly(fault.id, where > 0, taken)
        tally.counts[truth, fault.cause] += 1
        if truth not in (fault.cause, "imagined"):
            states = [one.state if one else "-" for one in fault.sightings]
            wrong.append(
                f"    {fault.id}: {truth}, told {fault.cause} {fault.card_probability:.2f} {states}"
            )
    return wrong


@dataclass
class Outcome:
    """What was said of one card: counts, and lines for whoever looks on.

    ``first`` is the first shot in which a card was found.
    """

    one: Tally
    several: Tally
    same: str
    action: tuple[str, str, str]
    read: Counter[str]
    lines: list[str]
    first: Report | None


@cache
def checker() -> Checker:
    """One a process."""
    cv2.setNumThreads(1)
    return Checker()


def examine(case: Case, split: str) -> Outcome:
    """Photograph one card, judge every shot and all of them together."""
    taken = captures(case, split)
    reports = [
        checker()(Photo(capture.pixels, f"{case.index}-{shot}", None, "0" * 64, "PNG"))
        for shot, capture in enumerate(taken)
    ]
    one, several = Tally(Counter()), Tally(Counter())
    for report, capture in zip(reports, taken, strict=True):
        alone(one, report, capture)
    joint = checker().join(reports)
    wrong = together(several, joint, taken)
    read: Counter[str] = Counter()
    for key in REQUIRED:
        read["fields"] += 1
        truth = taken[0].fields[key]
        for report in reports:
            if key in report.decision.fields and report.decision.fields[key].readable:
                read["readable in one shot"] += 1
                read["right of one"] += agrees(key, report.readings[key].text, truth)
        if key in joint.readings and joint.readings[key].readable:
            read["readable together"] += 1
            read["right of these"] += agrees(key, joint.readings[key].text, truth)
    said = joint.decision
    line = (
        f"{case.index:3} {case.group:8} {case.fault:32} {[r.decision.action for r in reports]} "
        f"-> {joint.same_card} {said.verdict} {said.action}"
    )
    first = next((report for report in reports if report.card is not None), None)
    action = (case.group, said.verdict, said.action)
    return Outcome(one, several, joint.same_card, action, read, [line, *wrong], first)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--split", default="validation")
    parser.add_argument("--n", type=int, default=30, help="cards")
    parser.add_argument("--shots", type=int, default=3)
    parser.add_argument("--from", dest="first", type=int, default=0, help="first card")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--write", action="store_true", help="add the figures to the history")
    options = parser.parse_args()
    if options.write and options.first:
        parser.error("--write goes with all cards from the first on")
    assert {row.partition("@")[0] for row in (*CARD_FAULTS, *CAPTURE_FAULTS)} <= set(DEFECTS)
    cases = plan(options.first + options.n, options.shots)[options.first :]
    outcomes: list[Outcome] = []
    with ProcessPoolExecutor(options.workers) as pool:
        for outcome in pool.map(examine, cases, [options.split] * len(cases)):
            print(*outcome.lines, sep="\n", flush=True)
            outcomes.append(outcome)
    one = sum((each.one for each in outcomes), Tally(Counter()))
    several = sum((each.several for each in outcomes), Tally(Counter()))
    read = sum((each.read for each in outcomes), Counter())
    found = [each.first for each in outcomes if each.first is not None]
    others = Counter(checker().join(list(pair)).same_card for pair in pairwise(found))
    print(one.line("one shot"))
    print(several.line(f"{options.shots} shots"))
    print("shots of one card:", dict(Counter(each.same for each in outcomes)))
    print("cards of two people:", dict(others))
    for (group, verdict, action), n in sorted(Counter(each.action for each in outcomes).items()):
        print(f"  {group:8} {verdict:16} {action:14} {n}")
    print("required fields:", dict(read))
    if options.write:
        figures = {"one": one.figures(), "several": several.figures(), "required": dict(read)}
        of = {"split": options.split, "n": options.n, "shots": options.shots}
        add("shots", figures, **of, simulator=SIMULATOR_VERSION)


if __name__ == "__main__":
    main()
