"""What every measure looks at: the card prepared once, passed to each.

Three resolutions: the canvas (16 px/mm) for strokes, half of it (8 px/mm) for ink and lines, and
4 px/mm for the ground, on which light, stains and reflections are broad. ``tiles`` are half a
millimetre wide with a reach of 1.5 mm, so that each holds a whole stroke and some ground.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, TypeVar

import cv2
import numpy as np

from ktpcheck.geometry import (
    CANVAS_HEIGHT_PX,
    CANVAS_WIDTH_PX,
    CARD_HEIGHT_MM,
    CARD_WIDTH_MM,
    Bool,
    Box,
    Float32,
    UInt8,
)
from ktpcheck.measures.network import Seen
from ktpcheck.measures.pools import parts_of
from ktpcheck.records import Card, Photo

T = TypeVar("T")

INK_PX_PER_MM: Final = 8
GROUND_PX_PER_MM: Final = 4
TILES_PER_MM: Final = 2

_TILE_PX: Final = 8
_INK_SHAPE: Final = (CANVAS_HEIGHT_PX // 2, CANVAS_WIDTH_PX // 2)
_GROUND_SHAPE: Final = (CANVAS_HEIGHT_PX // 4, CANVAS_WIDTH_PX // 4)
_TILE_SHAPE: Final = (CANVAS_HEIGHT_PX // _TILE_PX, CANVAS_WIDTH_PX // _TILE_PX)

#: Smoothing before gradients, canvas px: below the blur of any real capture, above pixel noise.
SMOOTHING_PX: Final = 1.2

#: Closing that swallows the widest stroke (NIK, header: 0.4 mm) and its neighbours.
_CLOSING_MM: Final = 1.1


#: Ground of the card differs from its median colour by less (logarithm of each channel).
_OWN_COLOUR: Final = 0.12


#: A ground this white in every channel shows nothing; without it, this share must be left.
_WHITE: Final = 247.0
_LEAST_SHOWN: Final = 0.3


@dataclass(frozen=True, eq=False)
class Tiles:
    """Extremes in 1.5 mm around each half millimetre, on the smoothed canvas.

    All are (108, 171) float32. ``contrast`` is brightest minus darkest luma in levels,
    ``steepest_x`` and ``steepest_y`` the largest gradient along x and along y in levels per canvas
    px. The floors are what an empty part of the same card shows: noise and ground pattern.
    """

    contrast: Float32
    steepest_x: Float32
    steepest_y: Float32
    floor_contrast: float
    floor_x: float
    floor_y: float


@dataclass(frozen=True, eq=False)
class View:
    """One card as the measures see it.

    ``seen`` is what the network says of it. ``luma`` (864, 1370) uint8 at canvas scale;
    ``slope_x`` and ``slope_y`` float32, its smoothed gradients in levels per px. ``rgb``
    (432, 685, 3) uint8 and ``ink`` (432, 685) bool at 8 px/mm. At 4 px/mm, (216, 342): ``ground``
    (…, 3) float32, the colour of the card between the strokes; ``inside`` uint8, the share that the
    photo shows, of 255; ``assessable`` bool, most of it. ``expected`` (108, 171, 3) float32, what a
    smooth fit over the whole card predicts of the ground. ``text`` holds the boxes of all print
    (labels and values). ``regions`` are the boxes to pool over.
    """

    photo: Photo
    card: Card
    regions: Mapping[str, tuple[Box, ...]]
    seen: Seen
    text: tuple[Box, ...]
    luma: UInt8
    slope_x: Float32
    slope_y: Float32
    tiles: Tiles
    rgb: UInt8
    ink: Bool
    ground: Float32
    expected: Float32
    inside: UInt8
    assessable: Bool
    _drawn: dict[object, Any] = field(default_factory=dict, repr=False)

    def once(self, draw: Callable[[View], T]) -> T:
        """What ``draw`` makes of this view, made once: several measures share it."""
        if draw not in self._drawn:
            self._drawn[draw] = draw(self)
        made: T = self._drawn[draw]
        return made

    @property
    def portrait(self) -> Box:
        return self.card.placement.portrait


def view_of(photo: Photo, card: Card, regions: Mapping[str, tuple[Box, ...]], seen: Seen) -> View:
    """Prepare a card for measuring.

    Parameters
    ----------
    photo : Photo
        Where the card was found; some faults show only in its own pixel grid.
    card : Card
    regions : mapping of str to tuple of Box
        Field key to the boxes of its print, mm.
    seen : Seen
        What the network says of the card.

    Returns
    -------
    View
    """
    luma = np.asarray(cv2.cvtColor(card.pixels, cv2.COLOR_RGB2GRAY), np.uint8)
    smooth = np.asarray(cv2.GaussianBlur(luma.astype(np.float32), (7, 7), SMOOTHING_PX), np.float32)
    slope_x = np.asarray(cv2.Sobel(smooth, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8), np.float32)
    slope_y = np.asarray(cv2.Sobel(smooth, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8), np.float32)
    rgb = np.asarray(_shrunk(card.pixels, _INK_SHAPE), np.uint8)
    half = np.asarray(_shrunk(luma, _INK_SHAPE), np.uint8)
    text = (
        *card.placement.labels.values(),
        *(box for boxes in card.placement.lines.values() for box in boxes),
        *(box for boxes in regions.values() for box in boxes),
    )
    side = round(_CLOSING_MM * INK_PX_PER_MM) | 1
    kernel = np.ones((side, side), np.uint8)
    soft = cv2.GaussianBlur(half, (3, 3), 0)
    closed = cv2.morphologyEx(soft, cv2.MORPH_CLOSE, kernel)
    blackhat = np.asarray(cv2.subtract(closed, soft), np.uint8)
    ink = _ink(blackhat, text)
    inside = _inside(card.inside)
    ground = _ground(rgb, ink)
    assessable = inside > 128
    expected = _expected(ground, assessable, card.placement.portrait)
    tiles = _tiles(smooth, slope_x, slope_y)
    return View(
        photo=photo,
        card=card,
        regions=regions,
        seen=seen,
        text=text,
        luma=luma,
        slope_x=slope_x,
        slope_y=slope_y,
        tiles=tiles,
        rgb=rgb,
        ink=ink,
        ground=ground,
        expected=expected,
        inside=inside,
        assessable=assessable,
    )


def mask_of(boxes: Sequence[Box], shape: tuple[int, ...]) -> Bool:
    """Boxes painted on a grid that spans the card.

    Parameters
    ----------
    boxes : sequence of Box
    shape : tuple of int
        ``(h, w, ...)``; only the first two count.

    Returns
    -------
    (h, w) bool
    """
    mask = np.zeros(shape[:2], bool)
    for part in parts_of(boxes, shape):
        mask[part] = True
    return mask


def most_of(rgb: Float32) -> Float32:
    """(…, 3) to the largest channel, (…)."""
    return np.maximum(np.maximum(rgb[..., 0], rgb[..., 1]), rgb[..., 2])


def least_of(rgb: Float32) -> Float32:
    """(…, 3) to the smallest channel, (…)."""
    return np.minimum(np.minimum(rgb[..., 0], rgb[..., 1]), rgb[..., 2])


def luma_of(rgb: Float32) -> Float32:
    """(h, w, 3) RGB to (h, w) luma, Rec. 601, same levels."""
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.float32)


def _inside(inside: Bool) -> UInt8:
    if inside.all():
        return np.full(_GROUND_SHAPE, 255, np.uint8)
    return np.asarray(_shrunk(inside.astype(np.uint8) * 255, _GROUND_SHAPE), np.uint8)


def coarse(ground: Float32) -> Float32:
    """The ground at the scale of tiles, (108, 171, 3) float32."""
    return np.asarray(
        cv2.resize(ground, _TILE_SHAPE[::-1], interpolation=cv2.INTER_AREA), np.float32
    )


def _shrunk(picture: UInt8, shape: tuple[int, int]) -> UInt8:
    size = (shape[1], shape[0])
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _tiles(smooth: Float32, slope_x: Float32, slope_y: Float32) -> Tiles:
    contrast = np.asarray(tile_max(smooth) - tile_min(smooth), np.float32)
    steepest_x, steepest_y = steepest(slope_x), steepest(slope_y)
    # The plainest fifth of any card is ground: what it shows is noise and guilloche, not print.
    floors = (float(np.percentile(tile, 20)) for tile in (contrast, steepest_x, steepest_y))
    return Tiles(contrast, steepest_x, steepest_y, *floors)


def tile_max(plane: Float32) -> Float32:
    """Largest value in 1.5 mm around each half millimetre, (108, 171) float32.

    Of every row of the canvas, or of every second where the plane has no more.
    """
    rows, columns = _TILE_SHAPE
    # Down the columns first: numpy does whole rows at once, and little is left to go across.
    each = _TILE_PX * len(plane) // CANVAS_HEIGHT_PX
    down = np.maximum.reduce(plane[: rows * each].reshape(rows, each, -1), axis=1)
    across = cv2.dilate(down, np.ones((1, _TILE_PX + 1), np.uint8))
    sampled = np.ascontiguousarray(across[:, _TILE_PX // 2 :: _TILE_PX][:, :columns])
    return np.asarray(cv2.dilate(sampled, np.ones((3, 3), np.uint8)), np.float32)


def tile_min(plane: Float32) -> Float32:
    """Smallest value, as ``tile_max``."""
    rows, columns = _TILE_SHAPE
    down = np.minimum.reduce(plane[: rows * _TILE_PX].reshape(rows, _TILE_PX, -1), axis=1)
    across = cv2.erode(down, np.ones((1, _TILE_PX + 1), np.uint8))
    sampled = np.ascontiguousarray(across[:, _TILE_PX // 2 :: _TILE_PX][:, :columns])
    return np.asarray(cv2.erode(sampled, np.ones((3, 3), np.uint8)), np.float32)


def steepest(slope: Float32) -> Float32:
    """Largest size of a signed slope, as ``tile_max``."""
    return tile_max(np.abs(slope))


def _ink(blackhat: UInt8, text: Sequence[Box]) -> Bool:
    """Pixels that are print: dark against their surroundings, by the card's own contrast."""
    within = blackhat[mask_of(text, blackhat.shape)]
    strong = float(np.percentile(within[::4], 97)) if within.size else 0.0
    ink = (blackhat > max(10.0, 0.3 * strong)).astype(np.uint8)
    return np.asarray(cv2.dilate(ink, np.ones((3, 3), np.uint8)), bool)


