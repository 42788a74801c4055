"""Straight edges, by a Hough vote in which every edge pixel votes along its own gradient."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import Float32, Float64, UInt8

#: Dark print up to this thick is painted over first.
_PRINT_PX: Final = 7
#: Sobel magnitudes where an edge starts and continues; a step of 8 levels gives about 32.
_STRONG: Final = 56.0
_WEAK: Final = 24.0
#: Edges are thinned to the strongest when they cover more of the picture than this.
_BUSY: Final = 0.07
#: Bins of the vote: directions per half turn, and pixels of distance.
_DIRECTIONS: Final = 120
_DISTANCE_PX: Final = 2.0
_NEIGHBOURS: Final = 2
#: An edge pixel belongs to a line within this distance and this angle.
_NEAR_PX: Final = 2.0
_NEAR_RAD: Final = np.deg2rad(10.0)
#: Step along a line at which its edge pixels are counted.
STEP_PX: Final = 2.0


@dataclass(frozen=True, eq=False)
class Lines:
    """Straight edges ``x cos a + y sin a = r``, strongest first.

    ``normals`` is (N, 2), ``distances`` is (N,), both float64 in pixels of the picture searched.
    ``present`` is (N, M) float32 0..1: how strong an edge was seen at ``origin_px + m * STEP_PX``
    along the line, measured along ``(-sin a, cos a)``. ``length_px`` is the length seen, weighted
    with that.
    """

    normals: Float64
    distances: Float64
    present: Float32
    origin_px: float
    length_px: Float64


def gradients(picture: UInt8) -> tuple[Float32, Float32, Float32]:
    """Sobel gradient of the channel that changes most, and its magnitude.

    Parameters
    ----------
    picture : (H, W, 3) uint8

    Returns
    -------
    gx, gy, magnitude : (H, W) float32
        Levels x 4 per pixel.
    """
    best_x = best_y = best = None
    for channel in cv2.split(picture):
        gx = cv2.Sobel(channel, cv2.CV_32F, 1, 0, ksize=3, borderType=cv2.BORDER_REPLICATE)
        gy = cv2.Sobel(channel, cv2.CV_32F, 0, 1, ksize=3, borderType=cv2.BORDER_REPLICATE)
        magnitude = cv2.magnitude(gx, gy)
        if best is None or best_x is None or best_y is None:
            best_x, best_y, best = gx, gy, magnitude
            continue
        more = cv2.compare(magnitude, best, cv2.CMP_GT)
        cv2.copyTo(gx, more, best_x)
        cv2.copyTo(gy, more, best_y)
        cv2.copyTo(magnitude, more, best)
    return np.asarray(best_x), np.asarray(best_y), np.asarray(best)


def find_lines(picture: UInt8, most: int = 40) -> Lines:
    """Find the straight edges of a picture.

    Parameters
    ----------
    picture : (H, W, 3) uint8
    most : int
        How many lines at most.

    Returns
    -------
    Lines
        In the continuous pixel plane (pixel ``u`` covers ``u`` to ``u + 1``).

    Notes
    -----
    A closing and a median first take out print, whose own lines would outnumber the sides.

    References
    ----------
    .. [1] Ballard, Generalizing the Hough transform to detect arbitrary shapes (1981): votes
       restricted to the gradient direction.
    """
    closed = cv2.morphologyEx(picture, cv2.MORPH_CLOSE, np.ones((_PRINT_PX, _PRINT_PX), np.uint8))
    calm = np.asarray(cv2.medianBlur(closed, 5), np.uint8)
    gx, gy, magnitude = gradients(calm)
    x16, y16 = (np.clip(g, -16000, 16000).astype(np.int16) for g in (gx, gy))
    edges = cv2.Canny(x16, y16, _WEAK, _STRONG, L2gradient=True)
    ys, xs = np.nonzero(edges)
    strength = magnitude[ys, xs]
    allowed = int(_BUSY * edges.size)
    if len(xs) > allowed:
        kept = strength >= np.partition(strength, len(xs) - allowed)[len(xs) - allowed]
        ys, xs, strength = ys[kept], xs[kept], strength[kept]
    # A table's weave has many faint edges, the card few that are as strong as any.
    full = float(np.percentile(strength, 90)) if len(strength) else 1.0
    worth = np.clip(strength / full, 0.4, 1.0).astype(np.float32)
    height, width = picture.shape[:2]
    angle = np.arctan2(gy[ys, xs], gx[ys, xs]).astype(np.float64)
    at = np.stack([xs + 0.5, ys + 0.5], axis=1)
    return _fit(at, angle, worth, (width, height), _vote(at, angle, worth, (width, height), most))


def _vote(
    at: Float64, angle: Float64, worth: Float32, size: tuple[int, int], most: int
) -> tuple[Float64, Float64]:
    """Directions and distances with most votes, strongest first."""
    reach = float(np.hypot(*size))
    bins = int(np.ceil(2 * reach / _DISTANCE_PX)) + 3
    votes = np.zeros((_DIRECTIONS + 2 * _NEIGHBOURS, bins), np.float32)
    own = np.round(angle / (np.pi / _DIRECTIONS)).astype(np.int64)
    for step in range(-_NEIGHBOURS, _NEIGHBOURS + 1):
        # Directions are modulo half a turn; the distance changes sign with the direction.
        direction = (own + step) % _DIRECTIONS
        theta = direction * (np.pi / _DIRECTIONS)
        r = at[:, 0] * np.cos(theta) + at[:, 1] * np.sin(theta)
        cell = direction * bins + ((r + reach) / _DISTANCE_PX).astype(np.int64) + 1
        weight = 1.0 if abs(step) < _NEIGHBOURS else 0.5
        counted = np.bincount(cell, worth, minlength=_DIRECTIONS * bins)
        votes[_NEIGHBOURS:-_NEIGHBOURS] += weight * counted.reshape(_DIRECTIONS, bins)
    # Past half a turn the vote goes on with the sign of the distance turned.
    votes[:_NEIGHBOURS] = votes[-2 * _NEIGHBOURS : -_NEIGHBOURS, ::-1]
    votes[-_NEIGHBOURS:] = votes[_NEIGHBOURS : 2 * _NEIGHBOURS, ::-1]
    smooth = cv2.GaussianBlur(votes, (3, 3), 0.8)
    top = cv2.dilate(smooth, np.ones((5, 5), np.uint8))
    inner = slice(_NEIGHBOURS, -_NEIGHBOURS)
    peak = (smooth[inner] >= top[inner]) & (smooth[inner] > 0.015 * min(size))
    directions, distances = np.nonzero(peak)
    order = np.argsort(-smooth[inner][directions, distances], kind="stable")[:most]
    theta = directions[order] * (np.pi / _DIRECTIONS)
    distance = (distances[order] - 1 + 0.5) * _DISTANCE_PX - reach
    return theta.astype(np.float64), distance.astype(np.float64)


def _fit(
    at: Float64,
    angle: Float64,
    worth: Float32,
    size: tuple[int, int],
    voted: tuple[Float64, Float64],
) -> Lines:
    """Fit every voted line to its edge pixels, and note where along it they are."""
    reach = float(np.hypot(*size))
    steps = int(np.ceil(2 * reach / STEP_PX)) + 1
    normals: list[Float64] = []
    distances: list[float] = []
    present: list[Float32] = []
    turned_x, turned_y = -np.sin(angle), np.cos(angle)
    for theta, distance in zip(*voted, strict=True):
        normal = np.array([np.cos(theta), np.sin(theta)])
        r = float(distance)
        band = np.flatnonzero(np.abs(at @ normal - r) < 4.0 * _NEAR_PX)
        across = turned_x[band] * normal[0] + turned_y[band] * normal[1]
        band = band[np.abs(across) < np.sin(_NEAR_RAD)]
        near = band
        for width in (2.0 * _NEAR_PX, _NEAR_PX):
            near = band[np.abs(at[band] @ normal - r) < width]
            if len(near) < 8:
                break
            points = at[near]
            centre = points.mean(axis=0)
            (xx, xy), (_, yy) = ((points - centre).T @ (points - centre)).tolist()
            run = 0.5 * math.atan2(2 * xy, xx - yy)
            turned = np.array([-math.sin(run), math.cos(run)])
            if turned @ normal < 0:
                turned = -turned
            if turned @ normal < np.cos(np.deg2rad(6.0)):
                break
            normal, r = turned, float(centre @ turned)
        if len(near) < 8:
            continue
        along = at[near] @ np.array([-normal[1], normal[0]])
        seen = np.zeros(steps, np.float32)
        np.maximum.at(seen, ((along + reach) / STEP_PX).astype(np.int64), worth[near])
        seen[1:] = np.maximum(seen[1:], seen[:-1])
        twin = [
            k
            for k, (other, other_r) in enumerate(zip(normals, distances, strict=True))
            if abs(normal @ other) > np.cos(np.deg2rad(1.0))
            and abs(r * np.sign(normal @ other) - other_r) < 1.5
        ]
        if twin:
            continue
        normals.append(normal)
        distances.append(r)
        present.append(seen)
    seen_all = np.array(present, np.float32).reshape(-1, steps)
    return Lines(
        normals=np.array(normals, np.float64).reshape(-1, 2),
        distances=np.array(distances, np.float64),
        present=seen_all,
        origin_px=-reach,
        length_px=seen_all.sum(axis=1) * STEP_PX,
    )
