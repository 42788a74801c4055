"""Measures: one file per physical quantity, each a map over the card in its native unit."""

from ktpcheck.measures.table import MEASURES, MeasureRow, measure

__all__ = ["MEASURES", "MeasureRow", "measure"]
