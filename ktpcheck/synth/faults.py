"""Card faults, drawn on the card itself: they stay with it whatever the light does.

Severity runs 0..1; 0.5 is about where a field under it starts to suffer. Faults of the print work
on the ink, faults of the surface on the finished picture. Each yields its mask and how much of the
print's contrast it leaves, at ``conditions.MASK_PX_PER_MM``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import CARD_HEIGHT_MM, CARD_WIDTH_MM, Box, Float32
from ktpcheck.synth.card import DrawnCard
from ktpcheck.synth.conditions import MASK_SHAPE, Fault
from ktpcheck.synth.ground import CARD_HEIGHT, CARD_WIDTH, smooth_noise
from ktpcheck.synth.splits import SPLITS, stream
from ktpcheck.synth.type import CARD_PX_PER_MM

_SHAPE: Final = (CARD_HEIGHT, CARD_WIDTH)


@dataclass(eq=False)
class Worn:
    """A card as it is being worn: picture with print, coverage of card, ink; its split."""

    picture: Float32
    alpha: Float32
    ink: Float32
    portrait: Box
    split: str


#: Faults that say nothing on bare ground: unaimed they take some field.
_NEEDS_AIM: Final = frozenset({"text_missing", "scratch_other"})

#: What a fault returns: mask and kept contrast, both ``_SHAPE`` float32.
Drawn = tuple[Float32, Float32]


def wear(
    drawn: DrawnCard,
    wanted: Mapping[str, tuple[float, Box | None]],
    split: str,
    seed: int,
) -> tuple[Worn, list[Fault]]:
    """Draw the wanted card faults.

    Parameters
    ----------
    drawn : DrawnCard
    wanted : mapping of str to (float, Box or None)
        Severity and aim (the printed ink of a field, or the portrait) by id.
    split, seed
        Of the capture: every fault draws from a stream of its own.

    Returns
    -------
    worn : Worn
        Kept for the next call with the same faults: its arrays are only to be read.
    faults : list of Fault
    """
    asked = tuple((name, *wanted[name]) for name in CARD_FAULTS if name in wanted)
    worn, faults = _wear(drawn, asked, split, seed)
    return worn, list(faults)


@lru_cache(maxsize=1)
def _wear(
    drawn: DrawnCard, asked: tuple[tuple[str, float, Box | None], ...], split: str, seed: int
) -> tuple[Worn, tuple[Fault, ...]]:
    wanted = {name: (severity, aim) for name, severity, aim in asked}
    worn = Worn(
        drawn.surface, drawn.alpha.copy(), drawn.ink.copy(), drawn.placement.portrait, split
    )
    faults = []
    for table in (INK_FAULTS, SURFACE_FAULTS):
        for name, draw in table.items():
            if name not in wanted:
                continue
            severity, aim = wanted[name]
            if aim is None and name in _NEEDS_AIM:
                fields = sorted(drawn.boxes)
                pick = stream(split, seed, f"aim {name}").integers(len(fields))
                aim = drawn.boxes[fields[int(pick)]][0]
            mask, kept = draw(worn, stream(split, seed, f"fault {name}"), severity, aim)
            faults.append(Fault(name, "card", severity, _small(mask), _small(kept)))
        if table is INK_FAULTS:
            cover = worn.ink[..., None]
            worn.picture = np.asarray(
                drawn.surface + cover * (drawn.ink_rgb - drawn.surface), np.float32
            )
    return worn, tuple(faults)


def _small(full: Float32) -> Float32:
    return np.asarray(cv2.resize(full, MASK_SHAPE[::-1], interpolation=cv2.INTER_AREA), np.float32)


def _grid() -> tuple[Float32, Float32]:
    y, x = np.mgrid[0:CARD_HEIGHT, 0:CARD_WIDTH].astype(np.float32)
    return (x + 0.5) / CARD_PX_PER_MM, (y + 0.5) / CARD_PX_PER_MM


def _bump(box: Box, spread_x: float, spread_y: float) -> Float32:
    """1 over a box, falling off softly around it."""
    x, y = _grid()
    dx = np.maximum(np.maximum(box.x0 - x, x - box.x1), 0) / spread_x
    dy = np.maximum(np.maximum(box.y0 - y, y - box.y1), 0) / spread_y
    return np.asarray(np.exp(-(dx**2 + dy**2)), np.float32)


def _ranks(values: Float32, part: tuple[slice, slice]) -> Float32:
    """``values`` as shares 0..1 of how many of those in ``part`` are smaller."""
    reference = np.sort(values[part].ravel())
    return np.asarray(np.searchsorted(reference, values) / reference.size, np.float32)


def _print_faded(worn: Worn, rng: np.random.Generator, severity: float, aim: Box | None) -> Drawn:
    """Ink gone pale: everywhere, stronger along one direction, in worn patches."""
    x, y = _grid()
    turn = rng.uniform(0, 2 * np.pi)
    slope = ((x - 43) * np.cos(turn) + (y - 27) * np.sin(turn)) / 43
    patch = 0.12 * slope + 0.10 * smooth_noise(rng, _SHAPE, 260, 3)
    if aim is None:
        where = np.clip(0.95 + patch, 0, 1)
    else:
        where = np.clip(_bump(aim, 3.0, 1.2) * (1.0 + 0.4 * np.minimum(patch, 0)), 0, 1)
    kept = np.clip(1 - where * (1 - (1 - severity) ** 1.5), 0, 1).astype(np.float32)
    # Rubbed ink breaks up into grains rather than going evenly grey.
    grain = smooth_noise(rng, _SHAPE, 5, 2)
    rough = np.clip(kept + 0.28 * (1 - kept) * kept * 4 * grain * 0.5, 0, 1)
    worn.ink *= rough
    return np.asarray(where * (1 - kept), np.float32), kept


def _text_missing(worn: Worn, rng: np.random.Generator, severity: float, aim: Box | None) -> Drawn:
    """Ink gone altogether over ragged areas, as when film has come off with the print."""
    box = aim or _some_box(rng)
    area = box.grown(0.8, 0.5)
    x, _ = _grid()
    x_share = np.clip((x - area.x0) / area.width, -0.5, 1.5)
    if rng.random() < 0.5:
        x_share = 1 - x_share
    # Gone from one end, with a ragged front.
    front = x_share + 0.16 * smooth_noise(rng, _SHAPE, 30, 4)
    gone = _ranks(front, area.slices(_SHAPE)) < 0.85 * severity
    inside = _bump(area, 0.25, 0.25) > 0.5
    mask = cv2.GaussianBlur((gone & inside).astype(np.float32), (0, 0), 1.0)
    worn.ink *= 1 - mask
    return np.asarray(mask, np.float32), np.asarray(1 - mask, np.float32)


def _some_box(rng: np.random.Generator) -> Box:
    x, y = rng.uniform(3, 50), rng.uniform(12, 42)
    return Box(x, y, x + rng.uniform(8, 25), y + rng.uniform(2, 6))


def _strokes(
    rng: np.random.Generator, box: Box, count: int, width_mm: tuple[float, float], spread: float
) -> Float32:
    """Nearly parallel, slightly bent scratches across a box, as coverage."""
    layer = np.zeros(_SHAPE, np.float32)
    turn = rng.uniform(-0.5, 0.5) + (np.pi / 2 if rng.random() < 0.4 else 0.25)
    for _ in range(count):
        cx, cy = rng.uniform(box.x0, box.x1), rng.uniform(box.y0, box.y1)
        angle = turn + rng.normal(0, spread)
        half = rng.uniform(3, 14)
        bend = rng.normal(0, 0.5)
        t = np.linspace(-1, 1, 24)
        px = cx + half * t * np.cos(angle) - bend * t**2 * np.sin(angle)
        py = cy + half * t * np.sin(angle) + bend * t**2 * np.cos(angle)
        points = np.stack([px, py], axis=1) * CARD_PX_PER_MM
        one = np.zeros(_SHAPE, np.uint8)
        thick = max(round(rng.uniform(*width_mm) * CARD_PX_PER_MM), 1)
        cv2.polylines(one, [np.int32(points * 16)], False, 255, thick, cv2.LINE_AA, 4)
        # A tool presses unevenly: the line breaks off in places.
        along = 0.75 + 0.25 * np.sign(np.sin(np.arange(CARD_WIDTH) * rng.uniform(0.01, 0.06)))
        np.maximum(layer, one.astype(np.float32) / 255.0 * along[None, :], out=layer)
    return layer


def _scratch(worn: Worn, rng: np.random.Generator, severity: float, aim: Box | None) -> Drawn:
    box = aim or _some_box(rng)
    deep = _strokes(rng, box, 1 + round(9 * severity), (0.1, 0.14 + 0.4 * severity), 0.15)
    fine = _strokes(rng, box.grown(4, 2), round(24 * severity), (0.05, 0.1), 0.3)
    strength = min(1.0, 0.45 + 0.7 * severity)
    cover = np.clip(deep * strength + fine * 0.5 * strength, 0, 1)
    cover = cv2.GaussianBlur(cover, (0, 0), 0.8)
    tone = 236.0 if rng.random() < 0.7 else 88.0
    worn.picture += cover[..., None] * (tone - worn.picture)
    # A groove throws a thin shadow beside its light.
    shade = np.roll(cover, (2, 2), axis=(0, 1)) * (1 - cover)
    worn.picture *= 1 - 0.25 * shade[..., None]
    return np.clip(cover * 1.5, 0, 1).astype(np.float32), np.asarray(1 - cover, np.float32)


def _crack(worn: Worn, rng: np.random.Generator, severity: float, aim: Box | None) -> Drawn:
    """A break line from edge to edge; one side is shifted a little."""
    cx = rng.uniform(20, 66) if aim is None else rng.uniform(aim.x0, aim.x1)
    cy = CARD_HEIGHT_MM / 2 if aim is None else (aim.y0 + aim.y1) / 2
    lean = rng.uniform(-0.35, 0.35)
    y = np.arange(CARD_HEIGHT, dtype=np.float32) / CARD_PX_PER_MM
    jag = np.cumsum(rng.normal(0, 0.05, CARD_HEIGHT)).astype(np.float32)
    jag -= jag[int(np.clip(cy * CARD_PX_PER_MM, 0, CARD_HEIGHT - 1))]
    line = cx + lean * (y - cy) + np.clip(jag, -2.5, 2.5)
    if aim is None and severity < 0.5 and rng.random() < 0.5:
        # A beginning crack ends inside the card.
        until = rng.uniform(0.35, 0.8) * CARD_HEIGHT_MM
        line = np.where(y < until, line, -50).astype(np.float32)
    x, _ = _grid()
    away = x - line[:, None]
    offset = round(0.35 * severity * CARD_PX_PER_MM) * int(rng.choice([-1, 1]))
    if offset and (line > 0).all():
        moved = np.roll(worn.picture, offset, axis=0)
        worn.picture = np.where((away > 0)[..., None], moved, worn.picture)
    half = 0.06 + 0.34 * severity
    dark = np.exp(-((away / (0.6 * half)) ** 2))
    light = np.exp(-(((np.abs(away) - 1.5 * half) / (0.9 * half)) ** 2))
    worn.picture *= (1 - (0.5 + 0.4 * severity) * dark)[..., None]
    worn.picture += (light * (0.35 + 0.5 * severity))[..., None] * (243 - worn.picture)
    cover = np.clip(0.9 * dark + light * (0.35 + 0.5 * severity), 0, 1).astype(np.float32)
    mask = np.clip(dark + light, 0, 1).astype(np.float32)
    return mask, np.asarray(1 - cover, np.float32)


def _laminate_peel(worn: Worn, rng: np.random.Generator, severity: float, aim: Box | None) -> Drawn:
    """Film lifted from an edge: a hard outline, dull silver under it, print partly gone."""
    x, y = _grid()
    if aim is None:
        corner = ((0.0, 0.0), (CARD_WIDTH_MM, 0.0), (CARD_WIDTH_MM, CARD_HEIGHT_MM))[
            int(rng.integers(3))
        ]
        reach_x, reach_y = (8 + 45 * severity), (6 + 26 * severity)
        away = np.hypot((x - corner[0]) / reach_x, (y - corner[1]) / reach_y) - 1
    else:
        # Comes in from the nearer upright edge, over the share of the field that severity says.
        from_left = aim.x0 < CARD_WIDTH_MM - aim.x1
        end = aim.x0 + severity * aim.width if from_left else aim.x1 - severity * aim.width
        sideways = (x - end) / 12 if from_left else (end - x) / 12
        middle = (aim.y0 + aim.y1) / 2
        away = np.maximum(sideways, np.abs(y - middle) / rng.uniform(3, 7) - 1)
    away = away + 0.11 * smooth_noise(rng, _SHAPE, 260, 2)
    zone = np.clip(0.5 - away * 60, 0, 1).astype(np.float32)
    zone = cv2.GaussianBlur(zone, (0, 0), 0.8)
    rim = np.exp(-((away / 0.018) ** 2)).astype(np.float32)
    gone = np.clip(0.6 + 0.45 * severity + 0.12 * smooth_noise(rng, _SHAPE, 120, 3), 0.2, 1)
    silver = 196 + 7 * smooth_noise(rng, _SHAPE, 200, 3)
    silver_rgb = silver[..., None] * np.array([0.98, 1.0, 1.01], np.float32)
    cover = (zone * gone).astype(np.float32)
    worn.picture += cover[..., None] * (silver_rgb - worn.picture)
    worn.picture += (rim * 0.75)[..., None] * (250 - worn.picture)
    shade = np.clip(np.roll(rim, (5, 5), axis=(0, 1)) - rim, 0, 1)
    worn.picture *= 1 - 0.3 * shade[..., None]
    return zone, np.asarray(np.clip(1 - cover - 0.75 * rim, 0, 1), np.float32)


def _laminate_bubble(
    worn: Worn, rng: np.random.Generator, severity: float, aim: Box | None
) -> Drawn:
    """Blisters: a bright ring, stronger towards the light, hazy inside."""
    x, y = _grid()
    light_from = rng.uniform(0, 2 * np.pi)
    mask = np.zeros(_SHAPE, np.float32)
    cover = np.zeros(_SHAPE, np.float32)
    for number in range(1 + round(6 * severity)):
        if aim is not None and number % 2 == 0:
            cx, cy = rng.uniform(aim.x0, aim.x1), rng.uniform(aim.y0, aim.y1)
        else:
            cx, cy = rng.uniform(6, 80), rng.uniform(8, 46)
        radius = rng.uniform(1.0, 1.8 + 3.5 * severity)
        turn, squeeze = rng.uniform(0, np.pi), rng.uniform(0.6, 1.0)
        u = (x - cx) * np.cos(turn) + (y - cy) * np.sin(turn)
        v = (-(x - cx) * np.sin(turn) + (y - cy) * np.cos(turn)) / squeeze
        away = np.hypot(u, v) / radius
        facing = 0.55 + 0.45 * np.cos(np.arctan2(y - cy, x - cx) - light_from)
        ring = np.exp(-(((away - 1) / 0.11) ** 2)) * facing
        spot = np.exp(
            -((x - cx - 0.5 * radius * np.cos(light_from)) ** 2) / (0.12 * radius**2)
            - ((y - cy - 0.5 * radius * np.sin(light_from)) ** 2) / (0.12 * radius**2)
        )
        haze = np.clip((1.05 - away) * 8, 0, 1)
        here = np.clip((0.5 + 0.5 * severity) * (ring + 0.8 * spot) + 0.35 * severity * haze, 0, 1)
        cover = np.maximum(cover, here)
        mask = np.maximum(mask, haze)
    worn.picture += cover[..., None] * (248 - worn.picture)
    return np.asarray(mask, np.float32), np.asarray(1 - cover, np.float32)


def _stain(worn: Worn, rng: np.random.Generator, severity: float, aim: Box | None) -> Drawn:
    """A blot that colours what is under it, darker at its rim; a cup's ring; splashed drops."""
    x, y = _grid()
    kinds = SPLITS[worn.split].stains
    kind = kinds[int(rng.integers(len(kinds)))]
    if aim is None:
        cx, cy, rx, ry = (
            rng.uniform(10, 75),
            rng.uniform(8, 46),
            4 + 14 * severity,
            3 + 9 * severity,
        )
    else:
        cx, cy = rng.uniform(aim.x0, aim.x1), (aim.y0 + aim.y1) / 2
        rx, ry = max(0.3 * aim.width, 3.0) + 6 * severity, rng.uniform(2, 5)
    away = np.hypot((x - cx) / rx, (y - cy) / ry)
    if kind == "cup":
        # The ring runs along the field, so that most of it lies under the line.
        radius, thick = rng.uniform(24, 36), 1.2 + 1.8 * severity
        side = rng.choice([-1.0, 1.0])
        away = np.abs(np.hypot(x - cx, y - cy - side * (radius - 0.3)) - radius) / thick
    elif kind == "drops":
        places = rng.normal(0, 1, (int(6 + 16 * severity), 2)) * [0.6 * rx, 1.2 * ry] + [cx, cy]
        sizes = rng.uniform(0.8, 1.4 + 2.4 * severity, len(places))
        away = np.full_like(x, np.inf)
        for (at_x, at_y), size in zip(places, sizes, strict=True):
            np.minimum(away, np.hypot(x - at_x, y - at_y) / size, out=away)
    away = away + 0.12 * smooth_noise(rng, _SHAPE, 180, 2)
    inside = np.clip((1 - away) * 12, 0, 1).astype(np.float32)
    rim = np.exp(-(((away - 0.95) / 0.06) ** 2)).astype(np.float32)
    inks = ((0.62, 0.42, 0.2), (0.30, 0.30, 0.52), (0.42, 0.34, 0.3), (0.72, 0.25, 0.25))
    through = np.array(inks[int(rng.integers(len(inks)))], np.float32)
    depth = np.clip(inside * (0.85 + 0.15 * smooth_noise(rng, _SHAPE, 60, 3)) + 0.4 * rim, 0, 1.2)
    if kind == "cup":
        # It stood drier here and wetter there.
        depth = depth * np.clip(0.65 + 0.35 * smooth_noise(rng, _SHAPE, 420, 2), 0.1, 1.1)
    density = (depth * 1.9 * severity).astype(np.float32)
    passed = through ** density[..., None]
    worn.picture *= passed
    kept = passed.mean(axis=2)
    return inside, np.asarray(kept, np.float32)


