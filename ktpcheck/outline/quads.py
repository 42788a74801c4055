"""Lines to quads: four sides that could bound an ID-1 card seen in perspective.

A side may also be the photo's own frame: all four in an edge-to-edge scan, one where the card is
cut off. A cut card is then completed from its three real sides (see ``ktpcheck.outline.cut``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ktpcheck.geometry import Bool, Float32, Float64
from ktpcheck.outline.blobs import find_blobs, find_small_blobs
from ktpcheck.outline.cut import FOCAL, RATIO, completed_card
from ktpcheck.outline.lines import STEP_PX, Lines, find_lines
from ktpcheck.outline.reduced import Reduced

#: How far outside the frame a corner may lie, in longest sides.
_OUTSIDE: Final = 0.35
#: Opposite sides may converge by this much, adjacent ones must differ by that much.
_CONVERGE_RAD: Final = np.deg2rad(32.0)
_ADJACENT_RAD: Final = np.deg2rad(48.0)
#: Smallest card, as a share of the photo.
_AREA: Final = 0.007
#: What a side on the photo's frame counts for: as much as one seen half.
_FRAME_COVERAGE: Final = 0.45
#: Width-to-height ratios (long over short) believable for a card, focal length unknown.
_RATIOS: Final = (1.25, 2.0)
#: How far a corner completed beyond the frame may be off.
_COMPLETED_SLACK_MM: Final = 3.0
#: ... and one that is only where the frame cuts the card.
_CUT_SLACK_MM: Final = 6.0
#: How many quads are kept for a closer comparison, and how many cut ones are completed.
_MOST_LINED: Final = 60
_MOST_CUT: Final = 8
#: Directions told apart, and the pairs of opposite sides kept in each.
_WAYS: Final = 6
_PAIRS_A_WAY: Final = 64


@dataclass(frozen=True, eq=False)
class Quad:
    """A plausible card.

    ``corners_px`` is (4, 2) float32 in photo pixels, clockwise; the side from the first to the
    second corner is a long one, but which of the two is not known. ``support`` 0..1: how much of
    the four sides was seen as an edge. ``slack_mm``: how far its corners may be off.
    """

    corners_px: Float32
    support: float
    slack_mm: float = 1.5


def find_quads(reduced: Reduced, most: int = 12) -> list[Quad]:
    """Find plausible cards in a photo.

    Parameters
    ----------
    reduced : Reduced
    most : int
        How many quads at most.

    Returns
    -------
    list of Quad
        In photo pixels, best first.
    """
    picture = reduced.coarse
    size = (picture.shape[1], picture.shape[0])
    quads = from_lines(find_lines(picture), size) + from_blobs(find_blobs(picture), size)
    return _in_photo(quads, reduced, most)


def find_small_quads(reduced: Reduced, most: int = 4) -> list[Quad]:
    """Find cards that fill little of the photo. Parameters and result as ``find_quads``."""
    size = (reduced.coarse.shape[1], reduced.coarse.shape[0])
    return _in_photo(from_blobs(find_small_blobs(reduced.coarse), size), reduced, most)


def _in_photo(quads: list[Quad], reduced: Reduced, most: int) -> list[Quad]:
    """The best distinct quads, in photo pixels."""
    size = (reduced.coarse.shape[1], reduced.coarse.shape[0])
    return [
        Quad(one.corners_px * np.float32(reduced.coarse_factor), one.support, _slack(one, size))
        for one in _distinct(quads, float(max(size)), most)
    ]


def _slack(quad: Quad, size: tuple[int, int]) -> float:
    """A side on the photo's frame is the card's only when all four are: a scan."""
    margin = 0.006 * max(size)
    near = np.concatenate(
        [quad.corners_px < margin, quad.corners_px > np.array(size) - margin], axis=1
    )
    framed = (near & np.roll(near, -1, axis=0)).any(axis=1).sum()
    return _CUT_SLACK_MM if 0 < framed < 4 else quad.slack_mm


def from_blobs(blobs: list[tuple[Float32, float]], size: tuple[int, int]) -> list[Quad]:
    """Regions shaped like a card, in the pixels of the picture searched."""
    if not blobs:
        return []
    corners = np.array([corners for corners, _ in blobs], np.float64)
    ratio = ratios(corners, size)
    ok = _plausible(corners, size)
    score = np.where(ok, _believable(ratio), 0.0) * np.array([filled for _, filled in blobs])
    return [
        Quad(_turned(c, r), float(s))
        for c, r, s in zip(corners, ratio, score, strict=True)
        if s > 0
    ]


def from_lines(lines: Lines, size: tuple[int, int]) -> list[Quad]:
    """Combine straight edges into plausible cards, in the pixels of the picture searched.

    Parameters
    ----------
    lines : Lines
        In a picture of ``size``.
    size : (width, height)
        Of that picture, pixels.

    Returns
    -------
    list of Quad
    """
    width, height = size
    longest = float(max(size))
    frame_normals = np.array([[1.0, 0], [1, 0], [0, 1], [0, 1]])
    frame_distances = np.array([0.0, width, 0, height])
    normals = np.concatenate([lines.normals, frame_normals])
    distances = np.concatenate([lines.distances, frame_distances])
    real = len(lines.distances)
    first, second = _opposite(normals, distances, real, lines, longest)
    corners, sides = _combine(normals, distances, first, second)
    ok = _plausible(corners, size)
    corners, sides = corners[ok], sides[ok]
    coverage = _coverage(lines, corners, sides, size)
    framed = (sides >= real).all(axis=1)
    ratio = ratios(corners, size)
    shaped = _believable(ratio)
    score = coverage.mean(axis=1) * (0.4 + 0.6 * coverage.min(axis=1)) * shaped
    score[framed] = np.maximum(score[framed], 0.25 * shaped[framed])
    open_sides = (sides >= real).sum(axis=1)
    best = np.argsort(-score, kind="stable")[:_MOST_LINED]
    quads = [Quad(_turned(corners[k], ratio[k]), float(score[k])) for k in best if score[k] > 0]
    cut = np.flatnonzero(open_sides == 1)
    cut_support = coverage[cut].sum(axis=1) - _FRAME_COVERAGE
    for k in cut[np.argsort(-cut_support, kind="stable")][:_MOST_CUT] if len(cut) else []:
        frame_side = int(np.argmax(sides[k] >= real))
        kept = np.delete(coverage[k], frame_side)
        support = float(kept.mean() * (0.4 + 0.6 * kept.min()) * 0.8)
        for completed in completed_card(np.roll(corners[k], -frame_side, axis=0), size):
            quads.append(Quad(completed, support, _COMPLETED_SLACK_MM))
    return quads


def ratios(corners: Float64, size: tuple[int, int]) -> Float64:
    """Side ratio (first over second side) of the rectangles whose pictures the quads are.

    Parameters
    ----------
    corners : (N, 4, 2) float64
    size : (width, height)
        Of the photo, whose centre is taken for the principal point.

    Returns
    -------
    (N,) float64

    References
    ----------
    .. [1] Zhang and He, Whiteboard scanning and image enhancement (2007), with a focal length
       assumed instead of estimated.
    """
    focal = FOCAL * max(size)
    centred = (corners - np.array(size) / 2.0) / focal
    m = np.concatenate([centred, np.ones((*centred.shape[:2], 1))], axis=2)
    a, b, c, d = (m[:, k] for k in range(4))

    def triple(u: Float64, v: Float64, w: Float64) -> Float64:
        return np.asarray(np.einsum("ni,ni->n", np.cross(u, v), w))

    with np.errstate(all="ignore"):
        k2 = triple(a, d, c) / triple(b, d, c)
        k3 = triple(a, b, c) / triple(d, b, c)
        n2 = k2[:, None] * b - a
        n3 = k3[:, None] * d - a
        return np.asarray(np.linalg.norm(n2, axis=1) / np.linalg.norm(n3, axis=1))


def _believable(ratio: Float64) -> Float64:
    """1 at the ID-1 ratio, falling to 0.3 at the ends of what is believable, 0 beyond."""
    with np.errstate(all="ignore"):
        long = np.maximum(ratio, 1.0 / ratio)
        off = np.abs(np.log(long / RATIO)) / np.log(_RATIOS[1] / RATIO)
        inside = (long > _RATIOS[0]) & (long < _RATIOS[1])
    return np.where(inside, 1.0 - 0.7 * np.minimum(off, 1.0), 0.0)


def _turned(corners: Float64, ratio: float) -> Float32:
    """Start with a long side."""
    return np.asarray(corners if ratio >= 1 else np.roll(corners, -1, axis=0), np.float32)


def _opposite(
    normals: Float64, distances: Float64, real: int, lines: Lines, longest: float
) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of lines that could be opposite sides, the longest first."""
    first, second = np.triu_indices(len(distances), 1)
    cosine = np.abs(np.einsum("ni,ni->n", normals[first], normals[second]))
    sign = np.sign(np.einsum("ni,ni->n", normals[first], normals[second]))
    centre = np.array([0.5, 0.5]) * longest
    gap = np.abs(
        (normals[first] @ centre - distances[first])
        - sign * (normals[second] @ centre - distances[second])
    )
    ok = (cosine > np.cos(_CONVERGE_RAD)) & (gap > 0.05 * longest)
    # Two opposite sides on the frame happen in a scan only; then all four are.
    length = np.concatenate([lines.length_px, np.full(4, 0.25 * longest)])
    worth = np.minimum(length[first], length[second]) + 0.3 * np.maximum(
        length[first], length[second]
    )
    worth[(first >= real) & (second >= real)] = longest
    # Lines of print all run one way: every direction keeps a share of its own.
    way = np.arctan2(normals[first, 1], normals[first, 0]) % np.pi // (np.pi / _WAYS)
    ordered = np.flatnonzero(ok)
    ordered = ordered[np.argsort(-worth[ordered], kind="stable")]
    kept = np.concatenate([ordered[way[ordered] == k][:_PAIRS_A_WAY] for k in range(_WAYS)])
    return first[kept], second[kept]


