"""Readers: one file an engine. An engine turns a picture of one line into text, nothing more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from ktpcheck.geometry import UInt8


@dataclass(frozen=True)
class Transcript:
    """One line as an engine read it.

    ``characters`` holds the score 0..1 of every character of ``text``; ``positions`` its centre
    along the line, 0 at the left edge of the picture and 1 at the right. Engines that do not say
    leave both empty.
    """

    text: str = field(repr=False)
    confidence: float
    characters: tuple[float, ...] = ()
    positions: tuple[float, ...] = ()


class Engine(Protocol):
    """What the reader needs of an engine. Calls change nothing in it."""

    name: str
    models: Mapping[str, str]

    def read_line(self, line: UInt8) -> Transcript:
        """Read one line, (H, W, 3) uint8 RGB, upright."""
        ...
