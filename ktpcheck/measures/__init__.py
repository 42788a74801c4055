"""Measures: maps over the card, one file a physical quantity, and what our own network sees."""

from ktpcheck.measures.network import FaultNetwork, Seen
from ktpcheck.measures.table import MEASURES, PROBABILITY, MeasureRow, measure

__all__ = ["MEASURES", "PROBABILITY", "FaultNetwork", "MeasureRow", "Seen", "measure"]
