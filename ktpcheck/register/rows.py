"""Quads from print alone: for cards whose sides melt into the table or lie outside the frame.

Printed rows give a direction and a pitch, the pitch gives the scale, and the labels below the
address, which no wrapping moves against each other, say where the block stands.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import CARD_CORNERS_MM, Box, Float32, Float64, transform
from ktpcheck.layout import PRINTED
from ktpcheck.outline import Quad, Reduced
from ktpcheck.register.flat import warp_window
from ktpcheck.register.print import ink_map, word

#: Longest side of the picture rows are looked for in, and how many ink pixels are looked at.
_PX: Final = 1100
_POINTS: Final = 6000
#: Row pitches believed, in pixels of that picture.
_PITCH_PX: Final = (6, 48)
_PX_PER_MM: Final = 2.8
_LARGEST_PX: Final = 420_000
#: Where the five rigid labels stand relative to each other matters, the first is the anchor.
_RIGID: Final = (
    "kecamatan",
    "status_perkawinan",
    "pekerjaan",
    "kewarganegaraan",
    "berlaku_hingga",
)
_LOOSE_MM: Final = 1.0
#: Labels this clear need no other direction; and how many quads are handed on.
_HEARD: Final = 0.62
_MOST: Final = 4
#: Perspective is not seen: corners may be off by this much.
_SLACK_MM: Final = 4.0


def suppose(reduced: Reduced) -> list[Quad]:
    """Quads, printed top-left first, that the rows of print suggest.

    Parameters
    ----------
    reduced : Reduced

    Returns
    -------
    list of Quad
        ``support`` is the mean correlation of the labels that placed it.
    """
    level = 0
    while max(reduced.grey[level].shape) > _PX and level < len(reduced.grey) - 1:
        level += 1
    grey = reduced.grey[level]
    factor = reduced.fine_factor * 2**level
    hat = cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, np.ones((9, 9), np.uint8))
    # Without the strong and the faint tenth: shadows and noise are no print.
    floor = max(float(np.percentile(hat, 95)), 8.0)
    ys, xs = np.nonzero(hat > floor)
    if len(xs) < 200:
        return []
    step = -(-len(xs) // _POINTS)
    points = np.stack([xs[::step] + 0.5, ys[::step] + 0.5], axis=1).astype(np.float64)
    quads: list[Quad] = []
    for angle, profile in _directions(points):
        for pitch in _pitches(profile):
            scale = pitch / PRINTED.row_pitch
            for upright in (angle, angle + np.pi):
                quad = _placed(reduced, level, factor, points, upright, scale)
                if quad is not None:
                    quads.append(quad)
        # Pages under the card may have more rows than the card: then the next direction.
        if max((one.support for one in quads), default=0.0) > _HEARD:
            break
    return sorted(quads, key=lambda one: -one.support)[:_MOST]


def _directions(points: Float64) -> list[tuple[float, Float64]]:
    """The two directions rows may run in (radians), and the ink's profile across each."""

    def profile(angle: float) -> Float64:
        across = points @ np.array([-np.sin(angle), np.cos(angle)])
        return np.asarray(np.bincount((across - across.min()).astype(np.int64)).astype(np.float64))

    def striped(angle: float) -> float:
        counts = profile(angle).reshape(1, -1)
        ground = cv2.GaussianBlur(counts, (0, 0), 9.0)
        wave = cv2.GaussianBlur(counts, (0, 0), 1.5) - ground
        return float((wave**2).sum() / (ground**2).sum())

    angles = np.deg2rad(np.arange(0.0, 180.0, 2.0))
    strength = np.array([striped(float(angle)) for angle in angles])
    found = []
    for _ in range(2):
        first = float(angles[np.argmax(strength)])
        best = float(max(first + np.deg2rad(np.arange(-1.5, 1.6, 0.5)), key=striped))
        found.append((best, profile(best)))
        strength[np.abs(np.sin(angles - first)) < np.sin(np.deg2rad(12.0))] = 0.0
    return found


