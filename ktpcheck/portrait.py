"""The printed face: where it is, its picture, and whether it would do for matching.

The frame comes from the card's placement. Inside it dlib's frontal face detector (histograms of
oriented gradients; compiled in, no model file) finds the face on the canvas, where every portrait
has the same size. The picture itself is taken from the photo where that is finer.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import cv2
import numpy as np
import numpy.typing as npt

from ktpcheck.geometry import (
    PX_PER_MM,
    Box,
    Float64,
    UInt8,
    transform,
)
from ktpcheck.records import Card, Photo, Portrait

#: The detector's window is 80 px, so a face must be larger; at this scale it is 75 to 125 px.
_DETECT_PX_PER_MM: Final = 10.0
#: Weaker detections than dlib's own cut-off count: there is exactly one face to find.
_LEAST_FACE_SCORE: Final = -0.3
#: How much of the card around the frame the detector sees, mm, and how far down the frame it looks.
_MARGIN_MM: Final = 1.5
_DOWN_TO: Final = 0.9
#: A face in the frame is this wide, as a share of the frame.
_FACE_SHARE: Final = (0.25, 0.95)

#: The crop is not made finer than this: beyond it a print holds nothing.
_FINEST_PX_PER_MM: Final = 40.0
#: The photo is worth going back to when it is finer than the canvas by this factor.
_FINER: Final = 1.1


@dataclass(frozen=True)
class Quality:
    """What speaks for and against matching with this portrait. NaN where not assessable.

    Attributes
    ----------
    face_score : float
        Of the detector; above about -0.3 is a face, a clear one reaches 1 to 2.
    face_height_px : float
        Brows to chin, in the photo's own pixels.
    sharpness_px : float
        Median edge width in the face, canvas px: contrast over steepest gradient.
    dynamic_range : float
        12.5 times the entropy of the face's luminance in bits, 0..100 (OFIQ's formula).
    clipped : float
        Share of the face that is pure white or black, 0..1.
    inside : float
        Share of the frame that the photo shows, 0..1.
    """

    face_score: float
    face_height_px: float
    sharpness_px: float
    dynamic_range: float
    clipped: float
    inside: float


@dataclass(frozen=True)
class Limit:
    """One row: the reason it gives, the value it reads, and the bound that must hold."""

    reason: str
    value: Callable[[Quality], float]
    bound: float
    at_least: bool

    def fails(self, quality: Quality) -> bool:
        value = self.value(quality)
        # Written so that NaN fails.
        return not (value >= self.bound if self.at_least else value <= self.bound)


#: What a portrait needs to be usable for matching.
#: Face height: matching networks take about 112 px from brows to chin and lose little down to
#: half of that. Sharpness: at 9 canvas px (0.56 mm) an edge is a seventh of a face's width.
#: Dynamic range: below 4 bits a face is a flat patch.
LIMITS: Final = (
    Limit("no_face", lambda q: q.face_score, _LEAST_FACE_SCORE, at_least=True),
    Limit("cut_off", lambda q: q.inside, 0.97, at_least=True),
    Limit("too_small", lambda q: q.face_height_px, 56.0, at_least=True),
    Limit("blurred", lambda q: q.sharpness_px, 9.0, at_least=False),
    Limit("flat", lambda q: q.dynamic_range, 50.0, at_least=True),
    Limit("clipped", lambda q: q.clipped, 0.12, at_least=False),
)


def crop_portrait(photo: Photo, card: Card) -> Portrait:
    """Cut out the printed face and judge it.

    Parameters
    ----------
    photo : Photo
        The photo the card was found in.
    card : Card

    Returns
    -------
    Portrait
        ``pixels`` is the printed frame, upright, at the photo's own resolution or the canvas's,
        whichever is finer. ``usable`` says whether every row of ``LIMITS`` holds.

    References
    ----------
    .. [1] Dalal and Triggs, Histograms of Oriented Gradients, CVPR 2005 (the detector).
    .. [2] ISO/IEC 29794-5:2025, quality of face pictures.
    """
    face, quality = assess(card)
    frame = card.placement.portrait
    return Portrait(
        pixels=_crop(photo, card),
        box=frame,
        box_px=transform(card.to_photo, frame.corners_mm),
        face_px=None if face is None else _in_photo(face, photo, card),
        sharpness_px=quality.sharpness_px,
        usable=not reasons(quality),
        reasons=reasons(quality),
    )


def reasons(quality: Quality) -> tuple[str, ...]:
    """Why a portrait is not usable for matching: ids of the rows of ``LIMITS`` that fail."""
    return tuple(limit.reason for limit in LIMITS if limit.fails(quality))


def assess(card: Card) -> tuple[Box | None, Quality]:
    """Find the face and measure it.

    Parameters
    ----------
    card : Card

    Returns
    -------
    face : Box or None
        Brows to chin, in millimetres; None where no face was found.
    quality : Quality
        Of the face; where none was found, of the part of the frame where it should be.
    """
    frame = card.placement.portrait
    face, score = _find_face(card.pixels, frame)
    where = face or _usual_face(frame)
    rows, columns = where.slices(card.pixels.shape)
    pixels = card.pixels[rows, columns]
    luma = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)
    seen = card.inside[frame.slices(card.inside.shape)]
    return face, Quality(
        face_score=score,
        face_height_px=where.height * _px_per_mm(card.to_photo, where),
        sharpness_px=_edge_width(luma),
        dynamic_range=_dynamic_range(luma),
        clipped=_clipped(pixels),
        inside=float(seen.mean()),
    )


def _clipped(pixels: UInt8) -> float:
    """Share of pure white and pure black, 0..1."""
    red, green, blue = cv2.split(pixels)
    white = cv2.min(cv2.min(red, green), blue) >= 250
    black = cv2.max(cv2.max(red, green), blue) <= 5
    return float(np.mean(white | black))


def ground_colour(card: Card) -> Literal["red", "blue"] | None:
    """Tell the colour behind the head: red for odd birth years, blue for even ones.

    Parameters
    ----------
    card : Card

    Returns
    -------
    "red", "blue" or None
        None where it is too pale to tell (a photocopy, a worn or overexposed print).
    """
    frame = card.placement.portrait
    # The upper corners: heads, veils and shoulders leave them free.
    inner = Box(
        frame.x0 + 0.03 * frame.width,
        frame.y0 + 0.03 * frame.height,
        frame.x0 + 0.16 * frame.width,
        frame.y0 + 0.26 * frame.height,
    )
    other = inner.shifted(0.81 * frame.width, 0)
    # The blank's light blue beside the frame tells the light's colour.
    beside = Box(frame.x0 - 2.2, frame.y0 + 1, frame.x0 - 0.7, frame.y1 - 4)
    blank = np.median(_levels(card, beside), axis=0)
    # A burnt-out blank tells nothing about the light.
    burnt = bool(blank.min() >= _BURNT)
    light = np.ones(3) if burnt else np.clip(_BLANK_RGB / blank, 0.75, 1.33)
    left, right = (_leaning(np.median(_levels(card, box), axis=0), light) for box in (inner, other))
    return left if left == right else None


#: The blank's usual colour, and how far a ground must be from grey and lean to red or blue.
_BLANK_RGB: Final = np.array([190.0, 218.0, 240.0])
_LEAST_CHROMA: Final = 0.08
_LEAST_LEAN: Final = 0.12
_BURNT: Final = 250.0


def _leaning(ground: Float64, light: Float64) -> Literal["red", "blue"] | None:
    if ground.max() - ground.min() < _LEAST_CHROMA * ground.max():
        return None
    lit = ground * light
    lean = float((lit[0] - lit[2]) / lit.max())
    if abs(lean) <= _LEAST_LEAN:
        return None
    return "red" if lean > 0 else "blue"


def _levels(card: Card, box: Box) -> Float64:
    """Pixels of a box as (N, 3), one in nine, none below 1."""
    rows, columns = box.slices(card.pixels.shape)
    levels = card.pixels[rows, columns][::3, ::3].reshape(-1, 3).astype(np.float64)
    return np.asarray(np.maximum(levels, 1.0), np.float64)


_DETECTORS: Final = threading.local()


def _detector() -> Any:
    """Dlib's detector, one a thread: running it changes it."""
    if not hasattr(_DETECTORS, "faces"):
        import dlib

        _DETECTORS.faces = dlib.get_frontal_face_detector()
    return _DETECTORS.faces


