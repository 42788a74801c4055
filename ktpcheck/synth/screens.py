"""Screens that show a photo of the card: a phone's viewer as it is saved, a laptop on a desk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import CARD_HEIGHT_MM, CARD_WIDTH_MM, Float32, UInt8
from ktpcheck.synth import camera
from ktpcheck.synth.backgrounds import BACKGROUNDS, draw_background
from ktpcheck.synth.clutter import place_on, put
from ktpcheck.synth.flat import Flat, lay_ink
from ktpcheck.synth.pose import Pose
from ktpcheck.synth.splits import SPLITS
from ktpcheck.synth.type import Style, place, set_line

#: Width of a phone's screen in the units its bars are laid out in.
_PHONE_UNITS: Final = 360.0
#: A laptop's screen is drawn with so many pixels a millimetre of the card it shows.
_LAPTOP_PX_PER_MM: Final = 10.0
#: Pixels across common laptop screens.
_LAPTOP_PIXELS: Final = (1366, 1920, 1920, 2560)

_SAVED: Final = ("Bagikan", "Edit", "Hapus", "Lainnya")
_TITLES: Final = ("Kemarin 14.32", "IMG_20240517", "Foto", "Hari ini 09.05", "Kel. Besar", "KTP")
_WINDOWS: Final = ("ktp.jpg - Foto", "IMG-0042.jpg", "Pratinjau", "scan ktp.png")


@dataclass(frozen=True, eq=False)
class Viewer:
    """A phone's screen around a photo: ``frame`` (H, W, 3) uint8, and where the photo is shown.

    ``window`` is x0, y0, x1, y1 in pixels.
    """

    frame: UInt8
    window: tuple[int, int, int, int]

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height of the window."""
        x0, y0, x1, y1 = self.window
        return x1 - x0, y1 - y0

    @property
    def corner_px(self) -> Float32:
        """The window's upper left corner."""
        return np.array(self.window[:2], np.float32)

    def save(self, photo: UInt8, rng: np.random.Generator) -> UInt8:
        """The screenshot with the photo in its window: lossless, or a JPEG."""
        x0, y0, x1, y1 = self.window
        self.frame[y0:y1, x0:x1] = photo
        lossless, quality = rng.random() < 0.4, int(rng.integers(60, 95))
        return self.frame if lossless else camera.jpeg(self.frame, quality)


def draw_viewer(rng: np.random.Generator, size_px: tuple[int, int], split: str) -> Viewer:
    """A phone's picture viewer as a screenshot shows it: bars above and below the photo.

    Parameters
    ----------
    rng : numpy.random.Generator
    size_px : tuple of int
        Width and height of the screenshot.
    split : str

    Returns
    -------
    Viewer
    """
    width, height = size_px
    unit = min(width, height) / _PHONE_UNITS
    dark, chat, zoomed, fit_share = (rng.random(4) < (0.75, 0.35, 0.45, 0.5)).tolist()
    faces = SPLITS[split].typefaces
    style = Style(faces[int(rng.integers(len(faces)))], False)
    ground, ink = ((0.0, 235.0) if chat or rng.random() < 0.6 else (18.0, 225.0)), 40.0
    tone, ink = ground if dark else (250.0, ink)
    frame = np.full((height, width, 3), tone, np.float32)
    pen = _Pen(frame, ink, unit, style)
    # Lying on its side, a phone leaves no room for the lower bar.
    lying = width > height
    top, low = 24.0 + (40.0 if lying else 56.0), 0.0 if lying else 64.0 + 24.0
    _status(pen, rng)
    pen.arrow(18, 24 + (top - 24) / 2)
    pen.text(_TITLES[int(rng.integers(len(_TITLES)))], 52, 24 + (top - 24) / 2 + 5, 11)
    for dot in (-5, 0, 5):
        pen.disc(width / unit - 18, 24 + (top - 24) / 2 + dot, 1.6)
    if not lying:
        _lower_bar(pen, height / unit, chat)
    y0, y1 = round(top * unit), height - round(low * unit)
    x0, x1 = 0, width
    if lying:
        # As high as it fits: black at both sides.
        across = round(min((y1 - y0) * (4 / 3 if fit_share else 16 / 9), width))
        x0 = (width - across) // 2
        x1 = x0 + across
    elif not zoomed:
        tall = min(round(width * (0.75 if fit_share else 4 / 3)), y1 - y0)
        y0 += (y1 - y0 - tall) // 2
        y1 = y0 + tall
    pen.lay()
    return Viewer(np.clip(frame, 0, 255).astype(np.uint8), (x0, y0, x1, y1))