def _combine(
    normals: Float64, distances: Float64, first: np.ndarray, second: np.ndarray
) -> tuple[Float64, np.ndarray]:
    """Cross every two pairs: (N, 4, 2) corners clockwise, (N, 4) line of each side.

    Side k runs from corner k to corner k + 1.
    """
    p, q = np.triu_indices(len(first), 1)
    across = np.abs(
        normals[first[p], 0] * normals[first[q], 1] - normals[first[p], 1] * normals[first[q], 0]
    )
    ok = across > np.sin(_ADJACENT_RAD)
    p, q = p[ok], q[ok]
    sides = np.stack([first[p], first[q], second[p], second[q]], axis=1)
    corners = np.empty((len(sides), 4, 2))
    with np.errstate(all="ignore"):
        for k in range(4):
            u, v = sides[:, k - 1], sides[:, k]
            det = normals[u, 0] * normals[v, 1] - normals[u, 1] * normals[v, 0]
            corners[:, k, 0] = (distances[u] * normals[v, 1] - distances[v] * normals[u, 1]) / det
            corners[:, k, 1] = (normals[u, 0] * distances[v] - normals[v, 0] * distances[u]) / det
    # Parallel lines cross nowhere: such corners are dropped later, but must not warn.
    corners[~np.isfinite(corners)] = 1e9
    flip = _area(corners) < 0
    corners[flip] = corners[flip][:, ::-1]
    # Reversing the corners leaves side k between old corners 3 - k and 2 - k.
    sides[flip] = sides[flip][:, [2, 1, 0, 3]]
    return corners, sides


