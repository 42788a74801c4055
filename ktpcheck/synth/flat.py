"""Flat things that are no e-KTP's data side: pages, receipts, cards of other kinds.

Shown alone they are negatives; beside a card they are what else lies on the table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np

from ktpcheck.geometry import Float32
from ktpcheck.synth.card import card_shape
from ktpcheck.synth.ground import CARD_HEIGHT, CARD_WIDTH, draw_ground, smooth_noise
from ktpcheck.synth.people import STREETS, invent
from ktpcheck.synth.portrait import draw_portrait
from ktpcheck.synth.splits import SPLITS
from ktpcheck.synth.type import CARD_PX_PER_MM, Style, place, set_line


@dataclass(frozen=True, eq=False)
class Flat:
    """A flat thing as drawn.

    ``sheet`` is (h, w, 3) float32 display values at ``CARD_PX_PER_MM``, ``alpha`` (h, w) where
    there is any of it, ``share`` how much of a picture it spans when shown alone.
    """

    sheet: Float32
    alpha: Float32
    share: tuple[float, float]


class Writer:
    """What a drawer needs: numbers and the split's type."""

    def __init__(self, rng: np.random.Generator, split: str) -> None:
        self.rng, self.split = rng, split
        faces = SPLITS[split].typefaces
        self.style = Style(faces[int(rng.integers(len(faces)))], bool(rng.random() < 0.4))

    def ground(self, foreign: bool = False) -> Float32:
        """A card's ground of the split."""
        kinds = SPLITS[self.split].grounds
        kind = kinds[int(self.rng.integers(len(kinds)))]
        return draw_ground(kind, self.rng, self.style, foreign)

    def write(
        self, layer: Float32, text: str, x_mm: float, y_mm: float, cap_mm: float, bold: bool = False
    ) -> None:
        style = Style(self.style.typeface, bold or self.style.bold)
        line = set_line(text, style, round(cap_mm * CARD_PX_PER_MM, 1))
        place(layer, line, x_mm * CARD_PX_PER_MM, y_mm * CARD_PX_PER_MM)

    def words(self, count: int) -> str:
        picked = self.rng.integers(len(STREETS), size=count)
        return " ".join(STREETS[int(index)] for index in picked)


def _paper(rng: np.random.Generator, height: int, width: int) -> Float32:
    tone = rng.uniform(226, 250) + rng.normal(0, 3, 3)
    return np.ones((height, width, 3), np.float32) * tone.astype(np.float32)


def lay_ink(sheet: Float32, layer: Float32, rgb: tuple[float, float, float]) -> None:
    """Print a coverage layer on a sheet, in place."""
    sheet += layer[..., None] * (np.array(rgb, np.float32) - sheet)


def text_page(desk: Writer) -> Flat:
    """A letter: real words, sentence case, paragraphs; one in three is a form with colons."""
    rng = desk.rng
    sheet = _paper(rng, 1600, 1150)
    layer = np.zeros(sheet.shape[:2], np.float32)
    form = rng.random() < 0.35
    cap, pitch = float(rng.uniform(0.8, 1.3)), float(rng.uniform(2.2, 3.2))
    y = 6.0
    desk.write(layer, desk.words(3), 14, y, cap * 1.5, bold=True)
    while y < 74:
        y += pitch
        if form:
            label = desk.words(1).title()
            desk.write(layer, label, 5, y, cap)
            desk.write(layer, f": {desk.words(2)}", 22, y, cap)
        elif rng.random() > 0.12:
            words = desk.words(9)[: int(52 / cap)]
            desk.write(layer, words.capitalize(), 5, y, cap)
    lay_ink(sheet, layer, (40, 40, 44))
    return Flat(sheet, np.ones(sheet.shape[:2], np.float32), (0.7, 0.98))