def _yellowed(worn: Worn, rng: np.random.Generator, severity: float, aim: Box | None) -> Drawn:
    """The laminate gone yellow, unevenly, most at the edges."""
    x, y = _grid()
    edge = np.minimum(np.minimum(x, CARD_WIDTH_MM - x), np.minimum(y, CARD_HEIGHT_MM - y))
    where = np.clip(
        0.8 + 0.25 * np.exp(-edge / 6) + 0.1 * smooth_noise(rng, _SHAPE, 300, 2), 0, 1.2
    )
    if aim is not None:
        where = where * _bump(aim, 8, 5)
    density = (where * 1.2 * severity).astype(np.float32)
    passed = np.array([0.95, 0.86, 0.55], np.float32) ** density[..., None]
    worn.picture *= passed
    kept = passed[..., :2].mean(axis=2)
    return np.clip(where * severity * 1.4, 0, 1).astype(np.float32), np.asarray(kept, np.float32)


def _broken(worn: Worn, rng: np.random.Generator, severity: float, aim: Box | None) -> Drawn:
    """A corner, or a bite at the field's height, is missing."""
    x, y = _grid()
    if aim is None:
        # Nothing is printed in the lower right: a corner that tells is mostly another.
        right, low = rng.random() < 0.5, rng.random() < 0.35
        u = CARD_WIDTH_MM - x if right else x
        v = CARD_HEIGHT_MM - y if low else y
        reach = 5 + 40 * severity
        away = u / reach + v / (reach * rng.uniform(0.6, 1.1)) - 1
    else:
        from_left = aim.x0 < CARD_WIDTH_MM - aim.x1
        end = aim.x0 + severity * aim.width if from_left else aim.x1 - severity * aim.width
        u = end - x if from_left else x - end
        away = np.abs(y - (aim.y0 + aim.y1) / 2) / rng.uniform(4, 9) - u / 12
        # A bite: the opening widens towards the edge.
    away = away + 0.035 * smooth_noise(rng, _SHAPE, 120, 3)
    gone = cv2.GaussianBlur((away < 0).astype(np.float32), (0, 0), 0.8)
    # The torn edge shows the white core.
    rim = np.exp(-((np.maximum(away, 0) / 0.02) ** 2)).astype(np.float32)
    worn.picture += (0.7 * rim)[..., None] * (236 - worn.picture)
    worn.alpha *= 1 - gone
    return np.asarray(gone, np.float32), np.asarray(np.clip(1 - gone - 0.5 * rim, 0, 1), np.float32)


