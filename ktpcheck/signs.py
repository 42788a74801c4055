"""What tells whether a field was read right: of the reading, the print, and the other fields."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from statistics import median
from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import Box, Float32
from ktpcheck.grammar import HIDDEN, tight
from ktpcheck.read.choose import sure_where_they_differ
from ktpcheck.read.gaps import starts_a_row
from ktpcheck.read.letters import lost_rooms
from ktpcheck.read.look import roomiest
from ktpcheck.records import Check, Finding, Measure, Reading

#: Checks that compare two prints of the same fact: agreement confirms, difference contradicts.
CROSS_CHECKS: Final = frozenset({"nik_birth_mismatch", "nik_sex_mismatch"})

#: Measures of what lies over the print or has taken it away, 0..1.
_HIDES: Final = (
    *("glare", "cover_seen", "lifting_seen", "stain_seen", "blister_seen", "break_seen"),
    *("hole_seen", "outside"),
)

#: Faults, as the network sees them, that take a letter with them and leave the paper.
_TAKES: Final = (
    *("scratch_seen", "crack_seen", "missing_seen", "fading_seen", "stain_seen", "glare_seen"),
    *("cover_seen", "writing_seen", "lifting_seen", "blister_seen", "hole_seen", "break_seen"),
)

#: White is a reflection, and not burnt-out paper, where the faults' network is this sure: under
#: the one a next word vanishes, on the other it stands out.
_REFLECTION: Final = 0.3
#: Light burns out more than this share of a card, or nothing. In a smaller spot this white, as a
#: share of what glare can be, something lies over it: paint, a sticker, a scrap of paper.
_SPOT: Final = 0.02
_WHITE: Final = 0.9
#: So much of a line's box, above and below, is left out of what may lie over the next word: what
#: hides letters need be no higher than they are.
_LEADING: Final = 0.25
_SURE: Final = 1e-4
_LOST: Final = 1e-3
#: Room for so many ems between two letters is as bad as any.
_WIDEST_EM: Final = 1.0
#: Rows of values that tell where values start.
_FEW_ROWS: Final = 4


def features(
    reading: Reading,
    measures: Mapping[str, Measure],
    findings: Sequence[Finding],
    checks: Sequence[Check],
    trust: float,
    hides: tuple[Float32, Float32] | None = None,
    start_mm: float = math.nan,
) -> dict[str, float]:
    """What is known of one field, as finite numbers that grow with doubt or with quality.

    Parameters
    ----------
    reading : Reading
        With text.
    measures, findings, checks
        Of the whole card.
    trust : float
        Probability that the outline is right, 0..1: print of another row is read just as well.
    hides : two of (h, w) float32, optional
        From ``hidden_by``, when they are known already.
    start_mm : float
        From ``start_of``; NaN where a line may start anywhere.

    Returns
    -------
    dict of str to float
        The same keys for every field.
    """
    key = reading.key
    over, where_none_is = hidden_by(measures) if hides is None else hides
    scores = [score for line in reading.lines for score in line.characters] or [reading.confidence]

    def pooled(name: str, missing: float) -> float:
        """A measure in the field's box; not assessable counts as bad, never as good."""
        value = measures[name].regions.get(key, math.nan)
        return missing if math.isnan(value) else value

    def spoiled(boxes: Sequence[Box], by: Float32) -> float:
        """Largest share of one of these boxes that something lies over."""
        return max((float(by[box.slices(by.shape)].mean()) for box in boxes), default=0.0)

    differ = any(line.agrees is False for line in reading.lines)
    # How sure the reader that was not taken was of what it read instead.
    contested = 0.0
    if differ:
        others = [line.other or line for line in reading.lines]
        contested = sure_where_they_differ(reading.lines, others)[1]
    ahead = [box.grown(0.0, -_LEADING * (box.y1 - box.y0)) for box in reading.reach]
    touching = [found.severity for found in findings if {key, "card"} & set(found.regions)]
    crossed = [check.status for check in checks if check.id in CROSS_CHECKS and key in check.fields]
    return {
        "doubt_worst": math.log10(1 - min(scores) + _SURE),
        "doubt_mean": math.log10(1 - sum(scores) / len(scores) + _SURE),
        "unsteady": float(differ),
        "contested": contested,
        "seconded": float(any(line.agrees is True for line in reading.lines)),
        "spare_room": min(roomiest(reading), _WIDEST_EM),
        "strokes": float(_strokes(reading.text)),
        "taken": _taken(reading, measures, start_mm),
        "marked": float(any(HIDDEN in line.other.text for line in reading.lines if line.other)),
        "blur": min(pooled("edge_width", 14.0), 14.0),
        "faintness": -math.log2(max(pooled("ink_contrast", 4.0), 4.0)),
        "smallness": -math.log2(max(pooled("letter_height", 4.0), 4.0)),
        "glare": math.sqrt(max(pooled("glare", 1.0), 0.0)),
        "hidden": math.sqrt(max(spoiled(reading.boxes, over), 0.0)),
        "hidden_behind": math.sqrt(max(spoiled(ahead, where_none_is), 0.0)),
        "defect": max(touching, default=0.0),
        "astray": math.log10(1 - trust + _LOST),
        "warned": float(reading.grammar == "warning"),
        "corrected": float(bool(reading.corrections)),
        "contradicted": float(any(status in ("warning", "error") for status in crossed)),
        "confirmed": float(any(status == "ok" for status in crossed)),
        "length": math.log2(max(len(reading.text), 1)),
    }


