"""The camera: light that has reached the lens to a JPEG as a phone writes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import Float32, Float64, UInt8

_LEVELS: Final = 4096

#: Side of the tiles that are blurred one by one: they stay in the processor's cache.
_TILE_PX: Final = 256


def _srgb_to_linear() -> Float32:
    v = np.arange(256, dtype=np.float64) / 255
    return np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4).astype(np.float32)


#: Linear light of each display value.
LINEAR: Final = _srgb_to_linear()


@dataclass
class Shot:
    """How one picture is taken.

    ``focus_px``: sigma of the defocus. ``motion_px`` and ``motion_deg``: the smear at ``middle_px``
    (of the picture when None); ``motion_turn``: radians the picture turns about there meanwhile;
    ``motion_roll``: how much longer the smear is a picture height further down, since rows are read
    one after the other; ``motion_dwell`` -1..1: how unevenly it moves. ``gains``:
    colour of the light as recorded. ``noise``: standard deviation of shot noise at full scale.
    ``sharpen``: amount of the phone's own sharpening. ``quality``: JPEG quality.
    ``lift``: how far shadows are lifted (HDR-like tone mapping), 0..1. ``flare``: light spread by
    the lens. ``sent``: what happened to the file before its last saving, first to last: each
    time it was this many times larger and saved at this quality.
    ``copy`` and ``screen``: how much of a photocopy or of a photographed screen it is.
    """

    exposure: float = 1.0
    gains: tuple[float, float, float] = (1.0, 1.0, 1.0)
    focus_px: float = 0.6
    motion_px: float = 0.0
    motion_deg: float = 0.0
    motion_turn: float = 0.0
    motion_roll: float = 0.0
    motion_dwell: float = 0.0
    middle_px: tuple[float, float] | None = None
    noise: float = 0.012
    read_noise: float = 0.003
    sharpen: float = 0.4
    lift: float = 0.0
    flare: float = 0.0
    quality: int = 90
    sent: tuple[tuple[float, int], ...] = ()
    copy: float = 0.0
    screen: float = 0.0
    screen_px: float = 2.3
    screen_deg: float = 5.0


def develop(
    light: Float32,
    shot: Shot,
    rng: np.random.Generator,
    after: Callable[[UInt8], UInt8] | None = None,
    blur_px: Float32 | None = None,
    screen: Float32 | None = None,
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
    blur_px : (h, w) float32, optional
        Further defocus as sigma in pixels, over the whole picture on a coarser grid.
    screen : (H, W) float32, optional
        Where ``shot.screen`` shows, 0..1; everywhere when None.

    Returns
    -------
    (H, W, 3) uint8
    """
    light = _optics(light, shot, blur_px)
    if shot.screen > 0:
        _pixel_grid(light, shot, screen)
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
    for scale, quality in shot.sent:
        pixels = _forward(pixels, scale, quality)
    return jpeg(pixels, shot.quality)