class _Pen:
    """Draws text and icons in a phone's own units."""

    def __init__(self, frame: Float32, ink: float, unit: float, style: Style) -> None:
        self.frame, self.ink, self.unit, self.style = frame, ink, unit, style
        self.layer: Float32 = np.zeros(frame.shape[:2], np.float32)

    @property
    def width(self) -> float:
        return float(self.layer.shape[1] / self.unit)

    def text(self, words: str, x: float, baseline: float, cap: float) -> None:
        line = set_line(words, self.style, round(max(cap * self.unit * 0.72, 3.0), 1))
        place(self.layer, line, x * self.unit, baseline * self.unit)

    def disc(self, x: float, y: float, radius: float) -> None:
        at = (round(x * self.unit * 16), round(y * self.unit * 16))
        cv2.circle(self.layer, at, max(round(radius * self.unit * 16), 8), 1.0, -1, cv2.LINE_AA, 4)

    def stroke(self, points: list[tuple[float, float]], closed: bool = False) -> None:
        path = np.int32(np.array(points) * self.unit * 16)
        thick = max(round(1.6 * self.unit), 1)
        cv2.polylines(self.layer, [path], closed, 1.0, thick, cv2.LINE_AA, 4)

    def block(self, x0: float, y0: float, x1: float, y1: float) -> None:
        a, b, c, d = (round(v * self.unit) for v in (x0, y0, x1, y1))
        self.layer[b:d, a:c] = 1.0

    def arrow(self, x: float, y: float) -> None:
        self.stroke([(x + 7, y - 7), (x, y), (x + 7, y + 7)])
        self.stroke([(x, y), (x + 15, y)])

    def lay(self) -> None:
        lay_ink(self.frame, np.clip(self.layer, 0, 1) * 0.9, (self.ink, self.ink, self.ink))


def _status(pen: _Pen, rng: np.random.Generator) -> None:
    """Time, signal, battery."""
    pen.text(f"{int(rng.integers(24)):02d}.{int(rng.integers(60)):02d}", 14, 17, 10)
    right = pen.width - 16
    level = float(rng.uniform(0.1, 1.0))
    pen.stroke([(right - 20, 8), (right, 8), (right, 17), (right - 20, 17)], closed=True)
    pen.block(right - 18, 10, right - 18 + 16 * level, 15)
    pen.text(f"{round(100 * level)}%", right - 48, 17, 9)
    for bar in range(4):
        pen.block(right - 70 + 4.5 * bar, 15 - 2.4 * bar, right - 67 + 4.5 * bar, 17)


def _lower_bar(pen: _Pen, foot: float, chat: bool) -> None:
    """What one can do with the photo, and the phone's own keys under it."""
    for place_of, name in enumerate(_SAVED[: 3 if chat else 4]):
        x = pen.width * (place_of + 0.5) / (3 if chat else 4)
        y = foot - 62
        shapes = (
            [(x - 8, y + 2), (x + 8, y - 6), (x + 8, y + 10)],
            [(x - 8, y + 8), (x + 6, y - 8), (x + 9, y - 5), (x - 5, y + 10)],
            [(x - 7, y - 5), (x - 5, y + 9), (x + 5, y + 9), (x + 7, y - 5)],
            [(x - 8, y - 6), (x + 8, y - 6), (x + 8, y + 8), (x - 8, y + 8)],
        )
        pen.stroke(shapes[place_of], closed=True)
        pen.text(name, x - 3.1 * len(name), y + 26, 8)
    pen.stroke([(pen.width / 2 - 55, foot - 11), (pen.width / 2 + 55, foot - 11)])


@dataclass(frozen=True, eq=False)
class Laptop:
    """A laptop's screen in the picture.

    ``lit`` (H, W) float32 0..1 is where it shines; ``pixel_px`` its own pixel in pixels of the
    photo, ``turn_deg`` how far it stands turned there.
    """

    lit: Float32
    pixel_px: float
    turn_deg: float

    def dimmed(self, rng: np.random.Generator) -> Float32:
        """Light over the picture, (H, W) float32: the room is darker than what shines in it."""
        room = np.float32(rng.uniform(0.25, 0.85))
        return np.asarray(room + (1 - room) * self.lit, np.float32)


