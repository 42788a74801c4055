"""The card's own sides: straight edges across narrow strips along where they should be."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

import cv2
import numpy as np
import numpy.typing as npt

from ktpcheck.geometry import (
    CARD_HEIGHT_MM,
    CARD_WIDTH_MM,
    CORNER_RADIUS_MM,
    Bool,
    Box,
    Float32,
    Float64,
    transform,
)
from ktpcheck.outline import Reduced
from ktpcheck.outline.flat import warp_window
from ktpcheck.records import SideState

Int64 = npt.NDArray[np.int64]

SideName = Literal["top", "right", "bottom", "left"]
SIDES: Final[tuple[SideName, ...]] = ("top", "right", "bottom", "left")

#: Half width of a strip, and its resolution along and across.
_REACH_MM: Final = 2.4
_ALONG_PX_PER_MM: Final = 1.5
_ACROSS_PX_PER_MM: Final = 10.0
#: A side is looked at from here on: its corners are round.
END_MM: Final = CORNER_RADIUS_MM + 0.8
#: Offsets tried at either end of a side, and by how much they may differ.
_STEP_MM: Final = 0.15
#: Lines that show an edge best, looked at more closely.
_RANKED: Final = 200
_SKEW_MM: Final = 1.5
#: Every so many columns are enough to rank lines, and to tell the noise.
_SAMPLED: Final = 3
#: A side is seen when this share of it shows an edge that stands out of the strip.
_SEEN: Final = 0.3
#: What the photo's frame is worth where it may be a side: it is straight, but proves nothing.
_FRAMED: Final = 0.6
#: An edge that a round of its fit moves less than this is found.
_SETTLED_MM: Final = 1e-3
#: No edge is looked for along a side of which less than this share is inside the frame.
_IN_FRAME: Final = 0.3
#: A side is in the frame when this share of it is.
_WHOLE: Final = 0.9


@dataclass(frozen=True)
class Edge:
    """A straight edge along one side: its offset outward in mm at the side's two ends.

    ``strength`` 0..1 is how much of the side shows it. ``frame`` is true for the photo's own
    frame.
    """

    start: float
    end: float
    strength: float
    frame: bool = False

    @property
    def middle(self) -> float:
        return 0.5 * (self.start + self.end)


@dataclass(frozen=True, eq=False)
class Strip:
    """One side's surroundings, the side along the columns, outward downward.

    ``slopes`` is (rows, columns, 3) float32: change per pixel outward, noise about 1.
    ``inside`` is (rows, columns) bool: where the photo shows something.
    ``in_frame`` is the share of the side itself that does.
    """

    slopes: Float32
    inside: Bool
    in_frame: float
    frame_edge: Edge | None


def side_length(side: SideName) -> float:
    """Length of a side, mm."""
    return CARD_WIDTH_MM if side in ("top", "bottom") else CARD_HEIGHT_MM


def cut_strip(reduced: Reduced, to_photo: Float64, side: SideName) -> Strip:
    """Flatten the surroundings of one side."""
    length = side_length(side)
    lo, hi = END_MM, length - END_MM
    w, h, r = CARD_WIDTH_MM, CARD_HEIGHT_MM, _REACH_MM
    window = {
        "top": Box(lo, -r, hi, r),
        "bottom": Box(lo, h - r, hi, h + r),
        "left": Box(-r, lo, r, hi),
        "right": Box(w - r, lo, w + r, hi),
    }[side]
    flat = side in ("top", "bottom")
    density = (
        (_ALONG_PX_PER_MM, _ACROSS_PX_PER_MM) if flat else (_ACROSS_PX_PER_MM, _ALONG_PX_PER_MM)
    )
    pixels = warp_window(reduced.fine, reduced.fine_factor, to_photo, window, density)
    if not flat:
        pixels = pixels.transpose(1, 0, 2)
    if side in ("top", "left"):
        pixels = pixels[::-1]
    rows, columns = pixels.shape[:2]
    corners = transform(to_photo, window.corners_mm)
    if ((corners >= 0) & (corners <= np.array(reduced.size_px))).all():
        inside = np.ones((rows, columns), bool)
    else:
        inside = _inside(reduced, to_photo, side, rows, columns)
    smooth = cv2.GaussianBlur(
        np.ascontiguousarray(pixels, np.float32), (0, 0), sigmaX=1.0, sigmaY=1.0
    )
    slopes = np.zeros(smooth.shape, np.float32)
    slopes[1:-1] = 0.5 * (smooth[2:] - smooth[:-2])
    valid = cv2.erode(inside.astype(np.uint8), np.ones((7, 1), np.uint8)).astype(bool)
    slopes[~valid] = 0
    some = slopes[:, ::_SAMPLED][valid[:, ::_SAMPLED]]
    noise = np.median(np.abs(some)) if some.size else 1.0
    slopes /= 2.0 * float(noise) + 0.5
    middle = inside[rows // 2]
    return Strip(slopes, valid, float(middle.mean()), _frame_edge(inside))


def _inside(reduced: Reduced, to_photo: Float64, side: SideName, rows: int, columns: int) -> Bool:
    outward = (np.arange(rows) + 0.5) / _ACROSS_PX_PER_MM - _REACH_MM
    along = (np.arange(columns) + 0.5) / _ALONG_PX_PER_MM + END_MM
    t, d = np.meshgrid(along, outward)
    at = transform(to_photo, side_points(side, t.ravel(), d.ravel()))
    size = np.array(reduced.size_px)
    return np.asarray(((at >= 0) & (at <= size)).all(axis=1).reshape(rows, columns))


def side_points(side: SideName, along: Float64, outward: Float64) -> Float64:
    """Card millimetres of positions along a side (left to right, or top to bottom)."""
    w, h = CARD_WIDTH_MM, CARD_HEIGHT_MM
    x, y = {
        "top": (along, -outward),
        "bottom": (along, h + outward),
        "left": (-outward, along),
        "right": (w + outward, along),
    }[side]
    return np.stack([np.broadcast_to(x, along.shape), np.broadcast_to(y, along.shape)], axis=1)


def _frame_edge(inside: Bool) -> Edge | None:
    """The photo's frame where it runs along the strip."""
    columns = inside.shape[1]
    depth = inside.sum(axis=0)
    if not inside[0].all() or inside[-1].any():
        return None
    offset = depth / _ACROSS_PX_PER_MM - _REACH_MM
    slope, middle = np.polyfit(np.linspace(-0.5, 0.5, columns), offset, 1)
    if abs(slope) > _SKEW_MM:
        return None
    return Edge(float(middle - 0.5 * slope), float(middle + 0.5 * slope), _FRAMED, frame=True)


