"""Pictures that show no e-KTP's data side: what must never be taken for one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import CARD_HEIGHT_MM, CARD_WIDTH_MM, UInt8
from ktpcheck.synth import camera
from ktpcheck.synth.backgrounds import BACKGROUNDS, draw_background
from ktpcheck.synth.flat import FLAT_THINGS, Flat, Writer, lay_ink
from ktpcheck.synth.ground import smooth_noise
from ktpcheck.synth.portrait import draw_portrait
from ktpcheck.synth.pose import Wish, sampling_maps, solve
from ktpcheck.synth.splits import SPLITS, stream
from ktpcheck.synth.type import place, set_line


@dataclass(frozen=True, eq=False)
class Negative:
    """One picture without an e-KTP. ``pixels`` is (H, W, 3) uint8 RGB."""

    pixels: UInt8 = field(repr=False)
    kind: str
    seed: int
    split: str


class _Desk(Writer):
    """What a drawer needs: numbers, type, and the split's material."""

    def __init__(self, rng: np.random.Generator, split: str, size_px: tuple[int, int]) -> None:
        super().__init__(rng, split)
        self.size_px = size_px

    def table(self) -> UInt8:
        kinds = SPLITS[self.split].backgrounds
        return draw_background(kinds[int(self.rng.integers(len(kinds)))], self.rng, self.size_px)

    def lay(self, flat: Flat) -> UInt8:
        """Photograph a flat thing of any format on a table, as a card of that format."""
        rng, sheet, alpha, share = self.rng, flat.sheet, flat.alpha, flat.share
        # The pose is a card's; the thing is stretched over it, then has its own format back by
        # choosing the picture's span.
        wish = Wish(
            float(rng.uniform(*share)),
            (0.5 + float(rng.uniform(-0.06, 0.06)), 0.5 + float(rng.uniform(-0.06, 0.06))),
            float(rng.uniform(-15, 15)),
            float(rng.uniform(0, 18)),
            float(rng.uniform(0, 360)),
            0.0,
        )
        pose = solve(wish, self.size_px)
        window = (0, 0, *self.size_px)
        x_mm, y_mm = sampling_maps(pose, window)
        ratio = (sheet.shape[0] / sheet.shape[1]) / (CARD_HEIGHT_MM / CARD_WIDTH_MM)
        if ratio > 1:
            x_mm = (x_mm - CARD_WIDTH_MM / 2) * ratio + CARD_WIDTH_MM / 2
        else:
            y_mm = (y_mm - CARD_HEIGHT_MM / 2) / ratio + CARD_HEIGHT_MM / 2
        shrink = sheet.shape[1] / CARD_WIDTH_MM / pose.px_per_mm * max(ratio, 1.0)
        source = np.dstack([sheet * alpha[..., None], alpha]).astype(np.float32)
        if shrink > 1.2:
            size = (round(source.shape[1] / shrink), round(source.shape[0] / shrink))
            source = np.asarray(cv2.resize(source, size, interpolation=cv2.INTER_AREA), np.float32)
        seen = cv2.remap(
            source,
            x_mm * np.float32(source.shape[1] / CARD_WIDTH_MM) - 0.5,
            y_mm * np.float32(source.shape[0] / CARD_HEIGHT_MM) - 0.5,
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
        )
        table = self.table().astype(np.float32)
        table *= 1 - seen[..., 3:]
        table += seen[..., :3]
        return np.clip(table, 0, 255).astype(np.uint8)


def _laid(draw: Callable[[Writer], Flat]) -> Callable[[_Desk], UInt8]:
    return lambda desk: desk.lay(draw(desk))


def _noise(desk: _Desk) -> UInt8:
    size = desk.size_px[1], desk.size_px[0]
    if desk.rng.random() < 0.5:
        return desk.rng.integers(0, 256, (*size, 3), dtype=np.uint8)
    cloud = 128 + 60 * np.dstack([smooth_noise(desk.rng, size, 90, 6) for _ in range(3)])
    return np.clip(cloud, 0, 255).astype(np.uint8)


def _texture(desk: _Desk) -> UInt8:
    return desk.table()


