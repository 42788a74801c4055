"""Lifted film: grey instead of the ground's colour, no brighter, and with a hard outline.

A reflection pales the ground too, but brightens it and fades out softly; the print's own ground
changes colour softly as well.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import Float32
from ktpcheck.measures.glare import glare
from ktpcheck.measures.patches import at_edge
from ktpcheck.measures.views import GROUND_PX_PER_MM, View, mask_of

#: Added before logarithms: noise in the dark is no colour.
_DARK: Final = 6.0

#: Share of the ground's colour that is gone under film, and the least difference in it. The sheen
#: of a sound card takes less.
_PALER: Final = 0.35
_AWAY: Final = 0.04

#: A ground with less colour than this (log chromaticity) has none to lose.
_LEAST_COLOUR: Final = 0.06

#: Brightness under film over the expected, as a logarithm.
_DULL: Final = (-0.4, 0.25)

#: Change of colour across the outline, per mm of log chromaticity: usually, of film brighter than
#: its surroundings, and of film that is not even.
_HARD: Final = (0.045, 0.07, 0.09)

#: Film is one grey: how far its colour varies, and how bright it may be over the expected (log).
#: The sheen of a sound card shimmers, and takes no light.
_EVEN: Final = (0.022, 0.03)
_NO_BRIGHTER: Final = 0.005

_LEAST_MM2: Final = 24.0

#: Mean glare of a patch and the 1.5 mm around that is a reflection.
_LIT: Final = 0.25


def peeled(view: View) -> Float32:
    """Where film has lifted, (216, 342) float32, 0 or 1; NaN on a ground without colour."""
    logs = np.log(view.ground + _DARK)
    red, blue = (
        np.asarray(cv2.medianBlur(logs[..., i] - logs[..., 1], 5), np.float32) for i in (0, 2)
    )
    usable = view.assessable & ~mask_of((view.portrait.grown(0.6, 0.6),), red.shape)
    plane = np.zeros(red.shape, np.float32)
    if not usable.any():
        return plane
    usual_red, usual_blue = (float(np.median(hue[usable])) for hue in (red, blue))
    colour = np.float32(np.hypot(usual_red, usual_blue))
    if colour < _LEAST_COLOUR:
        return np.full(red.shape, np.nan, np.float32)
    paler = 1 - cv2.magnitude(red, blue) / colour
    # The light is seldom white, so grey film is not quite grey: what counts is the difference.
    away = cv2.magnitude(red - np.float32(usual_red), blue - np.float32(usual_blue))
    lighter = np.log((view.ground[..., 1] + _DARK) / (view.expected[..., 1] + _DARK))
    dull = (lighter > _DULL[0]) & (lighter < _DULL[1])
    odd = ((paler > _PALER) & (away > _AWAY) & dull & usable).astype(np.uint8)
    odd = cv2.morphologyEx(odd, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    odd = cv2.morphologyEx(odd, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(odd, connectivity=4)
    if count == 1 or stats[1:, cv2.CC_STAT_AREA].max() < _LEAST_MM2 * GROUND_PX_PER_MM**2:
        return plane
    steep = _steepness(red, blue)
    lit = cv2.blur(view.once(glare), (13, 13))
    brighter = np.log((view.ground.mean(axis=2) + _DARK) / (view.expected.mean(axis=2) + _DARK))
    for label in range(1, count):
        if stats[label, cv2.CC_STAT_AREA] < _LEAST_MM2 * GROUND_PX_PER_MM**2:
            continue
        mask = labels == label
        # Film lifts from an edge. The skirt of a reflection is pale too.
        x, y, width, height = (int(v) for v in stats[label, :4])
        if not at_edge(x, y, width, height, mask.shape):
            continue
        uneven = float(np.hypot(red[mask].std(), blue[mask].std()))
        if lit[mask].mean() > _LIT or uneven > _EVEN[1]:
            continue
        least = _HARD[0] if brighter[mask].mean() < _NO_BRIGHTER else _HARD[1]
        least = least if uneven < _EVEN[0] else _HARD[2]
        if _outline_steepness(mask, steep, usable) > least:
            plane[mask] = 1.0
    return plane


def _steepness(red: Float32, blue: Float32) -> Float32:
    """Gradient of the two colour planes together, per mm."""
    total = np.zeros_like(red)
    for plane in (red, blue):
        soft = cv2.GaussianBlur(plane, (0, 0), 1.0)
        gx = cv2.Sobel(soft, cv2.CV_32F, 1, 0, ksize=3, scale=GROUND_PX_PER_MM / 8)
        gy = cv2.Sobel(soft, cv2.CV_32F, 0, 1, ksize=3, scale=GROUND_PX_PER_MM / 8)
        total += gx * gx + gy * gy
    # The outline found is a pixel or two off the steepest place.
    return np.asarray(cv2.dilate(np.sqrt(total), np.ones((5, 5), np.uint8)), np.float32)


def _outline_steepness(
    mask: np.ndarray[tuple[int, ...], np.dtype[np.bool_]],
    steep: Float32,
    usable: np.ndarray[tuple[int, ...], np.dtype[np.bool_]],
) -> float:
    """Median along the part of the outline that lies on the card's ground."""
    ring = cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool) & ~mask
    inner = np.zeros_like(usable)
    inner[6:-6, 6:-6] = usable[6:-6, 6:-6]
    near = cv2.erode(inner.astype(np.uint8), np.ones((9, 9), np.uint8)).astype(bool)
    values = steep[ring & near]
    return float(np.median(values)) if values.size else 0.0
