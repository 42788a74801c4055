"""Why nothing proved to be an e-KTP: the likeliest guidance id."""

from __future__ import annotations

from typing import Final

import numpy as np

from ktpcheck.geometry import CARD_HEIGHT_MM, CARD_WIDTH_MM, Box, mm_to_photo
from ktpcheck.outline import Quad, Reduced
from ktpcheck.register.flat import flatten_grey, warp_window
from ktpcheck.register.print import ink_map
from ktpcheck.register.search import Hypothesis

_PX_PER_MM: Final = 3.5
#: A quad this well bounded is a card, or something cut like one.
_A_CARD: Final = 0.8
#: Grey levels from which a stroke counts, and the share of strokes from which there is print.
_STROKE: Final = 14.0
_PRINT: Final = 0.03
#: The other side: light and bluish, its emblem and words in the middle.
_LIGHT: Final = 150.0
_BLUISH: Final = (8.0, 80.0)
_EMPTY: Final = 0.02
#: A vote for rows of an e-KTP in a quad that lost its sides.
_SOME_ROWS: Final = 0.62


def likeliest(
    reduced: Reduced, quads: list[Quad], hypotheses: tuple[Hypothesis, ...], score: float
) -> str:
    """Why there is no e-KTP.

    Parameters
    ----------
    reduced : Reduced
    quads : list of Quad
        Best first.
    hypotheses : tuple of Hypothesis
        What came closest.
    score : float
        How well it proved, 0..1.

    Returns
    -------
    str
        ``wrong_side``, ``not_ektp``, ``low_edge_contrast`` or ``no_card``.
    """
    whole = [quad for quad in quads if quad.support >= _A_CARD and quad.slack_mm < 2.0]
    if whole:
        to_photo = mm_to_photo(whole[0].corners_px)
        window = Box(2.5, 2.5, CARD_WIDTH_MM - 2.5, CARD_HEIGHT_MM - 2.5)
        grey = flatten_grey(reduced, to_photo, window, _PX_PER_MM)
        strokes = ink_map(grey, _PX_PER_MM) > _STROKE
        if strokes.mean() < _PRINT:
            return "no_card"
        pixels = warp_window(reduced.fine, reduced.fine_factor, to_photo, window, (1.0, 1.0))
        blue = float(np.median(pixels[..., 2].astype(np.float32) - pixels[..., 0]))
        quarter = strokes.shape[1] // 5
        ends = max(float(strokes[:, :quarter].mean()), float(strokes[:, -quarter:].mean()))
        if _BLUISH[0] < blue < _BLUISH[1] and np.median(grey) > _LIGHT and ends < _EMPTY:
            return "wrong_side"
        return "not_ektp"
    if hypotheses and hypotheses[0].vote > _SOME_ROWS and score > 0.1:
        return "low_edge_contrast"
    return "no_card"
