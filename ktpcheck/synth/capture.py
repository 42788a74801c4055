"""A drawn card seen by a camera: the capture and its truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

import cv2
import numpy as np

from ktpcheck.fields import FIELDS
from ktpcheck.geometry import (
    CARD_CORNERS_MM,
    CARD_HEIGHT_MM,
    CARD_WIDTH_MM,
    Box,
    Float32,
    UInt8,
)
from ktpcheck.records import Outline, Placement, SideState
from ktpcheck.synth import camera
from ktpcheck.synth.backgrounds import draw_background
from ktpcheck.synth.card import DrawnCard, draw_card
from ktpcheck.synth.conditions import (
    MASK_PX_PER_MM,
    MASK_SHAPE,
    Fault,
    cast_shadow,
    finger,
    glare_veil,
    kept_under_veil,
)
from ktpcheck.synth.pose import Pose, Wish, sampling_maps, solve
from ktpcheck.synth.splits import SPLITS, stream
from ktpcheck.synth.type import CARD_PX_PER_MM

#: Changes whenever the same seed gives other bytes.
SIMULATOR_VERSION: Final = "1"

#: Sizes of phone pictures and how often they are drawn.
_SIZES: Final = (
    ((1600, 1200), 0.3),
    ((2400, 1800), 0.25),
    ((1200, 1600), 0.12),
    ((4000, 3000), 0.13),
    ((3000, 4000), 0.12),
    ((1920, 1080), 0.08),
)


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
        """Everything known about the capture, ready for JSON."""
        return {
            "simulator": SIMULATOR_VERSION,
            "seed": self.seed,
            "split": self.split,
            "scene": self.scene,
            "size_px": [int(self.pixels.shape[1]), int(self.pixels.shape[0])],
            "outline_px": np.asarray(self.outline.corners_px, np.float64).round(3).tolist(),
            "sides": dict(self.outline.sides),
            "layout": self.placement.layout,
            "shift_mm": list(self.placement.shift_mm),
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


@dataclass(frozen=True)
class Scene:
    """Ranges a scene draws its pose from."""

    share: tuple[float, float]
    tilt: tuple[float, float]
    offset: float
    turn: tuple[float, float] = (-14.0, 14.0)
    quarter: float = 0.12
    backgrounds: tuple[str, ...] | None = None


#: Every scene by name.
SCENES: Final[Mapping[str, Scene]] = MappingProxyType(
    {
        "desk": Scene((0.55, 0.88), (0, 16), 0.06),
        "hand": Scene((0.55, 0.8), (0, 20), 0.05),
        "scan": Scene((0.5, 1.0), (0, 0), 0.0, (-2.0, 2.0), 0.0),
        "cut": Scene((0.75, 1.0), (0, 12), 0.0),
        "tiny": Scene((0.14, 0.24), (0, 18), 0.25, (-30.0, 30.0)),
        "full": Scene((0.93, 1.0), (0, 6), 0.01, (-3.0, 3.0)),
        "rotated": Scene((0.6, 0.85), (0, 14), 0.05, (0.0, 360.0), 0.0),
        "steep": Scene((0.6, 0.85), (24, 38), 0.05),
    }
)


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
        A key of ``SCENES``.
    defects : mapping of str to float, optional
        Severity 0..1 by defect id, aimed at a field by ``id@field`` (``glare@nik``). None: an
        ordinary, moderately difficult capture.
    size_px : tuple of int, optional
        Width and height.
    wrapped : tuple of str, optional
        Rows that take extra lines (``nama``, ``alamat``; twice for three lines).
    rotation_deg : float, optional
        How far the card stands turned clockwise.

    Returns
    -------
    Capture

    Raises
    ------
    ValueError
        If split, layout, scene or a defect is unknown.
    """
    if scene not in SCENES:
        raise ValueError(f"no scene {scene!r}; there are {', '.join(SCENES)}")
    wanted = _parse(defects or {})
    drawn = draw_card(seed, split, layout, wrapped)
    size = size_px or _size(stream(split, seed, "size"))
    wish = _wish(scene, stream(split, seed, f"pose {scene}"), size, wanted, rotation_deg)
    pose = solve(wish, size)
    kind, table = scene, _background(scene, split, stream(split, seed, "table"), size)
    faults: list[Fault] = []
    light = _photograph(drawn, pose, table)
    window = _window(pose, 0)
    scale = _px_per_mm(pose)
    rng_light = stream(split, seed, "light")
    light *= _illumination(rng_light, size)[..., None]
    shot = _shot(stream(split, seed, "shot"), scale, kind)
    _lay_on(light, pose, window, drawn, wanted, faults, seed, split)
    _set_shot(shot, wanted, faults, scale, stream(split, seed, "blur"))
    pixels = camera.develop(light, shot, stream(split, seed, "noise"))
    visible = _visible_ink(drawn, pose, faults)
    corners = pose.corners_px
    face = pose.project(drawn.face.corners_mm)
    low, high = face.min(axis=0), face.max(axis=0)
    return Capture(
        pixels=pixels,
        outline=Outline(corners, 1.0, _sides(pose)),
        placement=drawn.placement,
        fields=dict(drawn.person.fields),
        visible_ink=visible,
        boxes=drawn.boxes,
        defects=[_row(fault, drawn) for fault in faults],
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
            "typeface": drawn.style.typeface,
            "bold": drawn.style.bold,
            "nik_face": drawn.nik_face,
            "ground": drawn.ground,
            "exposure": round(shot.exposure, 4),
            "quality": shot.quality,
        },
    )


