"""What befalls a printed line and the picture of it, at the scale of a line crop.

The same faults as of whole cards (``faults``, ``conditions``, ``shooting``), drawn on a strip of
card instead: training a reader takes two hundred of them a second.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from ktpcheck.geometry import Float32
from ktpcheck.synth.camera import Shot
from ktpcheck.synth.conditions import kept_under_veil
from ktpcheck.synth.type import CARD_PX_PER_MM, Style, set_line


def lay(under: Float32, share: Float32, rgb: Float32) -> Float32:
    """One colour, or a picture, over another by a share of each place; a new array."""
    if rgb.ndim < 3:
        # OpenCV takes a colour as four numbers, and is faster at three channels than NumPy.
        colour = np.zeros((4, 1))
        colour[:3, 0] = rgb
        change = cv2.subtract(colour, under)
    else:
        change = cv2.subtract(rgb, under)
    change = cv2.multiply(change, cv2.merge([share, share, share]))
    return np.asarray(cv2.add(change, under), np.float32)


@dataclass(eq=False)
class Strip:
    """A strip of card with one line on it, ``CARD_PX_PER_MM``.

    ``picture`` is (h, w, 3) float32 display values; ``ink`` (h, w) the print's coverage; ``kept``
    0..1 how much of its contrast is left. ``top``, ``bottom``, ``left``, ``right`` bound the line's
    print. ``veil`` is light that will be added, ``lit`` the share of light that comes through;
    both linear, None when there is none.
    """

    picture: Float32
    ink: Float32
    kept: Float32
    top: float
    bottom: float
    left: float
    right: float
    style: Style
    veil: Float32 | None = None
    lit: Float32 | None = None

    @property
    def shape(self) -> tuple[int, int]:
        return self.ink.shape[0], self.ink.shape[1]

    def grid(self) -> tuple[Float32, Float32]:
        """Columns' x and rows' y, millimetres."""
        height, width = self.shape
        x = np.arange(width, dtype=np.float32)[None, :] / np.float32(CARD_PX_PER_MM)
        y = np.arange(height, dtype=np.float32)[:, None] / np.float32(CARD_PX_PER_MM)
        return x, y

    def spot(self, rng: np.random.Generator) -> tuple[float, float]:
        """Some place on the line, millimetres."""
        x = rng.uniform(self.left, self.right)
        y = rng.uniform(self.top, self.bottom)
        return float(x / CARD_PX_PER_MM), float(y / CARD_PX_PER_MM)

    @property
    def width_mm(self) -> float:
        return (self.right - self.left) / CARD_PX_PER_MM

    def cover(self, share: npt.NDArray[np.floating], rgb: npt.ArrayLike) -> None:
        """Lay a colour over the picture; what it covers is not kept."""
        share = np.asarray(share, np.float32)
        self.picture = lay(self.picture, share, np.asarray(rgb, np.float32))
        self.kept *= 1 - share


def _noise(rng: np.random.Generator, shape: tuple[int, int], grain: float, octaves: int) -> Float32:
    """``ground.smooth_noise`` for strips: no larger than what is asked for."""
    total = np.zeros(shape, np.float32)
    for octave in range(octaves):
        step = max(grain / 2**octave, 1.0)
        size = (int(np.ceil(shape[0] / step)) + 1, int(np.ceil(shape[1] / step)) + 1)
        small = rng.standard_normal(size, dtype=np.float32)
        total += 0.6**octave * cv2.resize(small, shape[::-1], interpolation=cv2.INTER_CUBIC)
    return np.asarray(total * 1.15, np.float32)


# --- faults of the print, before it is laid on the ground


def _print_faded(strip: Strip, rng: np.random.Generator, severity: float) -> None:
    patch = 0.95 + 0.3 * _noise(rng, strip.shape, 180, 2) * (rng.random() < 0.6)
    kept = np.clip(1 - patch * (1 - (1 - severity) ** 1.5), 0, 1)
    grain = _noise(rng, strip.shape, 5, 1)
    strip.ink *= np.clip(kept + 0.56 * (1 - kept) * kept * grain, 0, 1)
    strip.kept *= kept


def _text_missing(strip: Strip, rng: np.random.Generator, severity: float) -> None:
    x, _ = strip.grid()
    long = max(0.7 * severity * strip.width_mm, 1.0)
    start = strip.spot(rng)[0] - rng.uniform(0, 1) * long
    front = np.maximum(start - x, x - start - long) + 0.5 * _noise(rng, strip.shape, 24, 3)
    gone = np.clip(0.5 - front * 6, 0, 1).astype(np.float32)
    strip.ink *= 1 - gone
    strip.kept *= 1 - gone


# --- faults of the surface


def _scratch(strip: Strip, rng: np.random.Generator, severity: float) -> None:
    layer = np.zeros(strip.shape, np.uint8)
    turn = rng.uniform(-0.6, 0.6) + (np.pi / 2 if rng.random() < 0.4 else 0.0)
    scale = CARD_PX_PER_MM
    deep, fine = 1 + round(5 * severity), round(10 * severity)
    for number in range(deep + fine):
        middle = np.array(strip.spot(rng))
        half, angle = rng.uniform(2, 12), turn + rng.normal(0, 0.15)
        along = np.array([np.cos(angle), np.sin(angle)]) * half
        bow = np.array([-along[1], along[0]]) * rng.normal(0, 0.04)
        points = np.stack([middle - along, middle + bow, middle + along]) * scale
        wide = rng.uniform(0.1, 0.14 + 0.4 * severity) if number < deep else 0.06
        tone = 255 if number < deep else 130
        line = [np.int32(points * 16)]
        cv2.polylines(layer, line, False, tone, max(round(wide * scale), 1), cv2.LINE_AA, 4)
    soft = cv2.GaussianBlur(layer, (0, 0), 0.8).astype(np.float32) / 255
    strip.cover(soft * min(1.0, 0.45 + 0.7 * severity), 236.0 if rng.random() < 0.7 else 88.0)


def _crack(strip: Strip, rng: np.random.Generator, severity: float) -> None:
    x, y = strip.grid()
    cx, cy = strip.spot(rng)
    jag = np.cumsum(rng.normal(0, 0.05, strip.shape[0])).astype(np.float32)[:, None]
    away = x - cx - rng.uniform(-0.5, 0.5) * (y - cy) - jag + jag[len(jag) // 2]
    offset = round(0.35 * severity * CARD_PX_PER_MM) * int(rng.choice([-1, 1]))
    if offset:
        moved = np.roll(strip.picture, offset, axis=0)
        np.copyto(strip.picture, moved, where=(away > 0)[..., None])
    half = 0.06 + 0.34 * severity
    dark = np.exp(-((away / (0.6 * half)) ** 2))
    strip.cover((0.5 + 0.4 * severity) * dark, 20.0)
    strip.cover(
        np.exp(-(((np.abs(away) - 1.5 * half) / (0.9 * half)) ** 2)) * (0.35 + 0.5 * severity),
        243.0,
    )


def _laminate_peel(strip: Strip, rng: np.random.Generator, severity: float) -> None:
    x, _ = strip.grid()
    end = strip.left / CARD_PX_PER_MM + severity * rng.uniform(0.3, 1.0) * strip.width_mm
    away = x - end + 0.9 * _noise(rng, strip.shape, 70, 2)
    if rng.random() < 0.4:
        away = away[:, ::-1]
    zone = np.clip(0.5 - away * 6, 0, 1)
    gone = np.clip(0.6 + 0.45 * severity + 0.15 * _noise(rng, strip.shape, 60, 2), 0.2, 1)
    strip.cover(zone * gone, float(rng.uniform(180, 212)))
    strip.cover(0.75 * np.exp(-((away / 0.15) ** 2)), 250.0)


def _laminate_bubble(strip: Strip, rng: np.random.Generator, severity: float) -> None:
    x, y = strip.grid()
    for _ in range(1 + round(2 * severity)):
        cx, cy = strip.spot(rng)
        radius = rng.uniform(0.8, 1.4 + 2.5 * severity)
        away = np.hypot(x - cx, (y - cy) / rng.uniform(0.6, 1.0)) / radius
        ring = np.exp(-(((away - 1) / 0.12) ** 2)) * (0.5 + 0.5 * severity)
        haze = 0.4 * severity * np.clip((1.05 - away) * 8, 0, 1)
        strip.cover(np.clip(ring + haze, 0, 1), 248.0)


def _stain(strip: Strip, rng: np.random.Generator, severity: float) -> None:
    x, y = strip.grid()
    cx, cy = strip.spot(rng)
    away = np.hypot((x - cx) / rng.uniform(2, 4 + 12 * severity), (y - cy) / rng.uniform(1.5, 6))
    away = away + 0.15 * _noise(rng, strip.shape, 60, 2)
    rim = np.exp(-(((away - 0.95) / 0.07) ** 2))
    depth = np.clip((1 - away) * 10, 0, 1) + 0.4 * rim
    inks = ((0.62, 0.42, 0.2), (0.3, 0.3, 0.52), (0.42, 0.34, 0.3), (0.72, 0.25, 0.25))
    through = np.array(inks[int(rng.integers(len(inks)))], np.float32)
    density = (1.9 * severity * depth).astype(np.float32)
    strip.picture *= np.exp(density[..., None] * np.log(through))
    strip.kept *= np.exp(density * np.log(through).mean())


def _yellowed(strip: Strip, _: np.random.Generator, severity: float) -> None:
    tint = np.array([0.95, 0.86, 0.55], np.float32) ** np.float32(1.2 * severity)
    strip.picture *= tint


def _hole_punch(strip: Strip, rng: np.random.Generator, severity: float) -> None:
    x, y = strip.grid()
    cx, cy = strip.spot(rng)
    away = np.hypot(x - cx, y - cy) - (0.5 + 2.2 * severity)
    strip.cover(
        np.clip(0.5 - away * CARD_PX_PER_MM, 0, 1),
        np.asarray(rng.uniform(10, 235) + rng.normal(0, 22, 3), np.float32),
    )
    strip.cover(0.5 * np.exp(-((away / 0.22) ** 2)), 225.0)


def _occluded(strip: Strip, rng: np.random.Generator, severity: float) -> None:
    """A finger, from one end or across."""
    x, y = strip.grid()
    half = rng.uniform(6.0, 9.0)
    if rng.random() < 0.6:
        tip = strip.left / CARD_PX_PER_MM + (0.02 + 0.7 * severity) * strip.width_mm
        side = np.maximum(x - tip + half, 0)
        middle = rng.uniform(-4, 4) + strip.shape[0] / CARD_PX_PER_MM / 2
        radius = np.hypot(side, y - middle) / half
        if rng.random() < 0.5:
            radius = radius[:, ::-1]
    else:
        cx, cy = strip.spot(rng)
        lean = rng.uniform(-0.6, 0.6)
        # Seen from the side, or only its tip reaches the line.
        half = min(half * (0.1 + 0.9 * severity), 0.4 * strip.width_mm)
        radius = np.abs(x - cx - lean * (y - cy)) / half
    skins = ((222, 176, 146), (198, 148, 114), (168, 118, 86), (128, 86, 62))
    skin = np.array(skins[int(rng.integers(4))], np.float32)
    colour = skin * np.clip(1.08 - 0.45 * radius**2, 0.45, 1.1)[..., None]
    strip.cover(np.clip((1 - radius) * half * 2.5, 0, 1), colour)


def _overlay(strip: Strip, rng: np.random.Generator, severity: float) -> None:
    """Someone's writing across the line."""
    words = ("UNTUK VERIFIKASI", "COPY 14/02/2025", "PENGAJUAN KREDIT", "HANYA ARSIP")
    cap = round((1.6 + 2.4 * severity) * CARD_PX_PER_MM, 0)
    coverage = np.asarray(set_line(words[int(rng.integers(4))], strip.style, cap).coverage)
    turn = cv2.getRotationMatrix2D(
        (coverage.shape[1] / 2, coverage.shape[0] * 0.6), rng.uniform(-30, 30), 1.0
    )
    at = np.array(strip.spot(rng)) * CARD_PX_PER_MM
    turn[:, 2] += at - [coverage.shape[1] / 2, coverage.shape[0] * 0.6]
    laid = cv2.warpAffine(coverage, turn, strip.shape[::-1])
    inks = ((20.0, 20, 24), (196.0, 24, 30), (24.0, 60, 180), (250.0, 250, 250))
    rgb = np.array(inks[int(rng.integers(4))], np.float32)
    strip.cover(laid * min(1.0, 0.3 + 0.8 * severity), rgb)