def _ground(rgb: UInt8, ink: Bool) -> Float32:
    """Mean colour of the pixels without ink; under solid ink the nearest ground around it."""
    size = (_GROUND_SHAPE[1], _GROUND_SHAPE[0])
    # A whole factor is many times cheaper; the half column left out is 0.06 mm of the rim.
    rows, columns = 2 * size[1], 2 * size[0]
    bare = np.where(ink, np.uint8(0), np.uint8(255))[:rows, :columns]
    shown = cv2.bitwise_and(rgb[:rows, :columns], cv2.merge([bare, bare, bare]))
    share = cv2.resize(bare.astype(np.float32) / 255, size, interpolation=cv2.INTER_AREA)
    total = cv2.resize(shown.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    # A little of the neighbourhood everywhere: it decides only where there is no bare pixel.
    near_share = cv2.blur(share, (9, 9)) * 1e-2 + 1e-6
    near_total = cv2.blur(total, (9, 9)) * 1e-2
    return np.asarray((total + near_total) / (share + near_share)[..., None], np.float32)


def _expected(ground: Float32, assessable: Bool, portrait: Box) -> Float32:
    """A smooth robust fit (quadratic in x and y, of the logarithm) to the ground of the card.

    Robust, because what deviates from it (reflections, stains, fingers) is what is looked for.
    """
    # A fit this smooth needs no more than a cell every two millimetres.
    rows, columns = round(CARD_HEIGHT_MM / 2), round(CARD_WIDTH_MM / 2)
    cells = cv2.resize(ground, (columns, rows), interpolation=cv2.INTER_AREA)
    usable = cv2.resize(assessable.astype(np.uint8), (columns, rows)).astype(bool)
    usable &= ~mask_of((portrait.grown(1.0, 1.0),), usable.shape)
    terms = _terms(rows, columns)
    used = usable.ravel()
    if used.sum() < 50:
        return coarse(ground)
    logs = np.log(np.maximum(cells.reshape(-1, 3), 1.0))
    design, values = terms[used], logs[used].astype(np.float64)
    # Reflections and fingers pull the first fit unless what is white or plainly of another colour
    # is left out of it.
    shown = cells.reshape(-1, 3)[used].min(axis=1) < _WHITE
    if shown.mean() < _LEAST_SHOWN:
        shown[:] = True
    colour = values - values.mean(axis=1, keepdims=True)
    off = np.abs(colour - np.median(colour[shown], axis=0)).max(axis=1)
    weights = (shown & (off < _OWN_COLOUR)) + 1e-3
    brightest = np.percentile(values[shown], 98, axis=0)
    solution = np.zeros((terms.shape[1], 3))
    for _ in range(6):
        weighted = design * weights[:, None]
        solution = np.linalg.solve(
            weighted.T @ design + 1e-6 * np.eye(design.shape[1]), weighted.T @ values
        )
        off = np.abs(values - design @ solution).max(axis=1)
        scale = max(1.4826 * float(np.median(off)), 0.02)
        weights = np.square(np.clip(1 - np.square(off / (4 * scale)), 0, None))
    fitted = np.exp(terms @ solution).reshape(rows, columns, 3).astype(np.float32)
    whole = cv2.resize(fitted, _TILE_SHAPE[::-1], interpolation=cv2.INTER_CUBIC)
    # Where much is hidden the fit runs on without hold: never brighter than the brightest seen.
    most = np.minimum(np.exp(brightest) * 1.05, 255.0).astype(np.float32)
    return np.asarray(np.clip(whole, 1, most), np.float32)


@lru_cache(maxsize=4)
@lru_cache(maxsize=8)
def area_weights(cells: int, pixels: int) -> Float32:
    """What takes the mean of each of ``cells`` equal parts of ``pixels``, (cells, pixels)."""
    each = np.eye(pixels, dtype=np.float32)
    return np.asarray(cv2.resize(each, (pixels, cells), interpolation=cv2.INTER_AREA), np.float32)


@lru_cache(maxsize=4)
def _terms(rows: int, columns: int) -> Float32:
    y, x = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : columns * 1j]
    x, y = x.ravel(), y.ravel()
    return np.asarray(np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=1), np.float32)
