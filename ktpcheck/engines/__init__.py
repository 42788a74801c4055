"""Readers: one file an engine. An engine turns a picture of one line into text, nothing more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from ktpcheck.errors import EngineError
from ktpcheck.geometry import Float32, UInt8


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


def scores_of(name: str, network: Callable[[Float32], Float32], batch: Float32) -> Float32:
    """Run an engine's network on one line; whatever the runtime says is that engine's error."""
    try:
        return network(np.ascontiguousarray(batch))
    except Exception as error:
        raise EngineError(
            name, f"the runtime failed ({type(error).__name__})", "Report this as a bug."
        ) from None
