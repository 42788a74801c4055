"""A drawn card seen by a camera: the capture and its truth."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import cv2
import numpy as np

from ktpcheck.fields import FIELDS
from ktpcheck.geometry import CARD_WIDTH_MM, Box, Float32, UInt8
from ktpcheck.layout import LAYOUTS
from ktpcheck.records import Outline, Placement
from ktpcheck.synth import camera, conditions, truth
from ktpcheck.synth.card import DrawnCard, draw_card
from ktpcheck.synth.conditions import MASK_PX_PER_MM, MASK_SHAPE, Fault
from ktpcheck.synth.faults import CARD_FAULTS, Worn, wear
from ktpcheck.synth.pose import Pose, sampling_maps, solve
from ktpcheck.synth.scenes import SCENES, draw_size, draw_table, draw_wish
from ktpcheck.synth.splits import SPLITS, stream
from ktpcheck.synth.type import CARD_PX_PER_MM

#: Changes whenever the same seed gives other bytes.
SIMULATOR_VERSION: Final = "1"

#: Faults that lie on the card as light or cover.
_LAID_ON: Final = ("relaminated", "shadow", "glare", "occluded", "overlay_on_field")

#: Faults of the whole shot.
_SHOT_FAULTS: Final = (
    "blur_motion",
    "blur_focus",
    "too_dark",
    "too_bright",
    "photocopy",
    "screen_capture",
    "compression",
    "colour_cast",
)

#: Faults of the pose.
_POSE_FAULTS: Final = ("low_resolution", "skew", "cropped", "bent")

#: Every defect that ``make_capture`` can provoke, by guidance id.
DEFECTS: Final = (*_LAID_ON, *_SHOT_FAULTS, *_POSE_FAULTS, *CARD_FAULTS)


@dataclass(frozen=True, eq=False)
class Capture:
    """One simulated photo and the truth about it.

    ``pixels`` is (H, W, 3) uint8 RGB as displayed. ``fields`` maps field keys to printed text,
    ``visible_ink`` to the share 0..1 of its ink that is left to see, ``boxes`` to its boxes in
    millimetres. ``masks`` maps defect ids to (h, w) float32 at ``MASK_PX_PER_MM``.
    """

    pixels: UInt8 = field(repr=False)
    outline: Outline
    placement: Placement
    fields: Mapping[str, str] = field(repr=False)
    visible_ink: Mapping[str, float]
    boxes: Mapping[str, tuple[Box, ...]]
    defects: list[dict[str, Any]]
    masks: Mapping[str, Float32] = field(repr=False)
    face_box_px: tuple[float, float, float, float]
    mark_mm: Box
    seed: int
    split: str
    scene: str
    info: Mapping[str, Any]

    def truth(self) -> dict[str, Any]:
        """Everything known about the capture but its pixels and masks, ready for JSON."""
        return {
            "simulator": SIMULATOR_VERSION,
            "seed": self.seed,
            "split": self.split,
            "scene": self.scene,
            "size_px": [int(self.pixels.shape[1]), int(self.pixels.shape[0])],
            "outline_px": np.asarray(self.outline.corners_px, np.float64).round(3).tolist(),
            "sides": dict(self.outline.sides),
            "layout": self.placement.layout,
            "shift_mm": [round(v, 4) for v in self.placement.shift_mm],
            "lines_mm": {k: [_plain(b) for b in v] for k, v in self.placement.lines.items()},
            "labels_mm": {k: _plain(b) for k, b in self.placement.labels.items()},
            "portrait_mm": _plain(self.placement.portrait),
            "fields": dict(self.fields),
            "boxes_mm": {k: [_plain(b) for b in v] for k, v in self.boxes.items()},
            "visible_ink": {k: round(v, 4) for k, v in self.visible_ink.items()},
            "defects": self.defects,
            "face_box_px": [round(v, 2) for v in self.face_box_px],
            "mark_mm": _plain(self.mark_mm),
            "info": dict(self.info),
        }


def _plain(box: Box) -> list[float]:
    return [round(float(v), 3) for v in (box.x0, box.y0, box.x1, box.y1)]


def make_capture(
    seed: int,
    split: str = "train",
    *,
    layout: str | None = None,
    scene: str = "desk",
    defects: Mapping[str, float] | None = None,
    size_px: tuple[int, int] | None = None,
    wrapped: tuple[str, ...] | None = None,
    rotation_deg: float | None = None,
    shot: int = 0,
) -> Capture:
    """Draw a specimen and photograph it.

    The same arguments give the same bytes. Another ``defects`` with the same seed shows the same
    card in the same place and light.

    Parameters
    ----------
    seed : int
    split : str
        A key of ``splits.SPLITS``.
    layout : str, optional
        A key of ``layout.LAYOUTS``.
    scene : str
        A key of ``scenes.SCENES``.
    defects : mapping of str to float, optional
        Severity 0..1 by id of ``DEFECTS``, aimed at a field by ``id@field`` (``glare@nik``) or at
        ``portrait``. Empty: none. None: whatever little an ordinary capture has.
    size_px : tuple of int, optional
        Width and height.
    wrapped : tuple of str, optional
        Rows that take extra lines (``nama``, ``alamat``; twice for three lines).
    rotation_deg : float, optional
        How far the card stands turned clockwise.
    shot : int
        Another picture of the same card: pose, light, table and capture faults are drawn anew,
        card faults stay where they are.

    Returns
    -------
    Capture

    Raises
    ------
    ValueError
        If split, layout, scene or a defect is unknown, or a severity not in 0..1.
    """
    if scene not in SCENES:
        raise ValueError(f"no scene {scene!r}; there are {', '.join(SCENES)}")
    if split not in SPLITS:
        raise ValueError(f"no split {split!r}; there are {', '.join(SPLITS)}")
    if layout is not None and layout not in LAYOUTS:
        raise ValueError(f"no layout {layout!r}; there are {', '.join(LAYOUTS)}")
    if defects is None:
        defects = _ordinary(stream(split, seed, "ordinary"), scene)
    wanted = _parse(defects)
    drawn = draw_card(seed, split, layout, wrapped)
    aims = {name: (severity, _aim(drawn, name, aim)) for name, (severity, aim) in wanted.items()}
    worn, faults = wear(drawn, aims, split, seed)
    size = size_px or draw_size(split, seed, scene)
    if shot < 0:
        raise ValueError(f"shot must be 0 or more, not {shot}")
    # Everything that belongs to the shot draws from a seed of the shot's own.
    taken = seed if shot == 0 else zlib.crc32(f"{seed} shot {shot}".encode())
    wish = draw_wish(scene, stream(split, taken, f"pose {scene}"), size, wanted, rotation_deg)
    pose = solve(wish, size)
    table, background = draw_table(scene, split, taken, size, wanted)
    scale = pose.px_per_mm
    view = _View(pose)
    light = _photograph(worn, view, table, flat=scene == "scan" or "screen_capture" in wanted)
    light *= _illumination(stream(split, taken, "light"), size, scene)[..., None]
    after = _lay_on(light, view, drawn, aims, faults, taken, split, scene)
    settings = _shot(stream(split, taken, "shot"), scale, scene)
    _set_shot(settings, wanted, faults, scale, stream(split, taken, "blur"))
    faults.extend(truth.pose_faults(pose))
    pixels = camera.develop(light, settings, stream(split, taken, "noise"), after)
    face = pose.project(drawn.face.corners_mm)
    low, high = face.min(axis=0), face.max(axis=0)
    return Capture(
        pixels=pixels,
        outline=Outline(pose.corners_px, 1.0, truth.sides(pose)),
        placement=drawn.placement,
        fields=dict(drawn.person.fields),
        visible_ink=truth.visible_ink(drawn, faults),
        boxes=drawn.boxes,
        defects=[truth.defect_row(fault, drawn) for fault in faults],
        masks={fault.id: fault.mask for fault in faults},
        face_box_px=(
            float(low[0]),
            float(low[1]),
            float(high[0] - low[0]),
            float(high[1] - low[1]),
        ),
        mark_mm=drawn.mark,
        seed=seed,
        split=split,
        scene=scene,
        info={
            "px_per_mm": round(scale, 3),
            "rotation_deg": round(wish.rotation_deg % 360, 2),
            "tilt_deg": round(wish.tilt_deg, 2),
            "distortion": round(wish.distortion, 4),
            "background": background,
            "typeface": drawn.style.typeface,
            "bold": drawn.style.bold,
            "nik_face": drawn.nik_face,
            "ground": drawn.ground,
            "shot": shot,
            "exposure": round(settings.exposure, 4),
            "quality": settings.quality,
        },
    )


def _ordinary(rng: np.random.Generator, scene: str) -> dict[str, float]:
    """The small faults of a capture nobody would call bad."""
    if scene == "scan":
        return {}
    small = {}
    for name, chance, most in (
        ("shadow", 0.3, 0.3),
        ("glare", 0.3, 0.3),
        ("blur_motion", 0.15, 0.2),
        ("colour_cast", 0.2, 0.25),
        ("scratch_other", 0.12, 0.2),
        ("yellowed", 0.1, 0.3),
        ("print_faded", 0.1, 0.3),
    ):
        happens, much = rng.random(2)
        if happens < chance:
            small[name] = float(most * (0.2 + 0.8 * much))
    return small


def _parse(defects: Mapping[str, float]) -> dict[str, tuple[float, str | None]]:
    """``id@field`` keys into id: (severity, field)."""
    wanted: dict[str, tuple[float, str | None]] = {}
    for key, severity in defects.items():
        name, _, aim = key.partition("@")
        if name not in DEFECTS:
            raise ValueError(f"no defect {name!r}; there are {', '.join(DEFECTS)}")
        if aim and aim not in FIELDS and aim != "portrait":
            raise ValueError(f"no field {aim!r}")
        if not 0 <= severity <= 1:
            raise ValueError(f"severity of {name} must be 0..1, not {severity}")
        if severity > 0:
            wanted[name] = (float(severity), aim or None)
    return wanted


def _aim(drawn: DrawnCard, name: str, aim: str | None) -> Box | None:
    if aim is None:
        return drawn.boxes["nik"][0] if name == "scratch_nik" else None
    if aim == "portrait":
        return drawn.placement.portrait
    return drawn.boxes[aim][0]


class _View:
    """Maps from card space onto the picture, each computed once."""

    def __init__(self, pose: Pose) -> None:
        self.pose = pose
        self.card = self._window()
        self._coarse: tuple[Float32, Float32] | None = None
        self._maps: dict[tuple[int, int, int, int], tuple[Float32, Float32]] = {}

    def _window(self) -> tuple[int, int, int, int]:
        """x0, y0, x1, y1 around the card."""
        corners = self.pose.corners_px
        size = np.array(self.pose.size_px)
        low, high = corners.min(axis=0), corners.max(axis=0)
        x0, y0 = np.clip(np.floor(low - 2).astype(int), 0, size - 1)
        x1, y1 = np.clip(np.ceil(high + 2).astype(int), [x0 + 1, y0 + 1], size)
        return int(x0), int(y0), int(x1), int(y1)

    def maps_mm(self, window: tuple[int, int, int, int]) -> tuple[Float32, Float32]:
        if window not in self._maps:
            self._maps[window] = sampling_maps(self.pose, window)
        return self._maps[window]

    def card_map(self, values: Float32) -> Float32:
        """A mask-space map as the card's window of the picture sees it; 0 outside."""
        x, y = self.maps_mm(self.card)
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

    def part(self, picture: Float32, window: tuple[int, int, int, int]) -> Float32:
        x0, y0, x1, y1 = window
        return picture[y0:y1, x0:x1]


