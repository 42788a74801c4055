"""From card space to the picture: maps between them, and the card on its table in even light."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import CARD_CORNERS_MM, CARD_WIDTH_MM, Float32, UInt8
from ktpcheck.synth import camera, conditions
from ktpcheck.synth.conditions import MASK_PX_PER_MM, MASK_SHAPE
from ktpcheck.synth.faults import Worn
from ktpcheck.synth.pose import Pose, sampling_maps
from ktpcheck.synth.type import CARD_PX_PER_MM

#: From this lean on the ends of the card may be visibly out of focus; below it never by more than
#: ``_CALM_MM`` of sigma.
_LEANS_DEG: Final = 20.0
_CALM_MM: Final = 0.08


class View:
    """Maps from card space onto the picture, each computed once."""

    def __init__(self, pose: Pose) -> None:
        self.pose = pose
        self.card = self._window()
        self._coarse: tuple[Float32, Float32] | None = None
        self._fine: tuple[Float32, Float32] | None = None

    def _window(self) -> tuple[int, int, int, int]:
        """x0, y0, x1, y1 around the card."""
        corners = self.pose.corners_px
        size = np.array(self.pose.size_px)
        low, high = corners.min(axis=0), corners.max(axis=0)
        x0, y0 = np.clip(np.floor(low - 2).astype(int), 0, size - 1)
        x1, y1 = np.clip(np.ceil(high + 2).astype(int), [x0 + 1, y0 + 1], size)
        return int(x0), int(y0), int(x1), int(y1)

    def maps_mm(self) -> tuple[Float32, Float32]:
        """Card millimetres seen by every pixel of the card's window."""
        if self._fine is None:
            self._fine = sampling_maps(self.pose, self.card)
        return self._fine

    def card_map(self, values: Float32) -> Float32:
        """A mask-space map as the card's window of the picture sees it; 0 outside."""
        x, y = self.maps_mm()
        scale = np.float32(MASK_PX_PER_MM)
        return np.asarray(
            cv2.remap(
                values,
                x * scale - 0.5,
                y * scale - 0.5,
                cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_CONSTANT,
            ),
            np.float32,
        )

    def wide_map(self, values: Float32) -> Float32:
        """A wide map over the whole picture, spread on past its border.

        Sampled at every fourth pixel: what lies in it is soft.
        """
        width, height = self.pose.size_px
        few = 4
        if self._coarse is None:
            x = (np.arange(-(-width // few), dtype=np.float32) + 0.5) * few
            y = (np.arange(-(-height // few), dtype=np.float32) + 0.5) * few
            grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
            at = self.pose.on_card(grid)
            self._coarse = (
                np.ascontiguousarray(at[:, 0].reshape(len(y), len(x))),
                np.ascontiguousarray(at[:, 1].reshape(len(y), len(x))),
            )
        scale, margin = conditions.WIDE_PX_PER_MM, conditions.WIDE_MARGIN_MM
        small = cv2.remap(
            values,
            (self._coarse[0] + margin) * scale - 0.5,
            (self._coarse[1] + margin) * scale - 0.5,
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        size = (small.shape[1] * few, small.shape[0] * few)
        full = cv2.resize(small, size, interpolation=cv2.INTER_LINEAR)
        return np.asarray(full[:height, :width], np.float32)

    def card_part(self, picture: Float32) -> Float32:
        """The card's window of a picture; a view, not a copy."""
        x0, y0, x1, y1 = self.card
        return picture[y0:y1, x0:x1]


def photograph(worn: Worn, view: View, table: UInt8, flat: bool) -> Float32:
    """The card on its table in even light: (H, W, 3) float32 linear."""
    light = np.asarray(cv2.LUT(table, camera.LINEAR), np.float32)
    pose = view.pose
    picture = cv2.LUT(np.clip(worn.picture, 0, 255).astype(np.uint8), camera.LINEAR)
    # Colour times coverage: at the edge both shrink together.
    source = np.dstack([picture * worn.alpha[..., None], worn.alpha]).astype(np.float32)
    shrink = CARD_PX_PER_MM / pose.px_per_mm
    if shrink > 1.2:
        # Sampling points of a finer source aliases: shrink it by area first.
        size = (round(source.shape[1] / shrink), round(source.shape[0] / shrink))
        source = np.asarray(cv2.resize(source, size, interpolation=cv2.INTER_AREA), np.float32)
    x_mm, y_mm = view.maps_mm()
    per_mm = np.float32(source.shape[1] / CARD_WIDTH_MM)
    seen = np.asarray(
        cv2.remap(
            source,
            x_mm * per_mm - 0.5,
            y_mm * per_mm - 0.5,
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
        ),
        np.float32,
    )
    if pose.bend_mm:
        seen[..., :3] *= _bent_light(pose.bend_mm, x_mm)[..., None]
    part = view.card_part(light)
    if not flat:
        _contact_shadow(light, view, seen[..., 3])
    part *= 1 - seen[..., 3:]
    part += seen[..., :3]
    return light


def _bent_light(bend_mm: float, x_mm: Float32) -> Float32:
    """What a bent card's slope does to its light: one half brighter, a dull sheen along it."""
    across = np.clip(2 * x_mm / np.float32(CARD_WIDTH_MM) - 1, -1, 1)
    sheen = 0.03 * abs(bend_mm) * np.exp(-(((across - 0.35) / 0.16) ** 2))
    return np.asarray(1 + 2 * bend_mm / (CARD_WIDTH_MM / 2) * across + sheen, np.float32)


@dataclass(frozen=True, eq=False)
class Focus:
    """Defocus of a card that leans: zero along one line of it, growing to both sides.

    ``blur_px`` is sigma over the whole picture on a grid of every 16th pixel; ``on_card_mm`` is
    sigma in millimetres over the card, ``MASK_SHAPE``.
    """

    blur_px: Float32
    on_card_mm: Float32


def lean_focus(view: View, rng: np.random.Generator) -> Focus:
    """Focus on one place of a leaning card with a phone's wide open lens.

    The circle of confusion over the plane in focus is the aperture times the relative distance
    from it; a Gaussian of a quarter of its diameter spreads light about as far.
    """
    pose = view.pose
    aperture_mm = float(rng.uniform(1.2, 3.0))
    corner_depth = float(np.abs(pose.depth(CARD_CORNERS_MM)).max())
    focused = float(np.clip(rng.normal(0, 0.35), -1, 1)) * corner_depth

    def sigma_mm(points_mm: Float32) -> Float32:
        depth = np.clip(pose.depth(points_mm), -0.6, 0.6)
        return np.asarray(0.25 * aperture_mm * np.abs(depth - focused) / (1 + depth), np.float32)

    x = (np.arange(MASK_SHAPE[1], dtype=np.float32) + 0.5) / MASK_PX_PER_MM
    y = (np.arange(MASK_SHAPE[0], dtype=np.float32) + 0.5) / MASK_PX_PER_MM
    on_card = sigma_mm(np.dstack(np.meshgrid(x, y)).reshape(-1, 2).astype(np.float32))
    # A card that hardly leans is within the depth of field that its user sees as sharp.
    calm = 1.0 if pose.tilt_deg > _LEANS_DEG else min(1.0, _CALM_MM / max(on_card.max(), 1e-6))
    width, height = pose.size_px
    few = 16
    u = (np.arange(-(-width // few), dtype=np.float32) + 0.5) * few
    v = (np.arange(-(-height // few), dtype=np.float32) + 0.5) * few
    at = pose.on_card(np.stack(np.meshgrid(u, v), axis=-1).reshape(-1, 2))
    blur = sigma_mm(at).reshape(len(v), len(u)) * np.float32(calm * pose.px_per_mm)
    return Focus(blur, on_card.reshape(MASK_SHAPE) * np.float32(calm))


def _contact_shadow(light: Float32, view: View, alpha: Float32) -> None:
    """The card is not quite flat on its table: a soft dark seam along its edges."""
    few = 4
    x0, y0, x1, y1 = view.card
    margin = round(3 * view.pose.px_per_mm)
    height, width = light.shape[:2]
    top, left = min(y0, margin), min(x0, margin)
    down, right = min(height - y1, margin), min(width - x1, margin)
    padded = cv2.copyMakeBorder(
        cv2.resize(alpha, None, fx=1 / few, fy=1 / few, interpolation=cv2.INTER_AREA),
        margin // few,
        margin // few,
        margin // few,
        margin // few,
        cv2.BORDER_CONSTANT,
    )
    soft = cv2.GaussianBlur(padded, (0, 0), max(0.5 * view.pose.px_per_mm / few, 0.5))
    shift = max(round(0.35 * view.pose.px_per_mm / few), 0)
    soft = np.roll(soft, shift, axis=0)
    full = cv2.resize(
        soft, (x1 - x0 + 2 * margin, y1 - y0 + 2 * margin), interpolation=cv2.INTER_LINEAR
    )
    dark = full[
        margin - top : margin + (y1 - y0) + down, margin - left : margin + (x1 - x0) + right
    ]
    light[y0 - top : y1 + down, x0 - left : x1 + right] *= 1 - 0.5 * dark[..., None]


def illumination(rng: np.random.Generator, size: tuple[int, int], scene: str) -> Float32:
    """Uneven light over the picture: a slope, fall-off, vignetting. (H, W) float32."""
    y, x = np.mgrid[-1:1:60j, -1:1:80j].astype(np.float32)
    turn = rng.uniform(0, 2 * np.pi)
    slope, fall = rng.uniform(0, 0.28), rng.uniform(0.02, 0.16)
    if scene == "scan":
        slope, fall = 0.0, 0.01
    even = (1 + slope * (x * np.cos(turn) + y * np.sin(turn))) * (1 - fall * (x**2 + y**2))
    return np.asarray(cv2.resize(even.astype(np.float32), size), np.float32)