def find_edges(strip: Strip, most: int = 3) -> list[Edge]:
    """The straight edges in a strip, strongest first.

    Notes
    -----
    The strength of a line is the mean over its columns of the slope there, saturated so that no
    few strong columns decide, half for showing any edge and half for showing it in one sense.
    """
    rows, columns = strip.slopes.shape[:2]
    if strip.in_frame < _IN_FRAME:
        return []
    steep = np.abs(strip.slopes)
    saturated = strip.slopes / (1.0 + steep)
    # What grows with the slope is largest where the slope is.
    steepest = np.maximum(np.maximum(steep[..., 0], steep[..., 1]), steep[..., 2])
    shown = steepest / (1.0 + steepest)
    a, b, at = _candidates(rows, columns)
    if strip.inside.all():
        enough = np.full(len(a), float(at.shape[1]))
    else:
        enough = np.maximum(strip.inside.ravel()[at].sum(axis=1), 0.35 * at.shape[1])
    unsigned = shown.ravel()[at].sum(axis=1) / enough
    # Only the better lines are asked whether their edge has one sense.
    order = np.argsort(-unsigned, kind="stable")[:_RANKED]
    signed = np.abs(saturated.reshape(-1, 3)[at[order]].sum(axis=1)).max(axis=1)
    strength = 0.5 * (unsigned[order] + signed / enough[order]) - 0.5 * float(np.median(unsigned))
    a, b = a[order], b[order]
    middle = 0.5 * (a + b)
    edges: list[Edge] = []
    while len(edges) < most:
        k = int(strength.argmax())
        if strength[k] < 0.5 * _SEEN:
            break
        edges.append(Edge(float(a[k]), float(b[k]), float(strength[k])))
        strength[np.abs(middle - middle[k]) <= 0.35] = -1.0
    return edges


@lru_cache(maxsize=8)
def _candidates(rows: int, columns: int) -> tuple[Float64, Float64, Int64]:
    """Offsets at either end of the lines tried in a strip, and the pixels on each, flat."""
    steps = np.arange(-_REACH_MM + 0.3, _REACH_MM - 0.3 + 1e-6, _STEP_MM)
    a, b = (grid.ravel() for grid in np.meshgrid(steps, steps, indexing="ij"))
    near = np.abs(a - b) <= _SKEW_MM
    a, b = a[near], b[near]
    chosen = np.arange(1, columns, _SAMPLED)
    share = (chosen + 0.5) / columns
    row = (a[:, None] * (1 - share) + b[:, None] * share + _REACH_MM) * _ACROSS_PX_PER_MM
    return a, b, np.clip(row, 0, rows - 1).astype(np.int64) * columns + chosen