def start_of(key: str, readings: Mapping[str, Reading]) -> float:
    """Where the middle of a value's first character is expected: where the other rows' are.

    Parameters
    ----------
    key : str
        A key of ``FIELDS``.
    readings : mapping of str to Reading
        Of the whole card.

    Returns
    -------
    float
        Millimetres; NaN for what stands in no row of values, and where too few other rows were
        read.
    """
    if not starts_a_row(key):
        return math.nan
    others = [
        one.lines[0].characters_mm[0]
        for name, one in readings.items()
        if name != key and starts_a_row(name)
        if one.lines and one.lines[0].characters_mm and not one.text.startswith(HIDDEN)
    ]
    return median(others) if len(others) >= _FEW_ROWS else math.nan


def _taken(reading: Reading, measures: Mapping[str, Measure], start_mm: float) -> float:
    """How surely something took a letter that a line leaves room for, 0..1.

    A place of which a measure says nothing may hold anything.
    """
    surest = 0.0
    for line in reading.lines:
        if line.box is None:
            continue
        for x0, x1 in lost_rooms(line.text, line.characters_mm, start_mm):
            for name in _TAKES:
                seen = measures[name].map
                here = seen[replace(line.box, x0=x0, x1=x1).slices(seen.shape)]
                surest = max(surest, float(np.nan_to_num(here, nan=1.0).max(initial=0.0)))
    return surest


def _strokes(text: str) -> int:
    """How many strokes alike follow one another in the longest run: nobody counts them surely."""
    runs = groupby(tight(text), key=lambda symbol: symbol in "I1")
    return max((sum(1 for _ in run) for alike, run in runs if alike), default=0)


def hidden_by(measures: Mapping[str, Measure]) -> tuple[Float32, Float32]:
    """The most of anything that lies over each place, as a share.

    A measure that cannot assess a place says nothing of it; where none can, 1.

    Parameters
    ----------
    measures : mapping of str to Measure

    Returns
    -------
    over : (h, w) float32
        Over print.
    where_none_is : (h, w) float32
        Where no print was found: burnt-out paper does not hide any, a reflection or a white spot
        does.
    """
    maps = {name: measures[name].map for name in _HIDES}
    shape = maps[_HIDES[0]].shape
    same = {
        name: map_ if map_.shape == shape else _resized(map_, shape) for name, map_ in maps.items()
    }
    seen = _resized(measures["glare_seen"].map, shape)
    burnt = seen < _REFLECTION
    white = same["glare"] >= _WHITE
    if white.mean() < _SPOT:
        burnt &= ~white
    reflected = np.where(burnt, np.float32(0), same["glare"])
    return _most(same), _most({**same, "glare": reflected})


def _most(maps: Mapping[str, Float32]) -> Float32:
    most = np.fmax.reduce(list(maps.values()))
    return np.asarray(np.where(np.isnan(most), 1.0, most), np.float32)


def _resized(map_: Float32, shape: tuple[int, ...]) -> Float32:
    return np.asarray(cv2.resize(map_, shape[1::-1], interpolation=cv2.INTER_NEAREST), np.float32)
