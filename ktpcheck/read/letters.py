"""How much room letters take: what stands too far from its neighbour has lost one in between.

A reader that skips a faint letter is as sure of its neighbours as ever; only the room it left out
tells. Offices' printers set values in Arial or a face with much the same widths.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

import numpy as np

from ktpcheck.geometry import Float64

#: Advance widths of Arial, in thousandths of an em.
_WIDTHS: Final = MappingProxyType(
    {
        **dict.fromkeys("0123456789", 556),
        **dict.fromkeys("ABEKPSVXY&", 667),
        **dict.fromkeys("CDHNRU", 722),
        **dict.fromkeys("GOQ", 778),
        **dict.fromkeys("FTZ", 611),
        **dict.fromkeys(" .,:/I", 278),
        **dict.fromkeys("()-", 333),
        **{"J": 500, "L": 556, "M": 833, "W": 944, "'": 191, "+": 584},
    }
)
_USUAL: Final = 600
#: With fewer letters than this nothing says how large an em is.
_FEWEST: Final = 4
#: A lost letter leaves at least this much room, ems; a lost I or full stop leaves less.
_LETTER_EM: Final = 0.45


def spare_room(text: str, centres_mm: Sequence[float]) -> float:
    """The most room between two neighbours that neither needs, in ems.

    Parameters
    ----------
    text : str
        One line; spaces have their own room.
    centres_mm : sequence of float
        The middle of every character, left to right.

    Returns
    -------
    float
        About 0.1 where every letter was read, 0.3 for a lost I, 0.6 for another letter; 0 where
        too few letters were read to tell.
    """
    _, _, spare, _ = _rooms(text, centres_mm)
    return float(spare.max(initial=0.0))


def lost_rooms(
    text: str, centres_mm: Sequence[float], start_mm: float
) -> list[tuple[float, float]]:
    """Where one line leaves room for a letter that was not read, between letters or before them.

    Parameters
    ----------
    text, centres_mm
        As for ``spare_room``.
    start_mm : float
        Where the middle of the first character is expected; NaN where it may stand anywhere.

    Returns
    -------
    list of (float, float)
        From and to, mm, of every such room.
    """
    left, right, spare, em = _rooms(text, centres_mm)
    wide = spare >= _LETTER_EM
    found = list(zip(left[wide].tolist(), right[wide].tolist(), strict=True))
    if len(left) and left[0] - start_mm >= _LETTER_EM * em:
        found.insert(0, (start_mm, float(left[0])))
    return found


def _rooms(text: str, centres_mm: Sequence[float]) -> tuple[Float64, Float64, Float64, float]:
    """Of all neighbours their middles, mm, and the room that neither needs, ems; the em, mm."""
    shown = [at for at, symbol in enumerate(text) if symbol != " "]
    nothing = np.zeros(0)
    if len(shown) < _FEWEST or len(centres_mm) != len(text):
        return nothing, nothing, nothing, 0.0
    widths = np.array([_WIDTHS.get(symbol, _USUAL) for symbol in text.upper()]) / 1000
    expected = np.diff((np.cumsum(widths) - widths / 2)[shown])
    centres = np.asarray(centres_mm, np.float64)[shown]
    em = float(np.median(np.diff(centres) / expected))
    if em <= 0:
        return nothing, nothing, nothing, 0.0
    return centres[:-1], centres[1:], np.diff(centres) / em - expected, em