def _area(corners: Float64) -> Float64:
    """Signed area, positive when clockwise on the screen."""
    x, y = corners[..., 0], corners[..., 1]
    nx, ny = np.roll(x, -1, axis=-1), np.roll(y, -1, axis=-1)
    return np.asarray(0.5 * (x * ny - nx * y).sum(axis=-1))


def _plausible(corners: Float64, size: tuple[int, int]) -> Bool:
    """Convex, big enough, and not far outside the frame."""
    edge = np.roll(corners, -1, axis=1) - corners
    after = np.roll(edge, -1, axis=1)
    turn = edge[..., 0] * after[..., 1] - edge[..., 1] * after[..., 0]
    margin = _OUTSIDE * max(size)
    with np.errstate(all="ignore"):
        inside = (corners > -margin) & (corners < np.array(size) + margin)
        large = _area(corners) > _AREA * size[0] * size[1]
        return np.asarray((turn > 0).all(axis=1) & inside.all(axis=(1, 2)) & large)


def _coverage(lines: Lines, corners: Float64, sides: np.ndarray, size: tuple[int, int]) -> Float64:
    """Share of each side, as far as it lies in the frame, at which an edge was seen."""
    real = len(lines.distances)
    counted = np.concatenate(
        [np.zeros((real, 1)), np.cumsum(lines.present, axis=1, dtype=np.float64)], axis=1
    )
    coverage = np.full(sides.shape, _FRAME_COVERAGE)
    for k in range(4):
        chosen = np.flatnonzero(sides[:, k] < real)
        line = sides[chosen, k]
        a, b = corners[chosen, k], corners[chosen, (k + 1) % 4]
        start, end = _clipped(a, b, size)
        along = np.stack([-lines.normals[line, 1], lines.normals[line, 0]], axis=1)
        t = np.stack(
            [
                np.einsum("ni,ni->n", a + (b - a) * cut[:, None], along)
                for cut in (start, np.maximum(start, end))
            ],
            axis=1,
        )
        t.sort(axis=1)
        index = np.clip(np.round((t - lines.origin_px) / STEP_PX), 0, counted.shape[1] - 1).astype(
            np.int64
        )
        seen = counted[line, index[:, 1]] - counted[line, index[:, 0]]
        coverage[chosen, k] = np.minimum(seen / np.maximum(index[:, 1] - index[:, 0], 4), 1.0)
    return coverage