def _forward(pixels: UInt8, scale: float, quality: int) -> UInt8:
    """Saved ``scale`` times as large, then reduced, as messaging apps do."""
    height, width = pixels.shape[:2]
    size = (round(width * scale), round(height * scale))
    large = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_CUBIC), np.uint8)
    small = cv2.resize(jpeg(large, quality), (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


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


def _pixel_grid(light: Float32, shot: Shot, where: Float32 | None) -> None:
    """A screen's own grid, sampled by the sensor without a filter: that is what makes moire."""
    around = None if where is None else light * (1 - where)[..., None]
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
    if where is not None and around is not None:
        light *= where[..., None]
        light += around


def _optics(light: Float32, shot: Shot, blur_px: Float32 | None) -> Float32:
    if blur_px is not None and float(blur_px.max()) > 0.3:
        light = _defocus(light, shot.focus_px, blur_px)
    elif shot.focus_px > 0.25:
        light = np.asarray(cv2.GaussianBlur(light, (0, 0), shot.focus_px), np.float32)
    if shot.motion_px > 1.0:
        light = _smear(light, shot)
    return light


def _defocus(light: Float32, focus_px: float, blur_px: Float32) -> Float32:
    """Blur by another sigma in every place.

    Tile by tile between the least and the most blur in it, mixed by variance.
    """
    height, width = light.shape[:2]
    variance = np.asarray(
        cv2.resize(blur_px, (-(-width // 4), -(-height // 4))) ** 2 + focus_px**2, np.float32
    )
    blurred = np.empty_like(light)
    for y in range(0, height, _TILE_PX):
        for x in range(0, width, _TILE_PX):
            rows, columns = min(_TILE_PX, height - y), min(_TILE_PX, width - x)
            part = variance[y // 4 : -(-(y + rows) // 4), x // 4 : -(-(x + columns) // 4)]
            least, most = float(part.min()), float(part.max())
            reach = int(np.ceil(3 * np.sqrt(most))) + 1
            top, left = min(reach, y), min(reach, x)
            seen = light[y - top : y + rows + reach, x - left : x + columns + reach]
            inside = slice(top, top + rows), slice(left, left + columns)
            soft = cv2.GaussianBlur(seen, (0, 0), max(np.sqrt(most), 0.1))[inside]
            if np.sqrt(most) - np.sqrt(least) > 0.1:
                sharp = cv2.GaussianBlur(seen, (0, 0), max(np.sqrt(least), 0.1))[inside]
                share = np.clip((part - least) / (most - least), 0, 1)
                share = cv2.resize(share, (columns, rows))
                soft = cv2.blendLinear(
                    np.ascontiguousarray(sharp), np.ascontiguousarray(soft), 1 - share, share
                )
            blurred[y : y + rows, x : x + columns] = soft
    return blurred


def _smear(light: Float32, shot: Shot) -> Float32:
    """Average the picture along its movement: a shift, a turn, and a shift that grows by rows.

    The movement is a one-parameter group of affine maps. Averaging a picture with itself moved by
    twice as far each time adds up to a power of two of equal steps.
    """
    height, width = light.shape[:2]
    cx, cy = shot.middle_px or (width / 2, height / 2)
    turn = np.deg2rad(shot.motion_deg)
    speed = shot.motion_px * np.array([np.cos(turn), np.sin(turn)])
    rolled = shot.motion_roll * speed / height
    linear = np.array([[0.0, rolled[0] - shot.motion_turn], [shot.motion_turn, rolled[1]]])
    # Pixel centres: pixel 0 lies at 0.5.
    shift = speed - linear @ np.array([cx - 0.5, cy - 0.5])
    corners = np.array([[0, 0], [width, 0], [0, height], [width, height]]) @ linear.T + shift
    longest = float(np.hypot(corners[:, 0], corners[:, 1]).max())
    rounds = max(int(np.ceil(np.log2(longest / 0.75))), 2)
    first = 0.5 + 0.12 * shot.motion_dwell
    mean = 0.0
    for number in range(rounds):
        step = 2.0**number / 2**rounds
        mean += (1 - first) * step
        moved = _moved(light, linear, shift, step)
        light = np.asarray(cv2.addWeighted(light, first, moved, 1 - first, 0), np.float32)
    # The card is where it is on average over the exposure.
    return _moved(light, linear, shift, -mean)


def _moved(light: Float32, linear: Float64, shift: Float64, time: float) -> Float32:
    """The picture as it stands after a share of the exposure."""
    generator = np.zeros((3, 3))
    generator[:2, :2], generator[:2, 2] = linear, shift
    power, matrix = np.eye(3), np.eye(3)
    for order in range(1, 5):
        power = power @ generator * (time / order)
        matrix = matrix + power
    size = (light.shape[1], light.shape[0])
    return np.asarray(
        cv2.warpAffine(
            light, matrix[:2], size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        ),
        np.float32,
    )


def _add_noise(light: Float32, shot: Shot, rng: np.random.Generator) -> None:
    """Shot noise grows with the root of light; read noise is constant. Slightly blotchy."""
    if shot.noise <= 0 and shot.read_noise <= 0:
        return
    side = 512
    height, width = light.shape[:2]
    tile = rng.standard_normal((min(side, height), min(side, width), 3), dtype=np.float32)
    # Demosaicing and the phone's denoising leave noise with grain, less of it in colour.
    tile = cv2.GaussianBlur(tile, (0, 0), 0.6) * 1.9
    tile = 0.75 * tile.mean(axis=2, keepdims=True) * 1.7 + 0.5 * tile
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