def set_up_laptop(
    table: UInt8, pose: Pose, split: str, rng: np.random.Generator, rotation_deg: float
) -> Laptop:
    """Show the card's photo on a laptop's screen, larger than life.

    The screen lies in the card's plane; the card itself is drawn later, where it always is.

    Parameters
    ----------
    table : (H, W, 3) uint8
        The desk; changed in place.
    pose : Pose
        Of the card that is shown.
    split : str
    rng : numpy.random.Generator
    rotation_deg : float
        How far the card stands turned in the photo.

    Returns
    -------
    Laptop
    """
    wide_mm = float(rng.uniform(112, 165))
    tall_mm = wide_mm * float(rng.choice([0.5625, 0.625]))
    bezel_mm, deck_mm = wide_mm * float(rng.uniform(0.02, 0.045)), 0.4 * tall_mm
    thing, screen = _laptop(rng, split, wide_mm, tall_mm, bezel_mm, deck_mm)
    # The card need not stand straight in its photo, nor in the middle of the screen.
    lean = float(rng.normal(0, 3))
    slack = np.maximum(
        [(wide_mm - CARD_WIDTH_MM) / 2 - 4, (0.86 * tall_mm - CARD_HEIGHT_MM) / 2 - 2], 0
    )
    middle = np.array([CARD_WIDTH_MM / 2, CARD_HEIGHT_MM / 2]) + rng.uniform(-slack, slack) * 0.7
    # The sheet reaches further down than the screen: its middle is lower.
    middle[1] += deck_mm / 2
    to_photo = pose.to_photo @ place_on(thing, middle, lean, _LAPTOP_PX_PER_MM)
    put(table, thing, to_photo)
    corners = np.column_stack([screen, np.ones(4)]) @ to_photo.T
    lit = np.zeros(table.shape[:2], np.float32)
    if (corners[:, 2] > 0).all():
        at = np.int32(np.round(corners[:, :2] / corners[:, 2:] * 16))
        cv2.fillConvexPoly(lit, at, 1.0, cv2.LINE_AA, 4)
    else:
        lit[:] = 1.0
    pixels = _LAPTOP_PIXELS[int(rng.integers(len(_LAPTOP_PIXELS)))]
    return Laptop(lit, pose.px_per_mm * wide_mm / pixels, rotation_deg + lean)


def _laptop(
    rng: np.random.Generator,
    split: str,
    wide_mm: float,
    tall_mm: float,
    bezel_mm: float,
    deck_mm: float,
) -> tuple[Flat, Float32]:
    """The lid with its screen and some of the keys below, and the screen's corners on the sheet."""
    per = _LAPTOP_PX_PER_MM
    edge, wide, tall = round(bezel_mm * per), round(wide_mm * per), round(tall_mm * per)
    deck = round(deck_mm * per)
    height, width = tall + 2 * edge + deck, wide + 2 * edge
    sheet = np.full((height, width, 3), rng.uniform(12, 34), np.float32)
    alpha = np.ones((height, width), np.float32)
    shape = (deck, width)
    keys = BACKGROUNDS[SPLITS[split].keyboard](rng, shape)
    # The keys lie flat, away from the light of the screen, under the fold.
    sheet[-deck:] = cv2.GaussianBlur(keys * 0.6, (0, 0), 2.0)
    sheet[-deck : -deck + edge] *= 0.4
    shown = sheet[edge : edge + tall, edge : edge + wide]
    dark = rng.random() < 0.6
    shown[:] = 32.0 if dark else 238.0
    bar = round(0.06 * tall)
    faces = SPLITS[split].typefaces
    style = Style(faces[int(rng.integers(len(faces)))], False)
    layer = np.zeros(shown.shape[:2], np.float32)
    title = set_line(_WINDOWS[int(rng.integers(len(_WINDOWS)))], style, round(0.3 * bar, 1))
    place(layer, title, 0.6 * bar, 0.66 * bar)
    for button in range(3):
        x = wide - round((0.8 + 1.3 * button) * bar)
        cv2.circle(layer, (x, bar // 2), max(bar // 6, 2), 1.0, -1, cv2.LINE_AA)
    lay_ink(shown, layer * 0.8, (210.0,) * 3 if dark else (40.0,) * 3)
    shown[-bar:] = rng.uniform(20, 60) if dark else rng.uniform(205, 230)
    for icon in range(int(rng.integers(4, 9))):
        x = round(wide * 0.32 + icon * 1.4 * bar)
        tone = rng.uniform(40, 230, 3)
        shown[-bar + bar // 4 : -bar // 4, x : x + bar // 2] = tone
    kinds = SPLITS[split].backgrounds
    kind = kinds[int(rng.integers(len(kinds)))]
    # The photo fills the window, or leaves a margin at both sides.
    photo_wide = round(wide * (1.0 if rng.random() < 0.5 else rng.uniform(0.84, 0.97)))
    photo = draw_background(kind, rng, (photo_wide, tall - 2 * bar))
    start = (wide - photo_wide) // 2
    shown[bar:-bar, start : start + photo_wide] = photo
    screen = np.array([[0, 0], [wide, 0], [wide, tall], [0, tall]], np.float32) + edge
    return Flat(sheet, alpha, (1.0, 1.0)), screen