def receipt(desk: Writer) -> Flat:
    """A till receipt: narrow, rows with prices at the right, thermal grey."""
    rng = desk.rng
    sheet = _paper(rng, 1700, 760)
    layer = np.zeros(sheet.shape[:2], np.float32)
    desk.write(layer, f"TOKO {desk.words(1)}", 9, 5, 1.6, bold=True)
    desk.write(layer, f"JL. {desk.words(1)} NO {int(rng.integers(200))}", 6, 8, 1.1)
    y = 12.0
    while y < 70:
        y += 2.4
        desk.write(layer, desk.words(1)[:14], 3, y, 1.1)
        desk.write(layer, f"{int(rng.integers(1, 400)) * 500:,}".replace(",", "."), 27, y, 1.1)
    desk.write(layer, "TOTAL", 3, y + 5, 1.8, bold=True)
    lay_ink(sheet, layer, (70, 70, 84))
    return Flat(sheet, np.ones(sheet.shape[:2], np.float32), (0.7, 0.95))


def bank_card(desk: Writer) -> Flat:
    """A payment card: chip, sixteen digits in groups, a name in capitals, no rows."""
    rng = desk.rng
    sheet = np.ones((CARD_HEIGHT, CARD_WIDTH, 3), np.float32) * rng.uniform(20, 220, 3).astype(
        np.float32
    )
    sheet += smooth_noise(rng, (CARD_HEIGHT, CARD_WIDTH), 500, 2)[..., None] * 14
    y, x = int(0.38 * CARD_HEIGHT), int(0.09 * CARD_WIDTH)
    sheet[y : y + 190, x : x + 250] = (206, 176, 98)
    sheet[y + 60 : y + 64, x : x + 250] = (120, 96, 40)
    sheet[y + 125 : y + 129, x : x + 250] = (120, 96, 40)
    layer = np.zeros(sheet.shape[:2], np.float32)
    desk.write(layer, f"BANK {desk.words(1)[:12]}", 6, 9, 3.2, bold=True)
    digits = "".join(str(d) for d in rng.integers(0, 10, 16))
    for group in range(4):
        desk.write(layer, digits[group * 4 : group * 4 + 4], 8 + group * 18, 36.5, 3.4, bold=True)
    desk.write(layer, "VALID THRU 09/29", 32, 42, 1.4)
    desk.write(layer, desk.words(2)[:22], 8, 48.5, 2.2)
    tone = 245.0 if sheet.mean() < 130 else 30.0
    lay_ink(sheet, layer, (tone, tone, tone))
    return Flat(np.clip(sheet, 0, 255), card_shape(), (0.55, 0.9))