def _hole_punch(worn: Worn, rng: np.random.Generator, severity: float, aim: Box | None) -> Drawn:
    """A punched hole, or two staple pricks with their wire's rust."""
    x, y = _grid()
    if aim is None:
        cx = rng.uniform(5, 80)
        cy = float(rng.choice([rng.uniform(3.5, 6), rng.uniform(47, 50)]))
    else:
        cx, cy = rng.uniform(aim.x0, aim.x1), (aim.y0 + aim.y1) / 2
    radius = 0.6 + 2.6 * severity
    centres = [(cx, cy)]
    if severity < 0.4 and rng.random() < 0.6:
        centres.append((cx + rng.uniform(8, 12), cy + rng.normal(0, 0.5)))
    gone = np.zeros(_SHAPE, np.float32)
    rim = np.zeros(_SHAPE, np.float32)
    for px, py in centres:
        away = np.hypot(x - px, y - py)
        gone = np.maximum(gone, np.clip((radius - away) * CARD_PX_PER_MM + 0.5, 0, 1))
        rim = np.maximum(rim, np.exp(-(((away - radius) / 0.22) ** 2)))
    worn.picture += (0.5 * rim)[..., None] * (225 - worn.picture)
    worn.alpha *= 1 - gone
    return np.asarray(gone, np.float32), np.asarray(np.clip(1 - gone - 0.5 * rim, 0, 1), np.float32)


