"""Reports made by hand: what a Checker would return, without looking at anything.

The card is the drawn specimen's plan; the NIK's serial is 9999.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

from ktpcheck.fields import FIELDS, REQUIRED
from ktpcheck.geometry import Box, mm_to_photo, transform
from ktpcheck.layout import PRINTED, ROW_LABELS
from ktpcheck.records import (
    Advice,
    Check,
    Decision,
    Finding,
    Legibility,
    Measure,
    NoCard,
    Outline,
    Photo,
    Placement,
    Portrait,
    Reading,
    Report,
)
from ktpcheck.rectify import rectify

VALUES = {
    "provinsi": "PROVINSI DKI JAKARTA",
    "kabupaten_kota": "JAKARTA PUSAT",
    "nik": "3171014503909999",
    "nama": "CONTOH SPESIMEN",
    "tempat_lahir": "KOTABARU",
    "tanggal_lahir": "05-03-1990",
    "jenis_kelamin": "PEREMPUAN",
    "golongan_darah": "AB",
    "alamat": "JL. PERCOBAAN NO. 17 BLOK Z",
    "rt_rw": "007/008",
    "kel_desa": "CIHUNI",
    "kecamatan": "GAMBIR",
    "agama": "BUDDHA",
    "status_perkawinan": "BELUM KAWIN",
    "pekerjaan": "KARYAWAN SWASTA",
    "kewarganegaraan": "WNI",
    "berlaku_hingga": "SEUMUR HIDUP",
    "tempat_terbit": "JAKARTA PUSAT",
    "tanggal_terbit": "02-12-2012",
}


def line_boxes() -> dict[str, tuple[Box, ...]]:
    boxes = {
        "provinsi": (Box(14, 2, 73, 5),),
        "kabupaten_kota": (Box(14, 5, 73, 8),),
        "nik": (PRINTED.nik_box,),
        "golongan_darah": (PRINTED.blood_box,),
        "tempat_terbit": (Box(60, 36, 82, 38.2),),
        "tanggal_terbit": (Box(60, 38.3, 82, 40.4),),
    }
    for row in ROW_LABELS:
        baseline = PRINTED.row_baseline(row)
        boxes[row] = (
            Box(PRINTED.value_x - 0.5, baseline - 1.9, PRINTED.value_end_x, baseline + 0.4),
        )
    return boxes


def value_box(key: str) -> Box:
    line = line_boxes()[FIELDS[key].line][0]
    x0 = line.x0 + 0.5
    if key == "tanggal_lahir":
        x0 += len(VALUES["tempat_lahir"]) * 1.15 + 2
    pitch = 2.12 if key == "nik" else 1.15
    return Box(x0, line.y0 + 0.2, x0 + pitch * len(VALUES[key]), line.y1 - 0.2)


def draw_photo(corners: np.ndarray, width: int = 1600, height: int = 1200) -> np.ndarray:
    return _drawn(corners.astype(np.float32).tobytes(), width, height).copy()


@cache
def _drawn(corner_bytes: bytes, width: int, height: int) -> np.ndarray:
    corners = np.frombuffer(corner_bytes, np.float32).reshape(4, 2)
    scale = 16
    card = np.full((864, 1370, 3), (196, 222, 236), np.uint8)
    card[::6] = (188, 214, 232)
    box = PRINTED.portrait
    cv2.rectangle(
        card,
        (int(box.x0 * scale), int(box.y0 * scale)),
        (int(box.x1 * scale), int(box.y1 * scale)),
        (170, 60, 60),
        -1,
    )
    cv2.circle(card, (int(70.7 * scale), int(22 * scale)), 90, (222, 190, 170), -1)
    for key, value in VALUES.items():
        at = value_box(key)
        size = 1.4 if key == "nik" else 0.8
        cv2.putText(
            card,
            value,
            (int(at.x0 * scale), int(at.y1 * scale) - 6),
            cv2.FONT_HERSHEY_SIMPLEX,
            size,
            (30, 30, 40),
            2,
            cv2.LINE_AA,
        )
    cv2.putText(card, "SPECIMEN", (200, 780), cv2.FONT_HERSHEY_SIMPLEX, 3, (200, 90, 90), 6)
    cv2.circle(card, (560, 170), 70, (255, 255, 255), -1)
    ground = np.full((height, width, 3), (96, 78, 60), np.uint8)
    homography = mm_to_photo(corners) @ np.diag([1 / scale, 1 / scale, 1.0])
    warped = cv2.warpPerspective(card, homography, (width, height), flags=cv2.INTER_AREA)
    mask = cv2.warpPerspective(np.full(card.shape[:2], 255, np.uint8), homography, (width, height))
    ground[mask > 127] = warped[mask > 127]
    return ground


CORNERS = np.array([[260, 240], [1330, 190], [1370, 890], [240, 930]], np.float32)


def photo_of(pixels: np.ndarray, name: str = "a.jpg", page: int | None = None) -> Photo:
    return Photo(pixels, name, page, "ab" * 32, "JPEG")


def advice(key: str, action: str = "retake") -> Advice:
    return Advice(
        key,
        action,
        f"Saran {key}: foto ulang <b>sekali</b> lagi.",
        f"Advice {key}: retake <b>once</b> more.",
    )


def report(
    *,
    name: str = "a.jpg",
    page: int | None = None,
    unreadable: dict[str, tuple[str, ...]] | None = None,
    action: str | None = None,
    corners: np.ndarray = CORNERS,
    texts: dict[str, str] | None = None,
    checks: tuple[Check, ...] = (Check("nik_birth_mismatch", "ok", ("nik", "tanggal_lahir")),),
) -> Report:
    """A card whose fields are all readable but ``unreadable`` (key to defects)."""
    unreadable = unreadable or {}
    texts = {**VALUES, **(texts or {})}
    photo = photo_of(draw_photo(corners), name, page)
    inside = (corners >= 0).all() and (corners <= (1600, 1200)).all()
    sides = dict.fromkeys(("top", "right", "bottom", "left"), "visible")
    if not inside:
        sides["left"] = "off_frame"
    outline = Outline(corners, 0.98, sides)
    placement = Placement("printed", (0.2, -0.1), line_boxes(), {}, PRINTED.portrait)
    card = rectify(photo, outline, placement)
    readings = {
        key: Reading(
            key,
            text if key not in unreadable or not text else text[: len(text) // 2] + "?",
            text,
            0.99 if key not in unreadable else 0.41,
            "ok",
            (value_box(key),) if text else (),
        )
        for key, text in texts.items()
    }
    legibility = {
        key: Legibility(
            key, 0.12 if key in unreadable else 0.97, key not in unreadable, unreadable.get(key, ())
        )
        for key in texts
    }
    y, x = np.mgrid[0:108, 0:171].astype(np.float32)
    spot = np.exp(-((x - 70) ** 2 + (y - 21) ** 2) / 120).astype(np.float32)
    spot[:, :4] = np.nan
    sharp = (2 + x / 171).astype(np.float32)
    regions = {**dict.fromkeys(texts, 0.01), "nik": 0.42, "card": 0.03, "portrait": float("nan")}
    measures = {
        "glare": Measure("glare", "1", spot, regions),
        "edge_width": Measure("edge_width", "px", sharp, dict.fromkeys(texts, 2.4)),
        "ink_michelson": Measure(
            "ink_michelson", "1", 0.4 - 0.3 * spot, dict.fromkeys(texts, 0.12)
        ),
    }
    causes = sorted({cause for group in unreadable.values() for cause in group})
    values = {"glare": (0.42, 0.08), "blur_focus": (2.4, 3.1), "print_faded": (0.12, 0.2)}
    findings = tuple(
        Finding(
            cause,
            "capture",
            0.8,
            tuple(key for key in unreadable if cause in unreadable[key]),
            *values.get(cause, (0.5, 0.25)),
        )
        for cause in causes
    )
    bad = any(key in REQUIRED for key in unreadable)
    decision = Decision(
        "unreadable" if bad else "readable",
        action or ("retake" if bad else "accept"),
        legibility,
        tuple(advice(cause) for cause in causes) or (advice("ok", "none"),),
    )
    face_box = PRINTED.portrait
    portrait = Portrait(
        card.pixels[face_box.slices(card.pixels.shape)],
        face_box,
        transform(card.to_photo, face_box.corners_mm),
        (1000, 420, 180, 220),
        2.4,
        True,
    )
    return Report(
        photo,
        outline,
        card,
        readings,
        measures,
        findings,
        checks,
        decision,
        portrait,
        {"ppocr_rec": "sha256:" + "cd" * 32},
        {"outline": 12.3456, "total": 98.7654},
    )


def no_card(name: str = "page.jpg", reason: str = "not_ektp") -> Report:
    pixels = np.full((300, 400, 3), 230, np.uint8)
    return Report(
        photo_of(pixels, name),
        None,
        None,
        {},
        {},
        (),
        (),
        Decision("no_card", "retake", {}, (advice(reason),)),
        None,
        {"ppocr_rec": "sha256:" + "cd" * 32},
        {"outline": 3.0, "total": 3.0},
        NoCard(reason, 0.1),
    )
