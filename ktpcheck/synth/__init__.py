"""Drawn specimens and simulated captures: what everything else is tuned and judged with.

Every card is invented, carries the word SPECIMEN in its pixels and a NIK with serial 9999.
Needs the ``synth`` extra (typefaces).
"""

from ktpcheck.synth.capture import DEFECTS, Capture, make_capture
from ktpcheck.synth.lines import LINE_DEFECTS, LineCrop, make_lines
from ktpcheck.synth.negatives import NEGATIVES, Negative, make_negative
from ktpcheck.synth.scenes import SCENES
from ktpcheck.synth.sheet import contact_sheet
from ktpcheck.synth.splits import SPLITS, TRAINING_SPLITS

__all__ = [
    "DEFECTS",
    "LINE_DEFECTS",
    "NEGATIVES",
    "SCENES",
    "SPLITS",
    "TRAINING_SPLITS",
    "Capture",
    "LineCrop",
    "Negative",
    "contact_sheet",
    "make_capture",
    "make_lines",
    "make_negative",
]
