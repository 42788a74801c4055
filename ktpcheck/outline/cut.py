"""A card cut by the photo's frame, completed from its three own sides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from ktpcheck.geometry import CARD_HEIGHT_MM, CARD_WIDTH_MM, Float32, Float64

#: Long over short side of an ID-1 card.
RATIO: Final = CARD_WIDTH_MM / CARD_HEIGHT_MM
#: Focal length assumed, in longest sides of the photo (a phone's main camera, 24-28 mm).
FOCAL: Final = 0.8


def completed_card(corners: Float64, size: tuple[int, int]) -> list[Float32]:
    """Complete a cut card: its first side is the photo's frame, the three others are its own.

    The two sides that run into the frame meet at a vanishing point; with the focal length
    assumed, the direction of the third fixes the plane, and the ID-1 ratio the length.

    Parameters
    ----------
    corners : (4, 2) float64
        Clockwise; the side from corner 0 to 1 is the frame.

    Returns
    -------
    list of (4, 2) float32
        The seen end taken for a short side, and for a long one; clockwise from a long side.
    """
    focal = FOCAL * max(size)
    centre = np.array(size) / 2.0
    rays = np.hstack([(corners - centre) / focal, np.ones((4, 1))])
    right, left = cross(rays[1], rays[2]), cross(rays[0], rays[3])
    end = cross(rays[2], rays[3])
    away = cross(right, left)
    across = cross(end, away)
    if np.linalg.norm(across) < 1e-9 or np.linalg.norm(away) < 1e-9:
        return []
    plane = cross(away, across)
    plane /= np.linalg.norm(plane)
    # Depths that put the two seen corners on one plane with that normal.
    depth = [1.0 / (ray @ plane) if abs(ray @ plane) > 1e-6 else np.inf for ray in rays]
    if not np.isfinite(depth).all() or len({d > 0 for d in depth}) > 1:
        return []
    p2, p3 = rays[2] * depth[2], rays[3] * depth[3]
    direction = away / np.linalg.norm(away)
    if direction @ (rays[1] * depth[1] - p2) < 0:
        direction = -direction
    end_length = np.linalg.norm(p2 - p3)
    quads = []
    for factor, turn in ((RATIO, 1), (1.0 / RATIO, 0)):
        reach = direction * end_length * factor
        # The frame cuts the card: it must reach past it.
        if np.linalg.norm(rays[1] * depth[1] - p2) > 1.08 * end_length * factor:
            continue
        points = np.array([p3 + reach, p2 + reach, p2, p3])
        if (points[:, 2] * np.sign(depth[2]) <= 1e-3).any():
            continue
        pixels = points[:, :2] / points[:, 2:] * focal + centre
        margin = 0.6 * max(size)
        if (pixels < -margin).any() or (pixels > np.array(size) + margin).any():
            continue
        quads.append(np.asarray(np.roll(pixels, -turn, axis=0), np.float32))
    return quads


def cross(a: Sequence[float] | Float64, b: Sequence[float] | Float64) -> Float64:
    """Cross product of two 3-vectors: for single ones ten times as fast as numpy's."""
    ax, ay, az = a
    bx, by, bz = b
    return np.array([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx])
