"""A plain drawn card for the tests of the measures: invented text on a pale blue ground."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ktpcheck.fields import FIELDS
from ktpcheck.geometry import CANVAS_HEIGHT_PX, CANVAS_WIDTH_PX, PX_PER_MM, Box, UInt8
from ktpcheck.layout import PRINTED, ROW_LABELS
from ktpcheck.measures import Seen
from ktpcheck.records import Card, Outline, Photo, Placement
from ktpcheck.rectify import rectify

#: Faults that the network has a map of.
FAULTS = (
    *("glare", "shadow", "occluded", "overlay_on_field", "scratch", "crack", "laminate_peel"),
    *("laminate_bubble", "stain", "print_faded", "text_missing", "broken", "hole_punch"),
    "photo_worn",
)

VALUES = {
    "provinsi": "PROVINSI CONTOH",
    "kabupaten_kota": "KOTA SPECIMEN",
    "nik": "3171015508900000",
    "nama": "SPECIMEN CONTOH",
    "tempat_tgl_lahir": "CONTOH, 15-08-1990",
    "jenis_kelamin": "PEREMPUAN",
    "alamat": "JL. CONTOH NO. 12",
    "rt_rw": "007/008",
    "kel_desa": "KELURAHAN CONTOH",
    "kecamatan": "KECAMATAN CONTOH",
    "agama": "ISLAM",
    "status_perkawinan": "BELUM KAWIN",
    "pekerjaan": "KARYAWAN SWASTA",
    "kewarganegaraan": "WNI",
    "berlaku_hingga": "SEUMUR HIDUP",
    "golongan_darah": "AB",
    "tempat_terbit": "KOTA SPECIMEN",
    "tanggal_terbit": "02-11-2016",
}


def _at(draw: ImageDraw.ImageDraw, text: str, x: float, baseline: float, cap: float) -> Box:
    font = ImageFont.load_default(size=cap * PX_PER_MM / 0.7)
    draw.text(
        (x * PX_PER_MM, baseline * PX_PER_MM), text, font=font, fill=(40, 40, 45), anchor="ls"
    )
    x0, y0, x1, y1 = draw.textbbox(
        (x * PX_PER_MM, baseline * PX_PER_MM), text, font=font, anchor="ls"
    )
    return Box(x0 / PX_PER_MM, y0 / PX_PER_MM, x1 / PX_PER_MM, y1 / PX_PER_MM)


@lru_cache(maxsize=1)
def _drawn() -> tuple[bytes, Placement]:
    layout = PRINTED
    y, x = np.mgrid[0:CANVAS_HEIGHT_PX, 0:CANVAS_WIDTH_PX].astype(np.float32)
    wave = 4 * np.sin(y / 6 + 3 * np.sin(x / 60))
    ground = np.stack([185 + wave, 215 + wave, 240 + wave], axis=2)
    picture = Image.fromarray(np.clip(ground, 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(picture)
    frame = [
        v * PX_PER_MM
        for v in (layout.portrait.x0, layout.portrait.y0, layout.portrait.x1, layout.portrait.y1)
    ]
    draw.rectangle(frame, fill=(170, 60, 60))
    middle = (frame[0] + frame[2]) / 2
    draw.ellipse([middle - 80, frame[1] + 60, middle + 80, frame[1] + 270], fill=(205, 165, 140))
    draw.ellipse([middle - 130, frame[1] + 280, middle + 130, frame[3] + 100], fill=(60, 60, 90))
    for dx in (-35, 35):
        draw.ellipse(
            [middle + dx - 9, frame[1] + 150, middle + dx + 9, frame[1] + 162], fill=(30, 20, 20)
        )
    draw.rectangle([frame[0], frame[3], frame[2], frame[3] + 110], fill=(185, 215, 240))
    labels, lines = {}, {}
    labels["nik"] = _at(draw, "NIK", layout.nik_label_x[0], layout.nik_baseline, 2.4)
    for row, label in ROW_LABELS.items():
        baseline = layout.row_baseline(row)
        labels[row] = _at(draw, label, layout.row_label_x(row), baseline, layout.cap_height)
        _at(draw, ":", layout.colon_x, baseline, layout.cap_height)
        lines[row] = (_at(draw, VALUES[row], layout.value_x, baseline, layout.cap_height),)
    labels["golongan_darah"] = _at(
        draw, "Gol. Darah", 42.2, layout.row_baseline("jenis_kelamin"), 1.55
    )
    lines["golongan_darah"] = (
        _at(draw, VALUES["golongan_darah"], 54.4, layout.row_baseline("jenis_kelamin"), 1.55),
    )
    lines["provinsi"] = (_at(draw, VALUES["provinsi"], 32.0, 4.43, 2.05),)
    lines["kabupaten_kota"] = (_at(draw, VALUES["kabupaten_kota"], 32.0, 7.28, 2.05),)
    lines["nik"] = (_at(draw, VALUES["nik"], layout.nik_first_digit_x, layout.nik_baseline, 2.4),)
    lines["tempat_terbit"] = (_at(draw, VALUES["tempat_terbit"], 63.0, 37.87, 1.45),)
    lines["tanggal_terbit"] = (_at(draw, VALUES["tanggal_terbit"], 65.0, 39.87, 1.45),)
    placement = Placement("printed", (0.0, 0.0), lines, labels, layout.portrait)
    return picture.tobytes(), placement


def pixels() -> UInt8:
    """The drawn card, (864, 1370, 3) uint8, sharp and clean (edges softened as by a lens)."""
    raw, _ = _drawn()
    shape = (CANVAS_HEIGHT_PX, CANVAS_WIDTH_PX, 3)
    sharp = np.frombuffer(raw, np.uint8).reshape(shape)
    return np.asarray(cv2.GaussianBlur(sharp, (0, 0), 1.0), np.uint8)


def placement() -> Placement:
    return _drawn()[1]


def regions() -> dict[str, tuple[Box, ...]]:
    lines = placement().lines
    return {key: lines[field.line] for key, field in FIELDS.items()}


def scene(card_pixels: UInt8, *, margin: int = 60, cut_left: int = 0) -> tuple[Photo, Card]:
    """A photo of the card on a dark table, and the card rectified from it."""
    height, width = card_pixels.shape[:2]
    canvas = np.full((height + 2 * margin, width + 2 * margin, 3), 50, np.uint8)
    canvas[margin : margin + height, margin : margin + width] = card_pixels
    canvas = np.ascontiguousarray(canvas[:, cut_left:])
    photo = Photo(canvas, "drawn", None, "", "PNG")
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32) + margin
    corners[:, 0] -= cut_left
    sides = dict.fromkeys(("top", "right", "bottom", "left"), "visible")
    return photo, rectify(photo, Outline(corners, 1.0, sides), placement())


def seen(**boxes: Box) -> Seen:
    """What a network would say that sees these faults in these places and no other."""
    maps = {fault: np.zeros((52, 84), np.float32) for fault in FAULTS}
    for fault, box in boxes.items():
        maps[fault][box.slices((52, 84))] = 1.0
    return Seen(maps)
