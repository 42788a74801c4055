"""What the card lies on: drawn tables, cloths, papers.

A background is drawn at about a megapixel and spread over the picture; the camera's own blur and
noise are laid on afterwards, so no detail is missed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import Float32, UInt8
from ktpcheck.synth.ground import smooth_noise
from ktpcheck.synth.type import Style, place, set_line

_DRAWN_PX: Final = 1_200_000


def draw_background(kind: str, rng: np.random.Generator, size_px: tuple[int, int]) -> UInt8:
    """Draw one background.

    Parameters
    ----------
    kind : str
        A key of ``BACKGROUNDS``.
    rng : numpy.random.Generator
    size_px : tuple of int
        Width and height.

    Returns
    -------
    (h, w, 3) uint8
    """
    width, height = size_px
    scale = min(1.0, float(np.sqrt(_DRAWN_PX / (width * height))))
    small = (max(int(height * scale), 8), max(int(width * scale), 8))
    drawn = np.clip(BACKGROUNDS[kind](rng, small), 0, 255).astype(np.uint8)
    if scale == 1.0:
        return drawn
    return np.asarray(cv2.resize(drawn, size_px, interpolation=cv2.INTER_LINEAR), np.uint8)


def _flat(shape: tuple[int, int], rgb: np.ndarray) -> Float32:
    return np.ones((*shape, 3), np.float32) * np.asarray(rgb, np.float32)


def _plain(rng: np.random.Generator, shape: tuple[int, int]) -> Float32:
    """Dark, white, or light blue like the card itself."""
    choice = rng.random()
    if choice < 0.35:
        rgb = rng.uniform(18, 70) + rng.normal(0, 6, 3)
    elif choice < 0.6:
        rgb = rng.uniform(205, 240) + rng.normal(0, 5, 3)
    elif choice < 0.75:
        rgb = np.array([178.0, 208, 232]) + rng.normal(0, 10, 3)
    else:
        rgb = rng.uniform(60, 200, 3)
    picture = _flat(shape, np.clip(rgb, 5, 245))
    picture += smooth_noise(rng, shape, 300)[..., None] * rng.uniform(1, 6)
    picture += rng.standard_normal((*shape, 1), dtype=np.float32) * rng.uniform(0.5, 4)
    return picture


def _grain_lines(rng: np.random.Generator, shape: tuple[int, int]) -> Float32:
    """Wood grain along x, about unit spread."""
    stretch = 14
    small = smooth_noise(rng, (shape[0], shape[1] // stretch + 2), 22, 4)
    grain = cv2.resize(small, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
    rings = np.sin(grain * 4 + np.linspace(0, rng.uniform(20, 60), shape[0])[:, None])
    return np.asarray(0.6 * grain + 0.5 * rings, np.float32)


def _wood_rgb(rng: np.random.Generator) -> np.ndarray:
    woods = ((122, 84, 52), (168, 126, 84), (84, 54, 36), (196, 164, 124), (60, 44, 36))
    return np.array(woods[int(rng.integers(len(woods)))]) + rng.normal(0, 8, 3)


def _wood(rng: np.random.Generator, shape: tuple[int, int]) -> Float32:
    upright = rng.random() < 0.5
    size = shape[::-1] if upright else shape
    picture = _flat(size, _wood_rgb(rng))
    picture *= 1 + _grain_lines(rng, size)[..., None] * rng.uniform(0.04, 0.13)
    return np.ascontiguousarray(picture.transpose(1, 0, 2)) if upright else picture


def _planks(rng: np.random.Generator, shape: tuple[int, int]) -> Float32:
    picture = _wood(rng, shape)
    step = int(rng.uniform(0.16, 0.4) * shape[0])
    for y in range(int(rng.integers(0, step)), shape[0], step):
        picture[y : y + 3] *= 0.45
        picture[y + 3 : y + step] *= rng.uniform(0.88, 1.12)
    return picture


def _cloth(rng: np.random.Generator, shape: tuple[int, int]) -> Float32:
    """Folds, weave, sometimes stripes or checks."""
    picture = _flat(shape, rng.uniform(30, 215, 3))
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    if rng.random() < 0.5:
        period = rng.uniform(30, 120)
        stripes = (np.sin(x * 6.283 / period) > 0.3).astype(np.float32)
        if rng.random() < 0.5:
            stripes += (np.sin(y * 6.283 / period) > 0.3).astype(np.float32)
        picture += stripes[..., None] * rng.normal(0, 26, 3).astype(np.float32)
    weave = np.sin(x * 6.283 / 4.1) * np.sin(y * 6.283 / 4.3)
    folds = smooth_noise(rng, shape, 360, 2)
    picture *= (1 + 0.05 * weave + 0.13 * folds)[..., None]
    return picture


def _weave(rng: np.random.Generator, shape: tuple[int, int]) -> Float32:
    """A woven mat: alternating strips."""
    picture = _flat(shape, np.array([190, 160, 110]) + rng.normal(0, 22, 3))
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    strip = rng.uniform(22, 46)
    over = ((x // strip).astype(int) + (y // strip).astype(int)) % 2
    across = np.where(
        over == 0, np.sin(np.pi * (x % strip) / strip), np.sin(np.pi * (y % strip) / strip)
    )
    picture *= (0.62 + 0.4 * across + 0.06 * smooth_noise(rng, shape, 12, 2))[..., None]
    return picture


def _tiles(rng: np.random.Generator, shape: tuple[int, int]) -> Float32:
    picture = _flat(shape, rng.uniform(120, 232) + rng.normal(0, 8, 3))
    picture += smooth_noise(rng, shape, 90, 4)[..., None] * rng.uniform(2, 9)
    step = int(rng.uniform(0.28, 0.6) * shape[0])
    offset_y, offset_x = rng.integers(0, step, 2)
    wide = int(rng.integers(3, 8))
    joint = rng.uniform(0.55, 1.15)
    for y in range(int(offset_y), shape[0], step):
        picture[y : y + wide] *= joint
    for x in range(int(offset_x), shape[1], step):
        picture[:, x : x + wide] *= joint
    return picture


def _marble(rng: np.random.Generator, shape: tuple[int, int]) -> Float32:
    base = rng.uniform(60, 225) + rng.normal(0, 5, 3)
    picture = _flat(shape, base)
    veins = np.exp(-np.abs(smooth_noise(rng, shape, 260, 5)) * rng.uniform(6, 14))
    picture += veins[..., None] * rng.choice([-1.0, 1.0]) * rng.uniform(20, 60)
    picture += smooth_noise(rng, shape, 150, 3)[..., None] * 6
    return picture


def _papers(rng: np.random.Generator, shape: tuple[int, int]) -> Float32:
    """Sheets of text on a table: straight edges that are not the card's."""
    picture = _wood(rng, shape) if rng.random() < 0.5 else _plain(rng, shape)
    for _ in range(int(rng.integers(2, 5))):
        wide = rng.uniform(0.4, 0.8) * max(shape)
        tall = wide * rng.uniform(0.5, 1.4)
        sheet = text_sheet(rng, (int(tall), int(wide)))
        turn = cv2.getRotationMatrix2D((wide / 2, tall / 2), rng.uniform(-60, 60), 1)
        turn[:, 2] = turn[:, 2] + rng.uniform(0, 1, 2) * shape[::-1] - [wide / 2, tall / 2]
        size = (shape[1], shape[0])
        cover = cv2.warpAffine(np.ones(sheet.shape[:2], np.float32), turn, size)[..., None]
        picture *= 1 - 0.25 * cv2.GaussianBlur(cover, (0, 0), 9)[..., None]
        picture += cover * (cv2.warpAffine(sheet, turn, size) - picture)
    return picture


