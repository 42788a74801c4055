"""Which layout, which rows are wrapped: every row label votes for where the block stands."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import Box, Float32, Float64, mm_to_photo
from ktpcheck.layout import LAYOUTS, Layout
from ktpcheck.outline import Reduced
from ktpcheck.outline.flat import card_with_margin, cut_off, flatten_grey
from ktpcheck.register.print import LAYOUT_LIST, Word, ink_map, word

#: Resolution, and what is shown around the supposed card.
_PX_PER_MM: Final = 3.5
_MARGIN_MM: Final = 5.0
#: How far the block may stand from its place: overprint and error of the quad.
_REACH_MM: Final = 3.0
#: Labels agree when they stand within this of their places relative to each other.
_LOOSE_MM: Final = 0.7
_STRETCH: Final = 0.96
_CAP_MM: Final = 1.5
_NIK_CAP_MM: Final = 2.4
#: The labels that vote. Most are long enough to be told apart; the last two, which wrapping
#: never moves, tell a wrapped name from a shifted block.
_VOTERS: Final = (
    "status_perkawinan",
    "kewarganegaraan",
    "tempat_tgl_lahir",
    "berlaku_hingga",
    "jenis_kelamin",
    "alamat",
    "kel_desa",
    "kecamatan",
    "pekerjaan",
    "nama",
    "nik",
)
#: The first few voters are asked alone: with less trace of them than this, the rest is spared.
_SCOUTS: Final = 3
_TRACE: Final = 0.42
#: The least of a cut label that still votes, and the fewest voters a full vote takes.
_SHORTEST_MM: Final = 4.0
_FEWEST: Final = 7
#: From this slack on the second wrapping counts too, where its vote is this near.
_LOOSE_QUAD_MM: Final = 1.0
_AS_LIKELY: Final = 0.04
#: Extra lines that a name, place and date of birth, and an address may take.
WRAPS: Final = (
    (),
    ("alamat",),
    ("nama",),
    ("tempat_tgl_lahir",),
    ("nama", "alamat"),
    ("alamat", "alamat"),
    ("tempat_tgl_lahir", "alamat"),
    ("nama", "tempat_tgl_lahir"),
    ("nama", "tempat_tgl_lahir", "alamat"),
)


@dataclass(frozen=True, eq=False)
class Quad:
    """Where a card should lie.

    ``corners_px`` is (4, 2) float32 in photo pixels, clockwise from the printed top-left.
    ``slack_mm``: how far each may be off, (4,) float64.
    """

    corners_px: Float32
    slack_mm: Float64

    @property
    def turned(self) -> Quad:
        """The same card on its head."""
        return Quad(np.roll(self.corners_px, -2, axis=0), np.roll(self.slack_mm, -2))


@dataclass(frozen=True, eq=False)
class Hypothesis:
    """A quad read one way: homography, layout, wrapped rows, block shift, and the vote 0..1."""

    to_photo: Float64
    layout: Layout
    wrapped: tuple[str, ...]
    shift_mm: tuple[float, float]
    vote: float
    quad: Quad


def vote(reduced: Reduced, quad: Quad) -> list[Hypothesis]:
    """The best wrapping and shift in each layout, for one quad.

    Parameters
    ----------
    reduced : Reduced
    quad : Quad

    Returns
    -------
    list of Hypothesis
        One a layout, two in a quad that is no more than a guess; none without a trace of the long
        labels. ``vote`` is the mean correlation of
        the voting labels at the common shift.
    """
    to_photo = mm_to_photo(quad.corners_px)
    grey = flatten_grey(reduced, to_photo, card_with_margin(_MARGIN_MM), _PX_PER_MM)
    ink = ink_map(grey, _PX_PER_MM)
    # Strong dark edges (a table, a shadow) must not outweigh print.
    np.minimum(ink, 3.0 * float(np.percentile(ink[::3, ::3], 90)) + 1.0, out=ink)
    return _read(reduced, quad, to_photo, ink)


def unread(quad: Quad) -> list[Hypothesis]:
    """A quad on which no print says anything: the more common layout, in its place."""
    return [Hypothesis(mm_to_photo(quad.corners_px), LAYOUT_LIST[0], (), (0.0, 0.0), 0.0, quad)]


def _read(reduced: Reduced, quad: Quad, to_photo: Float64, ink: Float32) -> list[Hypothesis]:
    scale = _PX_PER_MM
    cuts = cut_off(reduced, to_photo, [_expected(key) for key in _VOTERS])
    responses = {}
    for key, cut in zip(_VOTERS, cuts, strict=True):
        template = _template(key).without(round((cut + 0.7) * scale) if cut > 0 else 0)
        if template.ink.shape[1] >= _SHORTEST_MM * scale:
            responses[key] = _responses(ink, template, key, scale)
        if len(responses) == _SCOUTS:
            traces = [float(response.max()) for response, _, _ in responses.values()]
            if np.mean(traces) < _TRACE:
                return []
    # The fewer labels are in the frame, the less they prove.
    count = max(len(responses), _FEWEST)
    reach = round(_REACH_MM * scale)
    far = np.arange(-reach, reach + 1) / scale
    # Overprint and a fair quad explain a small shift; a large one must show more.
    handicap = (0.006 * (far[:, None] ** 2 + far[None, :] ** 2)).astype(np.float32)
    hypotheses = []
    for layout in LAYOUT_LIST:
        read = [Hypothesis(to_photo, layout, (), (0.0, 0.0), 0.0, quad)]
        stands = _standing_places(layout.name)
        for wrapped in WRAPS:
            total = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
            for key, (response, x0, y0) in responses.items():
                x, top = stands[key, wrapped]
                column = round((x + _MARGIN_MM) * scale - x0) - reach
                row = round((top + _MARGIN_MM) * scale - y0) - reach
                total += response[row : row + 2 * reach + 1, column : column + 2 * reach + 1]
            _, peak, _, where = cv2.minMaxLoc(total / np.float32(count) - handicap)
            # A wrap must earn its place.
            peak -= 0.004 * len(wrapped)
            shift = ((where[0] - reach) / scale, (where[1] - reach) / scale)
            read.append(Hypothesis(to_photo, layout, wrapped, shift, float(peak), quad))
        best, second, *_ = sorted(read, key=lambda one: -one.vote)
        hypotheses.append(best)
        # In a quad that may be well off, a line more or less is a question of its height.
        if quad.slack_mm.max() > _LOOSE_QUAD_MM and second.vote > best.vote - _AS_LIKELY:
            hypotheses.append(second)
    return hypotheses


def _stands(layout: Layout, key: str, wrapped: tuple[str, ...] = ()) -> tuple[float, float]:
    """Left edge of a voter and the top of its capitals."""
    return _standing_places(layout.name)[key, wrapped]


@lru_cache(maxsize=8)
def _standing_places(name: str) -> dict[tuple[str, tuple[str, ...]], tuple[float, float]]:
    layout = LAYOUTS[name]
    return {(key, wrapped): _place(layout, key, wrapped) for key in _VOTERS for wrapped in WRAPS}


def _place(layout: Layout, key: str, wrapped: tuple[str, ...]) -> tuple[float, float]:
    if key == "nik":
        return layout.nik_label_x[0], layout.nik_baseline - _NIK_CAP_MM
    return layout.row_label_x(key), layout.row_baseline(key, wrapped) - _CAP_MM


def _template(key: str) -> Word:
    cap = _NIK_CAP_MM if key == "nik" else _CAP_MM
    return word(key, "medium", cap, _STRETCH, _PX_PER_MM)


def _expected(key: str) -> Box:
    """About where a label stands, in any layout."""
    places = [_stands(layout, key) for layout in LAYOUT_LIST]
    x, y = min(x for x, _ in places), float(np.mean([y for _, y in places]))
    return Box(x, y, x + _template(key).ink.shape[1] / _PX_PER_MM, y + _CAP_MM)


def _responses(ink: Float32, template: Word, key: str, scale: float) -> tuple[Float32, int, int]:
    """Correlation of one label wherever any layout and wrapping may put it.

    Returns the loosened response and the canvas position its first element stands for.
    """
    start = template.cut_px / scale
    places = [_stands(layout, key) for layout in LAYOUT_LIST]
    # Wrapped rows above push a label down.
    places += [_stands(layout, key, wrapped) for layout in LAYOUT_LIST for wrapped in WRAPS[1:]]
    xs, ys = [x + start for x, _ in places], [y for _, y in places]
    reach = _REACH_MM + 2.0 / scale
    x0 = int(np.floor((min(xs) + _MARGIN_MM - reach) * scale))
    y0 = int(np.floor((min(ys) + _MARGIN_MM - reach) * scale))
    x1 = int(np.ceil((max(xs) + _MARGIN_MM + reach) * scale)) + 1
    y1 = int(np.ceil((max(ys) + _MARGIN_MM + reach) * scale)) + 1
    # The template's first row lies above the caps.
    above = round(template.cap_top_px)
    height, width = template.ink.shape
    rows, columns = slice(max(y0 - above, 0), y1 - above + height), slice(max(x0, 0), x1 + width)
    patch = ink[rows, columns]
    pad = (max(above - y0, 0), max(-x0, 0))
    need = (y1 - y0 + height, x1 - x0 + width)
    padded = cv2.copyMakeBorder(
        patch,
        pad[0],
        max(need[0] - pad[0] - patch.shape[0], 0),
        pad[1],
        max(need[1] - pad[1] - patch.shape[1], 0),
        cv2.BORDER_CONSTANT,
        value=0,
    )
    response = cv2.matchTemplate(padded, template.ink, cv2.TM_CCOEFF_NORMED)
    certain = np.nan_to_num(response, nan=0.0, posinf=0.0, neginf=0.0)
    loose = 2 * round(_LOOSE_MM * scale) + 1
    spread = cv2.dilate(np.maximum(certain, 0.0), np.ones((loose, loose), np.uint8))
    return np.asarray(spread, np.float32), x0 - template.cut_px, y0