def other_id_card(desk: Writer) -> Flat:
    """An ID card of another kind: portrait, labels with colons, numbers, but no NIK row.

    Licences number their rows; children's cards and member cards have other labels and the
    portrait on either side.
    """
    rng = desk.rng
    person = invent(rng, ())
    sheet = desk.ground(foreign=rng.random() < 0.3)
    if rng.random() < 0.6:
        # Most are not light blue.
        tint = rng.uniform(0.75, 1.05, 3).astype(np.float32)
        sheet = np.asarray(np.clip(sheet * tint[None, None], 0, 255), np.float32)
    layer = np.zeros(sheet.shape[:2], np.float32)
    titles = (
        ("SURAT IZIN MENGEMUDI", "DRIVING LICENSE"),
        ("KARTU IDENTITAS ANAK", person.fields["kabupaten_kota"]),
        ("KARTU PELAJAR", "SMA NEGERI 1"),
        ("KARTU TANDA ANGGOTA", f"KOPERASI {desk.words(1)}"),
        ("KARTU PEGAWAI", f"PT {desk.words(1)}"),
    )
    kind = int(rng.integers(len(titles)))
    band = rng.uniform(20, 160, 3).astype(np.float32)
    if rng.random() < 0.6:
        sheet[: int(0.2 * CARD_HEIGHT)] = band
    heading = np.zeros(sheet.shape[:2], np.float32)
    desk.write(heading, titles[kind][0], 20, 5.2, 2.6, bold=True)
    desk.write(heading, titles[kind][1], 24, 9.2, 1.8, bold=True)
    tone = 245.0 if band.mean() < 110 and sheet[10, 10].mean() < 130 else 25.0
    lay_ink(sheet, heading, (tone, tone, tone))
    left = rng.random() < 0.6
    px, value_x = (4.0, 27.0) if left else (62.0, 4.0)
    labels = ("Nama", "Alamat", "Tempat/Tgl Lahir", "Tinggi", "Pekerjaan", "No. Anggota", "Berlaku")
    values = (
        person.fields["nama"],
        person.fields["alamat"],
        f"{person.fields['tempat_lahir']}, {person.fields['tanggal_lahir']}",
        f"{int(rng.integers(145, 185))} CM",
        person.fields["pekerjaan"],
        "".join(str(d) for d in rng.integers(0, 10, 12)),
        person.fields["tanggal_terbit"],
    )
    pitch = float(rng.uniform(3.6, 5.2))
    for row, (label, value) in enumerate(zip(labels, values, strict=True)):
        y = 15.5 + row * pitch
        if kind == 0:
            desk.write(layer, f"{row + 1}. {value[:26]}", value_x, y, 1.6)
        else:
            desk.write(layer, label, value_x, y, 1.45)
            desk.write(layer, f": {value[:22]}", value_x + 17, y, 1.45)
    lay_ink(sheet, layer, (35, 35, 40))
    tall, wide = int(25 * CARD_PX_PER_MM), int(19 * CARD_PX_PER_MM)
    ground = (190.0, 40.0, 40.0) if rng.random() < 0.5 else (60.0, 90.0, 170.0)
    face, _ = draw_portrait(
        rng, (wide, tall), SPLITS[desk.split].faces, person.female, person.age, ground
    )
    top, start = int(14 * CARD_PX_PER_MM), int(px * CARD_PX_PER_MM)
    sheet[top : top + tall, start : start + wide] = face
    desk.write(layer := np.zeros(sheet.shape[:2], np.float32), "SPECIMEN", 30, 52.5, 1.8, bold=True)
    lay_ink(sheet, layer, (180, 40, 40))
    return Flat(np.clip(sheet, 0, 255), card_shape(), (0.55, 0.9))


def wrong_side(desk: Writer) -> Flat:
    """The other side in spirit: an emblem-like blob, a title, no rows, no portrait."""
    rng = desk.rng
    sheet = desk.ground()
    y, x = np.mgrid[0:CARD_HEIGHT, 0:CARD_WIDTH].astype(np.float32) / CARD_PX_PER_MM
    cx, cy = rng.uniform(38, 48), rng.uniform(20, 28)
    wings = np.abs(x - cx) / 15 + ((y - cy + 0.25 * np.abs(x - cx)) / 7) ** 2
    body = ((x - cx) / 5) ** 2 + ((y - cy) / 9) ** 2
    emblem = np.clip((1 - np.minimum(wings, body)) * 8, 0, 1).astype(np.float32)
    shade = 0.75 + 0.25 * np.sin(x * 5 + y * 3)
    gold = np.array([196, 158, 70], np.float32) * shade[..., None].astype(np.float32)
    sheet += emblem[..., None] * (gold - sheet)
    shield = np.clip((1 - ((x - cx) / 3.2) ** 2 - ((y - cy) / 3.8) ** 2) * 10, 0, 1)
    sheet += shield[..., None].astype(np.float32) * (np.array([176, 40, 38], np.float32) - sheet)
    layer = np.zeros(sheet.shape[:2], np.float32)
    desk.write(layer, "REPUBLIK INDONESIA", 24, 44, 2.6, bold=True)
    desk.write(layer, "SPECIMEN - CONTOH", 28, 49.5, 2.0, bold=True)
    lay_ink(sheet, layer, (48, 58, 84))
    return Flat(np.clip(sheet, 0, 255), card_shape(), (0.55, 0.95))


#: Every flat thing by name.
FLAT_THINGS: Final[Mapping[str, Callable[[Writer], Flat]]] = MappingProxyType(
    {
        "text_page": text_page,
        "receipt": receipt,
        "bank_card": bank_card,
        "other_id_card": other_id_card,
        "wrong_side": wrong_side,
    }
)
