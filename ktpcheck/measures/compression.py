"""Compression: the step to which JPEG rounded the picture, read off its blocks.

JPEG rounds the 64 frequencies of every 8 x 8 block to multiples of a step. The smallest non-zero
values of a frequency over all blocks stand at one step, so the step can be read back from the
pixels: about 3 at quality 85, 10 at 50, 30 at 17. A picture that was never compressed, or
resized since, has no such gap and shows the least that is looked for. Clipped colours leave small
values in the gap: on a bright card a large step is known by how few middling ones there are.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import CARD_BOX, Float32
from ktpcheck.measures.crops import luma_crop
from ktpcheck.measures.views import View

_BLOCK_PX: Final = 8

#: Smaller than this is the rounding of pixels, not of frequencies.
_LEAST: Final = 3.5

#: The lowest frequencies, row and column: those that a card has in every block.
_FREQUENCIES: Final = ((0, 1), (1, 0), (1, 1), (0, 2), (2, 0), (1, 2), (2, 1))

_LOWEST: Final = 3

#: A step at a block's edge this high is an edge of the picture.
_EDGE_LEVELS: Final = 4.0

#: Levels between which a block is not clipped.
_BOTTOM: Final = 3.0
_TOP: Final = 251.0

_FEWEST: Final = 30

#: Of values larger than a clipped colour leaves, so few lie in the gap below a large step.
_LEFT_OVER: Final = 12.0
_GAP_END: Final = 60.0
_FEW_IN_GAP: Final = 0.2

#: The frequencies that tell: the lowest of all, which every edge has.
_TELLING: Final = 3


def quantisation(view: View) -> Float32:
    """JPEG's step at the lowest frequencies, (1, 1) float32, levels; about 5 or less: none seen."""
    crop = luma_crop(view, CARD_BOX, most_px=400, least_px=8 * _BLOCK_PX)
    if crop is None:
        return np.full((1, 1), np.nan, np.float32)
    aligned = crop[_phase(crop.T) :, _phase(crop) :]
    rows, columns = (side // _BLOCK_PX for side in aligned.shape)
    blocks = aligned[: rows * _BLOCK_PX, : columns * _BLOCK_PX]
    # Down the columns of all blocks at once, then along their rows; only the lowest are needed.
    tops = blocks.reshape(rows, _BLOCK_PX, columns * _BLOCK_PX)
    down = [
        sum(_COSINES[u, y] * tops[:, y] for y in range(_BLOCK_PX)).reshape(rows, columns, _BLOCK_PX)
        for u in range(_LOWEST)
    ]
    # A clipped block no longer holds multiples of the step.
    most = tops.max(axis=1).reshape(rows, columns, _BLOCK_PX).max(axis=2)
    least = tops.min(axis=1).reshape(rows, columns, _BLOCK_PX).min(axis=2)
    whole = (most < _TOP) & (least > _BOTTOM)
    sizes = [
        np.abs(sum(_COSINES[v, x] * down[u][..., x] for x in range(_BLOCK_PX)))[whole]
        for u, v in _FREQUENCIES
    ]
    floor = _GAP_END if _with_gap(sizes[:_TELLING]) else _LEAST
    steps = []
    for size in sizes:
        size = size[size > floor]
        if len(size) >= _FEWEST:
            steps.append(float(np.percentile(size, 12)))
    return np.full((1, 1), np.median(steps) if steps else np.nan, np.float32)


def _with_gap(sizes: list[Float32]) -> bool:
    """Hardly a value lies between what clipped colours leave and a large step."""
    shares = []
    for size in sizes:
        large = size[size > _LEFT_OVER]
        if len(large) >= _FEWEST:
            shares.append(float((large < _GAP_END).mean()))
    return bool(shares) and float(np.median(shares)) < _FEW_IN_GAP


def _phase(crop: Float32) -> int:
    """Column at which the first whole block begins: after a crop any of eight."""
    steps = np.minimum(cv2.absdiff(crop[:, 1:], crop[:, :-1]), _EDGE_LEVELS)
    profile = steps.mean(axis=0)
    periods = len(profile) // _BLOCK_PX
    phases = profile[: periods * _BLOCK_PX].reshape(periods, _BLOCK_PX).mean(axis=0)
    return (int(phases.argmax()) + 1) % _BLOCK_PX


def _cosines() -> Float32:
    place = np.arange(_BLOCK_PX)[None, :]
    order = np.arange(_LOWEST)[:, None]
    basis = np.cos((2 * place + 1) * order * np.pi / (2 * _BLOCK_PX)) / 2
    basis[0] /= np.sqrt(2)
    return np.asarray(basis, np.float32)


_COSINES: Final = _cosines()
