"""Pictures that show no e-KTP's data side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

import numpy as np

from ktpcheck.geometry import Float32, UInt8
from ktpcheck.synth import camera
from ktpcheck.synth.backgrounds import draw_background, text_sheet
from ktpcheck.synth.splits import SPLITS, stream


@dataclass(frozen=True, eq=False)
class Negative:
    """One picture without an e-KTP. ``pixels`` is (H, W, 3) uint8 RGB."""

    pixels: UInt8 = field(repr=False)
    kind: str
    seed: int
    split: str


def _text_page(rng: np.random.Generator, split: str, size: tuple[int, int]) -> Float32:
    return text_sheet(rng, (size[1], size[0]))


def _noise(rng: np.random.Generator, split: str, size: tuple[int, int]) -> Float32:
    return np.asarray(rng.integers(0, 256, (size[1], size[0], 3)), np.float32)


def _texture(rng: np.random.Generator, split: str, size: tuple[int, int]) -> Float32:
    kinds = SPLITS[split].backgrounds
    return draw_background(kinds[int(rng.integers(len(kinds)))], rng, size).astype(np.float32)


_DRAWERS: Final[Mapping[str, Callable[[np.random.Generator, str, tuple[int, int]], Float32]]] = (
    MappingProxyType({"text_page": _text_page, "noise": _noise, "texture": _texture})
)

#: Every kind of negative.
NEGATIVES: Final = tuple(_DRAWERS)


def make_negative(
    seed: int, split: str = "train", kind: str = "texture", size_px: tuple[int, int] = (1600, 1200)
) -> Negative:
    """Draw one picture without an e-KTP.

    Parameters
    ----------
    seed : int
    split : str
        A key of ``splits.SPLITS``.
    kind : str
        One of ``NEGATIVES``.
    size_px : tuple of int
        Width and height.

    Raises
    ------
    ValueError
        If the kind or split is unknown.
    """
    if kind not in _DRAWERS:
        raise ValueError(f"no negative {kind!r}; there are {', '.join(_DRAWERS)}")
    rng = stream(split, seed, f"negative {kind}")
    drawn = np.clip(_DRAWERS[kind](rng, split, size_px), 0, 255).astype(np.uint8)
    shot = camera.Shot(quality=int(rng.integers(70, 96)), focus_px=float(rng.uniform(0.4, 1.2)))
    return Negative(camera.develop(camera.LINEAR[drawn], shot, rng), kind, seed, split)
