"""Drawn portraits: nobody in particular."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from ktpcheck.geometry import Float32, Float64, UInt8


@dataclass(frozen=True)
class Shape:
    """Proportions of a face: half widths and heights as shares of the head's height.

    ``modelled`` 0..1: how far the face is lit as a round body besides its drawn shades.
    ``dressed``: men may wear a peci or their hair to one side, women a bun and a parting.
    """

    width: float
    jaw: float
    eyes: float
    brow: float
    nose: float
    mouth: float
    modelled: float = 0.0
    dressed: bool = False


#: Families of faces by split.
FACES: Final[Mapping[str, Shape]] = MappingProxyType(
    {
        "round": Shape(0.40, 0.33, 0.165, 0.095, 0.07, 0.125),
        "long": Shape(0.36, 0.26, 0.155, 0.085, 0.062, 0.11),
        "square": Shape(0.39, 0.34, 0.16, 0.09, 0.075, 0.13),
        "oval": Shape(0.375, 0.28, 0.158, 0.08, 0.066, 0.115, modelled=0.7, dressed=True),
        "heart": Shape(0.395, 0.235, 0.17, 0.088, 0.06, 0.105, modelled=0.9, dressed=True),
    }
)

_SKINS: Final = ((224, 184, 152), (206, 160, 122), (182, 134, 98), (150, 104, 74), (112, 76, 56))


def draw_portrait(
    rng: np.random.Generator,
    size: tuple[int, int],
    kinds: tuple[str, ...],
    female: bool,
    age: int,
    ground_rgb: tuple[float, float, float],
) -> tuple[Float32, tuple[float, float, float, float]]:
    """Draw one portrait.

    Parameters
    ----------
    rng : numpy.random.Generator
    size : tuple of int
        Width and height, pixels.
    kinds : tuple of str
        Keys of ``FACES`` to choose from.
    female : bool
    age : int
        Years.
    ground_rgb : tuple of float
        Colour behind the head.

    Returns
    -------
    pixels : (h, w, 3) float32
        Display values 0..255.
    face : tuple of float
        The face as x, y, width, height, shares of the picture.
    """
    width, height = size
    scale = 2
    canvas = _Canvas(width * scale, height * scale, ground_rgb)
    shape = FACES[kinds[int(rng.integers(len(kinds)))]]
    skin = np.array(_SKINS[int(rng.integers(len(_SKINS)))], np.float32) * rng.uniform(0.93, 1.05)
    hijab = female and rng.random() < 0.55
    head = canvas.height * rng.uniform(0.52, 0.58)
    cx, cy = canvas.width * rng.uniform(0.48, 0.52), canvas.height * rng.uniform(0.44, 0.48)
    grey = float(np.clip((age - 45) / 30, 0, 1)) * rng.random()
    young = np.array([26, 21, 20], np.float32)
    hair = np.asarray(young + grey * (np.array([165, 162, 160]) - young), np.float32)
    cloth = _fabric(rng)
    _body(canvas, rng, cx, cy, head, skin, cloth)
    if hijab:
        veil = _fabric(rng)
        canvas.ellipse(cx, cy + 0.02 * head, 0.53 * head, 0.62 * head, veil)
        canvas.polygon(
            [
                (cx - 0.5 * head, cy + 0.1 * head),
                (cx + 0.5 * head, cy + 0.1 * head),
                (cx + 0.75 * head, cy + 0.95 * head),
                (cx - 0.75 * head, cy + 0.95 * head),
            ],
            veil * 0.96,
            0.02 * head,
        )
        for side in (-1, 1):
            for reach in (0.42, 0.3, 0.18):
                fold = [
                    (cx + side * reach * head, cy + 0.45 * head),
                    (cx + side * (reach + 0.12) * head, cy + 0.95 * head),
                ]
                canvas.line(fold, veil * 0.72, 0.02 * head, 0.015 * head, 0.6)
        canvas.ellipse(cx, cy + 0.52 * head, 0.28 * head, 0.08 * head, veil * 0.7, 0.04 * head, 0.7)
    elif female:
        canvas.ellipse(cx, cy + 0.05 * head, 0.5 * head, 0.62 * head, hair)
        drop = rng.uniform(0.2, 0.6) * head
        canvas.ellipse(cx, cy + drop, 0.5 * head, 0.5 * head, hair)
        _neck(canvas, cx, cy, head, skin)
    else:
        canvas.ellipse(cx, cy - 0.12 * head, 0.44 * head, 0.44 * head, hair)
        for side in (-1, 1):
            canvas.ellipse(
                cx + side * 0.385 * head, cy + 0.02 * head, 0.05 * head, 0.1 * head, skin
            )
    _face(canvas, rng, shape, cx, cy, head, skin, hair, age, female, hijab)
    if shape.modelled:
        _model(canvas, rng, cx, cy, head, shape)
    if shape.dressed and not hijab:
        _dress(canvas, rng, cx, cy, head, hair, female)
    picture = cv2.resize(canvas.pixels, (width, height), interpolation=cv2.INTER_AREA)
    fw, fh = 2 * shape.width * head, 0.8 * head
    face = (
        (cx - fw / 2) / canvas.width,
        (cy - 0.3 * head) / canvas.height,
        fw / canvas.width,
        fh / canvas.height,
    )
    return np.asarray(np.clip(picture, 0, 255), np.float32), face


def _model(
    canvas: _Canvas, rng: np.random.Generator, cx: float, cy: float, head: float, shape: Shape
) -> None:
    """Light the face as the round body it is: a lamp from one side, above the lens."""
    lamp = np.array([rng.choice([-1.0, 1.0]) * rng.uniform(0.25, 0.7), -rng.uniform(0.2, 0.6), 1.0])
    lamp /= np.linalg.norm(lamp)
    y, x = np.mgrid[0 : canvas.height, 0 : canvas.width].astype(np.float32)
    across, down = (x - cx) / (1.15 * shape.width * head), (y - cy - 0.08 * head) / (0.56 * head)
    reach = across**2 + down**2
    toward = np.sqrt(np.clip(1 - reach, 0, 1))
    lambert = np.clip(across * lamp[0] + down * lamp[1] + toward * lamp[2], 0, 1)
    face = np.zeros(canvas.pixels.shape[:2], np.float32)
    cv2.fillPoly(face, [np.int32(_outline(shape, cx, cy, 0.97 * head))], 1.0)
    inside = cv2.GaussianBlur(face, (0, 0), 0.012 * head)
    gain = 1 + inside * shape.modelled * (0.62 + 0.5 * lambert - 1)
    canvas.pixels *= gain[..., None].astype(np.float32)


def _dress(
    canvas: _Canvas,
    rng: np.random.Generator,
    cx: float,
    cy: float,
    head: float,
    hair: Float32,
    female: bool,
) -> None:
    """How a bare head is done, over the finished face: a peci, hair to one side, a bun."""
    style, side = rng.random(), 1.0 if rng.random() < 0.5 else -1.0
    if female:
        if style < 0.5:
            canvas.ellipse(cx, cy - 0.58 * head, 0.17 * head, 0.13 * head, hair, 0.012 * head)
        for reach, turn in ((-0.16, -24), (0.2, 30)):
            canvas.ellipse(
                *(cx + side * reach * head, cy - 0.36 * head, 0.3 * head, 0.1 * head, hair),
                *(0.01 * head, 1.0, side * turn),
            )
    elif style < 0.35:
        cap = np.array([24, 22, 26], np.float32)
        low, high = cy - 0.24 * head, cy - 0.52 * head
        brim = _arc(cx, low, 0.43 * head, -0.05 * head)
        top = _arc(cx, high, 0.36 * head, -0.03 * head)[::-1]
        canvas.polygon(np.concatenate([brim, top]), cap, 0.008 * head)
        canvas.line(top, cap + 30, 0.012 * head, 0.01 * head, 0.7)
    elif style < 0.75:
        for reach, lift, long, turn in ((-0.1, 0.36, 0.34, -10), (0.02, 0.42, 0.36, -4)):
            canvas.ellipse(
                *(cx + side * reach * head, cy - lift * head, long * head, 0.12 * head, hair),
                *(0.01 * head, 1.0, side * turn),
            )


def _fabric(rng: np.random.Generator) -> Float32:
    """A cloth colour: dark, white or muted."""
    tone, colour = rng.uniform(20, 225), rng.uniform(20, 225, 3)
    return np.asarray(tone + rng.uniform(0.1, 0.6) * (colour - tone), np.float32)


class _Canvas:
    """A float picture with soft-edged shapes."""

    def __init__(self, width: int, height: int, rgb: tuple[float, float, float]) -> None:
        self.width, self.height = width, height
        y = np.linspace(1.06, 0.94, height, dtype=np.float32)[:, None, None]
        self.pixels: Float32 = np.asarray(
            np.broadcast_to(np.array(rgb, np.float32) * y, (height, width, 3)), np.float32
        ).copy()

    def ellipse(
        self,
        cx: float,
        cy: float,
        rx: float,
        ry: float,
        rgb: Float32,
        soft: float = 1.5,
        strength: float = 1.0,
        angle: float = 0.0,
    ) -> None:
        axes = (max(int(rx * 16), 1), max(int(ry * 16), 1))
        reach = max(rx, ry)
        at = self._window(np.array([[cx - reach, cy - reach], [cx + reach, cy + reach]]), soft)
        if at is None:
            return
        mask = np.zeros((at[3] - at[1], at[2] - at[0]), np.uint8)
        middle = (int((cx - at[0]) * 16), int((cy - at[1]) * 16))
        cv2.ellipse(mask, middle, axes, angle, 0, 360, 255, -1, cv2.LINE_AA, 4)
        self._lay(mask, at, rgb, soft, strength)

    def polygon(
        self,
        points: list[tuple[float, float]] | Float32,
        rgb: Float32,
        soft: float = 1.5,
        strength: float = 1.0,
    ) -> None:
        corners = np.asarray(points, np.float64)
        at = self._window(corners, soft)
        if at is None:
            return
        mask = np.zeros((at[3] - at[1], at[2] - at[0]), np.uint8)
        cv2.fillPoly(mask, [np.int32((corners - at[:2]) * 16)], 255, cv2.LINE_AA, 4)
        self._lay(mask, at, rgb, soft, strength)

    def line(
        self,
        points: list[tuple[float, float]] | Float32,
        rgb: Float32,
        thick: float,
        soft: float = 1.0,
        strength: float = 1.0,
    ) -> None:
        path = np.asarray(points, np.float64)
        at = self._window(path, soft + thick)
        if at is None:
            return
        mask = np.zeros((at[3] - at[1], at[2] - at[0]), np.uint8)
        wide = max(round(thick), 1)
        cv2.polylines(mask, [np.int32((path - at[:2]) * 16)], False, 255, wide, cv2.LINE_AA, 4)
        self._lay(mask, at, rgb, soft, strength)

    def _window(
        self, points: npt.NDArray[np.float64], soft: float
    ) -> tuple[int, int, int, int] | None:
        """The part of the canvas that a shape and its soft edge touch."""
        margin = 4 * soft + 2
        x0, y0 = np.maximum(np.floor(points.min(axis=0) - margin), 0).astype(int)
        limit = [self.width, self.height]
        x1, y1 = np.minimum(np.ceil(points.max(axis=0) + margin), limit).astype(int)
        return (int(x0), int(y0), int(x1), int(y1)) if x1 > x0 and y1 > y0 else None

    def _lay(
        self,
        mask: UInt8,
        at: tuple[int, int, int, int],
        rgb: Float32,
        soft: float,
        strength: float,
    ) -> None:
        smooth = cv2.GaussianBlur(mask, (0, 0), max(soft, 0.3)).astype(np.float32)
        part = self.pixels[at[1] : at[3], at[0] : at[2]]
        part += (smooth * (strength / 255.0))[..., None] * (np.asarray(rgb, np.float32) - part)


def _arc(cx: float, cy: float, half: float, sag: float, count: int = 13) -> Float32:
    t = np.linspace(-1, 1, count)
    return np.stack([cx + half * t, cy + sag * (1 - t**2)], axis=1).astype(np.float32)


def _neck(canvas: _Canvas, cx: float, cy: float, head: float, skin: Float32) -> None:
    canvas.polygon(
        [
            (cx - 0.2 * head, cy + 0.3 * head),
            (cx + 0.2 * head, cy + 0.3 * head),
            (cx + 0.23 * head, cy + 0.75 * head),
            (cx - 0.23 * head, cy + 0.75 * head),
        ],
        skin * 0.82,
        0.015 * head,
    )


def _body(
    canvas: _Canvas,
    rng: np.random.Generator,
    cx: float,
    cy: float,
    head: float,
    skin: Float32,
    cloth: Float32,
) -> None:
    shoulder = rng.uniform(0.85, 1.0) * head
    top, bottom = cy + 0.58 * head, cy + 1.3 * head
    canvas.polygon(
        [
            (cx - 0.25 * head, top),
            (cx + 0.25 * head, top),
            (cx + shoulder, top + 0.22 * head),
            (cx + shoulder * 1.1, bottom),
            (cx - shoulder * 1.1, bottom),
            (cx - shoulder, top + 0.22 * head),
        ],
        cloth,
        0.02 * head,
    )
    _neck(canvas, cx, cy, head, skin)
    for side in (-1, 1):
        canvas.polygon(
            [
                (cx + side * 0.05 * head, cy + 0.78 * head),
                (cx + side * 0.26 * head, cy + 0.58 * head),
                (cx + side * 0.36 * head, cy + 0.7 * head),
                (cx + side * 0.16 * head, cy + 0.92 * head),
            ],
            np.clip(cloth * 1.15 + 12, 0, 250),
            0.006 * head,
        )


def _outline(shape: Shape, cx: float, cy: float, head: float) -> Float64:
    """The bare face from the hairline to the chin, (61, 2)."""
    t = np.linspace(0, 2 * np.pi, 61)
    half = np.where(
        np.sin(t) > 0, shape.width + (shape.jaw - shape.width) * np.sin(t) ** 2, shape.width
    )
    return np.stack(
        [cx + half * head * np.cos(t), cy + 0.08 * head + 0.46 * head * np.sin(t)], axis=1
    )


def _face(
    canvas: _Canvas,
    rng: np.random.Generator,
    shape: Shape,
    cx: float,
    cy: float,
    head: float,
    skin: Float32,
    hair: Float32,
    age: int,
    female: bool,
    hijab: bool,
) -> None:
    outline = _outline(shape, cx, cy, head)
    if not (female and not hijab):
        outline[:, 1] = np.maximum(outline[:, 1], cy - rng.uniform(0.27, 0.31) * head)
    canvas.polygon(outline.astype(np.float32), skin, 0.008 * head)
    # Light from above and a little to one side.
    lit = rng.uniform(-0.15, 0.15)
    light = np.clip(skin * 1.14 + 8, 0, 252)
    dark = skin * 0.72
    canvas.ellipse(
        cx + lit * head, cy - 0.14 * head, 0.2 * head, 0.1 * head, light, 0.05 * head, 0.5
    )
    for side in (-1, 1):
        shade = 0.45 - 0.25 * side * np.sign(lit)
        canvas.ellipse(
            cx + side * 0.33 * head,
            cy + 0.2 * head,
            0.06 * head,
            0.24 * head,
            dark,
            0.05 * head,
            shade,
        )
        canvas.ellipse(
            cx + side * 0.19 * head,
            cy + 0.13 * head,
            0.09 * head,
            0.06 * head,
            light,
            0.04 * head,
            0.45,
        )
    eye_y, gap = cy + rng.uniform(-0.01, 0.02) * head, shape.eyes * head
    black = np.array([22, 17, 16], np.float32)
    size = rng.uniform(0.064, 0.078) * head
    for side in (-1, 1):
        ex = cx + side * gap
        canvas.ellipse(ex, eye_y - 0.01 * head, 0.115 * head, 0.062 * head, dark, 0.02 * head, 0.55)
        white = np.array([232, 228, 222], np.float32)
        canvas.ellipse(ex, eye_y, size, 0.03 * head, white, 0.004 * head)
        canvas.ellipse(ex, eye_y, 0.032 * head, 0.032 * head, black, 0.003 * head)
        canvas.ellipse(
            ex - 0.008 * head, eye_y - 0.01 * head, 0.007 * head, 0.007 * head, white, 1.0
        )
        lid = _arc(ex, eye_y + 0.002 * head, size * 1.1, -0.034 * head)
        canvas.line(lid, black, 0.016 * head, 0.003 * head, 0.9)
        canvas.line(_arc(ex, eye_y, size, 0.032 * head), dark * 0.8, 0.006 * head, 2.0, 0.6)
        brow_y = eye_y - shape.brow * head
        brow = _arc(ex + side * 0.005 * head, brow_y, 0.098 * head, -0.03 * head)
        thick = (0.02 if female else 0.032) * head
        canvas.line(brow, hair * 0.6 + skin * 0.15, thick, 0.006 * head, 0.92)
        if age > 50:
            fold = _arc(ex, eye_y + 0.05 * head, size, 0.02 * head)
            canvas.line(fold, dark, 0.008 * head, 0.006 * head, 0.6)
    nose_y = cy + 0.19 * head
    nose = shape.nose * head
    for side in (-1, 1):
        edge = [
            (cx + side * 0.045 * head, eye_y - 0.02 * head),
            (cx + side * 0.035 * head, cy + 0.1 * head),
            (cx + side * nose, nose_y),
        ]
        canvas.line(edge, dark, 0.018 * head, 0.014 * head, 0.55)
        canvas.ellipse(
            cx + side * 0.55 * nose,
            nose_y + 0.015 * head,
            0.022 * head,
            0.012 * head,
            black,
            0.006 * head,
            0.8,
        )
    canvas.line([(cx, eye_y), (cx, nose_y - 0.03 * head)], light, 0.03 * head, 0.02 * head, 0.6)
    canvas.line(
        _arc(cx, nose_y + 0.01 * head, nose, 0.022 * head),
        dark * 0.8,
        0.012 * head,
        0.008 * head,
        0.7,
    )
    mouth_y = cy + rng.uniform(0.315, 0.335) * head
    lip = np.array([150, 72, 70], np.float32) if female else skin * np.array([0.78, 0.6, 0.58])
    canvas.ellipse(
        cx, mouth_y - 0.012 * head, shape.mouth * head, 0.024 * head, lip, 0.006 * head, 0.9
    )
    canvas.ellipse(
        cx,
        mouth_y + 0.022 * head,
        shape.mouth * 0.82 * head,
        0.028 * head,
        lip * 1.1,
        0.008 * head,
        0.85,
    )
    smile = _arc(cx, mouth_y - 0.004 * head, shape.mouth * head, rng.uniform(-0.004, 0.016) * head)
    canvas.line(smile, black * 1.5 + 15, 0.012 * head, 0.004 * head, 0.85)
    canvas.ellipse(cx, mouth_y + 0.075 * head, 0.09 * head, 0.016 * head, dark, 0.014 * head, 0.55)
    if age > 48:
        for side in (-1, 1):
            crease = [(cx + side * 0.1 * head, nose_y), (cx + side * 0.165 * head, mouth_y)]
            canvas.line(crease, dark * 0.85, 0.012 * head, 0.008 * head, 0.7)
    if not female and rng.random() < 0.3:
        beard = hair * 0.7 + skin * 0.3
        canvas.ellipse(
            cx, mouth_y - 0.055 * head, 0.12 * head, 0.02 * head, beard, 0.012 * head, 0.75
        )
    if rng.random() < (0.35 if age > 45 else 0.15):
        frame = np.array([30, 26, 28], np.float32)
        for side in (-1, 1):
            around = np.linspace(0, 2 * np.pi, 37)
            ring = np.stack(
                [
                    cx + side * gap + 0.125 * head * np.cos(around),
                    eye_y + 0.01 * head + 0.09 * head * np.sin(around),
                ],
                axis=1,
            )
            canvas.line(ring.astype(np.float32), frame, 0.012 * head, 1.2, 0.85)
        canvas.line([(cx - 0.03 * head, eye_y), (cx + 0.03 * head, eye_y)], frame, 0.012 * head)
