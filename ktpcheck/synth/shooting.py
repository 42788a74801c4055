"""Capture faults applied: what lies on the card in the picture, and how the shot is set."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import Box, Float32, UInt8
from ktpcheck.synth import camera, conditions
from ktpcheck.synth.conditions import MASK_SHAPE, Fault
from ktpcheck.synth.splits import SPLITS, stream
from ktpcheck.synth.type import Style
from ktpcheck.synth.view import View

#: Colours of bad light, as gains at full severity.
_TINTS: Final = ((1.0, 0.72, 0.4), (0.55, 0.8, 1.0), (0.7, 1.0, 0.6), (1.0, 0.65, 0.95))

#: Sigma of the defocus on the card at full severity, millimetres, and how it grows to there.
_DEFOCUS_MM: Final = 0.45
_DEFOCUS_POWER: Final = 1.2

#: Draws on the finished picture, before it is compressed.
After = Callable[[UInt8], UInt8]


@dataclass(eq=False)
class Bench:
    """A picture being lit: linear light, changed in place, and what is needed to lay things on."""

    light: Float32
    view: View
    style: Style
    split: str
    seed: int

    def stream(self, purpose: str) -> np.random.Generator:
        return stream(self.split, self.seed, purpose)


def _everywhere() -> Float32:
    return np.ones(MASK_SHAPE, np.float32)


def _relaminate(bench: Bench, severity: float, _: Box | None) -> Fault:
    haze = conditions.film(bench.stream("film"), severity)
    bench.light += bench.view.wide_map(haze)[..., None] * (0.85 - bench.light)
    kept = 1 - conditions.on_card(haze)
    return Fault("relaminated", "card", severity, _everywhere() * np.float32(severity), kept)


def _shade(bench: Bench, severity: float, box: Box | None) -> Fault:
    through = conditions.cast_shadow(
        bench.stream("shadow"), severity, box, SPLITS[bench.split].shadows
    )
    bench.light *= bench.view.wide_map(through)[..., None]
    return Fault("shadow", "capture", severity, 1 - conditions.on_card(through), _everywhere())


def _dazzle(bench: Bench, severity: float, box: Box | None) -> Fault:
    veil = conditions.glare_veil(bench.stream("glare"), severity, box, SPLITS[bench.split].glares)
    added = bench.view.card_map(veil)
    small = cv2.resize(added, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), max(0.25 * bench.view.pose.px_per_mm, 0.5))
    bloom = cv2.resize(small, added.shape[::-1], interpolation=cv2.INTER_LINEAR)
    bench.view.card_part(bench.light)[:] += (0.85 * added + 0.15 * bloom)[..., None]
    kept = conditions.kept_under_veil(veil)
    return Fault("glare", "capture", severity, np.clip(veil, 0, 1), kept)


def _put_finger(
    bench: Bench, name: str, severity: float, box: Box | None, side: int | None
) -> Float32:
    """Lay one finger on; returns its cover on the card."""
    cover, colour = conditions.finger(bench.stream(f"finger {name}"), severity, box, side)
    flesh = np.dstack([camera.LINEAR[colour.astype(np.uint8)] * cover[..., None], cover])
    seen = bench.view.wide_map(np.asarray(flesh, np.float32))
    near = np.asarray(cv2.GaussianBlur(cover, (0, 0), 4.0), np.float32)
    bench.light *= (1 - 0.35 * bench.view.wide_map(near)[..., None]) * (1 - seen[..., 3:])
    bench.light += seen[..., :3]
    return conditions.on_card(cover)


def _touch(bench: Bench, wanted: tuple[float, Box | None] | None, held: bool) -> Fault | None:
    """A finger over the card, and the hand that holds it; None when neither reaches the card."""
    cover, worst = np.zeros(MASK_SHAPE, np.float32), 0.0
    if wanted is not None:
        worst = wanted[0]
        cover = _put_finger(bench, "occluded", worst, wanted[1], None)
    if held:
        grip = bench.stream("grip")
        count = int(grip.integers(1, 3))
        for side in grip.permutation(4)[:count]:
            reach = float(grip.uniform(0.0, 0.18))
            cover = np.maximum(cover, _put_finger(bench, f"grip {side}", reach, None, int(side)))
            worst = max(worst, reach)
    if cover.max() <= 0:
        return None
    return Fault("occluded", "capture", worst, cover, 1 - cover)


def _write_over(bench: Bench, severity: float, box: Box | None) -> tuple[Fault, After]:
    cover, rgb = conditions.overlay(bench.stream("overlay"), severity, box, bench.style)
    seen = bench.view.card_map(cover)[..., None]
    x0, y0, x1, y1 = bench.view.card

    def write(pixels: UInt8) -> UInt8:
        part = pixels[y0:y1, x0:x1]
        part[:] = np.clip(part + seen * (rgb - part), 0, 255).astype(np.uint8)
        return pixels

    return Fault("overlay_on_field", "capture", severity, cover, 1 - cover), write


_Lay = Callable[[Bench, float, Box | None], Fault]

#: What changes the light, in the order in which it lies there.
_LIGHT: Final[Mapping[str, _Lay]] = MappingProxyType(
    {"relaminated": _relaminate, "shadow": _shade, "glare": _dazzle}
)

#: Every fault that lies on the card in the picture.
LAID_ON: Final = (*_LIGHT, "occluded", "overlay_on_field")


def lay_on(
    bench: Bench,
    aims: Mapping[str, tuple[float, Box | None]],
    scene: str,
    faults: list[Fault],
) -> After | None:
    """Lay the wanted faults on the picture.

    Parameters
    ----------
    bench : Bench
        Its ``light`` is changed in place.
    aims : mapping of str to (float, Box or None)
        Severity and aim by id; ids that are not in ``LAID_ON`` are left alone.
    scene : str
        In ``hand`` fingers hold the card.
    faults : list of Fault
        Appended to.

    Returns
    -------
    callable or None
        Draws what belongs on the finished picture.
    """
    for name, lay in _LIGHT.items():
        if name in aims:
            faults.append(lay(bench, *aims[name]))
    touched = _touch(bench, aims.get("occluded"), scene == "hand")
    if touched is not None:
        faults.append(touched)
    if "overlay_on_field" not in aims:
        return None
    fault, after = _write_over(bench, *aims["overlay_on_field"])
    faults.append(fault)
    return after


def ordinary_shot(rng: np.random.Generator, px_per_mm: float, scene: str) -> camera.Shot:
    """An ordinary shot: small faults of every kind."""
    warmth, green = rng.normal(0, 0.05), rng.normal(0, 0.015)
    shot = camera.Shot(
        exposure=float(rng.uniform(0.95, 1.45)),
        gains=(float(1 + warmth), float(1 + green), float(1 - warmth)),
        focus_px=float(max(rng.uniform(0.4, 0.9), px_per_mm * rng.uniform(0.02, 0.06))),
        noise=float(rng.uniform(0.004, 0.022)),
        read_noise=float(rng.uniform(0.001, 0.004)),
        sharpen=float(rng.uniform(0, 0.8)),
        lift=float(rng.uniform(0, 0.5)),
        flare=float(rng.uniform(0, 0.02)),
        quality=int(rng.integers(70, 97)),
        screen_px=float(rng.uniform(1.9, 2.9)),
        screen_deg=float(rng.uniform(-12, 12)),
    )
    if scene == "scan":
        shot.noise, shot.read_noise, shot.gains = 0.004, 0.001, (1.0, 1.0, 1.0)
        shot.exposure, shot.flare = 1.1, 0.0
    return shot


def send_on(shot: camera.Shot, rng: np.random.Generator) -> None:
    """What messaging apps do to a picture, once or twice: reduce it, then save it middling."""
    shot.sent = ((float(rng.uniform(1.5, 2.5)), int(rng.integers(80, 94))),)
    if rng.random() < 0.4:
        shot.sent += ((float(rng.uniform(1.0, 1.3)), int(rng.integers(55, 80))),)
    shot.quality = int(rng.integers(42, 78))


@dataclass(frozen=True)
class _Chance:
    """What chance adds to a shot's faults.

    Scale, direction of motion, colour of light; how much the hand turns and speeds up; how often
    and in which sizes the file was saved before.
    """

    px_per_mm: float
    angle_deg: float
    tint: tuple[float, float, float]
    turn: float
    roll: float
    dwell: float
    scales: tuple[float, ...]


def _defocus(shot: camera.Shot, severity: float, chance: _Chance) -> None:
    blur_mm = _DEFOCUS_MM * severity**_DEFOCUS_POWER
    shot.focus_px = float(np.hypot(shot.focus_px, blur_mm * chance.px_per_mm))


def _shake(shot: camera.Shot, severity: float, chance: _Chance) -> None:
    shot.motion_px = 1.7 * severity**1.2 * chance.px_per_mm
    shot.motion_deg = chance.angle_deg
    # A turn of 1 smears the card's ends, 43 mm from its middle, as much as the shift does.
    shot.motion_turn = chance.turn * shot.motion_px / (43 * chance.px_per_mm)
    shot.motion_roll = chance.roll
    shot.motion_dwell = chance.dwell


def _darken(shot: camera.Shot, severity: float, _: _Chance) -> None:
    shot.exposure *= 2.0 ** (-6.0 * severity)
    shot.noise *= 1 + 2.5 * severity
    shot.read_noise *= 1 + 1.5 * severity


def _overexpose(shot: camera.Shot, severity: float, _: _Chance) -> None:
    shot.exposure *= 2.0 ** (4.0 * severity)
    shot.flare += 0.05 * severity**2


def _copy(shot: camera.Shot, severity: float, _: _Chance) -> None:
    shot.copy = severity


def _show_on_screen(shot: camera.Shot, severity: float, _: _Chance) -> None:
    shot.screen = severity


def _compress(shot: camera.Shot, severity: float, chance: _Chance) -> None:
    shot.quality = int(max(round(48 * (1 - severity) ** 1.5), 3))
    # Each time it was sent on, it was saved larger and a little better.
    before = int(min(88, 30 + 2 * shot.quality))
    shot.sent = tuple((scale, before) for scale in chance.scales[: 1 + round(severity)])


def _tint(shot: camera.Shot, severity: float, chance: _Chance) -> None:
    red, green, blue = (
        gain * (1 - severity + severity * tint)
        for gain, tint in zip(shot.gains, chance.tint, strict=True)
    )
    shot.gains = (red, green, blue)


#: Faults of the whole shot and how each sets the camera.
SHOT_FAULTS: Final[Mapping[str, Callable[[camera.Shot, float, _Chance], None]]] = MappingProxyType(
    {
        "blur_motion": _shake,
        "blur_focus": _defocus,
        "too_dark": _darken,
        "too_bright": _overexpose,
        "photocopy": _copy,
        "screen_capture": _show_on_screen,
        "compression": _compress,
        "colour_cast": _tint,
    }
)


def spoil(
    shot: camera.Shot,
    severities: Mapping[str, float],
    px_per_mm: float,
    rng: np.random.Generator,
) -> None:
    """Set the camera as those of ``SHOT_FAULTS`` that are wanted ask; ``shot`` is changed."""
    angle, tint = float(rng.uniform(0, 180)), _TINTS[int(rng.integers(len(_TINTS)))]
    chance = _Chance(
        px_per_mm,
        angle,
        tint,
        turn=float(np.clip(rng.normal(0, 0.4), -0.6, 0.6)),
        roll=float(rng.normal(0, 0.35)),
        dwell=float(rng.uniform(-1, 1)),
        scales=(float(rng.uniform(1.15, 1.8)), float(rng.uniform(1.02, 1.3))),
    )
    for name, apply in SHOT_FAULTS.items():
        if name in severities:
            apply(shot, severities[name], chance)


def part_out_of_focus(sigma_mm: Float32, printed: Iterable[Box]) -> Fault:
    """The defocus of a leaning card, graded as defocus of the whole card is.

    Parameters
    ----------
    sigma_mm : MASK_SHAPE float32
    printed : iterable of Box
        Where fields stand: the one that is blurred most says how grave it is. A card's corners are
        blurred more, and hold no print.
    """
    severity = np.clip(sigma_mm / _DEFOCUS_MM, 0, 1) ** (1 / _DEFOCUS_POWER)
    worst = max(float(severity[box.slices(MASK_SHAPE)].mean()) for box in printed)
    return Fault("blur_focus", "capture", worst, severity, _everywhere())


def set_shot(
    shot: camera.Shot,
    wanted: Mapping[str, tuple[float, str | None]],
    px_per_mm: float,
    rng: np.random.Generator,
    faults: list[Fault],
) -> None:
    """Turn the wanted faults of the shot into settings of the camera.

    Parameters
    ----------
    shot : camera.Shot
        Changed in place.
    wanted : mapping of str to (float, str or None)
        Severity by id; ids that are not in ``SHOT_FAULTS`` are left alone.
    px_per_mm : float
        Scale of the card in the picture.
    rng : numpy.random.Generator
    faults : list of Fault
        Appended to.
    """
    spoil(shot, {name: severity for name, (severity, _) in wanted.items()}, px_per_mm, rng)
    for name in SHOT_FAULTS:
        if name not in wanted:
            continue
        kept = _everywhere()
        if name == "too_bright":
            veil = np.full(MASK_SHAPE, shot.flare, np.float32)
            kept = conditions.kept_under_veil(veil, shot.exposure)
        faults.append(Fault(name, "capture", wanted[name][0], _everywhere(), kept))
