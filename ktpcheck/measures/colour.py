"""Colour of the ground: how much there is, and where it differs from the pale blue of the blank."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import Float32, UInt8
from ktpcheck.measures.views import View

#: The blank's ground in CIELAB a*, b*: RGB about (190, 217, 241) under white light.
_BLANK_AB: Final = np.array([-4.0, -14.5], np.float32)

_GAMMA: Final = 2.2
_BURNT: Final = 250.0

#: Hue of the grounds of ordinary captures (log of red and of blue over green, linear light), on the
#: simulator's training split; and what takes deviations from it to units of their spread.
_USUAL_HUE: Final = np.array([-0.272, 0.166], np.float32)
_SPREAD: Final = np.array([[0.0102, -0.00208], [-0.00208, 0.0022]])
_PER_SPREAD: Final = np.asarray(np.linalg.cholesky(np.linalg.inv(_SPREAD)), np.float32)


def chroma(view: View) -> Float32:
    """Map of CIELAB chroma with the portrait in it, (54, 86) float32, 0..130."""
    lab = _lab(view.rgb)
    return np.asarray(np.hypot(lab[..., 1], lab[..., 2]), np.float32)


def colourfulness(view: View) -> Float32:
    """Map of the distance in a*, b* from the card's own middle colour, (54, 86) float32.

    A grey copy stays near zero under light of any colour; a card has its portrait.
    """
    ab = _lab(view.rgb)[..., 1:]
    middle = np.median(ab.reshape(-1, 2), axis=0)
    return np.asarray(np.hypot(*np.moveaxis(ab - middle, 2, 0)), np.float32)


def tint(view: View) -> Float32:
    """Map of how unusual the ground's hue is, (54, 86) float32, standard deviations.

    Blanks differ, and so do daylight and lamps, but hardly in every direction: the distance from
    the usual blank, in logarithms of red and of blue over green, counts in units of that spread.
    """
    cells = cv2.resize(view.ground, (86, 54), interpolation=cv2.INTER_AREA)
    # Of linear light, on which a colour of light is a factor.
    logs = np.float32(_GAMMA) * np.log(np.maximum(cells, 1.0))
    hue = np.stack([logs[..., 0] - logs[..., 1], logs[..., 2] - logs[..., 1]], axis=2)
    # A clipped blue was at least that blue: it may be usual, and says nothing against it.
    burnt = cells[..., 2] >= _BURNT
    hue[burnt, 1] = np.maximum(hue[burnt, 1], _USUAL_HUE[1])
    off = (hue - _USUAL_HUE) @ _PER_SPREAD
    return np.asarray(np.hypot(off[..., 0], off[..., 1]), np.float32)


def warmth(view: View) -> Float32:
    """Map of the ground's b* above the blank's (towards yellow), (54, 86) float32."""
    return np.asarray(view.once(_ground_lab)[..., 2] - _BLANK_AB[1], np.float32)


def redness(view: View) -> Float32:
    """Map of the ground's a* above the blank's (towards red), (54, 86) float32."""
    return np.asarray(view.once(_ground_lab)[..., 1] - _BLANK_AB[0], np.float32)


def _ground_lab(view: View) -> Float32:
    return _lab(view.ground)


def _lab(rgb: Float32 | UInt8) -> Float32:
    """Millimetre cells in CIELAB, lightness brought to the blank's so that only hue counts."""
    cells = cv2.resize(rgb, (86, 54), interpolation=cv2.INTER_AREA)
    shares = cells.astype(np.float32) / np.float32(255)
    return np.asarray(cv2.cvtColor(shares, cv2.COLOR_RGB2LAB), np.float32)