def _photo_worn(worn: Worn, rng: np.random.Generator, severity: float, aim: Box | None) -> Drawn:
    """The portrait rubbed flat and mottled."""
    box = aim or worn.portrait
    part = box.slices(_SHAPE)
    area = worn.picture[part]
    rough = smooth_noise(rng, area.shape[:2], 26, 5)
    lost = np.clip(1.25 * severity + 0.4 * severity * rough, 0, 1).astype(np.float32)
    flat = cv2.GaussianBlur(area, (0, 0), 2 + 26 * severity) * 0.45 + 0.55 * 196
    area += (lost**1.2)[..., None] * (flat - area)
    area += (severity * 12) * smooth_noise(rng, area.shape[:2], 7, 2)[..., None]
    np.clip(area, 0, 255, out=area)
    mask = np.zeros(_SHAPE, np.float32)
    mask[part] = lost
    return mask, np.asarray(1 - mask, np.float32)


_Draw = Callable[[Worn, np.random.Generator, float, Box | None], Drawn]

#: Faults of the print, drawn before print and surface are put together.
INK_FAULTS: Final[Mapping[str, _Draw]] = MappingProxyType(
    {"print_faded": _print_faded, "text_missing": _text_missing}
)

#: Faults of the surface, in the order in which they lie on it.
SURFACE_FAULTS: Final[Mapping[str, _Draw]] = MappingProxyType(
    {
        "photo_worn": _photo_worn,
        "yellowed": _yellowed,
        "stain": _stain,
        "scratch_nik": _scratch,
        "scratch_other": _scratch,
        "laminate_bubble": _laminate_bubble,
        "laminate_peel": _laminate_peel,
        "crack": _crack,
        "hole_punch": _hole_punch,
        "broken": _broken,
    }
)

#: Every card fault that can be drawn.
CARD_FAULTS: Final = (*INK_FAULTS, *SURFACE_FAULTS)
