"""Colour of the ground: how much there is, and where it differs from the pale blue of the blank."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import Float32
from ktpcheck.measures.views import View

#: The blank's ground in CIELAB a*, b*: RGB about (190, 217, 241) under white light.
_BLANK_AB: Final = np.array([-4.0, -14.5], np.float32)


def chroma(view: View) -> Float32:
    """Map of CIELAB chroma with the portrait in it, (54, 86) float32, 0..130."""
    lab = _lab(view.rgb.astype(np.float32))
    return np.asarray(np.hypot(lab[..., 1], lab[..., 2]), np.float32)


def colourfulness(view: View) -> Float32:
    """Map of the distance in a*, b* from the card's own middle colour, (54, 86) float32.

    A grey copy stays near zero under light of any colour; a card has its portrait.
    """
    ab = _lab(view.rgb.astype(np.float32))[..., 1:]
    middle = np.median(ab.reshape(-1, 2), axis=0)
    return np.asarray(np.hypot(*np.moveaxis(ab - middle, 2, 0)), np.float32)


def tint(view: View) -> Float32:
    """Map of the distance in a*, b* of the ground from the blank's, (54, 86) float32."""
    off = view.once(_ground_lab)[..., 1:] - _BLANK_AB
    return np.asarray(np.hypot(off[..., 0], off[..., 1]), np.float32)


def warmth(view: View) -> Float32:
    """Map of the ground's b* above the blank's (towards yellow), (54, 86) float32."""
    return np.asarray(view.once(_ground_lab)[..., 2] - _BLANK_AB[1], np.float32)


def redness(view: View) -> Float32:
    """Map of the ground's a* above the blank's (towards red), (54, 86) float32."""
    return np.asarray(view.once(_ground_lab)[..., 1] - _BLANK_AB[0], np.float32)


def _ground_lab(view: View) -> Float32:
    return _lab(view.ground)


def _lab(rgb: Float32) -> Float32:
    """Millimetre cells in CIELAB, lightness brought to the blank's so that only hue counts."""
    cells = cv2.resize(rgb, (86, 54), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(cells / np.float32(255), cv2.COLOR_RGB2LAB), np.float32)
