"""A contact sheet: many captures at one look."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import UInt8
from ktpcheck.synth.capture import Capture
from ktpcheck.synth.negatives import Negative

_GAP_PX: Final = 6


def contact_sheet(
    captures: Sequence[Capture | Negative],
    columns: int = 4,
    *,
    tile_px: tuple[int, int] = (480, 360),
    outlines: bool = False,
) -> UInt8:
    """Lay pictures side by side.

    Parameters
    ----------
    captures : sequence of Capture or Negative
    columns : int
        Pictures in a row.
    tile_px : tuple of int
        Width and height each picture is fitted into.
    outlines : bool
        Draw the true outline on captures.

    Returns
    -------
    (H, W, 3) uint8

    Raises
    ------
    ValueError
        If there is nothing to show or ``columns`` is below 1.
    """
    if not captures or columns < 1:
        raise ValueError("a contact sheet needs at least one picture and one column")
    rows = -(-len(captures) // columns)
    step_x, step_y = tile_px[0] + _GAP_PX, tile_px[1] + _GAP_PX
    sheet = np.full((rows * step_y + _GAP_PX, columns * step_x + _GAP_PX, 3), 40, np.uint8)
    for index, capture in enumerate(captures):
        pixels = capture.pixels
        scale = min(tile_px[0] / pixels.shape[1], tile_px[1] / pixels.shape[0])
        size = (max(int(pixels.shape[1] * scale), 1), max(int(pixels.shape[0] * scale), 1))
        small = np.ascontiguousarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))
        if outlines and isinstance(capture, Capture):
            line = np.int32(capture.outline.corners_px * scale * 16)
            cv2.polylines(small, [line], True, (255, 40, 40), 1, cv2.LINE_AA, 4)
        top = _GAP_PX + index // columns * step_y
        left = _GAP_PX + index % columns * step_x
        sheet[top : top + size[1], left : left + size[0]] = small
    return sheet
