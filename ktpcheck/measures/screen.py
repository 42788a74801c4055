"""A screen's pixel grid: a fine regular pattern in the photo's own pixels that no print has."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import CARD_HEIGHT_MM, CARD_WIDTH_MM, Box, Float32
from ktpcheck.measures.crops import luma_crop
from ktpcheck.measures.views import View

_SIDE: Final = 256

#: Lowest frequency that counts, cycles per photo px: print and guilloche lie below.
_FINE: Final = 0.2

#: Frequencies this near a multiple of 1/8 on an axis are those of JPEG blocks.
_JPEG_NEAR: Final = 0.012


def screen_grid(view: View) -> Float32:
    """Strongest fine regular pattern over what surrounds it in the spectrum, (1, 1) float32, dB."""
    window = np.outer(np.hanning(_SIDE), np.hanning(_SIDE)).astype(np.float32)
    pieces = []
    for column in (0.25, 0.55):
        for row in (0.3, 0.7):
            x, y = column * CARD_WIDTH_MM, row * CARD_HEIGHT_MM
            crop = luma_crop(view, Box(x - 20, y - 20, x + 20, y + 20), most_px=_SIDE)
            if crop is None or crop.shape != (_SIDE, _SIDE):
                continue
            fine = crop - cv2.blur(crop, (5, 5))
            # Strokes are strong but few: capped, they do not drown a faint grid.
            pieces.append(np.clip(fine, -24, 24) * window)
    found = len(pieces)
    if not found:
        return np.full((1, 1), np.nan, np.float32)
    if found % 2:
        pieces.append(np.zeros((_SIDE, _SIDE), np.float32))
    power = np.zeros((_SIDE, _SIDE), np.float32)
    for real, imaginary in zip(pieces[::2], pieces[1::2], strict=True):
        # Two pieces at once: the powers of both are in one transform, half at each of k and -k.
        planes = cv2.dft(cv2.merge([real, imaginary]))
        power += planes[..., 0] ** 2 + planes[..., 1] ** 2
    mirrored = np.roll(power[::-1, ::-1], 1, axis=(0, 1))
    power = np.asarray(power + mirrored, np.float32) / np.float32(2)
    level = 10 * np.log10(power + 1e-3)
    around = cv2.blur(level, (21, 21), borderType=cv2.BORDER_REFLECT)
    peaks = (level - around)[_COUNTS]
    # With fewer pieces averaged the spectrum is rougher by chance.
    return np.full((1, 1), float(peaks.max()) - 3.0 / found, np.float32)


def _counted() -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    frequency = np.abs(np.fft.fftfreq(_SIDE))
    fine = np.hypot(frequency[:, None], frequency[None, :]) > _FINE
    jpeg = np.abs(frequency * 8 - np.round(frequency * 8)) / 8 < _JPEG_NEAR
    axis = frequency < _JPEG_NEAR
    return np.asarray(
        fine
        & ~(axis[:, None] & jpeg[None, :])
        & ~(jpeg[:, None] & axis[None, :])
        & ~(jpeg[:, None] & jpeg[None, :]),
        bool,
    )


_COUNTS: Final = _counted()
