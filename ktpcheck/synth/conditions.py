"""Capture faults that lie on the card as light or cover: glare, shadow, fingers, overlays.

Each works on card space at ``MASK_PX_PER_MM`` and yields its exact mask there and how much of the
print's contrast it leaves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import CARD_BOX, CARD_HEIGHT_MM, CARD_WIDTH_MM, Box, Float32
from ktpcheck.synth.ground import smooth_noise
from ktpcheck.synth.type import Style, set_line

#: Resolution of masks.
MASK_PX_PER_MM: Final = 8
MASK_SHAPE: Final = (round(CARD_HEIGHT_MM * MASK_PX_PER_MM), round(CARD_WIDTH_MM * MASK_PX_PER_MM))

#: Linear light of the card's ground and of its ink, for what a veil leaves of their contrast.
_GROUND_LIGHT: Final = 0.56
_INK_LIGHT: Final = 0.05


@dataclass(frozen=True, eq=False)
class Fault:
    """One fault as drawn.

    ``mask`` 0..1 is where it is; ``kept`` 0..1 how much of the print's contrast is left there.
    Both are ``MASK_SHAPE`` float32.
    """

    id: str
    kind: str
    severity: float
    mask: Float32
    kept: Float32


#: Shadows and fingers go on past the card: their maps reach this far beyond it, at this scale.
WIDE_MARGIN_MM: Final = 45.0
WIDE_PX_PER_MM: Final = 5.0
WIDE_SHAPE: Final = (
    round((CARD_HEIGHT_MM + 2 * WIDE_MARGIN_MM) * WIDE_PX_PER_MM),
    round((CARD_WIDTH_MM + 2 * WIDE_MARGIN_MM) * WIDE_PX_PER_MM),
)


def mask_grid() -> tuple[Float32, Float32]:
    """Millimetre coordinates of every mask pixel's middle."""
    y, x = np.mgrid[0 : MASK_SHAPE[0], 0 : MASK_SHAPE[1]].astype(np.float32)
    return (x + 0.5) / MASK_PX_PER_MM, (y + 0.5) / MASK_PX_PER_MM


def wide_grid() -> tuple[Float32, Float32]:
    """Millimetre coordinates of every pixel of a wide map."""
    y, x = np.mgrid[0 : WIDE_SHAPE[0], 0 : WIDE_SHAPE[1]].astype(np.float32)
    return (
        (x + 0.5) / WIDE_PX_PER_MM - WIDE_MARGIN_MM,
        (y + 0.5) / WIDE_PX_PER_MM - WIDE_MARGIN_MM,
    )


def on_card(wide: Float32) -> Float32:
    """The part of a wide map that lies on the card, at ``MASK_SHAPE``."""
    x, y = mask_grid()
    return np.asarray(
        cv2.remap(
            wide,
            (x + WIDE_MARGIN_MM) * WIDE_PX_PER_MM - 0.5,
            (y + WIDE_MARGIN_MM) * WIDE_PX_PER_MM - 0.5,
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        ),
        np.float32,
    )


def display(light: Float32 | float) -> Float32:
    """Linear light to display value 0..1, clipped."""
    clipped = np.clip(np.asarray(light, np.float32), 0, 1)
    return np.asarray(
        np.where(clipped <= 0.0031308, 12.92 * clipped, 1.055 * clipped ** (1 / 2.4) - 0.055),
        np.float32,
    )


def kept_under_veil(veil: Float32, gain: float = 1.0) -> Float32:
    """Share of the print's display contrast left under added light."""
    clear = float(display(_GROUND_LIGHT) - display(_INK_LIGHT))
    left = display(gain * (_GROUND_LIGHT + veil)) - display(gain * (_INK_LIGHT + veil))
    return np.asarray(np.clip(left / clear, 0, 1), np.float32)