def _sharpened(strip: Strip, edge: Edge) -> Edge:
    """Fit an edge to the steepest place near it in every column."""
    rows, columns = strip.slopes.shape[:2]
    share = (np.arange(columns) + 0.5) / columns
    steep = np.sqrt(np.einsum("rcp,rcp->rc", strip.slopes, strip.slopes))
    reach = round(0.35 * _ACROSS_PX_PER_MM)
    offsets = np.arange(-reach, reach + 1)
    line = (edge.start * (1 - share) + edge.end * share + _REACH_MM) * _ACROSS_PX_PER_MM - 0.5
    index = np.round(line).astype(np.int64)[None, :] + offsets[:, None]
    ok = (index > 0) & (index < rows - 1)
    columns_index = np.arange(columns)[None, :]
    values = np.where(ok, steep[np.clip(index, 0, rows - 1), columns_index], 0.0)
    # Nearness to the line decides between the edge and its neighbours.
    values = values * np.exp(-0.5 * ((index - line[None, :]) / (0.7 * reach)) ** 2)
    best = np.argmax(values, axis=0)
    strong = (values[best, np.arange(columns)] > 0.5) & (best > 0) & (best < len(offsets) - 1)
    if strong.sum() < 0.15 * columns:
        return edge
    at = np.flatnonzero(strong)
    top = best[at]
    before, peak, after = (values[top + k, at] for k in (-1, 0, 1))
    bend = np.minimum(before - 2 * peak + after, -1e-6)
    fraction = np.clip(0.5 * (before - after) / bend, -0.5, 0.5)
    found = (index[top, at] + fraction + 0.5) / _ACROSS_PX_PER_MM - _REACH_MM
    design = np.stack([1 - share[at], share[at]], axis=1)
    fitted = np.array([edge.start, edge.end])
    for _ in range(6):
        off = found - design @ fitted
        weight = 1.0 / (1.0 + (off / 0.06) ** 2)
        weighted = design * weight[:, None]
        last = fitted
        fitted = np.linalg.solve(weighted.T @ design + 1e-6 * np.eye(2), weighted.T @ found)
        if np.abs(fitted - last).max() < _SETTLED_MM:
            break
    if np.abs(fitted - [edge.start, edge.end]).max() > 0.4:
        return edge
    return Edge(float(fitted[0]), float(fitted[1]), edge.strength)


def choose_edges(strips: dict[SideName, Strip]) -> dict[SideName, Edge]:
    """One edge per side at most, so that opposite ones agree on the card's size.

    Print fixes the scale well and the place less well: both sides of a pair may be off together
    by the overprint's shift, but hardly against each other.
    """
    found = {side: find_edges(strip) for side, strip in strips.items()}
    frames = {side for side, strip in strips.items() if strip.frame_edge is not None}
    chosen: dict[SideName, Edge] = {}
    pairs: tuple[tuple[SideName, SideName, float], ...] = (
        ("top", "bottom", 0.35),
        ("left", "right", 0.6),
    )
    for one, other, size_sigma in pairs:
        if len(frames) >= 3 or {one, other} <= frames:
            # A scan cropped to the card, or to two of its sides: the frame is the outline.
            for side in (one, other):
                edge = strips[side].frame_edge
                found[side] += [edge] if edge is not None else []
        best = 0.0
        for a in (None, *found[one]):
            for b in (None, *found[other]):
                worth = _worth(a) + _worth(b)
                if a is not None and b is not None:
                    size = a.middle + b.middle
                    place = 0.5 * (a.middle - b.middle)
                    # Two sides of the frame are what they are: print may be off by more.
                    sigma = size_sigma * (2.0 if a.frame and b.frame else 1.0)
                    worth -= 0.25 * (size / sigma) ** 2 + 0.1 * place**2
                elif a is not None or b is not None:
                    edge = a if a is not None else b
                    assert edge is not None
                    worth -= 0.15 * edge.middle**2
                if worth > best:
                    best = worth
                    chosen.pop(one, None)
                    chosen.pop(other, None)
                    if a is not None:
                        chosen[one] = a
                    if b is not None:
                        chosen[other] = b
    return {
        side: edge if edge.frame else _sharpened(strips[side], edge)
        for side, edge in chosen.items()
    }


def _worth(edge: Edge | None) -> float:
    return 0.0 if edge is None else edge.strength - 0.7 * _SEEN


def side_state(strip: Strip, edge: Edge | None) -> SideState:
    """What to say of a side: off the frame as soon as a tenth of it is."""
    if edge is not None and (edge.frame or strip.in_frame >= _WHOLE):
        return "visible"
    return "off_frame" if strip.in_frame < _WHOLE else "extrapolated"
