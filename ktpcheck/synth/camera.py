"""The camera: light that has reached the lens to a JPEG as a phone writes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import Float32, UInt8

_LEVELS: Final = 4096


def _srgb_to_linear() -> Float32:
    v = np.arange(256, dtype=np.float64) / 255
    return np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4).astype(np.float32)


#: Linear light of each display value.
LINEAR: Final = _srgb_to_linear()


@dataclass
class Shot:
    """How one picture is taken.

    ``focus_px``: sigma of the defocus. ``motion_px`` and ``motion_deg``: the smear. ``gains``:
    colour of the light as recorded. ``noise``: standard deviation of shot noise at full scale.
    ``sharpen``: amount of the phone's own sharpening. ``quality``: JPEG quality.
    ``lift``: how far shadows are lifted (HDR-like tone mapping), 0..1. ``flare``: light spread by
    the lens. ``copy`` and ``screen``: how much of a photocopy or of a photographed screen it is.
    """

    exposure: float = 1.0
    gains: tuple[float, float, float] = (1.0, 1.0, 1.0)
    focus_px: float = 0.6
    motion_px: float = 0.0
    motion_deg: float = 0.0
    noise: float = 0.012
    read_noise: float = 0.003
    sharpen: float = 0.4
    lift: float = 0.0
    flare: float = 0.0
    quality: int = 90
    copy: float = 0.0
    screen: float = 0.0
    screen_px: float = 2.3
    screen_deg: float = 5.0


def develop(
    light: Float32,
    shot: Shot,
    rng: np.random.Generator,
    after: Callable[[UInt8], UInt8] | None = None,
) -> UInt8:
    """Expose, record, process and compress.

    Parameters
    ----------
    light : (H, W, 3) float32
        Linear light, 1.0 is a white card in full light. Changed in place.
    shot : Shot
    rng : numpy.random.Generator
    after : callable, optional
        What someone draws on the finished picture before it is compressed.

    Returns
    -------
    (H, W, 3) uint8
    """
    light = _optics(light, shot)
    if shot.screen > 0:
        _pixel_grid(light, shot)
    if shot.flare:
        light += shot.flare
    light *= np.array(shot.gains, np.float32) * np.float32(shot.exposure)
    _add_noise(light, shot, rng)
    pixels = _tone(light, shot)
    if shot.sharpen > 0:
        soft = cv2.GaussianBlur(pixels, (0, 0), 1.1)
        pixels = np.asarray(
            cv2.addWeighted(pixels, 1 + shot.sharpen, soft, -shot.sharpen, 0), np.uint8
        )
    if shot.copy > 0:
        pixels = _photocopy(pixels, shot.copy, rng)
    if after is not None:
        pixels = after(pixels)
    return jpeg(pixels, shot.quality)


def _photocopy(pixels: UInt8, amount: float, rng: np.random.Generator) -> UInt8:
    """Grey, harsh, specked with toner."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    values = np.arange(256, dtype=np.float64)
    slope = 1 + 2.6 * amount
    curve = np.clip((values - 150) * slope + 168, 0, 255)
    grey = cv2.LUT(grey, curve.astype(np.uint8))
    height, width = grey.shape
    few = rng.integers(0, [height, width], (int(2e-4 * amount * height * width), 2))
    shade = rng.integers(0, 120, len(few), dtype=np.uint8)
    for (y, x), tone in zip(few.tolist(), shade.tolist(), strict=True):
        grey[y : y + 2, x : x + 1 + x % 2] = tone
    one = cv2.merge([grey, grey, grey])
    return np.asarray(cv2.addWeighted(pixels, 1 - min(1, 3 * amount), one, min(1, 3 * amount), 0))


def _pixel_grid(light: Float32, shot: Shot) -> None:
    """A screen's own grid, sampled by the sensor without a filter: that is what makes moire."""
    height, width = light.shape[:2]
    turn = np.deg2rad(shot.screen_deg)
    x = np.arange(width, dtype=np.float32)[None, :]
    y = np.arange(height, dtype=np.float32)[:, None]
    u = (x * np.cos(turn) + y * np.sin(turn)) * (2 * np.pi / shot.screen_px)
    v = (y * np.cos(turn) - x * np.sin(turn)) * (2 * np.pi / shot.screen_px)
    depth = np.float32(0.75 * shot.screen)
    rows = 1 + 0.6 * depth * np.sin(v)
    for channel in range(3):
        light[..., channel] *= rows * (1 + depth * np.sin(u + channel * 2.094))
    light += 0.02 * shot.screen
    light *= np.array([0.92, 0.98, 1.08], np.float32) ** np.float32(shot.screen)


