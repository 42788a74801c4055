"""Strokes that are no print of the card: writing or marks laid over it."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import Bool, Float32
from ktpcheck.measures.ridges import printed_boxes
from ktpcheck.measures.views import GROUND_PX_PER_MM, View, mask_of

#: A dark stroke takes this share of its ground's light in some channel, a light one adds this.
_DARK: Final = 0.16
_LIGHT: Final = 0.07

#: Black takes the same share from every channel; colour differs between them by this.
_COLOUR: Final = 0.3

#: A field is disturbed by what is drawn this near to it.
_REACH_MM: Final = 3.0

#: A byte that stands for the ground's own light.
_WHOLE: Final = 200.0

#: The rim of the card is an edge.
_RIM_MM: Final = 1.2


def foreign_strokes(view: View) -> Float32:
    """Share of the free surface within 1.5 mm that bears foreign strokes, (216, 342) float32.

    Between the rows every stroke is foreign; on the print itself those of another colour are.
    """
    foreign, free = _foreign(view)
    shape = view.assessable.shape
    size = (shape[1], shape[0])
    side = (round(_REACH_MM * GROUND_PX_PER_MM),) * 2
    drawn = cv2.blur(cv2.resize(foreign, size, interpolation=cv2.INTER_AREA), side)
    room = cv2.blur(cv2.resize(free, size, interpolation=cv2.INTER_AREA), side)
    share = np.where(room > 0.15, drawn / np.maximum(room, 0.15), 0)
    return np.asarray(np.minimum(share, 1), np.float32)


def _foreign(view: View) -> tuple[Float32, Float32]:
    """Foreign strokes, and where they could be seen, at 8 px/mm, 0 or 1."""
    seen = cv2.GaussianBlur(view.rgb, (3, 3), 0)
    size = (seen.shape[1], seen.shape[0])
    ground = cv2.resize(cv2.blur(view.ground, (5, 5)) + np.float32(4), size)
    # In bytes: 200 is the ground itself, and half a percent is finer than any limit.
    lifted = cv2.convertScaleAbs(seen, beta=4.0)
    share = cv2.divide(lifted, cv2.convertScaleAbs(ground), scale=_WHOLE)
    red, green, blue = cv2.split(share)
    most, least = cv2.max(cv2.max(red, green), blue), cv2.min(cv2.min(red, green), blue)
    dark = least < (1 - _DARK) * _WHOLE
    coloured = dark & (cv2.subtract(most, least) > _COLOUR * _WHOLE)
    light = green > (1 + _LIGHT) * _WHOLE
    printed, ignored = _known(view, seen.shape)
    foreign = (((dark | light) & ~printed) | coloured) & ~ignored
    free = (~printed | coloured) & ~ignored
    return foreign.astype(np.float32), free.astype(np.float32)


def _known(view: View, shape: tuple[int, ...]) -> tuple[Bool, Bool]:
    """Where print is expected, and where nothing can be said."""
    boxes = printed_boxes(view.card.placement, view.text)
    ignored = mask_of((view.portrait.grown(1.0, 1.3),), shape)
    size = (shape[1], shape[0])
    marred = cv2.resize(view.ridges.nothing.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    ignored |= marred.astype(bool)
    rim = round(_RIM_MM * shape[1] / 85.6)
    ignored[:rim] = ignored[-rim:] = True
    ignored[:, :rim] = ignored[:, -rim:] = True
    return mask_of(boxes, shape), ignored
