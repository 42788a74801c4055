"""Where the card lies in the picture: a pinhole camera over a flat card."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from ktpcheck.geometry import (
    CARD_CORNERS_MM,
    CARD_HEIGHT_MM,
    CARD_WIDTH_MM,
    Float32,
    Float64,
    mm_to_photo,
    transform,
)

#: Distance the fixed-point search for the distorted place of a point is run for.
_DISTORTION_ROUNDS: Final = 6


@dataclass(frozen=True, eq=False)
class Pose:
    """The card's place.

    ``to_photo`` maps card millimetres to the undistorted picture; ``distortion`` is the first
    radial coefficient over half the diagonal (positive: barrel).
    """

    to_photo: Float64
    size_px: tuple[int, int]
    distortion: float
    tilt_deg: float
    bend_mm: float = 0.0

    def _bulge(self, x_mm: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
        """How far a bent card's rows are pushed down at ``x_mm``; nothing at its upright edges."""
        across = np.clip(2 * x_mm / CARD_WIDTH_MM - 1, -1, 1)
        bulge: npt.NDArray[np.floating] = self.bend_mm * (1 - across**2)
        return bulge

    def project(self, points_mm: Float32) -> Float32:
        """Card millimetres to picture pixels, lens included. (N, 2) float32."""
        bent_mm = np.array(points_mm, np.float64)
        bent_mm[:, 1] += self._bulge(bent_mm[:, 0])
        flat = transform(self.to_photo, bent_mm).astype(np.float64)
        centre = np.array(self.size_px, np.float64) / 2
        half = float(np.hypot(*centre))
        ideal = (flat - centre) / half
        bent = ideal.copy()
        for _ in range(_DISTORTION_ROUNDS):
            radius = (bent**2).sum(axis=1, keepdims=True)
            bent = ideal / (1 + self.distortion * radius)
        return np.asarray(bent * half + centre, np.float32)

    def ideal(self, points_px: Float32) -> Float32:
        """Picture pixels to the undistorted picture."""
        centre = np.array(self.size_px, np.float32) / 2
        half = float(np.hypot(*centre))
        bent = (points_px - centre) / half
        radius = (bent**2).sum(axis=-1, keepdims=True)
        return np.asarray(bent * (1 + self.distortion * radius) * half + centre, np.float32)

    def on_card(self, points_px: Float32) -> Float32:
        """Picture pixels to card millimetres, the inverse of ``project``. (N, 2) float32."""
        at = transform(np.asarray(np.linalg.inv(self.to_photo)), self.ideal(points_px))
        if self.bend_mm:
            at[:, 1] -= self._bulge(at[:, 0])
        return at

    def depth(self, points_mm: Float32) -> Float32:
        """How much farther from the lens than the card's middle, as a share. (N,) float32."""
        row = self.to_photo[2]
        at = row[0] * points_mm[:, 0] + row[1] * points_mm[:, 1] + row[2]
        middle = row[0] * CARD_WIDTH_MM / 2 + row[1] * CARD_HEIGHT_MM / 2 + row[2]
        return np.asarray(at / middle - 1, np.float32)

    @property
    def corners_px(self) -> Float32:
        """The card's corners in the picture, (4, 2) float32."""
        return self.project(CARD_CORNERS_MM)

    @property
    def px_per_mm(self) -> float:
        """Picture pixels per millimetre on the card, over its whole area."""
        return float(np.sqrt(cv2.contourArea(self.corners_px) / (CARD_WIDTH_MM * CARD_HEIGHT_MM)))


@dataclass(frozen=True)
class Wish:
    """What a scene asks of the pose.

    ``width_share``: the card's width as a share of the picture's longer usable side.
    ``bend_mm``: how far its middle bulges.
    ``offset``: the card's centre as shares of the picture. ``tilt_deg``: how far the card leans.
    """

    width_share: float
    offset: tuple[float, float]
    rotation_deg: float
    tilt_deg: float
    tilt_axis_deg: float
    distortion: float
    bend_mm: float = 0.0


def solve(wish: Wish, size_px: tuple[int, int]) -> Pose:
    """Turn a wish into a pose.

    Parameters
    ----------
    wish : Wish
    size_px : tuple of int
        Width and height of the picture.

    Returns
    -------
    Pose
    """
    width, height = size_px
    focal = 0.82 * max(width, height)
    turn = np.deg2rad(wish.rotation_deg)
    axis = np.deg2rad(wish.tilt_axis_deg)
    in_plane = cv2.Rodrigues(np.array([0.0, 0.0, turn]))[0]
    lean = cv2.Rodrigues(np.deg2rad(wish.tilt_deg) * np.array([np.cos(axis), np.sin(axis), 0.0]))[0]
    rotation = lean @ in_plane
    centred = np.hstack(
        [CARD_CORNERS_MM - [CARD_WIDTH_MM / 2, CARD_HEIGHT_MM / 2], np.zeros((4, 1))]
    )
    turned = centred @ rotation.T
    # How wide the card may be: its turned box against the picture.
    flat = np.abs(centred[:, :2] @ in_plane[:2, :2].T).max(axis=0) * 2
    fit = min(width / flat[0], height / flat[1])
    distance = focal / (fit * wish.width_share)
    depth = distance + turned[:, 2]
    corners = focal * turned[:, :2] / depth[:, None]
    corners = corners - corners.mean(axis=0) + np.array(wish.offset) * [width, height]
    return Pose(
        mm_to_photo(corners.astype(np.float32)),
        size_px,
        wish.distortion,
        wish.tilt_deg,
        wish.bend_mm,
    )


def sampling_maps(
    pose: Pose, window: tuple[int, int, int, int], step: int = 16
) -> tuple[Float32, Float32]:
    """Where on the card each picture pixel looks, in millimetres.

    Parameters
    ----------
    pose : Pose
    window : tuple of int
        x0, y0, x1, y1 of the part of the picture.
    step : int
        Spacing of the exact grid; between it the map is interpolated.

    Returns
    -------
    x_mm, y_mm : (y1 - y0, x1 - x0) float32
    """
    x0, y0, x1, y1 = window
    columns = (x1 - x0 + step - 1) // step + 1
    rows = (y1 - y0 + step - 1) // step + 1
    gx = x0 + np.arange(columns, dtype=np.float32) * step
    gy = y0 + np.arange(rows, dtype=np.float32) * step
    grid = np.stack(np.meshgrid(gx, gy), axis=-1).reshape(-1, 2)
    # Pixel centres: the middle of the cell that starts at gx is exact at gx + 0.5.
    at = pose.on_card(np.asarray(grid + 0.5, np.float32))
    maps = []
    for coordinate in range(2):
        coarse = at[:, coordinate].reshape(rows, columns)
        fine = _spread(coarse, step)
        maps.append(fine[: y1 - y0, : x1 - x0])
    return maps[0], maps[1]


def _spread(coarse: Float32, step: int) -> Float32:
    """Bilinear interpolation that passes through the grid's own points."""
    rows, columns = coarse.shape
    shift = np.array([[1 / step, 0, 0], [0, 1 / step, 0]], np.float64)
    return np.asarray(
        cv2.warpAffine(
            coarse,
            shift,
            ((columns - 1) * step, (rows - 1) * step),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        ),
        np.float32,
    )
