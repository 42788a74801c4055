"""Patches by kind, as maps: what covers the card and what has become of it.

Each is the share of the card's surface, (216, 342) float32, 0 or 1.
"""

from __future__ import annotations

import numpy as np

from ktpcheck.geometry import Float32
from ktpcheck.measures.patches import kind_of
from ktpcheck.measures.views import View


def stained(view: View) -> Float32:
    """Coloured by something one can still see the print through."""
    return _painted(view, "stained")


def covered(view: View) -> Float32:
    """Hidden by a finger or a thing that reaches over the edge."""
    return _painted(view, "covered")


def gone(view: View) -> Float32:
    """The table shows where the card should be, from an edge or corner."""
    return _painted(view, "gone")


def holed(view: View) -> Float32:
    """The table shows through a round hole."""
    return _painted(view, "hole")


def _painted(view: View, kind: str) -> Float32:
    plane = np.zeros(view.assessable.shape, np.float32)
    for patch in view.patches:
        if kind_of(patch) == kind:
            plane[patch.mask] = 1.0
    return plane
