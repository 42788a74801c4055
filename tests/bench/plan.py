"""What the accuracy benchmark photographs: scenes and defects, drawn from the index alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ktpcheck.synth import NEGATIVES, make_capture, make_negative

#: Scene groups: name, share of the captures, how a capture of the group is made.
GROUPS = (
    ("clean", 0.20),
    ("pose", 0.22),
    ("capture_fault", 0.24),
    ("card_fault", 0.20),
    ("negative", 0.14),
)
POSES = (
    "scan",
    "cut",
    "tiny",
    "full",
    "rotated",
    "steep",
    "hand",
    "clutter",
    "chat",
    "several",
    "gallery",
    "laptop",
)
CAPTURE_FAULTS = (
    "glare@nik",
    "glare",
    "blur_motion",
    "blur_focus",
    "too_dark",
    "too_bright",
    "shadow",
    "low_resolution",
    "occluded",
    "photocopy",
    "screen_capture",
    "compression",
    "colour_cast",
    "overlay_on_field",
)
CARD_FAULTS = (
    "scratch_nik",
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
    "photo_worn",
)
SEVERITIES = (0.2, 0.4, 0.6, 0.8)


@dataclass(frozen=True)
class Plan:
    """One capture to be: deterministic from split and index."""

    split: str
    index: int
    group: str
    kind: str
    severity: float
    seed: int

    def make(self) -> Any:
        """The capture or the negative."""
        if self.group == "negative":
            return make_negative(self.seed, self.split, self.kind)
        scene = self.kind if self.group == "pose" else "desk"
        defects = {self.kind: self.severity} if self.group.endswith("fault") else None
        return make_capture(self.seed, self.split, scene=scene, defects=defects)


def plan(split: str, n: int) -> list[Plan]:
    """The first ``n`` captures of a split."""
    names = [name for name, _ in GROUPS]
    shares = [share for _, share in GROUPS]
    made = []
    for index in range(n):
        rng = np.random.default_rng([index, 7001])
        group = str(rng.choice(names, p=shares))
        pool = {
            "clean": ("desk",),
            "pose": POSES,
            "capture_fault": CAPTURE_FAULTS,
            "card_fault": CARD_FAULTS,
            "negative": NEGATIVES,
        }[group]
        kind = str(rng.choice(list(pool)))
        severity = float(rng.choice(SEVERITIES)) if group.endswith("fault") else 0.0
        made.append(Plan(split, index, group, kind, severity, 10_000 + index))
    return made
