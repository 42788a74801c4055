"""The card's plane: millimetres, boxes, corners and homographies.

Millimetres have their origin at the printed top-left corner of the card, x to the right, y down.
Corners are ``(4, 2)`` float32 x, y, clockwise from the printed top-left (TL, TR, BR, BL).
Pixels live in a continuous plane: pixel ``u`` covers ``u`` to ``u + 1``, a picture 0 to its width.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]
UInt8 = npt.NDArray[np.uint8]
Bool = npt.NDArray[np.bool_]

#: ID-1 size, ISO/IEC 7810.
CARD_WIDTH_MM: Final = 85.60
CARD_HEIGHT_MM: Final = 53.98
CORNER_RADIUS_MM: Final = 3.18

#: Resolution of the canonical canvas (406 dpi).
PX_PER_MM: Final = 16
CANVAS_WIDTH_PX: Final = round(CARD_WIDTH_MM * PX_PER_MM)
CANVAS_HEIGHT_PX: Final = round(CARD_HEIGHT_MM * PX_PER_MM)

MM_PER_INCH: Final = 25.4

#: The card's corners in millimetres, clockwise from the printed top-left.
CARD_CORNERS_MM: Final[Float32] = np.array(
    [[0, 0], [CARD_WIDTH_MM, 0], [CARD_WIDTH_MM, CARD_HEIGHT_MM], [0, CARD_HEIGHT_MM]], np.float32
)


@dataclass(frozen=True)
class Box:
    """An upright rectangle on the card, in millimetres."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def width(self) -> float:
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        return self.y1 - self.y0

    @property
    def corners_mm(self) -> Float32:
        """(4, 2) float32, clockwise from the top-left."""
        return np.array(
            [[self.x0, self.y0], [self.x1, self.y0], [self.x1, self.y1], [self.x0, self.y1]],
            np.float32,
        )

    def shifted(self, dx: float, dy: float) -> Box:
        return Box(self.x0 + dx, self.y0 + dy, self.x1 + dx, self.y1 + dy)

    def grown(self, dx: float, dy: float) -> Box:
        """Move every side outward by ``dx`` / ``dy`` mm (inward when negative)."""
        return Box(self.x0 - dx, self.y0 - dy, self.x1 + dx, self.y1 + dy)

    def union(self, other: Box) -> Box:
        return Box(
            min(self.x0, other.x0),
            min(self.y0, other.y0),
            max(self.x1, other.x1),
            max(self.y1, other.y1),
        )

    def slices(self, shape: tuple[int, ...]) -> tuple[slice, slice]:
        """Rows and columns of this box in an array that spans the whole card.

        Parameters
        ----------
        shape : tuple of int
            ``(H, W, ...)`` of the array.

        Returns
        -------
        tuple of slice
            Clipped to the array; never empty inside the card (at least one pixel a side).
        """
        rows, columns = shape[0], shape[1]
        sy, sx = rows / CARD_HEIGHT_MM, columns / CARD_WIDTH_MM
        y0 = min(max(math.floor(self.y0 * sy), 0), rows - 1)
        x0 = min(max(math.floor(self.x0 * sx), 0), columns - 1)
        y1 = min(max(math.ceil(self.y1 * sy), y0 + 1), rows)
        x1 = min(max(math.ceil(self.x1 * sx), x0 + 1), columns)
        return slice(y0, y1), slice(x0, x1)


#: The whole card as a box.
CARD_BOX: Final = Box(0.0, 0.0, CARD_WIDTH_MM, CARD_HEIGHT_MM)


def mm_to_photo(corners_px: Float32) -> Float64:
    """Homography from card millimetres to photo pixels.

    Parameters
    ----------
    corners_px : (4, 2) float32
        Clockwise from the printed top-left.

    Returns
    -------
    (3, 3) float64

    Raises
    ------
    ValueError
        If three corners lie on one line or a value is not finite.
    """
    corners = np.asarray(corners_px, np.float32)
    if corners.shape != (4, 2) or not np.isfinite(corners).all():
        raise ValueError("corners must be (4, 2) and finite")
    # Every triangle of corners must have area: a degenerate quad has no homography.
    extent = float(np.ptp(corners, axis=0).max()) or 1.0
    for skipped in range(4):
        a, b, c = np.delete(corners, skipped, axis=0).astype(np.float64)
        doubled_area = abs((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))
        if doubled_area < 1e-4 * extent * extent:
            raise ValueError("corners are collinear")
    return np.asarray(cv2.getPerspectiveTransform(CARD_CORNERS_MM, corners), np.float64)


def transform(homography: Float64, points: npt.ArrayLike) -> Float32:
    """Map points through a homography.

    Parameters
    ----------
    homography : (3, 3) float64
    points : (N, 2) array_like

    Returns
    -------
    (N, 2) float32
    """
    xy = np.asarray(points, np.float64).reshape(-1, 2)
    mapped = np.hstack([xy, np.ones((len(xy), 1))]) @ np.asarray(homography, np.float64).T
    return np.asarray(mapped[:, :2] / mapped[:, 2:], np.float32)


def jaccard(predicted_px: Float32, true_px: Float32) -> float:
    """Outline overlap measured in the true card's own frame (SmartDoc 2015 protocol).

    Parameters
    ----------
    predicted_px, true_px : (4, 2) float32
        Corners in the same photo. The order of corners does not matter to the overlap.

    Returns
    -------
    float
        Intersection over union, 0..1.
    """
    to_mm = np.asarray(np.linalg.inv(mm_to_photo(true_px)), np.float64)
    predicted_mm = cv2.convexHull(transform(to_mm, predicted_px))
    shared = _area_on_card(predicted_mm)
    union = cv2.contourArea(predicted_mm) + CARD_WIDTH_MM * CARD_HEIGHT_MM - shared
    return float(shared / union) if union > 0 else 0.0


def _area_on_card(polygon_mm: npt.ArrayLike) -> float:
    """Area of the part of a convex polygon that lies on the card, mm².

    ``cv2.intersectConvexConvex`` loses parts of polygons whose sides nearly coincide, which is
    what a good outline and the true one do.
    """
    polygon = np.asarray(polygon_mm, np.float64).reshape(-1, 2)
    for axis, limit, sign in (
        (0, 0, 1),
        (0, CARD_WIDTH_MM, -1),
        (1, 0, 1),
        (1, CARD_HEIGHT_MM, -1),
    ):
        depth = sign * (polygon[:, axis] - limit)
        kept = []
        for here, there in zip(
            range(len(polygon)), np.roll(np.arange(len(polygon)), -1), strict=True
        ):
            if depth[here] >= 0:
                kept.append(polygon[here])
            if (depth[here] >= 0) != (depth[there] >= 0):
                share = depth[here] / (depth[here] - depth[there])
                kept.append(polygon[here] + share * (polygon[there] - polygon[here]))
        polygon = np.array(kept).reshape(-1, 2)
        if len(polygon) < 3:
            return 0.0
    x, y = polygon[:, 0], polygon[:, 1]
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)