def _pitches(profile: Float64) -> list[float]:
    """The row pitches a profile repeats with, in pixels, at most two."""
    ground = cv2.GaussianBlur(profile.reshape(1, -1), (0, 0), 20.0).ravel()
    wave = cv2.GaussianBlur((profile - ground).reshape(1, -1), (0, 0), 1.0).ravel()
    size = 1 << int(np.ceil(np.log2(2 * len(wave))))
    spectrum = np.fft.rfft(wave, size)
    repeats = np.fft.irfft(np.abs(spectrum) ** 2, size)[: 3 * _PITCH_PX[1] // 2 + 2]
    if repeats[0] <= 0 or len(repeats) <= _PITCH_PX[1] + 1:
        return []
    found = []
    for lag in range(_PITCH_PX[0], _PITCH_PX[1]):
        before, at, after = repeats[lag - 1 : lag + 2]
        if not (at > before and at >= after):
            continue
        # Other print lifts and sinks the whole curve: a repeat stands out of its surroundings.
        half = max(lag // 2, 2)
        around = repeats[lag - half : lag].min() + repeats[lag : lag + half + 1].min()
        prominence = float((at - 0.5 * around) / repeats[0])
        if prominence > 0.08:
            bend = before - 2 * at + after
            found.append((prominence, lag + 0.5 * float((before - after) / bend)))
    # Multiples of the pitch repeat almost as well: the shortest good ones.
    top = max((strength for strength, _ in found), default=0.0)
    return sorted(lag for strength, lag in found if strength > 0.3 * top)[:2]


def _placed(
    reduced: Reduced, level: int, factor: int, points: Float64, angle: float, scale: float
) -> Quad | None:
    """Find the rigid labels in a picture turned upright and scaled to millimetres."""
    cosine, sine = np.cos(angle) / scale, np.sin(angle) / scale
    turn = np.array([[cosine, sine, 0], [-sine, cosine, 0], [0, 0, 1.0]])
    at = transform(turn, points)
    low, high = np.percentile(at, 1, axis=0) - 12.0, np.percentile(at, 99, axis=0) + 12.0
    window = Box(float(low[0]), float(low[1]), float(high[0]), float(high[1]))
    if window.width * window.height * _PX_PER_MM**2 > _LARGEST_PX:
        return None
    to_photo = np.diag([factor, factor, 1.0]) @ np.linalg.inv(turn)
    grey = warp_window(reduced.grey[level], factor, to_photo, window, (_PX_PER_MM, _PX_PER_MM))
    ink = ink_map(grey, _PX_PER_MM)
    np.minimum(ink, 3.0 * float(np.percentile(ink, 90)) + 1.0, out=ink)
    total: Float32 | None = None
    reach = 2 * round(_LOOSE_MM * _PX_PER_MM) + 1
    anchor_x, anchor_y = PRINTED.row_label_x(_RIGID[0]), PRINTED.row_baseline(_RIGID[0])
    # Room for every label's offset from the anchor.
    room = (round(8.0 * _PX_PER_MM), round(16.0 * _PX_PER_MM))
    padded = cv2.copyMakeBorder(
        ink, 0, room[1], room[0], round(20.0 * _PX_PER_MM), cv2.BORDER_CONSTANT, value=0
    )
    for key in _RIGID:
        template = word(key, "medium", PRINTED.cap_height, 0.95, _PX_PER_MM)
        if any(a <= b for a, b in zip(padded.shape, template.ink.shape, strict=True)):
            return None
        response = cv2.matchTemplate(padded, template.ink, cv2.TM_CCOEFF_NORMED)
        response = np.nan_to_num(response, nan=0.0, posinf=0.0, neginf=0.0)
        response = cv2.dilate(np.maximum(response, 0), np.ones((reach, reach), np.uint8))
        dx = round((PRINTED.row_label_x(key) - anchor_x) * _PX_PER_MM)
        dy = round((PRINTED.row_baseline(key) - anchor_y) * _PX_PER_MM)
        rows, columns = ink.shape[0], ink.shape[1]
        moved = np.zeros((rows, columns), np.float32)
        part = response[dy : dy + rows, room[0] + dx : room[0] + dx + columns]
        moved[: part.shape[0], : part.shape[1]] = part
        total = moved if total is None else total + moved
    assert total is not None
    _, peak, _, (column, row) = cv2.minMaxLoc(total)
    template = word(_RIGID[0], "medium", PRINTED.cap_height, 0.95, _PX_PER_MM)
    origin = np.array(
        [
            window.x0 + column / _PX_PER_MM - anchor_x,
            window.y0 + (row + template.baseline_px) / _PX_PER_MM - anchor_y,
        ]
    )
    corners = transform(to_photo, CARD_CORNERS_MM + origin)
    return Quad(corners, float(peak) / len(_RIGID), _SLACK_MM)