def _photograph(worn: Worn, view: _View, table: UInt8, flat: bool) -> Float32:
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
    x_mm, y_mm = view.maps_mm(view.card)
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
    part = view.part(light, view.card)
    if not flat:
        _contact_shadow(light, view, seen[..., 3])
    part *= 1 - seen[..., 3:]
    part += seen[..., :3]
    return light


def _contact_shadow(light: Float32, view: _View, alpha: Float32) -> None:
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


def _illumination(rng: np.random.Generator, size: tuple[int, int], scene: str) -> Float32:
    """Uneven light over the picture: a slope, fall-off, vignetting. (H, W) float32."""
    y, x = np.mgrid[-1:1:60j, -1:1:80j].astype(np.float32)
    turn = rng.uniform(0, 2 * np.pi)
    slope, fall = rng.uniform(0, 0.28), rng.uniform(0.02, 0.16)
    if scene == "scan":
        slope, fall = 0.0, 0.01
    even = (1 + slope * (x * np.cos(turn) + y * np.sin(turn))) * (1 - fall * (x**2 + y**2))
    return np.asarray(cv2.resize(even.astype(np.float32), size), np.float32)


def _shot(rng: np.random.Generator, px_per_mm: float, scene: str) -> camera.Shot:
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


def _lay_on(
    light: Float32,
    view: _View,
    drawn: DrawnCard,
    aims: Mapping[str, tuple[float, Box | None]],
    faults: list[Fault],
    seed: int,
    split: str,
    scene: str,
) -> Callable[[UInt8], UInt8] | None:
    """Lay on the picture what lies on the card; returns what is drawn on the finished picture."""
    full = np.ones(MASK_SHAPE, np.float32)
    if "relaminated" in aims:
        severity, _ = aims["relaminated"]
        haze = conditions.film(stream(split, seed, "film"), severity)
        light += view.wide_map(haze)[..., None] * (0.85 - light)
        veil = conditions.on_card(haze)
        faults.append(Fault("relaminated", "card", severity, full * severity, 1 - veil))
    if "shadow" in aims:
        severity, box = aims["shadow"]
        through = conditions.cast_shadow(stream(split, seed, "shadow"), severity, box)
        light *= view.wide_map(through)[..., None]
        mask = 1 - conditions.on_card(through)
        faults.append(Fault("shadow", "capture", severity, mask, full))
    if "glare" in aims:
        severity, box = aims["glare"]
        veil = conditions.glare_veil(stream(split, seed, "glare"), severity, box)
        added = view.card_map(veil)
        bloom = cv2.GaussianBlur(
            cv2.resize(added, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA),
            (0, 0),
            max(0.25 * view.pose.px_per_mm, 0.5),
        )
        bloom = cv2.resize(bloom, added.shape[::-1], interpolation=cv2.INTER_LINEAR)
        view.part(light, view.card)[:] += (0.85 * added + 0.15 * bloom)[..., None]
        kept = conditions.kept_under_veil(veil)
        faults.append(Fault("glare", "capture", severity, np.clip(veil, 0, 1), kept))
    thumbs: list[tuple[str, float, Box | None, int | None]] = []
    if "occluded" in aims:
        thumbs.append(("occluded", *aims["occluded"], None))
    if scene == "hand":
        grip = stream(split, seed, "grip")
        held = int(grip.integers(1, 3))
        for side in grip.permutation(4)[:held]:
            thumbs.append((f"grip {side}", float(grip.uniform(0.0, 0.18)), None, int(side)))
    cover_card = np.zeros(MASK_SHAPE, np.float32)
    worst = 0.0
    for name, severity, box, side in thumbs:
        rng = stream(split, seed, f"finger {name}")
        cover, colour = conditions.finger(rng, severity, box, side)
        flesh = np.dstack([camera.LINEAR[colour.astype(np.uint8)] * cover[..., None], cover])
        seen = view.wide_map(np.asarray(flesh, np.float32))
        near = np.asarray(cv2.GaussianBlur(cover, (0, 0), 4.0), np.float32)
        light *= (1 - 0.35 * view.wide_map(near)[..., None]) * (1 - seen[..., 3:])
        light += seen[..., :3]
        cover_card = np.maximum(cover_card, conditions.on_card(cover))
        worst = max(worst, severity)
    if thumbs and cover_card.max() > 0:
        faults.append(Fault("occluded", "capture", worst, cover_card, 1 - cover_card))
    if "overlay_on_field" not in aims:
        return None
    severity, box = aims["overlay_on_field"]
    writing, rgb = conditions.overlay(stream(split, seed, "overlay"), severity, box, drawn.style)
    faults.append(Fault("overlay_on_field", "capture", severity, writing, 1 - writing))
    seen_writing = view.card_map(writing)[..., None]

    def write(pixels: UInt8) -> UInt8:
        x0, y0, x1, y1 = view.card
        part = pixels[y0:y1, x0:x1]
        part[:] = np.clip(part + seen_writing * (rgb - part), 0, 255).astype(np.uint8)
        return pixels

    return write


