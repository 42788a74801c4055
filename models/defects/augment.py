"""Other light, other cameras and other faults for captures that are drawn already."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from boxes import as_found, printed
from captures import VALUE
from laid import LAID, shortened, some_faults, strength
from network import MAPS, STRIDE
from people import bolder, other_portrait, signed
from shapes import PORTRAIT_LEVEL, PX_PER_MM, Array, blots, blurred, grid, noise, point

from ktpcheck.measures.network import SHAPE

_CELLS: Final = (SHAPE[0] // STRIDE, SHAPE[1] // STRIDE)

#: A tenth of a mask is enough to be seen.
_PRESENT: Final = 0.1

#: What hides whatever else is there.
_OPAQUE: Final = frozenset({"occluded", "hole_punch", "broken"})


#: From three colours to their mean.
_MEAN: Final = np.full((1, 3), 1 / 3, np.float32)

#: Noise of unit spread; every use takes another part of it.
_GRAIN: Final = np.random.default_rng(5).standard_normal(
    (2 * SHAPE[0], 2 * SHAPE[1], 3), np.float32
)

#: How often some values end sooner, and how many.
_SHORTER: Final = 0.4
_MOST_SHORTER: Final = 3

#: How often the portrait and the signature are others, and print is bolder.
_OTHER_FACE: Final = 0.4
_SIGNED: Final = 0.3
_BOLDER: Final = 0.2

#: Pixels of a portrait that is all there.
_LEAST_FACE: Final = 60

#: Left and below of here, mm, values have no length of their own: above stand headings and the NIK.
_ANY_LENGTH_MM: Final = (33.0, 14.0)

#: Faults under which print cannot be read, or is gone.
_LOSES_PRINT: Final = [
    MAPS.index(name)
    for name in ("occluded", "laminate_peel", "text_missing", "broken", "hole_punch")
]


def _other_ground(rgb: Array, rng: np.random.Generator) -> Array:
    """Another blank: its hue, and a low-contrast pattern of waves, areas or clouds printed on it.

    Light through a printed layer: dark print is hardly changed.
    """
    much = rng.uniform(0.01, 0.07)
    tint = (1 + 0.6 * rng.normal(0, 1, 3)).astype(np.float32)
    y, x = grid()
    kind = int(rng.integers(5))
    if kind == 0:  # guilloche
        turn, period = rng.uniform(0, np.pi), rng.uniform(6, 52)
        bent = rng.uniform(0, 28) * noise(rng, (5, 8))
        pattern = np.sin(_across(x, y, turn, period) + bent * (6.28 / period))
    elif kind == 1:  # areas with an outline, as of a map
        cells = int(rng.integers(5, 16))
        rough = noise(rng, (cells, 2 * cells)) + 0.4 * noise(rng, (26, 42))
        pattern = np.tanh((rough - rng.uniform(-0.6, 0.6)) * rng.uniform(2, 20))
    elif kind == 2:  # rings
        at = point(rng)
        away = np.hypot(x - at[0], (y - at[1]) * rng.uniform(0.7, 1.4))
        pattern = np.sin(away * (6.28 / rng.uniform(10, 60))) * np.clip(1.5 - away / 240, 0, 1)
    elif kind == 3:  # an emblem: a disc or some areas, paler or deeper
        pattern = rng.choice([-1, 1]) * blots(rng, rng.uniform(4, 22))
    else:  # clouds and sheen
        pattern = noise(rng, (int(rng.integers(3, 9)), int(rng.integers(4, 14))))
    hue = 1 + rng.normal(0, 0.04, 3)
    layers = [much * share * pattern + one for share, one in zip(tint, hue, strict=True)]
    if rng.random() < 0.4:
        grey = cv2.transform(rgb, _MEAN)[..., None]
        rgb = grey + (rgb - grey) * np.float32(rng.uniform(0.5, 1.5))
    return rgb * cv2.merge([np.asarray(layer, np.float32) for layer in layers])


def _across(x: Array, y: Array, turn: float, period: float) -> Array:
    """Phase of waves of ``period`` pixels that run in the direction ``turn``."""
    return (x * np.float32(np.cos(turn)) + y * np.float32(np.sin(turn))) * np.float32(6.28 / period)


def _other_person(rgb: Array, held: Array, maps: Array, rng: np.random.Generator) -> Array:
    """Another face and signature, where no fault lies on those there."""
    rows, columns = np.nonzero(held == PORTRAIT_LEVEL)
    if not len(rows):
        return rgb
    part = slice(int(rows.min()), int(rows.max()) + 1), slice(columns.min(), columns.max() + 1)
    if min(part[0].stop - part[0].start, part[1].stop - part[1].start) < _LEAST_FACE:
        return rgb
    above, below = part[0].start // STRIDE, part[0].stop // STRIDE + 1
    first, end = part[1].start // STRIDE, part[1].stop // STRIDE + 1
    if rng.random() < _OTHER_FACE and not maps[:, above:below, first:end].any():
        rgb = other_portrait(rgb, *part, rng)
    if rng.random() < _SIGNED and not maps[:, below:, first:].any():
        rgb = signed(rgb, *part, rng)
    return rgb


def _other_camera(rgb: Array, rng: np.random.Generator) -> Array:
    """Other exposure, colour, sharpness, noise, grid and compression; mostly a little."""
    rgb = np.clip(rgb, 0, 255)
    curve = rng.uniform(0.8, 1.25)
    gains = rng.normal(1, 0.03, 3) * rng.uniform(0.9, 1.08)
    chance = rng.random()
    if chance < 0.15:  # little light
        gains = gains * rng.uniform(0.25, 0.8)
    elif chance < 0.22:  # much
        gains = gains * rng.uniform(1.1, 1.4)
    rgb = cv2.pow(rgb * np.float32(1 / 255), curve) * (255 * gains).astype(np.float32)
    if rng.random() < 0.3:
        y, x = np.mgrid[-1 : 1 : SHAPE[0] * 1j, -1 : 1 : SHAPE[1] * 1j].astype(np.float32)
        lean = rng.normal(0, 0.1, 3).astype(np.float32)
        rgb = rgb * (1 + lean[0] * x + lean[1] * y - abs(lean[2]) * x * x)[..., None]
    if rng.random() < 0.35:
        most = 3.6 if rng.random() < 0.25 else 1.6
        across = rng.uniform(0.4, most)
        along = across if rng.random() < 0.6 else rng.uniform(0.4, most)
        rgb = cv2.GaussianBlur(rgb, (0, 0), sigmaX=across, sigmaY=along)
    if rng.random() < 0.25:  # a telephone sharpens what it takes, and evens out light
        rgb = rgb + np.float32(rng.uniform(0.15, 1.0)) * (rgb - blurred(rgb, rng.uniform(1, 4)))
    if rng.random() < 0.2:
        grey = cv2.transform(rgb, _MEAN)
        around = blurred(grey, 72.0)[..., None] / np.float32(max(grey.mean(), 1))
        rgb = rgb * np.clip(around, 0.2, 3) ** np.float32(-rng.uniform(0.1, 0.4))
    if rng.random() < 0.06:  # a screen's grid
        y, x = grid()
        turn, period = rng.uniform(0, np.pi), rng.uniform(2.5, 24)
        wave = np.sin(_across(x, y, turn, period))[..., None] * rng.uniform(0.02, 0.12)
        rgb = rgb * (1 + wave * rng.uniform(0.5, 1.2, 3).astype(np.float32))
    return _taken(rgb, rng)


def _taken(rgb: Array, rng: np.random.Generator) -> Array:
    """Noise and compression, in pixels of the photo: as fine as the network's, or coarser."""
    if rng.random() < 0.4:
        share = rng.uniform(0.35, 1)
        size = round(SHAPE[1] * share), round(SHAPE[0] * share)
        rgb = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    rows, columns = rgb.shape[:2]
    if rng.random() < 0.45:
        sigma = rng.uniform(9, 20) if rng.random() < 0.15 else rng.uniform(0.5, 9)
        top, left = rng.integers(0, SHAPE)
        grain = _GRAIN[top : top + rows, left : left + columns] * np.float32(sigma)
        if rng.random() < 0.4:
            grain = 1.6 * cv2.GaussianBlur(grain, (0, 0), 0.8)
        rgb = rgb + grain
    pixels = np.clip(rgb, 0, 255).astype(np.uint8)
    if rng.random() < 0.3:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(15, 92))]
        pixels = cv2.imdecode(cv2.imencode(".jpg", pixels, quality)[1], cv2.IMREAD_COLOR)
    if (rows, columns) != SHAPE:
        pixels = cv2.resize(pixels, SHAPE[::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(pixels)


def varied(
    x: Array,
    maps: Array,
    severity: Array,
    hidden: Array,
    boxes: Array,
    rng: np.random.Generator,
) -> tuple[Array, Array, Array, Array]:
    """Another look of a sample, and its truth.

    Parameters
    ----------
    x : (5, *SHAPE) uint8
    maps : (len(MAPS), h, w) uint8
    severity : (len(MAPS),) float32
    hidden : (h, w) bool
    boxes : (MOST_BOXES, 5) float32
        Where print truly is.
    rng : numpy.random.Generator

    Returns
    -------
    tuple of the first four
    """
    rgb = x[:3].transpose(1, 2, 0).astype(np.float32)
    maps, severity, boxes = maps.copy(), severity.copy(), boxes.copy()
    if rng.random() < _SHORTER:
        left, top = _ANY_LENGTH_MM
        values = np.flatnonzero((boxes[:, 0] == VALUE) & (boxes[:, 1] < left) & (boxes[:, 2] > top))
        for at in rng.choice(values, min(_MOST_SHORTER, len(values)), replace=False):
            rgb, sides = shortened(
                rgb, boxes[at, 1:] * PX_PER_MM, np.asarray(maps.any(axis=0)), rng
            )
            boxes[at, 1:] = sides / PX_PER_MM
    if rng.random() < _BOLDER:
        rgb = bolder(rgb, rng)
    rgb = _other_person(rgb, x[3], maps, rng)
    if rng.random() < 0.6:
        rgb = _other_ground(rgb, rng)
    for name in some_faults(rng):
        at = MAPS.index(name)
        if severity[at] > 0:
            continue
        much = strength(rng, name)
        rgb, mask = LAID[name](rgb, rng, much, x[3])
        share = cv2.resize(
            (mask > _PRESENT).astype(np.float32), _CELLS[::-1], interpolation=cv2.INTER_AREA
        )
        if not share.any():
            continue
        maps[at] = np.round(255 * share).astype(np.uint8)
        severity[at] = much
        if name in _OPAQUE:
            hidden = hidden | (share > 0.6)
    pixels = _other_camera(rgb, rng)
    lost = maps[_LOSES_PRINT].max(axis=0) / np.float32(255)
    told = printed(as_found(boxes, lost, rng))
    return np.concatenate([pixels.transpose(2, 0, 1), told[None], x[4:]]), maps, severity, hidden