def glare_veil(
    rng: np.random.Generator, severity: float, aim: Box | None, kinds: tuple[str, ...]
) -> Float32:
    """Light reflected off the laminate, linear, to be added; ``MASK_SHAPE`` float32.

    A lamp gives a round core with a wide soft skirt, a pair two of them, a window a tilted
    quadrilateral, a flash a small hot core, a tube a streak, a ring light a ring, a louvre strips
    side by side. Most of the area is veil, not saturation. ``kinds`` names those to choose from.
    """
    x, y = mask_grid()
    if aim is None:
        cx, cy = rng.uniform(15, 70), rng.uniform(12, 42)
        reach = rng.uniform(7, 16)
    else:
        cx = rng.uniform(aim.x0 + 0.25 * aim.width, aim.x1 - 0.25 * aim.width)
        cy = (aim.y0 + aim.y1) / 2 + rng.uniform(-0.6, 0.6)
        reach = max(0.42 * aim.width, 4.0)
    turn = rng.uniform(-0.4, 0.4)
    u = (x - cx) * np.cos(turn) + (y - cy) * np.sin(turn)
    v = -(x - cx) * np.sin(turn) + (y - cy) * np.cos(turn)
    kind = kinds[int(rng.integers(len(kinds)))]
    flat = rng.uniform(0.35, 0.8)
    if kind == "window":
        edge = np.maximum(np.abs(u) / reach, np.abs(v) / (reach * flat))
        shape = 1 / (1 + np.exp((edge - 1) * rng.uniform(5, 16)))
        if rng.random() < 0.6:
            bar = np.exp(-((u / (0.05 * reach)) ** 2)) + np.exp(-((v / (0.05 * reach)) ** 2))
            shape *= 1 - 0.6 * np.clip(bar, 0, 1)
    elif kind == "tube":
        shape = np.exp(-((u / (2.2 * reach)) ** 4)) * np.exp(-((v / (0.3 * reach)) ** 2))
    elif kind == "louvre":
        edge = np.maximum(np.abs(u) / (1.1 * reach), np.abs(v) / (reach * flat))
        strips = np.sin(u * 2 * np.pi / (reach * rng.uniform(0.3, 0.55)) + rng.uniform(0, 6.3))
        shape = (0.4 + 0.6 / (1 + np.exp(-5 * strips))) / (1 + np.exp((edge - 1) * 9))
    elif kind == "ring":
        radius = np.hypot(u / reach, v / (reach * rng.uniform(0.7, 1.0)))
        shape = np.exp(-(((radius - 0.7) / 0.24) ** 2)) + 0.3 * np.exp(-(radius**2))
    elif kind == "pair":
        apart, second = reach * rng.uniform(0.55, 0.9), rng.uniform(0.6, 1.0)
        near, far = (
            ((u - sign * apart / 2) ** 2 + (v / flat) ** 2) / (0.6 * reach) ** 2 for sign in (-1, 1)
        )
        shape = np.exp(-near) + second * np.exp(-far) + 0.2 / (1 + np.minimum(near, far))
    else:
        tight = 0.55 if kind == "flash" else 1.0
        radius = np.sqrt((u / (reach * tight)) ** 2 + (v / (reach * tight * flat)) ** 2)
        shape = np.exp(-(radius**2)) + 0.22 / (1 + (radius * 0.8) ** 3)
    # The laminate is not a perfect mirror: its relief breaks the light up.
    uneven = 1 + 0.22 * smooth_noise(rng, MASK_SHAPE, 26, 4)
    veil = shape * np.clip(uneven, 0.2, 2.0)
    # 0.5 leaves a little under half of the contrast in the core.
    return np.asarray(veil * 3.4 * severity**2.2, np.float32)


