"""Views of glimpses: what the network is shown in training, and the truth of every cell.

Some are whole photos; the others are cards flattened by a guess of their outline, which is what a
second look is at. Colours, light and what lies around and over the card are changed at random:
the simulator knows few tables, the world has many.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
from glimpses import Glimpse
from network import CELL_PX

from ktpcheck.geometry import CARD_CORNERS_MM, CARD_HEIGHT_MM, CARD_WIDTH_MM, mm_to_photo, transform
from ktpcheck.outline.finder import close_to_mm, normalise

UInt8 = npt.NDArray[np.uint8]
Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]

#: Sizes (width, height) of whole views; a batch has one.
WHOLE_SIZES: Final = ((256, 192), (192, 256), (256, 160), (256, 256), (160, 256))
#: How far a corner of the guess may be off, millimetres, for most and for some.
_OFF_MM: Final = (2.5, 7.0)
#: Views whose surroundings are replaced, and those in which the cards get another ground.
_MOVED: Final = 0.55
_REPRINTED: Final = 0.5
#: Views in which something lies over a card.
_LAID_OVER: Final = 0.2
#: Of the replaced surroundings, those that get about the card's own colour.
_LIKE_THE_CARD: Final = 0.45
_MM_A_CM: Final = 10.0
#: About where either layout has its portrait.
_PORTRAIT_MM: Final = ((62.0, 11.0), (83.0, 11.0), (83.0, 39.0), (62.0, 39.0))


@dataclass(frozen=True, eq=False)
class View:
    """``picture`` (3, H, W) float32; ``target`` (3, h, w): on a card, across, down (cm).

    ``weight`` (h, w) is what each cell on a card counts for.
    """

    picture: Float32
    target: Float32
    weight: Float32
    subject: int


def whole(glimpse: Glimpse, size: tuple[int, int], rng: np.random.Generator | None) -> Float64:
    """From a glimpse's pixels into a view of the whole of it; upright and fitted without chance."""
    height, width = glimpse.pixels.shape[:2]
    turn, scale, shift = 0.0, 1.0, np.zeros(2)
    if rng is not None:
        chance = rng.random()
        if chance < 0.5:
            turn = 90.0 * float(rng.integers(1, 4))
        if chance < 0.15:
            turn = float(rng.uniform(0, 360))
        scale = float(rng.uniform(0.8, 1.0)) if rng.random() < 0.4 else 1.0
        if rng.random() < 0.15:
            scale = float(rng.uniform(1.0, 1.35))
        elif rng.random() < 0.12:
            scale = float(rng.uniform(0.4, 0.8))
        shift = rng.uniform(-0.06, 0.06, 2) * np.array(size) * (scale != 1.0)
    angle = np.deg2rad(turn)
    cos, sin = np.cos(angle), np.sin(angle)
    wide, tall = abs(width * cos) + abs(height * sin), abs(width * sin) + abs(height * cos)
    fit = scale * min(size[0] / wide, size[1] / tall)
    linear = fit * np.array([[cos, -sin], [sin, cos]])
    matrix = np.eye(3)
    matrix[:2, :2] = linear
    # A whole photo starts in the view's corner, as it does in use.
    matrix[:2, 2] = (
        fit * np.array([wide, tall]) / 2 - linear @ np.array([width, height]) / 2 + shift
    )
    if rng is None or scale == 1.0:
        return matrix
    matrix[:2, 2] += (np.array(size) - fit * np.array([wide, tall])) * rng.uniform(0, 1, 2)
    return matrix


def close(glimpse: Glimpse, rng: np.random.Generator | None) -> Float64:
    """From a glimpse's pixels into a view of one card, flattened; by a poor guess with chance."""
    if rng is None:
        to_mm = np.linalg.inv(mm_to_photo(glimpse.cards[0]))
        return np.asarray(np.linalg.inv(close_to_mm()) @ to_mm, np.float64)
    corners = glimpse.cards[int(rng.integers(len(glimpse.cards)))]
    near, far = _OFF_MM
    off = rng.normal(0, near if rng.random() < 0.8 else far, (4, 2))
    off += rng.normal(0, near, 2)
    guess = transform(mm_to_photo(corners), CARD_CORNERS_MM + off)
    if rng.random() < 0.12:
        guess = np.roll(guess, 2, axis=0)
    to_mm = np.linalg.inv(mm_to_photo(guess))
    return np.asarray(np.linalg.inv(close_to_mm()) @ to_mm, np.float64)


