"""Other light, other cameras and other faults for captures that are drawn already."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from laid import LAID, some_faults
from network import MAPS, STRIDE
from shapes import Array

from ktpcheck.measures.network import SHAPE

_CELLS: Final = (SHAPE[0] // STRIDE, SHAPE[1] // STRIDE)

#: A tenth of a mask is enough to be seen.
_PRESENT: Final = 0.1

#: What hides whatever else is there.
_OPAQUE: Final = frozenset({"occluded", "hole_punch", "broken"})


def _other_camera(rgb: Array, rng: np.random.Generator) -> Array:
    """A little other exposure, colour, sharpness, noise and compression."""
    curve = rng.uniform(0.8, 1.25)
    gains = rng.normal(1, 0.02, 3) * rng.uniform(0.9, 1.08)
    rgb = 255 * np.power(np.clip(rgb, 0, 255) / 255, curve) * gains
    if rng.random() < 0.25:
        y, x = np.mgrid[-1 : 1 : SHAPE[0] * 1j, -1 : 1 : SHAPE[1] * 1j]
        lean = rng.normal(0, 0.08, 2)
        rgb = rgb * (1 + lean[0] * x + lean[1] * y)[..., None]
    if rng.random() < 0.3:
        rgb = cv2.GaussianBlur(rgb, (0, 0), rng.uniform(0.3, 0.8))
    if rng.random() < 0.4:
        rgb = rgb + rng.normal(0, rng.uniform(0.5, 6), rgb.shape)
    pixels = np.clip(rgb, 0, 255).astype(np.uint8)
    if rng.random() < 0.15:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(40, 92))]
        pixels = cv2.imdecode(cv2.imencode(".jpg", pixels, quality)[1], cv2.IMREAD_COLOR)
    return pixels


def varied(
    x: Array, maps: Array, severity: Array, hidden: Array, rng: np.random.Generator
) -> tuple[Array, Array, Array, Array]:
    """Another look of a sample, and its truth.

    Parameters
    ----------
    x : (5, *SHAPE) uint8
    maps : (len(MAPS), h, w) uint8
    severity : (len(MAPS),) float32
    hidden : (h, w) bool
    rng : numpy.random.Generator

    Returns
    -------
    tuple of the same four
    """
    rgb = x[:3].transpose(1, 2, 0).astype(np.float32)
    maps, severity = maps.copy(), severity.copy()
    for name in some_faults(rng):
        at = MAPS.index(name)
        if severity[at] > 0:
            continue
        much = float(rng.uniform(0.12, 0.95))
        rgb, mask = LAID[name](rgb, rng, much, x[3])
        share = cv2.resize(
            (mask > _PRESENT).astype(np.float32), _CELLS[::-1], interpolation=cv2.INTER_AREA
        )
        if not share.any():
            continue
        maps[at] = np.round(255 * share).astype(np.uint8)
        severity[at] = much
        if name in _OPAQUE:
            hidden = hidden | (share > 0.6)
    pixels = _other_camera(rgb, rng)
    return np.concatenate([pixels.transpose(2, 0, 1), x[3:]]), maps, severity, hidden
