"""Glare: the share of the light that a reflection adds.

The laminate mirrors a lamp on top of the card: light is added, the same in all colours, so the
ground grows brighter, paler in colour, and the ink grey. What is added is told from a brighter
light on the card (which multiplies) by the colour it takes away, from a white table or a faded
card by the brightness above the card's own ground, and from a bright exposure by the contrast of
the print that it costs.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import Bool, Float32
from ktpcheck.measures.contrast import ink_michelson
from ktpcheck.measures.views import View, coarse, least_of, luma_of, mask_of, most_of

_GAMMA: Final = 2.2

#: Light and print of the ground vary by this much without any reflection (share of its light).
_ALLOWANCE: Final = 0.12

#: The print of the ground itself is paler than its mean by up to this share.
_PATTERN: Final = 0.15

#: Print differs in contrast by this share without any light on it; this share of it is all.
_SPREAD: Final = 0.1
_GONE: Final = 0.65

#: A ground is white from here up in all three channels.
_WHITE: Final = 243.0

#: From this level up in all three channels nothing under the reflection is left.
_LOST: Final = 249.0


def glare(view: View) -> Float32:
    """Map of added light over all light, (108, 171) float32, 0..1.

    0.5 halves the contrast of the print in linear light; 1 is saturated.
    """
    seen, expected = view.once(ground_light), linear(view.expected)
    light, usual = luma_of(seen), luma_of(expected)
    brighter = np.maximum(light - usual * (1 + _ALLOWANCE), 0)
    # Colour left, against what this light on this ground should have.
    colour = np.maximum((most_of(seen) - least_of(seen)) / np.maximum(light, 1e-3), 0)
    usual_colour = (most_of(expected) - least_of(expected)) / np.maximum(usual, 1e-3)
    paler = 1 - colour / np.maximum(usual_colour, 0.05)
    paler = np.clip((paler - _PATTERN) / (1 - _PATTERN), 0, 1)
    added = np.minimum(brighter, 2 * paler * light) / np.maximum(light, 1e-3)
    least = least_of(view.once(_ground))
    lost = least >= _LOST
    # A reflection is a light: where the whole card is that bright, exposure is the fault.
    lost &= usual < (_LOST / 255) ** _GAMMA
    share = np.where(lost, 1.0, np.clip(added, 0, 1)).astype(np.float32)
    faded, printed = _faded(view)
    # Where a reflection is wide the rest of the card no longer tells what the ground should be:
    # print that is all but gone on a white ground is under light all the same.
    white = np.clip((least - _WHITE) / (_LOST - _WHITE), 0, 1)
    gone = np.clip((faded - _GONE) / (1 - _GONE), 0, 1)
    share = np.where(printed, np.maximum(share * np.clip(faded / 0.3, 0, 1), white * gone), share)
    share = np.asarray(share, np.float32)
    share[mask_of((view.portrait,), share.shape)] = 0
    return share


def _faded(view: View) -> tuple[Float32, Bool]:
    """How far the print has lost contrast, 0..1, and where there is print; (108, 171) both.

    A ground may be white and the print on it as black as ever: that is no harm.
    """
    michelson = view.once(ink_michelson)
    printed = mask_of(view.text, michelson.shape)
    usual = float(np.percentile(michelson[printed], 60)) if printed.any() else 0.0
    lost = np.clip((1 - michelson / max(usual, 1e-3) - _SPREAD) / (1 - _SPREAD), 0, 1)
    return np.asarray(lost, np.float32), printed


def _ground(view: View) -> Float32:
    return coarse(view.ground)


def ground_light(view: View) -> Float32:
    """The ground in linear light, (108, 171, 3) float32, 0..1."""
    return linear(view.once(_ground))


def linear(levels: Float32) -> Float32:
    """Levels 0..255 to linear light 0..1, by the usual power law."""
    return np.asarray(cv2.pow(np.asarray(levels, np.float32) / np.float32(255), _GAMMA), np.float32)