def text_sheet(rng: np.random.Generator, shape: tuple[int, int]) -> Float32:
    """Paper with rows of word-like marks."""
    sheet = _flat(shape, rng.uniform(225, 248) + rng.normal(0, 4, 3))
    pitch = max(int(rng.uniform(0.02, 0.035) * shape[0]), 6)
    for y in range(pitch * 2, shape[0] - pitch * 2, pitch):
        x = int(0.08 * shape[1])
        if rng.random() < 0.12:
            continue
        end = shape[1] * rng.uniform(0.5, 0.93)
        while x < end:
            word = int(rng.uniform(1.0, 5.0) * pitch * 0.5)
            high = max(int(pitch * 0.42), 2)
            noise = rng.random((high, max(word, 1), 1), dtype=np.float32)
            patch = sheet[y : y + high, x : x + word]
            patch *= (0.3 + 0.7 * (noise > 0.55))[:, : patch.shape[1]]
            x += word + max(int(pitch * 0.3), 2)
    return np.asarray(cv2.GaussianBlur(sheet, (0, 0), 0.7), np.float32)


def _boards(rng: np.random.Generator, shape: tuple[int, int]) -> Float32:
    """Laminate flooring: boards side by side, each with rings about a heart of its own."""
    across = rng.random() < 0.5
    size = shape[::-1] if across else shape
    tones = ((150, 118, 92), (188, 172, 152), (96, 76, 66), (140, 134, 128), (206, 180, 138))
    picture = _flat(size, np.array(tones[int(rng.integers(len(tones)))]) + rng.normal(0, 7, 3))
    y, x = np.mgrid[0 : size[0], 0 : size[1]].astype(np.float32)
    step = max(int(rng.uniform(0.14, 0.34) * size[0]), 8)
    depth = rng.uniform(0.04, 0.11)
    waver = smooth_noise(rng, size, 0.5 * size[1], 3) * 0.12
    fibre = cv2.resize(
        rng.standard_normal((size[0], max(size[1] // 40, 2)), dtype=np.float32), size[::-1]
    )
    for top in range(-int(rng.integers(0, step)), size[0], step):
        rows = slice(max(top, 0), min(top + step, size[0]))
        heart_x = rng.uniform(-0.2, 1.2) * size[1]
        heart_y = top + rng.uniform(-0.3, 1.3) * step
        flat = (y[rows] - heart_y) / step
        rings = np.sqrt(flat**2 + ((x[rows] - heart_x) / (0.9 * size[1])) ** 2) + waver[rows] * 0.5
        grain = 0.7 * np.sin(rings * rng.uniform(24, 60)) + 0.45 * fibre[rows]
        picture[rows] *= (rng.uniform(0.85, 1.12) * (1 + depth * grain))[..., None]
        picture[rows.start : rows.start + 2] *= 0.6
        seam = int(rng.uniform(0, 1) * size[1])
        picture[rows, seam : seam + 2] *= 0.65
    return np.ascontiguousarray(picture.transpose(1, 0, 2)) if across else picture


def _terrazzo(rng: np.random.Generator, shape: tuple[int, int]) -> Float32:
    """Chips of stone in cement: cells of a few sizes and tones."""
    picture = _flat(shape, rng.uniform(110, 225) + rng.normal(0, 7, 3))
    picture += smooth_noise(rng, shape, 200, 3)[..., None] * rng.uniform(1, 5)
    tones = rng.uniform(40, 240, (5, 1)) + rng.normal(0, 16, (5, 3))
    for grain, share in ((rng.uniform(26, 60), 1.75), (rng.uniform(9, 18), 1.6)):
        tone = tones[rng.integers(0, 5, 3)]
        for rgb in tone.astype(np.float32):
            chips = np.clip((smooth_noise(rng, shape, grain, 1) - share) * 14, 0, 1)
            picture += chips[..., None] * (rgb - picture) * 0.75
    return picture


def _ledger(rng: np.random.Generator, shape: tuple[int, int]) -> Float32:
    """Ruled and printed forms lying about on laminate: tables, columns, straight edges."""
    picture = _boards(rng, shape)
    size = (shape[1], shape[0])
    for _ in range(int(rng.integers(2, 5))):
        tall, wide = rng.uniform(0.5, 0.95, 2) * max(shape)
        sheet = _form_sheet(rng, (int(tall), int(wide)))
        turn = cv2.getRotationMatrix2D((wide / 2, tall / 2), rng.uniform(-70, 70), 1)
        turn[:, 2] += rng.uniform(0, 1, 2) * size - np.array([wide / 2, tall / 2])
        cover = cv2.warpAffine(np.ones(sheet.shape[:2], np.float32), turn, size)
        shade = cv2.GaussianBlur(np.roll(cover, 4, axis=0), (0, 0), 7)
        picture *= 1 - 0.3 * (shade * (1 - cover))[..., None]
        picture += cover[..., None] * (cv2.warpAffine(sheet, turn, size) - picture)
    return picture


def _form_sheet(rng: np.random.Generator, shape: tuple[int, int]) -> Float32:
    """A form: a title bar, ruled rows and columns, entries in some of the cells."""
    sheet = _flat(shape, rng.uniform(214, 248) + rng.normal(0, 6, 3))
    tone = float(rng.uniform(60, 170))
    pitch = max(int(rng.uniform(0.025, 0.05) * shape[0]), 7)
    columns = np.sort(rng.uniform(0.1, 0.9, int(rng.integers(2, 6)))) * shape[1]
    left, right = int(0.06 * shape[1]), int(0.94 * shape[1])
    sheet[pitch : 2 * pitch, left:right] *= rng.uniform(0.6, 0.9, 3).astype(np.float32)
    edges = [left, *columns.astype(int).tolist(), right]
    for y in range(3 * pitch, shape[0] - 2 * pitch, pitch):
        sheet[y : y + 1, left:right] = tone
        for x, end in pairwise(edges):
            sheet[y : y + pitch, x : x + 1] = tone
            if rng.random() < 0.6 and end - x > 8:
                length = int((end - x) * rng.uniform(0.2, 0.85))
                high = max(int(pitch * 0.4), 2)
                word = np.repeat(rng.random((high, max(length // 2, 1)), dtype=np.float32), 2, 1)
                patch = sheet[y + pitch // 4 : y + pitch // 4 + high, x + 3 : x + 3 + word.shape[1]]
                patch *= (0.35 + 0.65 * (word > 0.5))[: patch.shape[0], : patch.shape[1], None]
    return np.asarray(cv2.GaussianBlur(sheet, (0, 0), 0.7), np.float32)


def _keys(rng: np.random.Generator, shape: tuple[int, int]) -> Float32:
    """A keyboard."""
    dark = rng.random() < 0.65
    picture = _flat(shape, np.full(3, 28.0 if dark else 176.0))
    step = int(rng.uniform(0.1, 0.18) * shape[0])
    legends = np.zeros(shape, np.float32)
    legend, cap = Style("roboto", False), round(step * 0.2, 1)
    for row, y in enumerate(range(-step // 2, shape[0], step)):
        x = -int(rng.uniform(0, step)) - (row * step) // 3 % step
        while x < shape[1]:
            wide = step if rng.random() < 0.85 else int(step * 1.7)
            inset = max(step // 12, 2)
            shade = (46.0 if dark else 222.0) + rng.normal(0, 3)
            p0, p1 = (x + inset, y + inset), (x + wide - inset, y + step - inset)
            cv2.rectangle(picture, p0, p1, (shade, shade, shade + 2), -1, cv2.LINE_AA)
            # OpenCV's own letters differ between its versions; these do not.
            letter = "QWERTYUIOPASDFGHJKLZXCVBNM"[int(rng.integers(26))]
            place(legends, set_line(letter, legend, cap), x + step * 0.22, y + step * 0.45)
            x += wide
    picture += legends[..., None] * ((205.0 if dark else 60.0) - picture)
    picture += smooth_noise(rng, shape, 200)[..., None] * 3
    return picture


def _chiclets(rng: np.random.Generator, shape: tuple[int, int]) -> Float32:
    """A laptop's keyboard: flat keys set apart in metal, legends in their middle."""
    metal = rng.uniform(120, 205) + rng.normal(0, 4, 3)
    picture = _flat(shape, metal)
    brushed = rng.standard_normal((shape[0], shape[1] // 60 + 2), dtype=np.float32)
    picture += cv2.resize(brushed, shape[::-1], interpolation=cv2.INTER_LINEAR)[..., None] * 2.5
    step = int(rng.uniform(0.11, 0.19) * shape[0])
    gap, radius = max(int(step * rng.uniform(0.1, 0.16)), 2), max(step // 9, 1)
    dark = rng.random() < 0.75
    keys, legends = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    style, cap = Style("ubuntu", False), round(step * 0.22, 1)
    for row, y in enumerate(range(-step // 3, shape[0], step)):
        x = -(row * step * 2) // 5 % step - step // 2
        while x < shape[1]:
            wide = step if rng.random() < 0.88 else int(step * rng.uniform(1.4, 2.2))
            x0, y0, x1, y1 = x + gap // 2, y + gap // 2, x + wide - gap // 2, y + step - gap // 2
            cv2.rectangle(keys, (x0, y0 + radius), (x1, y1 - radius), 1.0, -1)
            cv2.rectangle(keys, (x0 + radius, y0), (x1 - radius, y1), 1.0, -1)
            for corner in ((x0, y0), (x1, y0), (x0, y1), (x1, y1)):
                at = np.clip(corner, (x0 + radius, y0 + radius), (x1 - radius, y1 - radius))
                cv2.circle(keys, (int(at[0]), int(at[1])), radius, 1.0, -1, cv2.LINE_AA)
            letter = "ASDFGHJKLZXCVBNMQWERTYUIOP1234567890"[int(rng.integers(36))]
            line = set_line(letter, style, cap)
            place(legends, line, x + wide / 2 - line.width_px / 2, y + step / 2 + cap / 2)
            x += wide
    shade = cv2.GaussianBlur(np.roll(keys, max(gap // 3, 1), axis=0), (0, 0), max(gap / 3, 0.6))
    picture *= 1 - 0.3 * shade[..., None]
    picture += keys[..., None] * ((26.0 if dark else 236.0) + rng.normal(0, 2, 3) - picture)
    picture += (legends * 0.9)[..., None] * ((225.0 if dark else 50.0) - picture)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.6), np.float32)


def draw_sheet(rng: np.random.Generator, size_px: tuple[int, int]) -> UInt8:
    """A scanner's lid or a white sheet; now and then a dark lid. (h, w, 3) uint8."""
    shade = rng.uniform(228, 252) if rng.random() < 0.85 else rng.uniform(8, 40)
    small = (size_px[1] // 4 + 1, size_px[0] // 4 + 1)
    picture = shade + smooth_noise(rng, small, 120, 2) * rng.uniform(0.5, 3)
    drawn = np.clip(picture[..., None] + rng.normal(0, 1.5, 3), 0, 255).astype(np.uint8)
    return np.asarray(cv2.resize(drawn, size_px), np.uint8)


def draw_screen(rng: np.random.Generator, size_px: tuple[int, int]) -> UInt8:
    """A screen that shows the card in a viewer: flat window, a bar, its edge. (h, w, 3) uint8."""
    width, height = size_px
    shade = float(rng.choice([18.0, 34.0, 240.0]))
    picture = np.full((height, width, 3), shade, np.uint8)
    bar = int(height * rng.uniform(0.04, 0.09))
    picture[:bar] = np.clip(shade + rng.uniform(14, 60), 0, 255)
    for _ in range(int(rng.integers(3, 8))):
        x = int(rng.uniform(0.02, 0.9) * width)
        cv2.circle(picture, (x, bar // 2), max(bar // 5, 2), (150, 152, 156), -1, cv2.LINE_AA)
    if rng.random() < 0.5:
        edge = int(rng.uniform(0.01, 0.05) * width)
        picture[:, :edge] = 9
        picture[height - edge :] = 9
    return picture


#: Every background by name; the splits choose from them.
BACKGROUNDS: Final[Mapping[str, Callable[[np.random.Generator, tuple[int, int]], Float32]]] = (
    MappingProxyType(
        {
            "plain": _plain,
            "wood": _wood,
            "planks": _planks,
            "cloth": _cloth,
            "weave": _weave,
            "tiles": _tiles,
            "marble": _marble,
            "papers": _papers,
            "keys": _keys,
            "chiclets": _chiclets,
            "boards": _boards,
            "terrazzo": _terrazzo,
            "ledger": _ledger,
        }
    )
)