def _find_face(canvas: UInt8, frame: Box) -> tuple[Box | None, float]:
    """The likeliest face in the frame, in millimetres, and its score; NaN without one."""
    seen = frame.grown(_MARGIN_MM, _MARGIN_MM)
    seen = replace(seen, y1=frame.y0 + _DOWN_TO * frame.height)
    rows, columns = seen.slices(canvas.shape)
    grey = cv2.cvtColor(canvas[rows, columns], cv2.COLOR_RGB2GRAY)
    shrink = _DETECT_PX_PER_MM / PX_PER_MM
    small = cv2.resize(grey, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    origin = columns.start / PX_PER_MM, rows.start / PX_PER_MM
    found = _detect(small, origin, frame)
    if found[0] is None:
        # Skin as bright as the ground, or a faded print: even out the contrast.
        evened = cv2.createCLAHE(clipLimit=2.0, tileGridSize=(4, 4)).apply(small)
        found = _detect(evened, origin, frame)
    return found


def _detect(
    grey: npt.NDArray[Any], origin_mm: tuple[float, float], frame: Box
) -> tuple[Box | None, float]:
    places, scores, _ = _detector().run(grey, 0, _LEAST_FACE_SCORE)
    best: tuple[Box | None, float] = None, float("nan")
    for place, score in zip(places, scores, strict=True):
        sides = np.array([place.left(), place.top(), place.right() + 1, place.bottom() + 1])
        x0, y0, x1, y1 = (sides / _DETECT_PX_PER_MM).tolist()
        face = Box(x0, y0, x1, y1).shifted(*origin_mm)
        if _plausible(face, frame) and not score <= best[1]:
            best = face, float(score)
    return best


def _plausible(face: Box, frame: Box) -> bool:
    least, most = _FACE_SHARE
    across = (face.x0 + face.x1) / 2 - frame.x0
    down = (face.y0 + face.y1) / 2 - frame.y0
    return (
        least * frame.width <= face.width <= most * frame.width
        and 0.2 * frame.width <= across <= 0.8 * frame.width
        and 0.1 * frame.height <= down <= 0.8 * frame.height
    )


def _usual_face(frame: Box) -> Box:
    """Where a face is to be expected."""
    return Box(
        frame.x0 + 0.25 * frame.width,
        frame.y0 + 0.25 * frame.height,
        frame.x0 + 0.75 * frame.width,
        frame.y0 + 0.65 * frame.height,
    )


def _px_per_mm(to_photo: Float64, box: Box) -> float:
    """Photo pixels per millimetre at the middle of a box."""
    x, y = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
    here, right, below = transform(to_photo, [[x, y], [x + 0.5, y], [x, y + 0.5]])
    (ax, ay), (bx, by) = 2 * (right - here), 2 * (below - here)
    return float(np.sqrt(abs(ax * by - ay * bx)))


def _in_photo(face: Box, photo: Photo, card: Card) -> tuple[int, int, int, int]:
    """The upright rectangle around the face in the photo: x, y, width, height."""
    at = transform(card.to_photo, face.corners_mm)
    size = np.array([photo.width_px, photo.height_px])
    low = np.clip(np.floor(at.min(axis=0)), 0, size - 1).astype(int)
    high = np.clip(np.ceil(at.max(axis=0)), low + 1, size).astype(int)
    return int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1])