def look(
    glimpse: Glimpse,
    matrix: Float64,
    size: tuple[int, int],
    rng: np.random.Generator | None,
    others: list[Glimpse],
) -> View:
    """One view with its truth."""
    border = [0, 0, 0]
    pixels = cv2.warpPerspective(
        glimpse.pixels, matrix, size, flags=cv2.INTER_LINEAR, borderValue=border
    )
    height, width = glimpse.pixels.shape[:2]
    frame = transform(matrix, [(0, 0), (width, 0), (width, height), (0, height)])
    shown = np.zeros((size[1], size[0]), np.uint8)
    cv2.fillConvexPoly(shown, np.round(frame).astype(np.int32), 1)
    cards = [transform(matrix, corners) for corners in glimpse.cards]
    if rng is not None:
        if cards:
            cover = _cover(cards, size) * shown
            if rng.random() < _REPRINTED:
                _reprint(pixels, cards, cover, rng, others)
            if rng.random() < _MOVED:
                _move(pixels, cover, rng, others)
                shown[:] = 1
            if rng.random() < _LAID_OVER:
                _lay_over(pixels, cards, rng, others)
        pixels = _relit(pixels, rng)
    picture = normalise(np.asarray(pixels, np.uint8))
    picture *= shown[..., None]
    target, weight = _truth(cards, shown, size)
    return View(np.ascontiguousarray(picture.transpose(2, 0, 1)), target, weight, glimpse.subject)


