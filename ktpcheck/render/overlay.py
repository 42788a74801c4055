"""Pictures for a report, drawn on copies: shrunk photos, heat maps, their encodings."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import Bool, Float32, UInt8

#: Viridis: brightness rises with the value, so that it also reads in grey and to colour-blind eyes.
_COLOURS: Final = cv2.COLORMAP_VIRIDIS
_HEAT_LONGEST_PX: Final = 214
_HEAT_OPACITY: Final = 0.45
#: Cells of 2 mm: larger than any letter, so that a redacted map shows where, never what.
_COARSE_SHAPE: Final = (27, 43)
_JPEG_QUALITY: Final = 82
#: Faults are drawn at 8 px/mm; how see-through the ground between their hatching is.
MARKS_SHAPE: Final = (432, 685)
_WASH_ALPHA: Final = 46
_TAG_PX: Final = 22
_STRIPE_PX: Final = 14
_STRIPE_LEVELS: Final = (236, 214)


def fitted(pixels: UInt8, longest_px: int) -> UInt8:
    """A copy no longer than this on its longer side, area-averaged; never enlarged.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 RGB
    longest_px : int

    Returns
    -------
    (h, w, 3) uint8 RGB
    """
    height, width = pixels.shape[:2]
    scale = longest_px / max(height, width)
    if scale >= 1:
        return np.array(pixels)
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def without_outside(pixels: UInt8, inside: Bool) -> UInt8:
    """A copy with stripes where the photo shows nothing, so that no repeated edge looks like card.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 RGB
    inside : (H, W) bool

    Returns
    -------
    (H, W, 3) uint8 RGB
    """
    height, width = inside.shape
    y, x = np.ogrid[:height, :width]
    stripes = np.where((x + y) // _STRIPE_PX % 2, *_STRIPE_LEVELS).astype(np.uint8)
    return np.where(inside[..., None], pixels, stripes[..., None])


def value_range(values: Float32, *, limit: float | None = None) -> tuple[float, float]:
    """The values between which a map's colours run.

    Parameters
    ----------
    values : (h, w) float32
        NaN where not assessable.
    limit : float, optional
        A value the range must hold, so that colours on both sides of it differ.

    Returns
    -------
    low, high : float
        Native values, ``low < high``: the middle 98 % of the map, NaN left out.
    """
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        return 0.0, 1.0
    low, high = (float(value) for value in np.percentile(finite, (1, 99)))
    if limit is not None and np.isfinite(limit):
        low, high = min(low, limit), max(high, limit)
    if high - low < 1e-6 * max(abs(low), abs(high), 1e-3):
        high = low + max(abs(low), 1.0)
    return low, high


def heat(values: Float32, low: float, high: float, *, coarse: bool = False) -> UInt8:
    """A measure's map as a see-through picture of the card.

    Parameters
    ----------
    values : (h, w) float32
        NaN where not assessable: those pixels stay clear.
    low, high : float
        Values at the ends of the colours.
    coarse : bool
        Average over cells larger than a letter first.

    Returns
    -------
    (h', w', 4) uint8 RGBA
        Same shape of card, at most 214 px long.
    """
    known = np.isfinite(values).astype(np.float32)
    filled = np.where(known > 0, values, 0).astype(np.float32)
    rows, columns = values.shape
    shrink = min(1.0, _HEAT_LONGEST_PX / max(rows, columns))
    shape = (
        _COARSE_SHAPE if coarse else (max(round(rows * shrink), 1), max(round(columns * shrink), 1))
    )
    size = (shape[1], shape[0])
    # NaN must not bleed into its neighbours: average what is known, by how much is known.
    share = np.asarray(cv2.resize(known, size, interpolation=cv2.INTER_AREA), np.float32)
    total = np.asarray(cv2.resize(filled, size, interpolation=cv2.INTER_AREA), np.float32)
    mean = total / np.maximum(share, 1e-6)
    levels = np.clip((mean - low) / (high - low), 0, 1) * 255
    bgr = cv2.applyColorMap(np.round(levels).astype(np.uint8), _COLOURS)
    alpha = np.where(share > 0.5, round(255 * _HEAT_OPACITY), 0).astype(np.uint8)
    return np.dstack([bgr[:, :, ::-1], alpha])


def marks(places: Sequence[tuple[Bool, float]]) -> UInt8:
    """Faults on the card as a see-through picture, told apart without colour.

    Parameters
    ----------
    places : sequence of ((432, 685) bool, float)
        Where each fault is, and how grave it is, 0..1. The colour says how grave; each has a
        hatching, an outline and a letter of its own: ``A`` for the first.

    Returns
    -------
    (432, 685, 4) uint8 RGBA
    """
    picture = np.zeros((*MARKS_SHAPE, 4), np.uint8)
    # The gravest last: it lies on top.
    for index, (place, severity) in reversed(list(enumerate(places))):
        bgr = cv2.applyColorMap(np.full((1, 1), round(255 * severity), np.uint8), _COLOURS)[0, 0]
        rgb = (int(bgr[2]), int(bgr[1]), int(bgr[0]))
        picture[place & (picture[..., 3] == 0)] = (*rgb, _WASH_ALPHA)
        picture[place & _hatching(index)] = (*rgb, 255)
        contours, _ = cv2.findContours(
            place.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE
        )
        # Dark on light on dark: an edge on any ground.
        cv2.drawContours(picture, contours, -1, (255, 255, 255, 255), 4)
        cv2.drawContours(picture, contours, -1, (0, 0, 0, 255), 2)
    for index, (place, _) in enumerate(places):
        _tag(picture, place, letter(index), index)
    return picture


def letter(index: int) -> str:
    """``A`` for the first fault, ``B`` for the second."""
    return chr(ord("A") + index)


def _hatching(index: int) -> Bool:
    """One of seven hatchings over the whole card."""
    y, x = np.mgrid[: MARKS_SHAPE[0], : MARKS_SHAPE[1]]
    rising, falling = (x + y) % 12 < 3, (x - y) % 12 < 3
    level, upright = y % 10 < 3, x % 10 < 3
    dots = (x % 10 - 5) ** 2 + (y % 10 - 5) ** 2 < 8
    kinds = (rising, falling, level, upright, dots, rising | falling, level | upright)
    return np.asarray(kinds[index % len(kinds)], bool)


def _tag(picture: UInt8, place: Bool, text: str, index: int) -> None:
    """A letter at the upper left of the largest part of a place, later ones moved aside."""
    count, _, stats, _ = cv2.connectedComponentsWithStats(place.astype(np.uint8))
    if count < 2:
        return
    largest = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    size = _TAG_PX
    x = int(np.clip(stats[largest, cv2.CC_STAT_LEFT] + index * size, 0, MARKS_SHAPE[1] - size))
    y = int(np.clip(stats[largest, cv2.CC_STAT_TOP] - size // 2, 0, MARKS_SHAPE[0] - size))
    cv2.rectangle(picture, (x, y), (x + size - 1, y + size - 1), (0, 0, 0, 255), -1)
    where, white = (x + 4, y + size - 6), (255, 255, 255, 255)
    cv2.putText(picture, text, where, cv2.FONT_HERSHEY_SIMPLEX, 0.6, white, 2, cv2.LINE_AA)


def colour_stops(count: int) -> list[str]:
    """The heat map's colours from low to high, evenly spaced, as ``#rrggbb``."""
    levels = np.linspace(0, 255, count).round().astype(np.uint8).reshape(1, -1)
    bgr = cv2.applyColorMap(levels, _COLOURS)[0]
    return [f"#{int(r):02x}{int(g):02x}{int(b):02x}" for b, g, r in bgr]


def png(pixels: UInt8) -> bytes:
    """(H, W, 3) RGB or (H, W, 4) RGBA uint8 as a PNG file."""
    if pixels.shape[2] == 4:
        return _encoded(".png", np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGBA2BGRA), np.uint8))
    return _encoded(".png", np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), np.uint8))


def jpeg(pixels: UInt8) -> bytes:
    """(H, W, 3) uint8 RGB as a JPEG file."""
    bgr = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), np.uint8)
    return _encoded(".jpg", bgr, cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY)


def data_uri(media_type: str, content: bytes) -> str:
    """Bytes as a ``data:`` address."""
    return f"data:{media_type};base64,{base64.b64encode(content).decode('ascii')}"


def _encoded(suffix: str, bgr: UInt8, *options: int) -> bytes:
    done, content = cv2.imencode(suffix, bgr, list(options))
    if not done:
        raise ValueError(f"cannot encode a picture of shape {bgr.shape} as {suffix}")
    return bytes(content)
