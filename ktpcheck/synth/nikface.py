"""A face for the NIK in the manner of machine-readable type: strokes on a grid.

Square "0", slab "1". Drawn here from polylines, since the known faces carry other licences.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import Float32

Stroke = tuple[tuple[float, float], ...]

_BOX: Final[Stroke] = ((0, 0), (1, 0), (1, 1), (0, 1), (0, 0))

#: Strokes on a unit square, y down.
_GLYPHS: Final[Mapping[str, tuple[Stroke, ...]]] = {
    "0": (_BOX,),
    "1": (((0.12, 0), (0.52, 0), (0.52, 1)), ((0, 1), (1, 1), (1, 0.72))),
    "2": (((0, 0), (1, 0), (1, 0.48), (0, 0.48), (0, 1), (1, 1)),),
    "3": (((0, 0), (1, 0), (1, 1), (0, 1)), ((0.22, 0.46), (1, 0.46))),
    "4": (((0, 0), (0, 0.62), (1, 0.62)), ((0.76, 0.36), (0.76, 1))),
    "5": (((1, 0), (0, 0), (0, 0.45), (1, 0.45), (1, 1), (0, 1)),),
    "6": (((0.4, 0), (0, 0), (0, 1), (1, 1), (1, 0.5), (0, 0.5)),),
    "7": (((0, 0.22), (0, 0), (1, 0), (1, 0.3), (0.45, 0.62), (0.45, 1)),),
    "8": (
        ((0.16, 0), (0.84, 0), (0.84, 0.45), (0.16, 0.45), (0.16, 0)),
        ((0, 0.45), (1, 0.45), (1, 1), (0, 1), (0, 0.45)),
    ),
    "9": (((1, 0.52), (0, 0.52), (0, 0), (1, 0), (1, 1)),),
    "N": (((0, 1), (0, 0), (1, 1), (1, 0)),),
    "I": (((0.1, 0), (0.9, 0)), ((0.5, 0), (0.5, 1)), ((0.1, 1), (0.9, 1))),
    "K": (((0, 0), (0, 1)), ((1, 0), (0, 0.55)), ((0.25, 0.42), (1, 1))),
    ":": (((0.5, 0.36), (0.5, 0.4)), ((0.5, 0.94), (0.5, 0.98))),
}

#: Other forms of single glyphs, by face.
_VARIANTS: Final[Mapping[str, Mapping[str, tuple[Stroke, ...]]]] = {
    "slab_a": {},
    "slab_b": {
        "1": (((0.1, 0.14), (0.5, 0), (0.5, 1)), ((0.05, 1), (0.95, 1))),
        "3": (((0, 0), (1, 0), (0.5, 0.42), (1, 0.55), (1, 1), (0, 1)),),
        "9": (((1, 0.52), (0, 0.52), (0, 0), (1, 0), (1, 1), (0.4, 1)),),
    },
    "slab_c": {
        "4": (((0.7, 1), (0.7, 0), (0, 0.68), (1, 0.68)),),
        "6": (((0.9, 0), (0.3, 0.2), (0, 0.6), (0, 1), (1, 1), (1, 0.5), (0, 0.5)),),
        "7": (((0, 0), (1, 0), (0.35, 1)),),
    },
}

#: Stroke width as a share of the height, width of the grid as a share of the height, roundness.
_FORMS: Final[Mapping[str, tuple[float, float, float]]] = MappingProxyType(
    {
        "slab_a": (0.125, 0.50, 0.10),
        "slab_b": (0.14, 0.46, 0.16),
        "slab_c": (0.115, 0.52, 0.06),
    }
)

_OVERSAMPLE: Final = 4


@lru_cache(maxsize=512)
def draw_character(face: str, character: str, height_px: float) -> Float32:
    """One character as coverage 0..1, its stroke edges touching the raster's edges.

    Parameters
    ----------
    face : str
        A key of ``_FORMS``.
    character : str
        A digit, N, I, K or a colon.
    height_px : float
        Height of a digit, pixels.
    """
    weight, share, roundness = _FORMS[face]
    height = max(round(height_px * _OVERSAMPLE), 8)
    stroke = weight * height
    width = share * height + stroke
    image = np.zeros((height, int(np.ceil(width))), np.uint8)
    glyph = _VARIANTS[face].get(character, _GLYPHS[character])
    scale = np.array([width - stroke - 1, height - stroke - 1])
    for line in glyph:
        points = _rounded(np.array(line, np.float64), roundness) * scale + stroke / 2
        cv2.polylines(
            image, [np.int32(points * 16)], False, 255, max(round(stroke), 1), cv2.LINE_AA, 4
        )
    small = (max(round(image.shape[1] / _OVERSAMPLE), 1), max(round(height / _OVERSAMPLE), 1))
    drawn = cv2.resize(image, small, interpolation=cv2.INTER_AREA).astype(np.float32) / 255.0
    drawn.setflags(write=False)
    return np.asarray(drawn)


def _rounded(points: np.ndarray[tuple[int, ...], np.dtype[np.float64]], by: float) -> Float32:
    """Cut every inner corner of a polyline into an arc."""
    out = [points[0]]
    for before, here, after in zip(points[:-2], points[1:-1], points[2:], strict=True):
        a = here + (before - here) * min(by / max(float(np.linalg.norm(before - here)), 1e-6), 0.5)
        b = here + (after - here) * min(by / max(float(np.linalg.norm(after - here)), 1e-6), 0.5)
        out.extend(
            (1 - t) ** 2 * a + 2 * t * (1 - t) * here + t**2 * b for t in (0.0, 0.33, 0.67, 1.0)
        )
    out.append(points[-1])
    return np.asarray(out, np.float32)