#: Every defect that ``make_capture`` can provoke.
DEFECTS: Final = (
    "glare",
    "blur_motion",
    "blur_focus",
    "too_dark",
    "too_bright",
    "shadow",
    "low_resolution",
    "occluded",
    "skew",
    "photocopy",
    "compression",
    "colour_cast",
)


def _parse(defects: Mapping[str, float]) -> dict[str, tuple[float, str | None]]:
    """``id@field`` keys into id: (severity, field)."""
    wanted = {}
    for key, severity in defects.items():
        name, _, aim = key.partition("@")
        if name not in DEFECTS:
            raise ValueError(f"no defect {name!r}; there are {', '.join(DEFECTS)}")
        if aim and aim not in FIELDS and aim != "portrait":
            raise ValueError(f"no field {aim!r}")
        if not 0 <= severity <= 1:
            raise ValueError(f"severity of {name} must be 0..1, not {severity}")
        wanted[name] = (float(severity), aim or None)
    return wanted


def _size(rng: np.random.Generator) -> tuple[int, int]:
    weights = np.array([weight for _, weight in _SIZES])
    return _SIZES[int(rng.choice(len(_SIZES), p=weights / weights.sum()))][0]


def _wish(
    name: str,
    rng: np.random.Generator,
    size: tuple[int, int],
    wanted: Mapping[str, tuple[float, str | None]],
    rotation_deg: float | None,
) -> Wish:
    scene = SCENES[name]
    rotation = float(rng.uniform(*scene.turn))
    quarter = float(rng.integers(1, 4)) * 90.0
    if rng.random() < scene.quarter:
        rotation += quarter
    elif name != "rotated" and size[1] > size[0] and rng.random() < 0.35:
        # Upright phones often hold the card along their long side.
        rotation += 90.0 if rng.random() < 0.7 else 270.0
    if name == "rotated" and rng.random() < 0.4:
        rotation = quarter + float(rng.uniform(-4, 4))
    tilt = float(rng.uniform(*scene.tilt))
    share = float(rng.uniform(*scene.share))
    offset = 0.5 + rng.uniform(-scene.offset, scene.offset, 2)
    distortion = float(rng.uniform(-0.02, 0.02))
    axis = float(rng.uniform(0, 360))
    margin_free = rng.random() < 0.5
    side, depth = int(rng.integers(4)), float(rng.uniform(0.06, 0.22))
    if rotation_deg is not None:
        rotation = rotation_deg
    if "skew" in wanted:
        tilt = 14 + 44 * wanted["skew"][0]
    if name == "scan":
        distortion = 0.0
        if margin_free and rotation_deg is None:
            rotation, share = 0.0, 1.0
    if "low_resolution" in wanted:
        px_per_mm = 12 * (2.4 / 12) ** wanted["low_resolution"][0]
        turned = np.deg2rad(rotation)
        flat = (
            abs(CARD_WIDTH_MM * np.cos(turned)) + abs(CARD_HEIGHT_MM * np.sin(turned)),
            abs(CARD_WIDTH_MM * np.sin(turned)) + abs(CARD_HEIGHT_MM * np.cos(turned)),
        )
        share = min(share, float(px_per_mm / min(size[0] / flat[0], size[1] / flat[1])))
    centre = [float(offset[0]), float(offset[1])]
    if name == "cut":
        # Push one side of the picture across the card.
        axis_index = side % 2
        reach = share * 0.5 * (1.0 if axis_index == 0 else 0.9)
        low = reach - depth
        centre[axis_index] = low if side < 2 else 1 - low
        if margin_free:
            other = 1 - axis_index
            centre[other] = 0.5 + float(rng.uniform(-0.3, 0.3)) * depth
    return Wish(share, (centre[0], centre[1]), rotation, tilt, axis, distortion)


