"""Where on a line's place print stands."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import CARD_BOX, PX_PER_MM, Box, Float32
from ktpcheck.records import Card

#: Resolution at which print is looked for, px/mm.
_INK_PX_PER_MM: Final = 8
#: Kept left and right of the print, so that a faint last stroke is not cut off, mm.
MARGIN_MM: Final = 0.6
#: Top and bottom of a line's box, where the neighbouring rows may reach in, mm.
_EDGE_MM: Final = 0.35
#: Print that runs out of the box past a gap this wide is not the value's: the place of issue may
#: reach into the rows, mm.
_FOREIGN_GAP_MM: Final = 2.5
#: Print behind such a gap that starts this near to where the other line does is the other's, mm.
_SAME_START_MM: Final = 1.0
#: Print left of such a gap is no part of a centred line whose rest stands so much nearer to the
#: middle without it, mm.
_NEARER_MM: Final = 1.0
#: A column holds print from this share of the line's strong ink (this share of the columns has
#: less), and from this many levels.
_INK_SHARE: Final = 0.18
_STRONG: Final = 0.97
_INK_LEVELS: Final = 7.0
#: And from this many times what half of all places have: in a dark photo that is noise.
_NOISE_TIMES: Final = 3.3
_EVERY: Final = 8


def ink_of(card: Card) -> Float32:
    """Print as darkness against what is around it, in levels, at ``_INK_PX_PER_MM``."""
    factor = _INK_PX_PER_MM / PX_PER_MM
    small = cv2.resize(card.pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    # Black on light blue: red and green carry the print, blue mostly the ground.
    grey = cv2.addWeighted(small[:, :, 0], 0.6, small[:, :, 1], 0.4, 0)
    stroke = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))
    return np.asarray(cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, stroke), np.float32)


def find_print(ink: Float32, box: Box, *, centred: bool, stranger: Box | None = None) -> Box | None:
    """The part of a line's box that holds print, with a margin left and right; None if none does.

    Parameters
    ----------
    ink : (H, W) float32
        From ``ink_of``.
    box : Box
        Where the line may stand.
    centred : bool
        Whether the line is set about the box's middle, so that a stranger may also reach in at its
        left.
    stranger : Box, optional
        Print of another line, with its margin, that may reach in from the right.
    """
    rows, columns = box.grown(0.0, -_EDGE_MM).slices(ink.shape)
    band = ink[rows, columns]
    # The three darkest rows of a column: a vertical stroke, a hyphen and noise told apart.
    depth = min(3, band.shape[0])
    profile = np.partition(band, -depth, axis=0)[-depth:].sum(axis=0) / depth
    strong = int(_STRONG * (len(profile) - 1))
    noise = _NOISE_TIMES * float(np.median(ink[::_EVERY, ::_EVERY]))
    limit = max(_INK_LEVELS, noise, _INK_SHARE * float(np.partition(profile, strong)[strong]))
    held = np.flatnonzero(profile > limit)
    if len(held) == 0:
        return None
    gap = np.flatnonzero(np.diff(held) >= _FOREIGN_GAP_MM * _INK_PX_PER_MM)
    if len(gap) and held[-1] >= len(profile) - 2:
        held = held[: gap[-1] + 1]
    if stranger is not None and stranger.y0 < box.y1 and box.y0 < stranger.y1:
        start = (stranger.x0 + MARGIN_MM - box.x0) * _INK_PX_PER_MM
        foreign = [
            last
            for last in gap[gap < len(held) - 1]
            if abs(held[last + 1] - start) < _SAME_START_MM * _INK_PX_PER_MM
        ]
        held = held[: foreign[0] + 1] if foreign else held
    gap = gap[gap < len(held) - 1]
    if centred and len(gap):
        middle, whole = len(profile) / 2, (held[0] + held[-1]) / 2
        rest = (held[gap[0] + 1] + held[-1]) / 2
        nearer = abs(whole - middle) - abs(rest - middle) > _NEARER_MM * _INK_PX_PER_MM
        if held[0] <= 1 or nearer:
            held = held[gap[0] + 1 :]
    left = box.x0 + held[0] / _INK_PX_PER_MM - MARGIN_MM
    right = box.x0 + (held[-1] + 1) / _INK_PX_PER_MM + MARGIN_MM
    return Box(max(left, CARD_BOX.x0), box.y0, min(right, CARD_BOX.x1), box.y1)