def _set_shot(
    shot: camera.Shot,
    wanted: Mapping[str, tuple[float, str | None]],
    faults: list[Fault],
    px_per_mm: float,
    rng: np.random.Generator,
) -> None:
    """Turn the shot's faults into settings of the camera."""
    full = np.ones(MASK_SHAPE, np.float32)
    angle = float(rng.uniform(0, 180))
    tint = _TINTS[int(rng.integers(len(_TINTS)))]
    for name in _SHOT_FAULTS:
        if name not in wanted:
            continue
        severity, _ = wanted[name]
        kept = full
        if name == "blur_focus":
            shot.focus_px = float(np.hypot(shot.focus_px, 0.45 * severity**1.2 * px_per_mm))
        elif name == "blur_motion":
            shot.motion_px, shot.motion_deg = 1.7 * severity**1.2 * px_per_mm, angle
        elif name == "too_dark":
            shot.exposure *= 2.0 ** (-6.0 * severity)
            shot.noise *= 1 + 2.5 * severity
            shot.read_noise *= 1 + 1.5 * severity
        elif name == "too_bright":
            shot.exposure *= 2.0 ** (4.0 * severity)
            shot.flare += 0.05 * severity**2
            veil = np.full(MASK_SHAPE, shot.flare, np.float32)
            kept = conditions.kept_under_veil(veil, shot.exposure)
        elif name == "photocopy":
            shot.copy = severity
        elif name == "screen_capture":
            shot.screen = severity
        elif name == "compression":
            shot.quality = int(max(round(48 * (1 - severity) ** 1.5), 3))
        elif name == "colour_cast":
            red, green, blue = (
                gain * (1 - severity + severity * of)
                for gain, of in zip(shot.gains, tint, strict=True)
            )
            shot.gains = (red, green, blue)
        faults.append(Fault(name, "capture", severity, full, kept))


#: Colours of bad light, as gains at full severity.
_TINTS: Final = ((1.0, 0.72, 0.4), (0.55, 0.8, 1.0), (0.7, 1.0, 0.6), (1.0, 0.65, 0.95))
