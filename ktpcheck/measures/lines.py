"""Thin long lines that are no print: scratches and cracks.

A stroke of print is short (2.6 mm at most) and lies in a known box; a scratch is a ridge a few
tenths of a millimetre wide that runs straight for many. Ridges are averaged along 16 directions
over 6 mm, less what stands beside them; where print hides the card nothing is counted.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import Bool, Float32, UInt8
from ktpcheck.layout import LAYOUTS, PRINTED
from ktpcheck.measures.views import GROUND_PX_PER_MM, View, luma_of, mask_of

_DIRECTIONS: Final = 16
_LENGTH_MM: Final = 6.0

#: A line is judged where at least this share of its length is not hidden by print.
_LEAST_FREE: Final = 0.4

#: Ridges count up to this height: one bright speck is no line.
_MOST_LEVELS: Final = 40.0

#: Lighter than the ground by this much is no print, levels.
_SPECK_LEVELS: Final = 6

#: Share of the mean ridge around that does not count as a line.
_CLUTTER: Final = 1.5

#: The two places beside a line, 0.75 mm away.
_BESIDE: Final = np.array([1, 0, 0, 0, 0, 0, 1], np.uint8)[:, None]

#: The rim of the card is an edge, not a scratch.
_RIM_MM: Final = 1.2


def line_height(view: View) -> Float32:
    """Map of the height (light) or depth (dark) of long lines, (216, 342) float32, levels."""
    half = cv2.GaussianBlur(cv2.cvtColor(view.rgb, cv2.COLOR_RGB2GRAY), (3, 3), 0)
    size = (half.shape[1], half.shape[0])
    level = cv2.blur(luma_of(view.ground), (7, 7)).astype(np.uint8)
    thin = cv2.subtract(half, cv2.morphologyEx(half, cv2.MORPH_OPEN, np.ones((7, 7), np.uint8)))
    light = _coarse(cv2.min(thin, cv2.subtract(half, cv2.resize(level, size))))
    dark = _coarse(view.blackhat)
    portrait, text = _hidden(view)
    light[portrait] = 0
    dark[portrait | text] = 0
    # Between letters the ground shows: there a light line can be seen though a dark one cannot.
    free = ~(portrait | text) | (light > _SPECK_LEVELS)
    return _along(np.maximum(light, dark), free)


def _coarse(ridge: UInt8) -> UInt8:
    """Strongest of each quarter millimetre, (216, 342)."""
    peak = cv2.dilate(ridge, np.ones((2, 2), np.uint8), anchor=(0, 0))
    return np.array(peak[: 216 * 2 : 2, : 342 * 2 : 2], np.uint8)


def _hidden(view: View) -> tuple[Bool, Bool]:
    """Where nothing can be said (portrait, rim, outside), and where a dark line may be print."""
    shape = view.assessable.shape
    placement = view.card.placement
    layout = LAYOUTS.get(placement.layout, PRINTED)
    nothing = mask_of([view.portrait.grown(0.6, 0.6)], shape) | ~view.assessable
    rim = round(_RIM_MM * GROUND_PX_PER_MM)
    nothing[:rim] = nothing[-rim:] = True
    nothing[:, :rim] = nothing[:, -rim:] = True
    boxes = [box.grown(0.3, 0.3) for box in view.text]
    boxes.append(layout.signature.grown(1.5, 1.0))
    # Label, colon and value make one row.
    for key, label in placement.labels.items():
        boxes += [label.union(box).grown(0.3, 0.3) for box in placement.lines.get(key, ())[:1]]
    return nothing, mask_of(boxes, shape)


def _along(ridge: UInt8, free: Bool) -> Float32:
    """Mean ridge along the best direction through each point."""
    scale = 255.0 / _MOST_LEVELS
    capped = cv2.convertScaleAbs(ridge, alpha=scale)
    both = cv2.merge([capped, free.astype(np.uint8) * 255])
    rows, columns = ridge.shape
    side = int(np.ceil(np.hypot(rows, columns))) + 2
    length = round(_LENGTH_MM * GROUND_PX_PER_MM)
    # Print and texture fill an area: a line is what one direction has more than all together.
    clutter = cv2.blur(capped, (length, length))
    best = np.zeros_like(capped)
    for step in range(_DIRECTIONS):
        turn = cv2.getRotationMatrix2D(
            ((columns - 1) / 2, (rows - 1) / 2), 180.0 * step / _DIRECTIONS, 1.0
        )
        turn[:, 2] += [(side - columns) / 2, (side - rows) / 2]
        run = cv2.blur(cv2.warpAffine(both, turn, (side, side)), (length, 1))
        height, share = cv2.split(run)
        share = cv2.max(share, round(255 * _LEAST_FREE))
        line = cv2.divide(height, share, scale=255.0)
        # What runs beside it at 0.75 mm is an edge or a texture; a line stands alone.
        beside = cv2.dilate(line, _BESIDE)
        alone = cv2.subtract(line, beside)
        back = cv2.warpAffine(
            alone, turn, (columns, rows), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        )
        best = cv2.max(best, back)
    best = cv2.subtract(best, cv2.convertScaleAbs(clutter, alpha=_CLUTTER))
    return np.asarray(best / np.float32(scale), np.float32)
