"""What is true of a capture, worked out from its pose and faults."""

from __future__ import annotations

from typing import Any, Final

import cv2
import numpy as np

from ktpcheck.geometry import CARD_CORNERS_MM, Float32
from ktpcheck.records import SideState
from ktpcheck.synth.card import DrawnCard
from ktpcheck.synth.conditions import MASK_PX_PER_MM, MASK_SHAPE, Fault
from ktpcheck.synth.pose import Pose
from ktpcheck.synth.scenes import (
    BEND_RANGE_MM,
    COARSE_PX_PER_MM,
    FINE_PX_PER_MM,
    SKEW_FROM_DEG,
    SKEW_RANGE_DEG,
)

#: Contrast below which ink counts as gone, and from which it counts as all there.
_GONE: Final = 0.15
_THERE: Final = 0.5

#: Severity from which a fault of the pose is listed.
LISTED_FROM: Final = 0.3
#: And from which defocus of a leaning card is, in the field where it is worst.
BLURRED_FROM: Final = 0.1


def visible_ink(drawn: DrawnCard, faults: list[Fault]) -> dict[str, float]:
    """Share 0..1 of each field's ink whose place and contrast survive all faults.

    Blur, noise, compression and resolution do not count: they spoil the shape of ink, not that it
    is there.
    """
    kept = np.ones(MASK_SHAPE, np.float32)
    for fault in faults:
        kept = kept * fault.kept
    seen = np.clip((kept - _GONE) / (_THERE - _GONE), 0, 1)
    ink = cv2.resize(drawn.ink, MASK_SHAPE[::-1], interpolation=cv2.INTER_AREA)
    visible = {}
    for key, boxes in drawn.boxes.items():
        total = left = 0.0
        for box in boxes:
            part = box.slices(MASK_SHAPE)
            total += float(ink[part].sum())
            left += float((ink[part] * seen[part]).sum())
        visible[key] = left / total if total > 0 else 0.0
    return visible


def pose_faults(pose: Pose) -> list[Fault]:
    """Faults that follow from where the card lies: cut off, too small, too steep."""
    full = np.ones(MASK_SHAPE, np.float32)
    found = []
    outside = 1 - framed(pose)
    lost = float(outside.mean())
    if lost > 0:
        found.append(Fault("cropped", "capture", min(1.0, lost / 0.4), outside, 1 - outside))
    small = np.log(FINE_PX_PER_MM / pose.px_per_mm) / np.log(FINE_PX_PER_MM / COARSE_PX_PER_MM)
    if small > LISTED_FROM:
        found.append(Fault("low_resolution", "capture", float(min(small, 1.0)), full, full))
    steep = (pose.tilt_deg - SKEW_FROM_DEG) / SKEW_RANGE_DEG
    if steep > LISTED_FROM:
        found.append(Fault("skew", "capture", float(min(steep, 1.0)), full, full))
    if pose.bend_mm:
        found.append(Fault("bent", "card", abs(pose.bend_mm) / BEND_RANGE_MM, full, full))
    return found


def framed(pose: Pose) -> Float32:
    """Where on the card the picture shows it, 0 or 1, ``MASK_SHAPE`` float32."""
    x = (np.arange(MASK_SHAPE[1]) + 0.5) / MASK_PX_PER_MM
    y = (np.arange(MASK_SHAPE[0]) + 0.5) / MASK_PX_PER_MM
    corners = pose.corners_px
    size = np.array(pose.size_px, np.float32)
    if (corners >= 0).all() and (corners <= size).all():
        return np.ones(MASK_SHAPE, np.float32)
    at = pose.project(np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2).astype(np.float32))
    inside = ((at >= 0) & (at <= size)).all(axis=1)
    return inside.reshape(MASK_SHAPE).astype(np.float32)


def sides(pose: Pose) -> dict[str, SideState]:
    """A side is off the frame when more than a tenth of it lies outside."""
    states: dict[str, SideState] = {}
    size = np.array(pose.size_px, np.float32)
    for index, name in enumerate(("top", "right", "bottom", "left")):
        start, end = CARD_CORNERS_MM[index], CARD_CORNERS_MM[(index + 1) % 4]
        t = np.linspace(0.02, 0.98, 49, dtype=np.float32)[:, None]
        at = pose.project(np.asarray(start * (1 - t) + end * t, np.float32))
        inside = ((at >= -0.5) & (at <= size + 0.5)).all(axis=1)
        states[name] = "visible" if inside.mean() > 0.9 else "off_frame"
    return states


def defect_row(fault: Fault, drawn: DrawnCard) -> dict[str, Any]:
    """One defect as the truth states it: id, kind, severity, and the fields it touches."""
    touched = []
    for key, boxes in drawn.boxes.items():
        parts = [fault.mask[box.slices(MASK_SHAPE)] for box in boxes]
        if max(float((part > 0.1).mean()) for part in parts) > 0.03:
            touched.append(key)
    portrait = fault.mask[drawn.placement.portrait.slices(MASK_SHAPE)]
    if float((portrait > 0.1).mean()) > 0.03:
        touched.append("portrait")
    return {
        "id": fault.id,
        "kind": fault.kind,
        "severity": round(fault.severity, 4),
        "regions": touched,
    }
