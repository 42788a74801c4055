"""PDF pages to RGB: the embedded picture itself where the page is just that, a rendering else.

Rendering a scan at another resolution than its own invents or loses detail, so a page that shows
one picture gives that picture's own pixels. Whether it shows nothing else (an overlay, a clip, a
mask) is not read from the page's structure but seen: a small rendering must agree.
"""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np

from ktpcheck.geometry import Float64, UInt8
from ktpcheck.photo import jpeg
from ktpcheck.photo.pixels import turn
from ktpcheck.photo.source import Source

POINTS_PER_INCH: Final = 72.0
#: Resolution of pages that are drawn, and the bounds for pages that mix in pictures.
_DRAWN_DPI: Final = 300.0
_LEAST_DPI, _MOST_DPI = 72.0, 1200.0
#: A rendering is no photo: more than this only costs.
_MOST_RENDERED_PIXELS: Final = 40_000_000

#: Pictures that cover less of the page than this are logos.
_LEAST_COVER: Final = 0.02
#: A lone picture is the page if it covers this much of it.
_PAGE_COVER: Final = 0.5
#: Longest side of the rendering that proves a page to be one picture, and by how much 8 x 8
#: blocks of it may differ, in levels.
_PROOF_PX: Final = 320
_PROOF_LEVELS: Final = 24.0

#: PDFium is not thread-safe. Re-entrant: a forgotten generator may be closed at any moment.
_LOCK: Final = threading.RLock()


@dataclass(frozen=True, eq=False)
class _Picture:
    """One embedded picture: its size, and where its corners lie on the page as displayed.

    ``corners_pt`` is (4, 2) x, y in points from the displayed page's top-left, y down, of the
    stored picture's own corners TL, TR, BR, BL.
    """

    handle: Any
    width_px: int
    height_px: int
    corners_pt: Float64

    @property
    def pt_per_px(self) -> tuple[float, float]:
        """Along the stored rows, along the stored columns."""
        tl, tr, _, bl = self.corners_pt
        return (
            float(np.hypot(*(tr - tl))) / self.width_px,
            float(np.hypot(*(bl - tl))) / self.height_px,
        )

    @property
    def area_pt2(self) -> float:
        tl, tr, _, bl = self.corners_pt
        (ax, ay), (bx, by) = tr - tl, bl - tl
        return float(abs(ax * by - ay * bx))

    @property
    def orientation(self) -> int | None:
        """How it is turned on the page, as EXIF counts; None if slanted or not square-pixeled."""
        along, down = self.pt_per_px
        low, high = self.corners_pt.min(axis=0), self.corners_pt.max(axis=0)
        if min(along, down) <= 0 or max(along, down) > 1.03 * min(along, down):
            return None
        at = (self.corners_pt - low) / np.maximum(high - low, 1e-6)
        if (np.abs(at - np.round(at)) > 0.01).any():
            return None
        layout = tuple(map(tuple, np.round(at).astype(int)))
        return _ORIENTATIONS.get(layout)


def _orientations() -> dict[tuple[tuple[int, ...], ...], int]:
    """Where the stored corners TL, TR, BR, BL come to lie (x, y in 0..1), by orientation."""
    stored = np.dstack([np.array([[0, 1], [3, 2]], np.uint8)] * 3)
    found = {}
    for orientation in range(1, 9):
        shown = turn(stored, orientation)[..., 0]
        places = [tuple(int(v) for v in np.argwhere(shown == c)[0][::-1]) for c in range(4)]
        found[tuple(places)] = orientation
    return found


_ORIENTATIONS: Final = _orientations()


def decode_pages(source: Source) -> Iterator[tuple[int, UInt8]]:
    """Turn every page into a picture.

    Parameters
    ----------
    source : Source

    Yields
    ------
    page : int
        From 1.
    pixels : (H, W, 3) uint8
        RGB, the page's rotation applied.

    Raises
    ------
    PhotoUnreadable
        If it is encrypted, damaged, cut off or without pages.
    PhotoTooLarge
    """
    _check_whole(source)
    import pypdfium2

    with _LOCK:
        try:
            document = pypdfium2.PdfDocument(source.data)
            count = len(document)
        except pypdfium2.PdfiumError as error:
            if "password" in str(error).lower():
                raise source.unreadable(
                    "the PDF file is protected by a password", "Save it without a password."
                ) from None
            raise source.unreadable("the PDF file is damaged or has no pages") from None
    try:
        if count == 0:
            raise source.unreadable("the PDF file has no pages")
        if count > source.limits.max_pages:
            raise source.too_many_pages()
        for index in range(count):
            with _LOCK:
                page = document[index]
                try:
                    pixels = _page_pixels(page, source)
                finally:
                    page.close()
            yield index + 1, pixels
    finally:
        with _LOCK:
            document.close()


def _check_whole(source: Source) -> None:
    """A PDF's directory stands at its end; PDFium would piece a cut file together."""
    data = source.data
    linear = re.search(rb"/Linearized[^>]{0,200}?/L\s+(\d{1,12})", data[:2048])
    if (linear and int(linear[1]) > len(data)) or data.rfind(b"startxref") < 0:
        raise source.unreadable("the PDF file is cut off")