def _glare(strip: Strip, rng: np.random.Generator, severity: float) -> None:
    x, y = strip.grid()
    cx, cy = strip.spot(rng)
    turn, reach = rng.uniform(-0.6, 0.6), max(rng.uniform(0.1, 0.45) * strip.width_mm, 2.0)
    u = (x - cx) * np.cos(turn) + (y - cy) * np.sin(turn)
    v = (y - cy) * np.cos(turn) - (x - cx) * np.sin(turn)
    kind = rng.random()
    if kind < 0.4:
        edge = np.maximum(np.abs(u) / reach, np.abs(v) / (reach * rng.uniform(0.3, 1)))
        shape = 1 / (1 + np.exp(np.clip((edge - 1) * rng.uniform(5, 16), -30, 30)))
    else:
        radius = np.hypot(u / reach, v / (reach * rng.uniform(0.3, 1)))
        shape = np.exp(-(radius**2)) + 0.22 / (1 + (0.8 * radius) ** 3)
    uneven = np.clip(1 + 0.22 * _noise(rng, strip.shape, 60, 2), 0.2, 2)
    strip.veil = np.asarray(shape * uneven * 3.4 * severity**2.2, np.float32)


def _shadow(strip: Strip, rng: np.random.Generator, severity: float) -> None:
    x, y = strip.grid()
    cx, cy = strip.spot(rng)
    turn = rng.uniform(0, 2 * np.pi)
    edge = (x - cx) * np.cos(turn) + (y - cy) * np.sin(turn)
    dark = 1 / (1 + np.exp(np.clip(edge / rng.uniform(0.3, 3.0), -30, 30)))
    strip.lit = np.asarray(1 - dark * (1 - 0.5 ** (5.0 * severity)), np.float32)


