"""A drawn card seen by a camera: the capture and its truth."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from ktpcheck.fields import FIELDS
from ktpcheck.geometry import CARD_HEIGHT_MM, CARD_WIDTH_MM, Box, Float32, UInt8
from ktpcheck.layout import LAYOUTS
from ktpcheck.records import Outline, Placement
from ktpcheck.synth import camera, truth
from ktpcheck.synth.card import DrawnCard, draw_card
from ktpcheck.synth.clutter import lay_cards, strew
from ktpcheck.synth.faults import CARD_FAULTS, wear
from ktpcheck.synth.pose import solve
from ktpcheck.synth.scenes import SCENES, draw_size, draw_table, draw_wish
from ktpcheck.synth.screens import draw_viewer, set_up_laptop
from ktpcheck.synth.shooting import (
    LAID_ON,
    SHOT_FAULTS,
    Bench,
    lay_on,
    ordinary_shot,
    part_out_of_focus,
    send_on,
    set_shot,
)
from ktpcheck.synth.splits import SPLITS, stream
from ktpcheck.synth.view import View, illumination, lean_focus, photograph

#: Changes whenever the same seed gives other bytes, or another truth of them.
SIMULATOR_VERSION: Final = "6"

#: Faults of the pose.
_POSE_FAULTS: Final = ("low_resolution", "skew", "cropped", "bent")

#: Local faults: one that is asked for is to be seen doing harm, so it mostly lies on some field.
_MOSTLY_ON_A_FIELD: Final = frozenset(
    {
        "glare",
        "shadow",
        "occluded",
        "overlay_on_field",
        "stain",
        "laminate_bubble",
        "laminate_peel",
        "crack",
        "hole_punch",
    }
)

#: Every defect that ``make_capture`` can provoke, by guidance id.
DEFECTS: Final = (*LAID_ON, *SHOT_FAULTS, *_POSE_FAULTS, *CARD_FAULTS)


@dataclass(frozen=True, eq=False)
class Capture:
    """One simulated photo and the truth about it.

    ``pixels`` is (H, W, 3) uint8 RGB as displayed. ``fields`` maps field keys to printed text,
    ``visible_ink`` to the share 0..1 of its ink that is left to see, ``boxes`` to its boxes in
    millimetres. ``masks`` maps defect ids to (h, w) float32 at ``MASK_PX_PER_MM``. ``others_px``
    are the outlines of other people's e-KTPs in the picture, which the card is not: it is the most
    central and shows the most.
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
    others_px: tuple[Float32, ...] = ()

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
            "others_px": [
                np.asarray(corners, np.float64).round(3).tolist() for corners in self.others_px
            ],
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
    chosen = defects is not None
    if defects is None:
        defects = _ordinary(stream(split, seed, "ordinary"), scene)
    wanted = _parse(defects)
    drawn = draw_card(seed, split, layout, wrapped)
    aims = {}
    for name, (severity, target) in wanted.items():
        aim = _aim(drawn, name, target)
        if aim is None and chosen and name in _MOSTLY_ON_A_FIELD:
            aim = _some_field(drawn, stream(split, seed, f"field {name}"))
        aims[name] = severity, aim
    worn, faults = wear(drawn, aims, split, seed)
    size = size_px or draw_size(split, seed, scene)
    if shot < 0:
        raise ValueError(f"shot must be 0 or more, not {shot}")
    # Everything that belongs to the shot draws from a seed of the shot's own.
    taken = seed if shot == 0 else zlib.crc32(f"{seed} shot {shot}".encode())
    viewer = None
    if scene == "gallery":
        # The camera saw what the viewer's window shows.
        viewer = draw_viewer(stream(split, taken, "viewer"), size, split)
        size = viewer.size_px
    if scene == "laptop":
        much = float(stream(split, taken, "laptop grid").uniform(0.3, 0.75))
        wanted.setdefault("screen_capture", (much, None))
        aims.setdefault("screen_capture", (much, None))
    wish = draw_wish(scene, stream(split, taken, f"pose {scene}"), size, wanted, rotation_deg)
    pose = solve(wish, size)
    table, background = draw_table(scene, split, taken, size, wanted)
    others: tuple[Float32, ...] = ()
    laptop = None
    if scene == "clutter":
        table = strew(table, pose, split, stream(split, taken, "clutter"))
    elif scene == "several":
        others = lay_cards(table, pose, split, stream(split, taken, "others"))
    elif scene == "laptop":
        laptop = set_up_laptop(
            table, pose, split, stream(split, taken, "laptop"), wish.rotation_deg
        )
    scale = pose.px_per_mm
    view = View(pose)
    flat = scene == "scan" or ("screen_capture" in wanted and laptop is None)
    light = photograph(worn, view, table, flat=flat)
    light *= illumination(stream(split, taken, "light"), size, scene)[..., None]
    if laptop is not None:
        light *= laptop.dimmed(stream(split, taken, "room"))[..., None]
    after = lay_on(Bench(light, view, drawn.style, split, taken), aims, scene, faults)
    settings = ordinary_shot(stream(split, taken, "shot"), scale, scene)
    if scene == "chat":
        send_on(settings, stream(split, taken, "chat"))
    if laptop is not None:
        settings.screen_px, settings.screen_deg = laptop.pixel_px, laptop.turn_deg
    set_shot(settings, wanted, scale, stream(split, taken, "blur"), faults)
    middle = pose.project(np.array([[CARD_WIDTH_MM / 2, CARD_HEIGHT_MM / 2]], np.float32))[0]
    settings.middle_px = float(middle[0]), float(middle[1])
    faults.extend(truth.pose_faults(pose))
    focus = lean_focus(view, stream(split, taken, "focus"))
    printed = (box for boxes in drawn.boxes.values() for box in boxes)
    uneven = part_out_of_focus(focus.on_card_mm, printed)
    if uneven.severity >= truth.BLURRED_FROM and "blur_focus" not in wanted:
        faults.append(uneven)
    pixels = camera.develop(
        light,
        settings,
        stream(split, taken, "noise"),
        after,
        focus.blur_px,
        laptop.lit if laptop is not None else None,
    )
    corners, face = pose.corners_px, pose.project(drawn.face.corners_mm)
    if viewer is not None:
        pixels = viewer.save(pixels, stream(split, taken, "saved"))
        corners, face = corners + viewer.corner_px, face + viewer.corner_px
    low, high = face.min(axis=0), face.max(axis=0)
    return Capture(
        pixels=pixels,
        outline=Outline(corners, 1.0, truth.sides(pose)),
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
        others_px=others,
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


def _some_field(drawn: DrawnCard, rng: np.random.Generator) -> Box | None:
    """A field for a fault that was asked for without an aim; one in five strikes anywhere."""
    names = sorted(drawn.boxes)
    weights = np.array([2.0 if FIELDS[name].required else 1.0 for name in names])
    name = names[int(rng.choice(len(names), p=weights / weights.sum()))]
    return drawn.boxes[name][0] if rng.random() < 0.8 else None