def cast_shadow(
    rng: np.random.Generator, severity: float, aim: Box | None, kinds: tuple[str, ...]
) -> Float32:
    """How much light a shadow lets through, 0..1, ``WIDE_SHAPE``.

    ``kinds`` names what may throw it: an edge, a band (an arm), a phone held above the card, the
    slats of a blind.
    """
    x, y = wide_grid()
    box = aim or CARD_BOX.grown(-15, -10)
    cx, cy = rng.uniform(box.x0, box.x1), rng.uniform(box.y0, box.y1)
    turn = rng.uniform(0, 2 * np.pi)
    across = (x - cx) * np.cos(turn) + (y - cy) * np.sin(turn)
    soft = rng.uniform(0.5, 4.0)
    edge = across + rng.uniform(0, 2.5) * smooth_noise(rng, WIDE_SHAPE, 110, 2)
    if aim is not None:
        edge = edge - 0.25 * aim.width
    kind = kinds[int(rng.integers(len(kinds)))]
    if kind == "phone":
        along = -(x - cx) * np.sin(turn) + (y - cy) * np.cos(turn) - rng.uniform(-60, 60)
        edge = np.maximum(np.maximum(edge, -74 - edge), np.abs(along) - 76)
    elif kind == "blinds":
        period = rng.uniform(11, 24)
        # The slat's shadow lies over the aim, light falls between it and the next.
        edge = -(np.cos(across * 2 * np.pi / period) + 0.1) * period / (2 * np.pi)
        soft = min(soft, period / 12)
    dark = 1 / (1 + np.exp(np.clip(edge / soft, -60, 60)))
    if kind == "band":
        wide = rng.uniform(14, 34)
        dark *= 1 / (1 + np.exp(np.clip(-(edge + wide) / soft, -60, 60)))
    return np.asarray(1 - dark * (1 - 0.5 ** (5.0 * severity)), np.float32)


def finger(
    rng: np.random.Generator, severity: float, aim: Box | None, side: int | None = None
) -> tuple[Float32, Float32]:
    """A finger or thumb over the card.

    Returns
    -------
    cover : WIDE_SHAPE float32
        0..1, where it hides the card.
    colour : WIDE_SHAPE + (3,) float32
        Its display colour 0..255.
    """
    x, y = wide_grid()
    if aim is None:
        side = int(rng.integers(4)) if side is None else side
        edge = (
            (rng.uniform(10, 75), CARD_HEIGHT_MM),
            (rng.uniform(10, 75), 0.0),
            (0.0, rng.uniform(10, 44)),
            (CARD_WIDTH_MM, rng.uniform(10, 44)),
        )[side]
        inward = ((0.0, -1.0), (0.0, 1.0), (1.0, 0.0), (-1.0, 0.0))[side]
        tip = np.array(edge) + np.array(inward) * (2 + 22 * severity)
        half = rng.uniform(6.5, 9.0)
    else:
        # The tip covers a share of the field's width, from its far or near end.
        half = rng.uniform(6.0, 8.5)
        # A hand comes from the nearer side; from either when the field lies in the middle.
        middle = (aim.x0 + aim.x1) / 2 + rng.uniform(-12, 12)
        from_left = middle < CARD_WIDTH_MM / 2
        share = 0.15 + 0.85 * severity
        end = aim.x0 if from_left else aim.x1
        sign = 1.0 if from_left else -1.0
        tip = np.array([end + sign * share * aim.width, (aim.y0 + aim.y1) / 2])
        inward = (sign, 0.0)
    direction = np.array(inward)
    turn = rng.uniform(-0.35, 0.35)
    rotate = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    direction = rotate @ direction
    if aim is not None:
        # Keep the tip on the field whatever the angle.
        tip = tip - direction * 0.5
    along = (x - tip[0]) * direction[0] + (y - tip[1]) * direction[1]
    across = -(x - tip[0]) * direction[1] + (y - tip[1]) * direction[0]
    # Rounded tip: a capsule whose axis ends one half width before the tip.
    back = np.maximum(along + half, 0)
    # Fingers widen towards the hand.
    wide = half * (1 + 0.2 * np.clip(-along / 40, 0, 1.2))
    radius = np.sqrt(back**2 + across**2) / wide
    radius += 0.03 * smooth_noise(rng, WIDE_SHAPE, 40, 2)
    cover = np.clip((1 - radius) * half * 2.5, 0, 1)
    skins = ((222, 176, 146), (198, 148, 114), (168, 118, 86), (128, 86, 62))
    skin = np.array(skins[int(rng.integers(len(skins)))], np.float32)
    round_shade = np.clip(1.08 - 0.45 * radius**2, 0.45, 1.1)
    colour = (
        skin * round_shade[..., None] * (1 + 0.025 * smooth_noise(rng, WIDE_SHAPE, 6, 2))[..., None]
    )
    # Creases over the joints, a redder rim where light comes through.
    bow = along + 0.02 * across**2
    for joint_mm, deep in ((-24.0, 0.2), (-27.0, 0.14), (-52.0, 0.16)):
        colour *= (1 - deep * np.exp(-(((bow - joint_mm) / 0.7) ** 2)))[..., None]
    rim = np.clip(radius - 0.7, 0, 0.3)[..., None]
    colour *= 1 - rim * np.array([0.1, 0.5, 0.6], np.float32)
    nail = np.exp(-(((along + 0.55 * half) / (0.42 * half)) ** 4 + (across / (0.5 * half)) ** 4))
    if rng.random() < 0.7:
        colour += (nail * 0.5)[..., None] * (np.array([236, 196, 180], np.float32) - colour)
    return np.asarray(cover, np.float32), np.asarray(np.clip(colour, 0, 255), np.float32)