def _clipped(a: Float64, b: Float64, size: tuple[int, int]) -> tuple[Float64, Float64]:
    """Where between ``a`` (0) and ``b`` (1) the segments enter and leave the frame."""
    start, end = np.zeros(len(a)), np.ones(len(a))
    with np.errstate(all="ignore"):
        for axis in range(2):
            step = b[:, axis] - a[:, axis]
            low = (0.0 - a[:, axis]) / step
            high = (size[axis] - a[:, axis]) / step
            still = np.abs(step) < 1e-9
            start = np.where(still, start, np.maximum(start, np.minimum(low, high)))
            end = np.where(still, end, np.minimum(end, np.maximum(low, high)))
    return start, end


def _distinct(quads: list[Quad], longest: float, most: int) -> list[Quad]:
    """The best quads that differ."""
    kept: list[Quad] = []
    # Every kept quad both ways round.
    both = np.empty((2 * most, 4, 2), np.float32)
    for quad in sorted(quads, key=lambda one: -one.support):
        off = np.abs(both[: 2 * len(kept)] - quad.corners_px).max(axis=(1, 2), initial=0.0)
        if (off < 0.025 * longest).any():
            continue
        both[2 * len(kept)] = quad.corners_px
        both[2 * len(kept) + 1] = np.roll(quad.corners_px, 2, axis=0)
        kept.append(quad)
        if len(kept) == most:
            break
    return kept