def _page_pixels(page: Any, source: Source) -> UInt8:
    width_pt, height_pt = page.get_size()
    if not (width_pt > 0 and height_pt > 0):
        raise source.unreadable("a page of the PDF file has no size")
    page_pt2 = width_pt * height_pt
    pictures = [p for p in _pictures(page) if p.area_pt2 >= _LEAST_COVER * page_pt2]
    for picture in pictures:
        source.check_size(picture.width_px, picture.height_px)
        _check_embedded(picture, source)
    if len(pictures) == 1:
        alone = _alone(page, pictures[0], page_pt2)
        if alone is not None:
            return alone
    dpi = _DRAWN_DPI
    if pictures:
        finest = max(POINTS_PER_INCH / max(min(p.pt_per_px), 1e-3) for p in pictures)
        dpi = min(max(finest, _LEAST_DPI), _MOST_DPI)
    most = min(source.limits.max_pixels, _MOST_RENDERED_PIXELS)
    scale = min(
        dpi / POINTS_PER_INCH,
        (most / page_pt2) ** 0.5,
        (source.limits.max_side_px - 1) / max(width_pt, height_pt),
    )
    # PDFium rounds both sides up.
    while math.ceil(width_pt * scale) * math.ceil(height_pt * scale) > most:
        scale *= 0.99
    return _render(page, scale)


def _pictures(page: Any) -> list[_Picture]:
    import pypdfium2.raw as pdfium

    left, bottom, right, top = page.get_bbox()
    turns = page.get_rotation() // 90
    found = []
    for handle in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE]):
        width_px, height_px = handle.get_px_size()
        if width_px < 1 or height_px < 1:
            continue
        # The stored picture fills the unit square, its first row on top.
        corners = np.array([[0, 1], [1, 1], [1, 0], [0, 0]], np.float64)
        holder = handle
        while holder is not None:
            a, b, c, d, e, f = holder.get_matrix().get()
            corners = corners @ np.array([[a, b], [c, d]]) + [e, f]
            holder = holder.container
        corners = np.stack([corners[:, 0] - left, top - corners[:, 1]], axis=1)
        width, height = right - left, top - bottom
        for _ in range(turns):
            corners = np.stack([height - corners[:, 1], corners[:, 0]], axis=1)
            width, height = height, width
        found.append(_Picture(handle, width_px, height_px, corners))
    return found


def _check_embedded(picture: _Picture, source: Source) -> None:
    if picture.handle.get_filters() == ["DCTDecode"]:
        stored = bytes(picture.handle.get_data(decode_simple=False))
        if not jpeg.is_whole(stored):
            raise source.unreadable("a picture in the PDF file is cut off")


def _alone(page: Any, picture: _Picture, page_pt2: float) -> UInt8 | None:
    """The picture's own pixels as displayed, if they are what the page shows; None if not."""
    orientation = picture.orientation
    if orientation is None:
        return None
    stored = _to_rgb(picture.handle.get_bitmap(render=False))
    if stored is None or stored.shape[:2] != (picture.height_px, picture.width_px):
        return None
    shown = turn(stored, orientation)

    scale = _PROOF_PX / max(page.get_size())
    proof = _render(page, scale)
    low, high = picture.corners_pt.min(axis=0) * scale, picture.corners_pt.max(axis=0) * scale
    x0, y0 = np.round(low).astype(int)
    x1, y1 = np.round(high).astype(int)
    # A picture that runs over the page is shown cut.
    if x0 < -1 or y0 < -1 or x1 > proof.shape[1] + 1 or y1 > proof.shape[0] + 1:
        return None
    x0, y0, x1, y1 = max(x0, 0), max(y0, 0), min(x1, proof.shape[1]), min(y1, proof.shape[0])
    if x1 - x0 < 8 or y1 - y0 < 8:
        return None
    expected = cv2.resize(shown, (int(x1 - x0), int(y1 - y0)), interpolation=cv2.INTER_AREA)
    blocks = (max((x1 - x0) // 8, 1), max((y1 - y0) // 8, 1))
    seen, own = (
        cv2.resize(part, blocks, interpolation=cv2.INTER_AREA).astype(np.float32)
        for part in (proof[y0:y1, x0:x1], expected)
    )
    if float(np.abs(seen - own).max()) > _PROOF_LEVELS:
        return None
    if picture.area_pt2 < _PAGE_COVER * page_pt2:
        rest = proof.copy()
        rest[max(y0 - 1, 0) : y1 + 1, max(x0 - 1, 0) : x1 + 1] = 255
        if float(np.mean(rest.min(axis=2) < 240)) > 0.001:
            return None
    return shown


def _render(page: Any, scale: float) -> UInt8:
    # Bitmaps free themselves; nothing may go on looking into their memory.
    pixels = page.render(scale=scale, rev_byteorder=True).to_numpy()
    if pixels.ndim == 2 or pixels.shape[2] == 1:
        return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB), np.uint8)
    return np.array(pixels[..., :3], np.uint8)


def _to_rgb(bitmap: Any) -> UInt8 | None:
    """A PDFium bitmap (grey, BGR, BGRx) as RGB; None for one with alpha, which a page blends."""
    pixels = bitmap.to_numpy()
    if bitmap.mode == "L":
        return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB), np.uint8)
    if bitmap.mode in ("BGR", "BGRX"):
        return np.ascontiguousarray(pixels[..., 2::-1])
    if bitmap.mode in ("RGB", "RGBX"):
        return np.array(pixels[..., :3], np.uint8)
    return None