def film(rng: np.random.Generator, severity: float) -> Float32:
    """A second laminate: hazy, wider than the card, with a bright rim and trapped air.

    Returns
    -------
    WIDE_SHAPE float32
        Opacity 0..1.
    """
    x, y = wide_grid()
    grow = rng.uniform(1.5, 4.0)
    dx = np.abs(x - CARD_WIDTH_MM / 2) - CARD_WIDTH_MM / 2 - grow + 4
    dy = np.abs(y - CARD_HEIGHT_MM / 2) - CARD_HEIGHT_MM / 2 - grow + 4
    # Signed distance to a rectangle with 4 mm corners.
    away = np.hypot(np.maximum(dx, 0), np.maximum(dy, 0)) + np.minimum(np.maximum(dx, dy), 0) - 4
    inside = np.clip(0.5 - away * WIDE_PX_PER_MM, 0, 1)
    rim = np.exp(-((away / 0.3) ** 2))
    air = np.clip(smooth_noise(rng, WIDE_SHAPE, 70, 3) - 1.1, 0, 1)
    haze = inside * (0.05 + 0.28 * severity) + 0.5 * severity * inside * air + 0.5 * rim
    return np.asarray(np.clip(haze, 0, 0.95), np.float32)


_WATERMARKS: Final = (
    "UNTUK VERIFIKASI AKUN",
    "HANYA UNTUK PENGAJUAN",
    "COPY 12/03/2024",
    "KHUSUS PENDAFTARAN",
)


def overlay(
    rng: np.random.Generator, severity: float, aim: Box | None, style: Style
) -> tuple[Float32, Float32]:
    """Writing someone laid over the picture of the card.

    Returns
    -------
    cover : MASK_SHAPE float32
        Opacity 0..1.
    rgb : (3,) float32
        Its display colour.
    """
    text = _WATERMARKS[int(rng.integers(len(_WATERMARKS)))]
    cap_mm = 1.6 + 2.4 * severity
    coverage = set_line(text, style, round(cap_mm * MASK_PX_PER_MM, 1)).coverage
    if aim is None:
        cx, cy, turn = rng.uniform(30, 55), rng.uniform(14, 44), rng.uniform(-35, 35)
    else:
        cx, cy, turn = (aim.x0 + aim.x1) / 2, (aim.y0 + aim.y1) / 2, rng.uniform(-12, 12)
    matrix = cv2.getRotationMatrix2D((coverage.shape[1] / 2, coverage.shape[0] * 0.6), turn, 1.0)
    matrix[:, 2] += np.array([cx, cy]) * MASK_PX_PER_MM
    matrix[:, 2] -= np.array([coverage.shape[1] / 2, coverage.shape[0] * 0.6])
    laid = cv2.warpAffine(np.asarray(coverage), matrix, MASK_SHAPE[::-1])
    inks = ((20.0, 20, 24), (196.0, 24, 30), (24.0, 60, 180), (250.0, 250, 250))
    rgb = np.array(inks[int(rng.integers(len(inks)))], np.float32)
    return np.asarray(laid * min(1.0, 0.3 + 0.8 * severity), np.float32), rgb
