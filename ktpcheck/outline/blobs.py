"""Regions of one colour whose hull is a quad: what lines miss on a busy table."""

from __future__ import annotations

import math
from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import Float32, Float64, UInt8
from ktpcheck.outline.cut import cross

#: Longest side of the picture regions are looked for in.
_PX: Final = 320
#: A region is card-sized between these shares of the picture.
_SMALLEST: Final = 0.007
_LARGEST: Final = 0.93
#: Surroundings a small region is compared with, and by how many deviations it stands out.
_AROUND_PX: Final = 60.0
_STANDS_OUT: Final = 2.0
#: Share of its hull a region must fill, and of its quad the hull.
_SOLID: Final = 0.8
_QUAD: Final = 0.88


def find_blobs(picture: UInt8) -> list[tuple[Float32, float]]:
    """Quads around regions that stand out in some channel.

    Parameters
    ----------
    picture : (H, W, 3) uint8

    Returns
    -------
    list of ((4, 2) float32, float)
        Clockwise corners in the picture's pixels, and how well the region fills them 0..1.

    References
    ----------
    .. [1] Otsu, A threshold selection method from gray-level histograms (1979).
    """
    small, scale = _sized(picture, _PX)
    masks: list[UInt8] = []
    for channel in _channels(small):
        masks += _masks(_calm(channel))
    return _card_like(masks, scale)


def find_small_blobs(picture: UInt8) -> list[tuple[Float32, float]]:
    """Quads around small regions that stand out from what surrounds them.

    A card far away is no class of its own in any histogram of the photo. Same parameters and
    result as ``find_blobs``.
    """
    small, scale = _sized(picture, 2 * _PX)
    masks: list[UInt8] = []
    for channel in _channels(small):
        calm = _calm(channel).astype(np.float32)
        out = calm - cv2.GaussianBlur(calm, (0, 0), _AROUND_PX)
        limit = _STANDS_OUT * float(out.std()) + 1.0
        masks += [
            (out > limit).astype(np.uint8) * np.uint8(255),
            (out < -limit).astype(np.uint8) * np.uint8(255),
        ]
    return _card_like(masks, scale)


def _sized(picture: UInt8, longest: int) -> tuple[UInt8, float]:
    scale = longest / max(picture.shape[:2])
    size = (max(round(picture.shape[1] * scale), 8), max(round(picture.shape[0] * scale), 8))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8), scale


def _calm(channel: UInt8) -> UInt8:
    """Closing takes dark print out of a light card."""
    calm = cv2.GaussianBlur(channel, (0, 0), 1.2)
    return np.asarray(cv2.morphologyEx(calm, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8)), np.uint8)


def _card_like(masks: list[UInt8], scale: float) -> list[tuple[Float32, float]]:
    """The regions of masks whose hull is a quad."""
    found: list[tuple[Float32, float]] = []
    for mask in masks:
        area = float(mask.size)
        # Opening cuts what touches the card at a corner.
        opened = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
        contours, _ = cv2.findContours(opened, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        for contour in contours:
            hull = cv2.convexHull(contour)
            hull_area = cv2.contourArea(hull)
            if not _SMALLEST * area < hull_area < _LARGEST * area:
                continue
            solid = cv2.contourArea(contour) / hull_area
            quad = _quad(hull) if solid > _SOLID else None
            if quad is None:
                continue
            filled = hull_area / max(cv2.contourArea(quad), 1.0)
            if _QUAD < filled < 1.12:
                # Contours run through pixel centres.
                corners = (quad + 0.5) / np.float32(scale)
                found.append((np.asarray(corners, np.float32), solid * min(filled, 1.0)))
    return found


def _masks(channel: UInt8) -> list[UInt8]:
    """The two classes of a channel, and the two its lower class falls into again.

    A card on paper on a table makes three classes, and the card is bluer and darker than paper.
    """
    first = _otsu(channel)
    classes = [channel > first, channel <= first]
    lower = channel[channel <= first]
    if lower.size > _SMALLEST * channel.size:
        second = _otsu(lower)
        classes += [(channel > second) & (channel <= first), channel <= second]
    return [one.astype(np.uint8) * np.uint8(255) for one in classes]


def _otsu(values: UInt8) -> float:
    level, _ = cv2.threshold(values.reshape(1, -1), 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    return float(level)


def _channels(picture: UInt8) -> list[UInt8]:
    """Light, and the two colour differences that tell a blue card from most tables."""
    red, green, blue = (picture[..., k].astype(np.int16) for k in range(3))
    light = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)
    saturation = picture.max(axis=2) - picture.min(axis=2)
    warm = np.clip((red - blue) // 2 + 128, 0, 255).astype(np.uint8)
    tint = np.clip(green - (red + blue) // 2 + 128, 0, 255).astype(np.uint8)
    return [light, warm, tint, np.asarray(saturation, np.uint8)]


def _quad(hull: np.ndarray) -> Float32 | None:
    """Four straight sides around a hull, or None: fit to the hull between its far corners."""
    length = cv2.arcLength(hull, True)
    for share in (0.02, 0.03, 0.045, 0.06):
        shape = cv2.approxPolyDP(hull, share * length, True)
        if len(shape) == 4:
            break
    else:
        return None
    corners = shape.reshape(4, 2).astype(np.float32)
    if cv2.contourArea(corners, True) < 0:
        corners = corners[::-1]
    # Hull points along each side, corners left out, give lines that round corners do not bend.
    dense = _densified(hull.reshape(-1, 2).astype(np.float64))
    lines = []
    for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        side_px = max(math.hypot(*(b - a).tolist()), 1e-6)
        along = (b - a) / side_px
        t = (dense - a) @ along / side_px
        off = np.abs((dense - a) @ np.array([-along[1], along[0]]))
        near = dense[(t > 0.12) & (t < 0.88) & (off < 0.03 * length)]
        if len(near) < 5:
            return corners
        fitted = cv2.fitLine(near.astype(np.float32), cv2.DIST_HUBER, 0, 0.01, 0.01)
        vx, vy, x, y = (float(v) for v in fitted.ravel())
        lines.append((-vy, vx, x * vy - y * vx))
    crossed = np.array([cross(lines[k - 1], lines[k]) for k in range(4)])
    if (np.abs(crossed[:, 2]) < 1e-9).any():
        return corners
    exact = (crossed[:, :2] / crossed[:, 2:]).astype(np.float32)
    return exact if np.abs(exact - corners).max() < 0.08 * length else corners


def _densified(points: Float64) -> Float64:
    """A closed polygon's points about a pixel apart."""
    sides = np.concatenate([points[1:], points[:1]]) - points
    steps = np.maximum(np.hypot(sides[:, 0], sides[:, 1]).astype(np.int64), 1)
    side = np.repeat(np.arange(len(points)), steps)
    share = (np.arange(len(side)) - (np.cumsum(steps) - steps)[side]) / steps[side]
    return np.asarray(points[side] + sides[side] * share[:, None])