def _truth(cards: list[Float32], shown: UInt8, size: tuple[int, int]) -> tuple[Float32, Float32]:
    columns, rows = size[0] // CELL_PX, size[1] // CELL_PX
    target = np.zeros((3, rows, columns), np.float32)
    weight = np.zeros((rows, columns), np.float32)
    y, x = np.mgrid[0:rows, 0:columns]
    middles = np.stack([x.ravel(), y.ravel()], axis=1) * CELL_PX + 0.5 * CELL_PX
    inside = shown[CELL_PX // 2 :: CELL_PX, CELL_PX // 2 :: CELL_PX].astype(bool)
    for corners in cards:
        try:
            to_mm = np.linalg.inv(mm_to_photo(corners))
        except ValueError:
            continue
        # Behind the camera there is no card, though its plane goes on.
        depth = np.hstack([middles, np.ones((len(middles), 1))]) @ to_mm[2]
        place = transform(to_mm, middles).reshape(rows, columns, 2)
        on = (place >= 0).all(axis=2) & (place <= [CARD_WIDTH_MM, CARD_HEIGHT_MM]).all(axis=2)
        on &= inside & (depth.reshape(rows, columns) > 0)
        if not on.any():
            continue
        target[0][on] = 1
        target[1][on] = (place[..., 0][on] - CARD_WIDTH_MM / 2) / _MM_A_CM
        target[2][on] = (place[..., 1][on] - CARD_HEIGHT_MM / 2) / _MM_A_CM
        weight[on] = 1 / np.sqrt(on.sum())
    return target, weight


def _cover(cards: list[Float32], size: tuple[int, int]) -> Float32:
    """Where there is card, 0..1, its corners rounded."""
    cover = np.zeros((size[1], size[0]), np.uint8)
    turn = np.linspace(0, np.pi / 2, 5)
    r = 3.2
    rounded = []
    for (cx, cy), start in zip(
        (
            (r, r),
            (CARD_WIDTH_MM - r, r),
            (CARD_WIDTH_MM - r, CARD_HEIGHT_MM - r),
            (r, CARD_HEIGHT_MM - r),
        ),
        (np.pi, 1.5 * np.pi, 0.0, 0.5 * np.pi),
        strict=True,
    ):
        rounded.extend([(cx + r * np.cos(start + t), cy + r * np.sin(start + t)) for t in turn])
    for corners in cards:
        try:
            outline = transform(mm_to_photo(corners), rounded)
        except ValueError:
            continue
        if np.abs(outline).max() < 4000:
            cv2.fillPoly(cover, [np.round(outline * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    return cover.astype(np.float32) / 255


def _reprint(
    pixels: UInt8,
    cards: list[Float32],
    cover: Float32,
    rng: np.random.Generator,
    others: list[Glimpse],
) -> None:
    """Give the cards another ground under their print, another tint, and maybe another portrait."""
    size = (cover.shape[1], cover.shape[0])
    pattern = _surroundings(size, rng, others).astype(np.float32)
    pattern -= pattern.mean(axis=(0, 1))
    pattern /= max(float(pattern.std()), 1.0)
    printed = pixels * rng.uniform(0.85, 1.12, 3).astype(np.float32)
    printed += float(rng.uniform(0, 16)) * np.clip(pattern, -2.5, 2.5)
    changed = pixels + cover[..., None] * (printed - pixels)
    if rng.random() < 0.3:
        portrait = np.zeros_like(cover)
        for corners in cards:
            try:
                box = transform(mm_to_photo(corners), _PORTRAIT_MM)
            except ValueError:
                continue
            if np.abs(box).max() < 4000:
                cv2.fillPoly(portrait, [np.round(box * 16).astype(np.int32)], 1.0, cv2.LINE_AA, 4)
        portrait *= cover * float(rng.uniform(0.3, 0.9))
        other = _surroundings(size, rng, others)
        changed += portrait[..., None] * (other - changed)
    pixels[:] = np.clip(changed, 0, 255).astype(np.uint8)


def _move(pixels: UInt8, cover: Float32, rng: np.random.Generator, others: list[Glimpse]) -> None:
    """Lay the cards on something else."""
    on_card = cover > 0.5
    cover = cover[..., None]
    new = _surroundings((cover.shape[1], cover.shape[0]), rng, others).astype(np.float32)
    if rng.random() < _LIKE_THE_CARD and on_card.any():
        # A table of the card's own colour: only print and edges tell where the card is.
        own = np.median(pixels[on_card], axis=0)
        calm = float(rng.uniform(0, 0.4))
        new = own + rng.normal(0, 8, 3) + calm * (new - new.mean(axis=(0, 1)))
    if rng.random() < 0.5:
        # The shade a card throws on what it lies on.
        shade = cv2.GaussianBlur(cover, (0, 0), float(rng.uniform(1, 4)))
        new *= 1 - float(rng.uniform(0, 0.5)) * shade[..., None]
    pixels[:] = np.clip(pixels * cover + new * (1 - cover), 0, 255).astype(np.uint8)


def _lay_over(
    pixels: UInt8, cards: list[Float32], rng: np.random.Generator, others: list[Glimpse]
) -> None:
    """Hide a part of a card: a finger, a paper, anything."""
    corners = cards[int(rng.integers(len(cards)))]
    at = corners[int(rng.integers(4))] if rng.random() < 0.6 else corners.mean(axis=0)
    span = float(np.linalg.norm(corners[0] - corners[1]))
    at = at + rng.normal(0, 0.12, 2) * span
    if not np.abs(at).max() < 2000:
        return
    axes = (max(span * rng.uniform(0.05, 0.35), 1), max(span * rng.uniform(0.05, 0.5), 1))
    box = ((float(at[0]), float(at[1])), axes, float(rng.uniform(0, 180)))
    mask = np.zeros(pixels.shape[:2], np.float32)
    if rng.random() < 0.6:
        cv2.ellipse(mask, box, 1.0, -1, cv2.LINE_AA)
    else:
        cv2.fillPoly(
            mask, [np.round(cv2.boxPoints(box) * 16).astype(np.int32)], 1.0, cv2.LINE_AA, 4
        )
    if rng.random() < 0.5:
        over = np.broadcast_to(rng.uniform((120, 70, 50), (240, 190, 160)), pixels.shape)
    else:
        over = _surroundings((pixels.shape[1], pixels.shape[0]), rng, others).astype(np.float64)
    pixels[:] = (pixels + mask[..., None] * (over - pixels)).astype(np.uint8)


def _surroundings(size: tuple[int, int], rng: np.random.Generator, others: list[Glimpse]) -> UInt8:
    """Anything at all: one thing, and up to three others here and there over it."""
    picture = _thing(size, rng, others)
    for _ in range(int(rng.choice(4, p=(0.3, 0.3, 0.25, 0.15)))):
        where = _somewhere(size, rng) * float(rng.uniform(0.3, 1.0))
        picture += where[..., None] * (_thing(size, rng, others) - picture)
    return np.clip(picture, 0, 255).astype(np.uint8)


def _thing(size: tuple[int, int], rng: np.random.Generator, others: list[Glimpse]) -> Float32:
    """A colour, clouds, waves, or another picture."""
    kind = rng.random()
    if kind < 0.3 and others:
        other = others[int(rng.integers(len(others)))].pixels
        if rng.random() < 0.5:
            other = other[:: int(rng.choice((-1, 1))), :: int(rng.choice((-1, 1)))]
            height, width = other.shape[:2]
            part = float(rng.uniform(0.3, 1.0))
            y, x = rng.uniform(0, 1 - part, 2) * (height, width)
            other = other[int(y) : int(y + part * height), int(x) : int(x + part * width)]
        return cv2.resize(np.ascontiguousarray(other), size).astype(np.float32)
    picture = np.empty((size[1], size[0], 3), np.float32)
    picture[:] = rng.uniform(0, 255, 3) if rng.random() < 0.6 else rng.uniform(0, 255)
    if kind < 0.65:
        for _ in range(int(rng.integers(1, 4))):
            deep = float(rng.uniform(3, 60))
            picture += deep * _clouds(size, rng, 3 if rng.random() < 0.5 else 1)
    elif kind < 0.85:
        picture += _wave(size, rng)[..., None] * rng.uniform(-70, 70, 3)
    return np.asarray(picture, np.float32)


def _clouds(size: tuple[int, int], rng: np.random.Generator, channels: int) -> Float32:
    """Noise of any grain, stretched either way; spread about one."""
    grain = np.exp(rng.uniform(np.log(2), np.log(120), 2)).astype(int)
    cloud = rng.standard_normal((grain[1], grain[0], channels), dtype=np.float32)
    cloud = cv2.resize(cloud, size, interpolation=cv2.INTER_CUBIC)
    return np.asarray(cloud.reshape(size[1], size[0], -1), np.float32)


def _wave(size: tuple[int, int], rng: np.random.Generator) -> Float32:
    """Stripes, squares, dots: a wave each way, sharp or soft, straight or wavering."""
    y, x = np.mgrid[0 : size[1], 0 : size[0]].astype(np.float32)
    turn, period = rng.uniform(0, np.pi), float(np.exp(rng.uniform(np.log(3), np.log(90))))
    u = x * np.cos(turn) + y * np.sin(turn)
    if rng.random() < 0.4:
        u += float(rng.uniform(0, 0.5)) * period * _clouds(size, rng, 1)[..., 0]
    wave = np.sin(u * 2 * np.pi / period)
    if rng.random() < 0.6:
        ratio = float(rng.uniform(0.4, 2.5))
        wave *= np.sin((y * np.cos(turn) - x * np.sin(turn)) * 2 * np.pi / (ratio * period))
    if rng.random() < 0.5:
        wave = np.sign(wave - float(rng.uniform(-0.8, 0.8)))
    return np.asarray(wave, np.float32)


def _somewhere(size: tuple[int, int], rng: np.random.Generator) -> Float32:
    """Where one thing lies over another, 0..1: patches of clouds, shapes, strokes, letters."""
    kind = rng.random()
    if kind < 0.3:
        steep = float(np.exp(rng.uniform(0, 3)))
        cloud = _clouds(size, rng, 1)[..., 0]
        return np.asarray(np.clip(steep * (cloud - rng.uniform(-1, 1.5)) + 0.5, 0, 1), np.float32)
    if kind < 0.45:
        return np.asarray(0.5 + 0.5 * _wave(size, rng), np.float32)
    where = np.zeros((size[1], size[0]), np.uint8)
    count = int(np.exp(rng.uniform(0, 3.5)))
    span = float(rng.uniform(8, 160)) / np.sqrt(count) + 3
    for _ in range(count):
        at = (float(rng.uniform(0, size[0])), float(rng.uniform(0, size[1])))
        axes = (span * float(rng.uniform(0.3, 2)), span * float(rng.uniform(0.3, 2)))
        box = (at, axes, float(rng.uniform(0, 180)))
        if kind < 0.7:
            points = np.round(cv2.boxPoints(box) * 16).astype(np.int32)
            cv2.fillPoly(where, [points], 255, cv2.LINE_AA, 4)
        elif kind < 0.8:
            cv2.ellipse(where, box, 255, -1, cv2.LINE_AA)
        elif kind < 0.9:
            ends = np.round(cv2.boxPoints(box)).astype(int)[::2].tolist()
            cv2.line(where, ends[0], ends[1], 255, int(rng.integers(1, 4)), cv2.LINE_AA)
        else:
            text = "".join(chr(int(one)) for one in rng.integers(48, 91, int(rng.integers(2, 14))))
            where_to = (int(at[0]), int(at[1]))
            large = float(rng.uniform(0.2, 1.2))
            cv2.putText(where, text, where_to, int(rng.integers(8)), large, 255, 1, cv2.LINE_AA)
    return where.astype(np.float32) / 255


def _relit(pixels: UInt8, rng: np.random.Generator) -> UInt8:
    """Other light, another camera."""
    height, width = pixels.shape[:2]
    chance = rng.random(12)
    values = pixels.astype(np.float32)
    if chance[11] < 0.12:
        # A foreigner's card is orange where others are blue.
        values = np.ascontiguousarray(values[..., ::-1])
    if chance[2] < 0.5:
        values *= rng.uniform(0.78, 1.22, 3).astype(np.float32)
    if chance[3] < 0.3:
        few = rng.uniform(0.3, 1.5, (int(rng.integers(2, 5)), int(rng.integers(2, 5)))).astype(
            np.float32
        )
        values *= cv2.resize(few, (width, height), interpolation=cv2.INTER_CUBIC)[..., None]
    if chance[4] < 0.15:
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        cx, cy = rng.uniform(0, width), rng.uniform(0, height)
        turn, long, short = rng.uniform(0, np.pi), rng.uniform(8, 90), rng.uniform(5, 40)
        u = ((x - cx) * np.cos(turn) + (y - cy) * np.sin(turn)) / long
        v = ((y - cy) * np.cos(turn) - (x - cx) * np.sin(turn)) / short
        spot = np.exp(-((u**2 + v**2) ** float(rng.uniform(0.6, 3))))
        values += float(rng.uniform(80, 400)) * spot[..., None]
    if chance[5] < 0.15:
        values *= float(rng.uniform(1.2, 2.4))
    elif chance[5] < 0.23:
        values *= float(rng.uniform(0.08, 0.5))
    if chance[6] < 0.1:
        grey = values.mean(axis=2, keepdims=True)
        slope = float(rng.uniform(1, 3.5))
        values = np.repeat((grey - 140) * slope + float(rng.uniform(120, 190)), 3, axis=2)
    elif chance[6] < 0.2:
        # Mist, or a curve of the camera's own.
        values = 255 * (np.clip(values, 0, 255) / 255) ** float(np.exp(rng.uniform(-0.9, 0.9)))
        values += float(rng.uniform(0, 0.6)) * (rng.uniform(120, 255) - values)
    elif chance[6] < 0.35:
        values = (values - 128) * float(rng.uniform(0.5, 1.3)) + 128 + float(rng.uniform(-25, 25))
    if chance[7] < 0.3:
        values = cv2.GaussianBlur(values, (0, 0), float(rng.uniform(0.4, 2.0)))
    if chance[8] < 0.5:
        noise = rng.standard_normal((height, width, 3 if chance[9] < 0.5 else 1), dtype=np.float32)
        values += float(rng.uniform(1, 14)) * noise
    changed = np.clip(values, 0, 255).astype(np.uint8)
    if chance[10] < 0.15:
        quality = int(rng.integers(15, 80))
        _, data = cv2.imencode(".jpg", changed, [cv2.IMWRITE_JPEG_QUALITY, quality])
        changed = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    return changed
