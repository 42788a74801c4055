"""Photo to quads: where an ID-1 card may lie, before anything printed on it is looked at.

``reduce_photo`` makes the smaller pictures all the work is done on; ``find_quads`` finds the
plausible cards in them, bounded by straight edges (``lines``) or of one colour (``blobs``).
Whether a quad is an e-KTP, and which way up, is decided by its print: see ``ktpcheck.register``.
"""

from ktpcheck.outline.quads import Quad, find_quads, find_small_quads
from ktpcheck.outline.reduced import Reduced, reduce_photo

__all__ = ["Quad", "Reduced", "find_quads", "find_small_quads", "reduce_photo"]
