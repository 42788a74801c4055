"""Pictures that show no e-KTP's data side: what must never be taken for one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import CARD_HEIGHT_MM, CARD_WIDTH_MM, Float32, UInt8
from ktpcheck.synth import camera
from ktpcheck.synth.backgrounds import BACKGROUNDS, draw_background
from ktpcheck.synth.card import card_shape
from ktpcheck.synth.ground import CARD_HEIGHT, CARD_WIDTH, draw_ground, smooth_noise
from ktpcheck.synth.people import STREETS, invent
from ktpcheck.synth.portrait import draw_portrait
from ktpcheck.synth.pose import Wish, sampling_maps, solve
from ktpcheck.synth.splits import SPLITS, stream
from ktpcheck.synth.type import CARD_PX_PER_MM, Style, place, set_line


@dataclass(frozen=True, eq=False)
class Negative:
    """One picture without an e-KTP. ``pixels`` is (H, W, 3) uint8 RGB."""

    pixels: UInt8 = field(repr=False)
    kind: str
    seed: int
    split: str


class _Desk:
    """What a drawer needs: numbers, type, and the split's material."""

    def __init__(self, rng: np.random.Generator, split: str, size_px: tuple[int, int]) -> None:
        self.rng, self.split, self.size_px = rng, split, size_px
        faces = SPLITS[split].typefaces
        self.style = Style(faces[int(rng.integers(len(faces)))], bool(rng.random() < 0.4))

    def table(self) -> UInt8:
        kinds = SPLITS[self.split].backgrounds
        return draw_background(kinds[int(self.rng.integers(len(kinds)))], self.rng, self.size_px)

    def lay(self, sheet: Float32, alpha: Float32, share: tuple[float, float]) -> UInt8:
        """Photograph a flat thing of any format on a table, as a card of that format."""
        rng = self.rng
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


def _ink(sheet: Float32, layer: Float32, rgb: tuple[float, float, float]) -> None:
    sheet += layer[..., None] * (np.array(rgb, np.float32) - sheet)


def _text_page(desk: _Desk) -> UInt8:
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
    _ink(sheet, layer, (40, 40, 44))
    return desk.lay(sheet, np.ones(sheet.shape[:2], np.float32), (0.7, 0.98))


def _receipt(desk: _Desk) -> UInt8:
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
    _ink(sheet, layer, (70, 70, 84))
    return desk.lay(sheet, np.ones(sheet.shape[:2], np.float32), (0.7, 0.95))


def _bank_card(desk: _Desk) -> UInt8:
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
    _ink(sheet, layer, (tone, tone, tone))
    return desk.lay(np.clip(sheet, 0, 255), card_shape(), (0.55, 0.9))


def _other_id_card(desk: _Desk) -> UInt8:
    """An ID card of another kind: portrait, labels with colons, numbers, but no NIK row.

    Licences number their rows; children's cards and member cards have other labels and the
    portrait on either side.
    """
    rng = desk.rng
    person = invent(rng, ())
    sheet = draw_ground("globe", rng, desk.style, foreign=rng.random() < 0.3)
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
    _ink(sheet, heading, (tone, tone, tone))
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
    _ink(sheet, layer, (35, 35, 40))
    tall, wide = int(25 * CARD_PX_PER_MM), int(19 * CARD_PX_PER_MM)
    ground = (190.0, 40.0, 40.0) if rng.random() < 0.5 else (60.0, 90.0, 170.0)
    face, _ = draw_portrait(
        rng, (wide, tall), SPLITS[desk.split].faces, person.female, person.age, ground
    )
    top, start = int(14 * CARD_PX_PER_MM), int(px * CARD_PX_PER_MM)
    sheet[top : top + tall, start : start + wide] = face
    desk.write(layer := np.zeros(sheet.shape[:2], np.float32), "SPECIMEN", 30, 52.5, 1.8, bold=True)
    _ink(sheet, layer, (180, 40, 40))
    return desk.lay(np.clip(sheet, 0, 255), card_shape(), (0.55, 0.9))


def _wrong_side(desk: _Desk) -> UInt8:
    """The other side in spirit: an emblem-like blob over a map, a title, no rows, no portrait."""
    rng = desk.rng
    sheet = draw_ground("map_right" if rng.random() < 0.5 else "map_left", rng, desk.style)
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
    _ink(sheet, layer, (48, 58, 84))
    return desk.lay(np.clip(sheet, 0, 255), card_shape(), (0.55, 0.95))


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
    _ink(picture, layer, (230, 230, 230) if dark else (30, 30, 34))
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
    return np.clip(BACKGROUNDS["keys"](desk.rng, shape), 0, 255).astype(np.uint8)


_DRAWERS: Final[Mapping[str, Callable[[_Desk], UInt8]]] = MappingProxyType(
    {
        "text_page": _text_page,
        "receipt": _receipt,
        "bank_card": _bank_card,
        "other_id_card": _other_id_card,
        "wrong_side": _wrong_side,
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
