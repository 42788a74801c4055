"""Photo to cards: where e-KTPs lie and which way up, before any print is read.

``reduce_photo`` makes the smaller pictures that all the work is done on (``flat`` shows a supposed
card in them); ``CardFinder`` is the network that sees cards in them, ``cells`` fits them to what it
says. Where exactly a card lies, and that it is an e-KTP, is proven by its print and its sides: see
``ktpcheck.register``.
"""

from ktpcheck.outline.finder import LOOKS_LIKE, SAME_CARD, CardFinder, Found, Seen, overlap
from ktpcheck.outline.reduced import Reduced, reduce_photo

__all__ = [
    "LOOKS_LIKE",
    "SAME_CARD",
    "CardFinder",
    "Found",
    "Reduced",
    "Seen",
    "overlap",
    "reduce_photo",
]