def _background(scene: str, split: str, rng: np.random.Generator, size: tuple[int, int]) -> UInt8:
    kinds = SPLITS[split].backgrounds
    kind = kinds[int(rng.integers(len(kinds)))]
    if scene == "scan":
        shade = rng.uniform(225, 252) if rng.random() < 0.8 else rng.uniform(5, 40)
        return np.full((size[1], size[0], 3), shade, np.uint8)
    return draw_background(kind, rng, size)


def _window(pose: Pose, margin: int) -> tuple[int, int, int, int]:
    """The part of the picture that the card touches."""
    corners = pose.corners_px
    width, height = pose.size_px
    low = np.floor(corners.min(axis=0)).astype(int) - margin - 2
    high = np.ceil(corners.max(axis=0)).astype(int) + margin + 2
    x0, y0 = np.clip(low, 0, [width - 1, height - 1])
    x1, y1 = np.clip(high, [x0 + 1, y0 + 1], [width, height])
    return int(x0), int(y0), int(x1), int(y1)


def _px_per_mm(pose: Pose) -> float:
    area = cv2.contourArea(pose.corners_px)
    return float(np.sqrt(area / (CARD_WIDTH_MM * CARD_HEIGHT_MM)))


def _photograph(drawn: DrawnCard, pose: Pose, table: UInt8) -> Float32:
    """The card on its table in even light: (H, W, 3) float32 linear."""
    light = camera.LINEAR[table]
    x0, y0, x1, y1 = window = _window(pose, 0)
    x_mm, y_mm = sampling_maps(pose, window)
    source = np.dstack([drawn.printed(), drawn.alpha * 255.0]).astype(np.float32)
    source[..., :3] = camera.LINEAR[np.clip(source[..., :3], 0, 255).astype(np.uint8)]
    source[..., 3] /= 255.0
    per_mm = CARD_PX_PER_MM
    shrink = CARD_PX_PER_MM / _px_per_mm(pose)
    if shrink > 1.2:
        # Sampling points of a finer source aliases: shrink it by area first.
        size = (round(source.shape[1] / shrink), round(source.shape[0] / shrink))
        source = cv2.resize(source, size, interpolation=cv2.INTER_AREA)
        per_mm = source.shape[1] / CARD_WIDTH_MM
    seen = cv2.remap(
        source,
        x_mm * per_mm - 0.5,
        y_mm * per_mm - 0.5,
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=0,
    )
    part = light[y0:y1, x0:x1]
    alpha = seen[..., 3:]
    # Where the edge is sampled against nothing, colour has been darkened with alpha.
    part *= 1 - alpha
    part += seen[..., :3] * np.minimum(alpha, 1)
    return light


