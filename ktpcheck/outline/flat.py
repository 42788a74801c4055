"""Small flattened views of a supposed card, taken from the reduced photo."""

from __future__ import annotations

import functools

import cv2
import numpy as np

from ktpcheck.geometry import CARD_HEIGHT_MM, CARD_WIDTH_MM, Box, Float64, UInt8, transform
from ktpcheck.outline.reduced import Reduced


def card_with_margin(margin_mm: float) -> Box:
    """The card and what lies around it."""
    return Box(-margin_mm, -margin_mm, CARD_WIDTH_MM + margin_mm, CARD_HEIGHT_MM + margin_mm)


def flatten_grey(reduced: Reduced, to_photo: Float64, window: Box, px_per_mm: float) -> UInt8:
    """Luma of a window of the card's plane, from the level nearest above that resolution.

    Parameters
    ----------
    reduced : Reduced
    to_photo : (3, 3) float64
        Card millimetres to photo pixels.
    window : Box
        What to show, in card millimetres; may reach outside the card.
    px_per_mm : float

    Returns
    -------
    (h, w) uint8
        Outside the photo its border is repeated.
    """
    level = reduced.level_for(to_photo, px_per_mm)
    factor = reduced.fine_factor * 2**level
    return warp_window(reduced.grey(level), factor, to_photo, window, (px_per_mm, px_per_mm))


def warp_window(
    picture: UInt8,
    factor: int,
    to_photo: Float64,
    window: Box,
    px_per_mm: tuple[float, float],
) -> UInt8:
    """Sample a window of the card's plane from a picture at 1 / ``factor`` of the photo.

    ``px_per_mm`` may differ in x and y. Pixel ``u`` of the result covers ``x0 + u / px_per_mm``
    to ``x0 + (u + 1) / px_per_mm``.
    """
    size = (round(window.width * px_per_mm[0]), round(window.height * px_per_mm[1]))
    to_mm = np.array(
        [
            [1 / px_per_mm[0], 0, window.x0 + 0.5 / px_per_mm[0]],
            [0, 1 / px_per_mm[1], window.y0 + 0.5 / px_per_mm[1]],
            [0, 0, 1.0],
        ]
    )
    to_picture = np.array([[1 / factor, 0, -0.5], [0, 1 / factor, -0.5], [0, 0, 1.0]])
    return np.asarray(
        cv2.warpPerspective(
            picture,
            to_picture @ to_photo @ to_mm,
            size,
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        ),
        np.uint8,
    )


def cut_off(reduced: Reduced, to_photo: Float64, boxes: list[Box]) -> list[float]:
    """How much of each box, from its left, lies outside the photo, in millimetres.

    What is cut at the right or in the middle counts as cut to there.
    """
    together = functools.reduce(Box.union, boxes)
    corners = transform(to_photo, together.corners_mm)
    if ((corners >= 1) & (corners <= np.array(reduced.size_px) - 1)).all():
        return [0.0] * len(boxes)
    steps = np.linspace(0.0, 1.0, 25)
    points = [(box.x0 + t * box.width, y) for box in boxes for y in (box.y0, box.y1) for t in steps]
    at = transform(to_photo, points)
    outside = ((at < 1) | (at > np.array(reduced.size_px) - 1)).any(axis=1)
    last = outside.reshape(len(boxes), 2, len(steps)).any(axis=1) * (steps + steps[1])
    return [
        min(float(share), 1.0) * box.width
        for share, box in zip(last.max(axis=1), boxes, strict=True)
    ]
