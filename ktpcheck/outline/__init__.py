"""Photo to quads: where an ID-1 card may lie, before anything printed on it is looked at.

``reduce_photo`` makes the smaller pictures all the work is done on, ``find_lines`` the straight
edges in them, ``find_quads`` the plausible cards these bound. Whether a quad is an e-KTP, and
which way up, is decided by its print: see ``ktpcheck.register``.
"""

from ktpcheck.outline.lines import Lines, find_lines
from ktpcheck.outline.quads import Quad, find_quads
from ktpcheck.outline.reduced import Reduced, reduce_photo

__all__ = ["Lines", "Quad", "Reduced", "find_lines", "find_quads", "reduce_photo"]