def _illumination(rng: np.random.Generator, size: tuple[int, int]) -> Float32:
    """Uneven light over the picture: a slope, fall-off, vignetting. (H, W) float32."""
    small = (60, 80)
    y, x = np.mgrid[-1 : 1 : complex(small[0]), -1 : 1 : complex(small[1])].astype(np.float32)
    turn = rng.uniform(0, 2 * np.pi)
    slope = rng.uniform(0, 0.28)
    field_ = 1 + slope * (x * np.cos(turn) + y * np.sin(turn))
    field_ *= 1 - rng.uniform(0.02, 0.16) * (x**2 + y**2)
    return np.asarray(cv2.resize(field_.astype(np.float32), size), np.float32)


def _shot(rng: np.random.Generator, px_per_mm: float, scene: str) -> camera.Shot:
    """An ordinary shot: small faults of every kind."""
    warmth = rng.normal(0, 0.05)
    shot = camera.Shot(
        exposure=float(rng.uniform(0.85, 1.3)),
        gains=(float(1 + warmth), 1.0, float(1 - warmth)),
        focus_px=float(max(rng.uniform(0.4, 0.9), px_per_mm * rng.uniform(0.02, 0.07))),
        noise=float(rng.uniform(0.004, 0.022)),
        read_noise=float(rng.uniform(0.001, 0.004)),
        sharpen=float(rng.uniform(0, 0.8)),
        lift=float(rng.uniform(0, 0.5)),
        flare=float(rng.uniform(0, 0.02)),
        quality=int(rng.integers(70, 97)),
    )
    if scene == "scan":
        shot.noise, shot.read_noise, shot.gains = 0.004, 0.001, (1.0, 1.0, 1.0)
        shot.exposure, shot.flare = 1.1, 0.0
    return shot


def _lay_on(
    light: Float32,
    pose: Pose,
    window: tuple[int, int, int, int],
    drawn: DrawnCard,
    wanted: Mapping[str, tuple[float, str | None]],
    faults: list[Fault],
    seed: int,
    split: str,
) -> None:
    """Faults that lie on the card in the picture."""
    x0, y0, x1, y1 = window
    part = light[y0:y1, x0:x1]
    full = np.ones(MASK_SHAPE, np.float32)
    maps: tuple[Float32, Float32] | None = None

    def on_photo(card_map: Float32) -> Float32:
        nonlocal maps
        if maps is None:
            x_mm, y_mm = sampling_maps(pose, window)
            maps = (x_mm * MASK_PX_PER_MM - 0.5, y_mm * MASK_PX_PER_MM - 0.5)
        return np.asarray(
            cv2.remap(card_map, *maps, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT),
            np.float32,
        )

    if "shadow" in wanted:
        severity, aim = wanted["shadow"]
        through = cast_shadow(stream(split, seed, "shadow"), severity, _aim(drawn, aim))
        part *= 1 - on_photo(1 - through)[..., None]
        faults.append(Fault("shadow", "capture", severity, 1 - through, full))
    if "glare" in wanted:
        severity, aim = wanted["glare"]
        veil = glare_veil(stream(split, seed, "glare"), severity, _aim(drawn, aim))
        added = on_photo(veil)
        bloom = cv2.GaussianBlur(added, (0, 0), max(0.6 * _px_per_mm(pose), 1.0))
        part += (0.85 * added + 0.15 * bloom)[..., None]
        faults.append(
            Fault("glare", "capture", severity, np.clip(veil, 0, 1), kept_under_veil(veil))
        )
    if "occluded" in wanted:
        severity, aim = wanted["occluded"]
        cover, colour = finger(stream(split, seed, "finger"), severity, _aim(drawn, aim))
        seen = on_photo(
            np.dstack([cover, camera.LINEAR[colour.astype(np.uint8)] * cover[..., None]])
        )
        part *= 1 - seen[..., :1]
        part += seen[..., 1:]
        faults.append(Fault("occluded", "capture", severity, cover, 1 - cover))


def _aim(drawn: DrawnCard, name: str | None) -> Box | None:
    if name is None:
        return None
    if name == "portrait":
        return drawn.placement.portrait
    boxes = drawn.boxes[name]
    return boxes[0]