def _from_canvas(card: Card, frame: Box) -> UInt8:
    return np.array(card.pixels[frame.slices(card.pixels.shape)], np.uint8)


def _crop(photo: Photo, card: Card) -> UInt8:
    """The printed frame, upright."""
    frame = card.placement.portrait
    finest = _px_per_mm(card.to_photo, frame)
    if finest <= _FINER * PX_PER_MM:
        return _from_canvas(card, frame)
    scale = min(finest, _FINEST_PX_PER_MM)
    corners = transform(card.to_photo, frame.grown(0.5, 0.5).corners_mm)
    x0, y0 = np.clip(np.floor(corners.min(axis=0)), 0, None).astype(int)
    x1, y1 = np.ceil(corners.max(axis=0)).astype(int)
    source = photo.pixels[y0:y1, x0:x1]
    if source.size == 0:
        return _from_canvas(card, frame)
    # Pixel centres lie at half pixels in the continuous plane.
    to_source = (
        np.array([[1, 0, -0.5 - x0], [0, 1, -0.5 - y0], [0, 0, 1.0]])
        @ card.to_photo
        @ np.array([[1 / scale, 0, frame.x0], [0, 1 / scale, frame.y0], [0, 0, 1.0]])
        @ np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1.0]])
    )
    size = round(frame.width * scale), round(frame.height * scale)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    warped = cv2.warpPerspective(
        source, to_source, size, flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(warped, np.uint8)


#: Edges are looked at over this many canvas px to either side.
_REACH_PX: Final = 14
#: Smoothing that keeps noise from ending an edge early; its share of the width is taken off.
_SMOOTHING_PX: Final = 1.6
#: How many of the steepest places are looked at, and how few edges are too few to judge by.
_PLACES: Final = 250
_FEWEST_EDGES: Final = 12


def _edge_width(luma: UInt8) -> float:
    """Median width of the clearest edges, canvas px: contrast over steepest gradient.

    Along the gradient through each of the steepest places, the run over which the luminance keeps
    rising is one edge; its rise over its steepest step is its width, whatever its contrast.
    """
    smooth = cv2.GaussianBlur(luma.astype(np.float32), (0, 0), _SMOOTHING_PX)
    gx = cv2.Sobel(smooth, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8)
    gy = cv2.Sobel(smooth, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8)
    slope = cv2.magnitude(gx, gy)
    crest = (slope == cv2.dilate(slope, np.ones((5, 5), np.uint8))) & (slope > 0)
    y, x = np.nonzero(crest)
    if len(y) < _FEWEST_EDGES:
        return float("nan")
    steepest = np.argsort(slope[y, x])[::-1][:_PLACES]
    y, x = y[steepest], x[steepest]
    ux, uy = gx[y, x] / slope[y, x], gy[y, x] / slope[y, x]
    steps = np.arange(-_REACH_PX, _REACH_PX + 1, dtype=np.float32)
    profiles = cv2.remap(
        smooth,
        (x[:, None] + ux[:, None] * steps).astype(np.float32),
        (y[:, None] + uy[:, None] * steps).astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    rises = np.diff(profiles, axis=1)
    # How far the rise lasts to either side of the middle.
    up = np.cumprod(rises[:, _REACH_PX:] > 0, axis=1)
    down = np.cumprod(rises[:, _REACH_PX - 1 :: -1] > 0, axis=1)
    contrast = (rises[:, _REACH_PX:] * up).sum(axis=1)
    contrast += (rises[:, _REACH_PX - 1 :: -1] * down).sum(axis=1)
    # The noise of flat skin must not pass for edges.
    clear = contrast > max(6.0, 0.35 * float(np.percentile(contrast, 95)))
    if np.count_nonzero(clear) < _FEWEST_EDGES:
        return float("nan")
    width = float(np.median(contrast[clear] / slope[y, x][clear]))
    # A blurred step is sqrt(2 pi) sigma wide, and blurs add in squares: take the own one off.
    return float(np.sqrt(max(width**2 - 2 * np.pi * _SMOOTHING_PX**2, 1.0)))


def _dynamic_range(luma: UInt8) -> float:
    """12.5 times the entropy in bits: 100 if all 256 levels are used alike."""
    counts = np.bincount(luma.ravel(), minlength=256).astype(np.float64)
    share = counts[counts > 0] / counts.sum()
    return float(12.5 * -(share * np.log2(share)).sum())