def _optics(light: Float32, shot: Shot) -> Float32:
    if shot.focus_px > 0.25:
        light = np.asarray(cv2.GaussianBlur(light, (0, 0), shot.focus_px), np.float32)
    if shot.motion_px > 1.0:
        light = np.asarray(
            cv2.filter2D(light, -1, motion_kernel(shot.motion_px, shot.motion_deg)), np.float32
        )
    return light


def motion_kernel(length_px: float, angle_deg: float) -> Float32:
    """A straight smear, antialiased, sum 1."""
    reach = int(np.ceil(length_px / 2)) + 1
    over = 4
    size = (2 * reach + 1) * over
    kernel = np.zeros((size, size), np.float32)
    middle = (size - 1) / 2
    dx = np.cos(np.deg2rad(angle_deg)) * length_px * over / 2
    dy = np.sin(np.deg2rad(angle_deg)) * length_px * over / 2
    ends = [(int((middle - dx) * 16), int((middle - dy) * 16))]
    ends.append((int((middle + dx) * 16), int((middle + dy) * 16)))
    cv2.line(kernel, ends[0], ends[1], 1.0, over, cv2.LINE_AA, 4)
    small = cv2.resize(kernel, (2 * reach + 1, 2 * reach + 1), interpolation=cv2.INTER_AREA)
    return np.asarray(small / small.sum(), np.float32)


def _add_noise(light: Float32, shot: Shot, rng: np.random.Generator) -> None:
    """Shot noise grows with the root of light; read noise is constant. Slightly blotchy."""
    if shot.noise <= 0 and shot.read_noise <= 0:
        return
    side = 512
    tile = rng.standard_normal((side, side, 3), dtype=np.float32)
    # Demosaicing and the phone's denoising leave noise with grain, less of it in colour.
    tile = cv2.GaussianBlur(tile, (0, 0), 0.6) * 1.9
    tile = 0.75 * tile.mean(axis=2, keepdims=True) * 1.7 + 0.5 * tile
    height, width = light.shape[:2]
    for y in range(0, height, side):
        for x in range(0, width, side):
            part = light[y : y + side, x : x + side]
            flip_y, flip_x = rng.integers(0, 2, 2)
            grain = np.roll(tile, int(rng.integers(side)), axis=int(rng.integers(2)))
            grain = grain[:: 1 - 2 * flip_y, :: 1 - 2 * flip_x][: part.shape[0], : part.shape[1]]
            spread = np.sqrt(np.maximum(part, 0)) * shot.noise + shot.read_noise
            part += spread * grain


def _tone(light: Float32, shot: Shot) -> UInt8:
    """Linear light to display values by a table."""
    levels = np.arange(_LEVELS, dtype=np.float64) / (_LEVELS - 1)
    display = np.where(levels <= 0.0031308, 12.92 * levels, 1.055 * levels ** (1 / 2.4) - 0.055)
    if shot.lift > 0:
        display = display * (1 - shot.lift) + display**0.8 * shot.lift
    # Phones bend the curve a little: deeper shadows, soft highlights.
    display = display + 0.06 * np.sin(2 * np.pi * (display - 0.5)) * (1 - shot.lift) * 0.6
    table = np.clip(display * 255 + 0.5, 0, 255).astype(np.uint8)
    np.clip(light, 0, 1, out=light)
    light *= _LEVELS - 1
    return np.asarray(table[light.astype(np.uint16)], np.uint8)


def jpeg(pixels: UInt8, quality: int) -> UInt8:
    """Once through a JPEG."""
    ok, data = cv2.imencode(
        ".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality]
    )
    back = cv2.imdecode(data, cv2.IMREAD_COLOR) if ok else None
    if back is None:
        raise RuntimeError("the picture could not be written as a JPEG")
    return np.asarray(cv2.cvtColor(back, cv2.COLOR_BGR2RGB), np.uint8)