def _set_shot(
    shot: camera.Shot,
    wanted: Mapping[str, tuple[float, str | None]],
    faults: list[Fault],
    px_per_mm: float,
    rng: np.random.Generator,
) -> None:
    """Faults of the whole shot."""
    full = np.ones(MASK_SHAPE, np.float32)
    angle = float(rng.uniform(0, 180))
    tint = int(rng.integers(4))
    for name, (severity, _) in wanted.items():
        if name in {"glare", "shadow", "occluded"} or severity == 0:
            continue
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
            gain = 2.0 ** (4.6 * severity)
            shot.exposure *= gain
            shot.flare += 0.05 * severity**2
            kept = kept_under_veil(np.full(MASK_SHAPE, shot.flare, np.float32), shot.exposure)
        elif name == "photocopy":
            shot.grey = min(1.0, 0.5 + severity)
        elif name == "compression":
            shot.quality = int(max(round(48 * (1 - severity) ** 1.5), 3))
        elif name == "colour_cast":
            tints = ((1.0, 0.72, 0.4), (0.55, 0.8, 1.0), (0.7, 1.0, 0.6), (1.0, 0.65, 0.95))
            shot.gains = tuple(  # type: ignore[assignment]
                float(g * (1 - severity + severity * t))
                for g, t in zip(shot.gains, tints[tint], strict=True)
            )
        faults.append(Fault(name, "capture", severity, full, kept))


def _visible_ink(drawn: DrawnCard, pose: Pose, faults: list[Fault]) -> dict[str, float]:
    """Share of each field's ink whose contrast and place survive."""
    kept = np.ones(MASK_SHAPE, np.float32)
    for fault in faults:
        kept = kept * fault.kept
    seen = np.clip((kept - 0.15) / 0.35, 0, 1) * _framed(pose)
    ink = cv2.resize(drawn.ink, MASK_SHAPE[::-1], interpolation=cv2.INTER_AREA)
    visible = {}
    for key, boxes in drawn.boxes.items():
        total = left = 0.0
        for box in boxes:
            part = box.slices(MASK_SHAPE)
            total += float(ink[part].sum())
            left += float((ink[part] * seen[part]).sum())
        visible[key] = left / total if total > 0 else 0.0
    return visible


def _framed(pose: Pose) -> Float32:
    """Where on the card the picture shows it, MASK_SHAPE float32."""
    step = MASK_PX_PER_MM
    x = (np.arange(0, MASK_SHAPE[1], step) + 0.5) / MASK_PX_PER_MM
    y = (np.arange(0, MASK_SHAPE[0], step) + 0.5) / MASK_PX_PER_MM
    at = pose.project(np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2).astype(np.float32))
    inside = ((at >= 0) & (at < np.array(pose.size_px))).all(axis=1)
    coarse = inside.reshape(len(y), len(x)).astype(np.float32)
    return np.asarray(
        cv2.resize(coarse, MASK_SHAPE[::-1], interpolation=cv2.INTER_NEAREST), np.float32
    )


def _sides(pose: Pose) -> dict[str, SideState]:
    """A side is off the frame when more than a tenth of it lies outside."""
    states: dict[str, SideState] = {}
    width, height = pose.size_px
    for index, name in enumerate(("top", "right", "bottom", "left")):
        start, end = CARD_CORNERS_MM[index], CARD_CORNERS_MM[(index + 1) % 4]
        t = np.linspace(0.02, 0.98, 49, dtype=np.float32)[:, None]
        at = pose.project(start * (1 - t) + end * t)
        inside = ((at >= -0.5) & (at <= np.array([width, height]) + 0.5)).all(axis=1)
        states[name] = "visible" if inside.mean() > 0.9 else "off_frame"
    return states


def _row(fault: Fault, drawn: DrawnCard) -> dict[str, Any]:
    touched = []
    for key, boxes in drawn.boxes.items():
        parts = [fault.mask[box.slices(MASK_SHAPE)] for box in boxes]
        if max(float((part > 0.15).mean()) for part in parts) > 0.05:
            touched.append(key)
    return {
        "id": fault.id,
        "kind": fault.kind,
        "severity": round(fault.severity, 4),
        "regions": touched,
    }