def _face(desk: _Desk) -> UInt8:
    """A face that fills the picture, as in a selfie."""
    rng = desk.rng
    tall = desk.size_px[1]
    wide = round(tall * 0.8)
    ground = (float(rng.uniform(60, 220)), float(rng.uniform(60, 220)), float(rng.uniform(60, 220)))
    drawn, _ = draw_portrait(
        rng,
        (wide // 2, tall // 2),
        SPLITS[desk.split].faces,
        bool(rng.random() < 0.5),
        int(rng.integers(18, 70)),
        ground,
    )
    picture = desk.table()
    face = cv2.resize(np.clip(drawn, 0, 255).astype(np.uint8), (wide, tall))
    start = (desk.size_px[0] - wide) // 2
    picture[:, max(start, 0) : max(start, 0) + wide] = face[:, : picture.shape[1] - max(start, 0)]
    return picture


def _screen_text(desk: _Desk) -> UInt8:
    """A screenshot: a chat or a form in an app."""
    rng = desk.rng
    width, height = desk.size_px
    dark = rng.random() < 0.5
    picture = np.full((height, width, 3), 24.0 if dark else 246.0, np.float32)
    layer = np.zeros((height, width), np.float32)
    y = 0.05 * height
    while y < 0.95 * height:
        tall = rng.uniform(0.05, 0.12) * height
        x0, x1 = (0.05, 0.62) if rng.random() < 0.5 else (0.36, 0.95)
        tone = rng.uniform(40, 90) if dark else rng.uniform(205, 235)
        cv2.rectangle(
            picture,
            (int(x0 * width), int(y)),
            (int(x1 * width), int(y + tall)),
            (tone, tone * 1.03, tone * 0.98),
            -1,
        )
        cap = 0.014 * height
        line = set_line(desk.words(3)[:28].capitalize(), desk.style, round(cap, 1))
        place(layer, line, x0 * width + 2 * cap, y + tall * 0.6)
        y += tall + 0.02 * height
    lay_ink(picture, layer, (230, 230, 230) if dark else (30, 30, 34))
    return np.clip(picture, 0, 255).astype(np.uint8)


def _empty_desk(desk: _Desk) -> UInt8:
    """A table with plain things of a card's format on it: a note, a phone, a wallet."""
    picture = desk.table()
    height, width = picture.shape[:2]
    rng = desk.rng
    for _ in range(int(rng.integers(1, 4))):
        centre = (float(rng.uniform(0.2, 0.8) * width), float(rng.uniform(0.2, 0.8) * height))
        span = float(rng.uniform(0.2, 0.5) * width)
        box = cv2.boxPoints(
            (centre, (span, span * float(rng.uniform(0.45, 0.7))), float(rng.uniform(0, 180)))
        )
        tone = rng.uniform(10, 245, 3).tolist()
        if rng.random() < 0.3:
            tone = [178.0, 208.0, 234.0]
        cv2.fillPoly(picture, [np.int32(box * 16)], tone, cv2.LINE_AA, 4)
    return picture


def _keyboard(desk: _Desk) -> UInt8:
    shape = (desk.size_px[1], desk.size_px[0])
    kind = SPLITS[desk.split].keyboard
    return np.clip(BACKGROUNDS[kind](desk.rng, shape), 0, 255).astype(np.uint8)


_DRAWERS: Final[Mapping[str, Callable[[_Desk], UInt8]]] = MappingProxyType(
    {
        **{name: _laid(draw) for name, draw in FLAT_THINGS.items()},
        "noise": _noise,
        "texture": _texture,
        "face": _face,
        "screen_text": _screen_text,
        "empty_desk": _empty_desk,
        "keyboard": _keyboard,
    }
)

#: Every kind of negative.
NEGATIVES: Final = tuple(_DRAWERS)


def make_negative(
    seed: int, split: str = "train", kind: str = "texture", size_px: tuple[int, int] = (1600, 1200)
) -> Negative:
    """Draw one picture without an e-KTP's data side.

    Parameters
    ----------
    seed : int
    split : str
        A key of ``splits.SPLITS``.
    kind : str
        One of ``NEGATIVES``.
    size_px : tuple of int
        Width and height.

    Returns
    -------
    Negative

    Raises
    ------
    ValueError
        If the kind or split is unknown.
    """
    if kind not in _DRAWERS:
        raise ValueError(f"no negative {kind!r}; there are {', '.join(_DRAWERS)}")
    rng = stream(split, seed, f"negative {kind}")
    drawn = _DRAWERS[kind](_Desk(rng, split, size_px))
    light = np.asarray(cv2.LUT(np.ascontiguousarray(drawn), camera.LINEAR), np.float32)
    shot = camera.Shot(
        exposure=float(rng.uniform(0.85, 1.25)),
        focus_px=float(rng.uniform(0.5, 1.3)),
        noise=float(rng.uniform(0.004, 0.02)),
        sharpen=float(rng.uniform(0, 0.7)),
        quality=int(rng.integers(65, 96)),
    )
    return Negative(camera.develop(light, shot, rng), kind, seed, split)
