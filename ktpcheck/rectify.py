"""Photo and outline to card: the card flattened onto one upright canvas in millimetres."""

from __future__ import annotations

import cv2
import numpy as np

from ktpcheck.geometry import (
    CANVAS_HEIGHT_PX,
    CANVAS_WIDTH_PX,
    CARD_CORNERS_MM,
    CARD_HEIGHT_MM,
    CARD_WIDTH_MM,
    MM_PER_INCH,
    PX_PER_MM,
    Float64,
    UInt8,
    mm_to_photo,
    transform,
)
from ktpcheck.records import Card, Outline, Photo, Placement


def rectify(photo: Photo, outline: Outline, placement: Placement) -> Card:
    """Flatten the card to its printed shape.

    Parameters
    ----------
    photo : Photo
        ``pixels`` is (H, W, 3) uint8 RGB.
    outline : Outline
        ``corners_px`` is (4, 2) float32 x, y; clockwise from the printed top-left.
    placement : Placement
        Where the print stands on this card; carried along.

    Returns
    -------
    Card
        Upright, at ``PX_PER_MM`` pixels per millimetre.

    Raises
    ------
    ValueError
        If the corners are collinear.

    References
    ----------
    .. [1] Hartley and Zisserman, Multiple View Geometry, ch. 4.
    """
    to_photo = mm_to_photo(outline.corners_px)
    scale = pixels_per_mm(to_photo)
    pixels, inside = flatten(photo.pixels, to_photo, PX_PER_MM)
    return Card(
        pixels=pixels,
        inside=inside.astype(bool),
        to_photo=to_photo,
        dpi=scale * MM_PER_INCH,
        outline=outline,
        placement=placement,
    )


def pixels_per_mm(to_photo: Float64) -> float:
    """Photo pixels per millimetre, the median over a grid on the card."""
    x, y = np.meshgrid(np.linspace(2, CARD_WIDTH_MM - 2, 7), np.linspace(2, CARD_HEIGHT_MM - 2, 5))
    at = np.stack([x.ravel(), y.ravel()], axis=1)
    here, right, below = (transform(to_photo, at + step) for step in ((0, 0), (0.5, 0), (0, 0.5)))
    dx, dy = 2.0 * (right - here), 2.0 * (below - here)
    areas = np.abs(dx[:, 0] * dy[:, 1] - dx[:, 1] * dy[:, 0])
    return float(np.sqrt(np.median(areas)))


def flatten(source: UInt8, to_photo: Float64, px_per_mm: float) -> tuple[UInt8, UInt8]:
    """Warp the card out of a picture onto an upright canvas.

    Parameters
    ----------
    source : (H, W, 3) uint8
        The picture the homography speaks of.
    to_photo : (3, 3) float64
        Card millimetres to picture pixels.
    px_per_mm : float
        Resolution of the canvas.

    Returns
    -------
    pixels : (h, w, 3) uint8
    inside : (h, w) uint8
        1 where the picture shows the card, 0 where the card lies outside the frame.
    """
    if px_per_mm == PX_PER_MM:
        size = (CANVAS_WIDTH_PX, CANVAS_HEIGHT_PX)
    else:
        size = (round(CARD_WIDTH_MM * px_per_mm), round(CARD_HEIGHT_MM * px_per_mm))
    corners = transform(to_photo, CARD_CORNERS_MM)
    height, width = source.shape[:2]
    x0, y0 = np.clip(np.floor(corners.min(axis=0)).astype(int) - 4, 0, [width - 1, height - 1])
    x1, y1 = np.clip(
        np.ceil(corners.max(axis=0)).astype(int) + 5, [x0 + 1, y0 + 1], [width, height]
    )
    region: UInt8 = source[y0:y1, x0:x1]
    # Warping samples points: a finer source must be area-averaged first or strokes alias. A whole
    # factor is ten times cheaper than an exact one, and the warp takes up the rest.
    factor = int(pixels_per_mm(to_photo) / px_per_mm)
    if factor > 1:
        wide, high = (x1 - x0) // factor, (y1 - y0) // factor
        region = np.asarray(
            cv2.resize(
                region[: high * factor, : wide * factor],
                (wide, high),
                interpolation=cv2.INTER_AREA,
            ),
            np.uint8,
        )
    # Pixel centres: source pixel u has its centre at u + 0.5 in the continuous plane, so the
    # corners of a photo pixel are integers and those of a canvas pixel too.
    to_region = (
        np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1.0]])
        @ np.diag([1 / max(factor, 1), 1 / max(factor, 1), 1.0])
        @ np.array([[1, 0, -float(x0)], [0, 1, -float(y0)], [0, 0, 1.0]])
        @ to_photo
        @ np.array([[1 / px_per_mm, 0, 0], [0, 1 / px_per_mm, 0], [0, 0, 1.0]])
        @ np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1.0]])
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    pixels = cv2.warpPerspective(
        region, to_region, size, flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    inside = _inside(to_photo, size, px_per_mm, (width, height))
    return np.asarray(pixels, np.uint8), inside


def _inside(
    to_photo: Float64, size: tuple[int, int], px_per_mm: float, photo_size: tuple[int, int]
) -> UInt8:
    """Where on the canvas the photo shows something: the photo's frame drawn on the card."""
    corners = transform(to_photo, CARD_CORNERS_MM)
    if (corners >= 0).all() and (corners <= np.array(photo_size)).all():
        return np.ones((size[1], size[0]), np.uint8)
    canvas = np.zeros((size[1], size[0]), np.uint8)
    x, y = np.meshgrid(np.arange(0, size[0] + 8, 8), np.arange(0, size[1] + 8, 8))
    at = transform(to_photo, np.stack([x.ravel(), y.ravel()], axis=1) / px_per_mm)
    seen = (at >= 0).all(axis=1) & (at <= np.array(photo_size)).all(axis=1)
    if seen.all():
        canvas[:] = 1
        return canvas
    coarse = seen.reshape(x.shape).astype(np.float32)
    fine = cv2.resize(
        coarse, (coarse.shape[1] * 8 - 7, coarse.shape[0] * 8 - 7), interpolation=cv2.INTER_LINEAR
    )
    return np.asarray(fine[: size[1], : size[0]] > 0.5, np.uint8)