Draw = Callable[[Strip, np.random.Generator, float], None]

#: Faults of the print.
INK: Final[Mapping[str, Draw]] = MappingProxyType(
    {"print_faded": _print_faded, "text_missing": _text_missing}
)

#: Faults of the surface and what lies on it, in the order in which they lie there.
SURFACE: Final[Mapping[str, Draw]] = MappingProxyType(
    {
        "yellowed": _yellowed,
        "stain": _stain,
        "scratch_other": _scratch,
        "laminate_bubble": _laminate_bubble,
        "laminate_peel": _laminate_peel,
        "crack": _crack,
        "hole_punch": _hole_punch,
        "shadow": _shadow,
        "glare": _glare,
        "occluded": _occluded,
        "overlay_on_field": _overlay,
    }
)

#: Faults of the shot that every crop's scale and camera settings can show.
SHOT: Final = (
    "blur_focus",
    "blur_motion",
    "too_dark",
    "too_bright",
    "photocopy",
    "screen_capture",
    "compression",
    "colour_cast",
    "low_resolution",
)


def light_kept(strip: Strip, shot: Shot) -> Float32:
    """How much of the print's contrast veil and exposure leave, over the strip or one for all.

    A dark picture keeps it as long as it is not drowned in noise, which is seen afterwards.
    """
    veil = strip.veil if strip.veil is not None else np.zeros((1, 1), np.float32)
    return kept_under_veil(np.asarray(veil + shot.flare, np.float32), max(shot.exposure, 1.0))
