"""The one table that keeps training, validation and test material apart.

They differ in seeds *and* in what is drawn: type, backgrounds, faces, card grounds, the shapes of
some faults. What a split does not list it cannot show, and what test lists no other split does.
Code that fits anything (``models/``, and the package itself) may ask for ``TRAINING_SPLITS`` only:
``tests/test_splits.py`` reads that code and refuses the rest.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

import numpy as np


@dataclass(frozen=True)
class Split:
    """What one split may draw.

    ``typefaces`` name rows of ``type.TYPEFACES``; ``grounds`` of ``ground.GROUNDS``;
    ``backgrounds`` of ``backgrounds.BACKGROUNDS``, as does ``keyboard``, which is shown without a
    card; ``faces`` of ``portrait.FACES``. The NIK face ``bold`` is the typeface's own bold.
    ``glares``, ``shadows`` and ``stains`` are the shapes that these faults take (``conditions``,
    ``faults``).
    ``salt`` is the first word of every seed. ``use`` says what may be done with it: to fit weights,
    to choose (limits, when to stop, which model), or only to judge what is finished.
    """

    name: str
    use: Literal["fit", "choose", "judge"]
    salt: int
    typefaces: tuple[str, ...]
    nik_faces: tuple[str, ...]
    grounds: tuple[str, ...]
    backgrounds: tuple[str, ...]
    faces: tuple[str, ...]
    keyboard: str
    glares: tuple[str, ...] = ("lamp", "window", "flash", "tube")
    shadows: tuple[str, ...] = ("edge", "band")
    stains: tuple[str, ...] = ("blot",)


SPLITS: Final[Mapping[str, Split]] = MappingProxyType(
    {
        split.name: split
        for split in (
            Split(
                "train",
                use="fit",
                salt=1109,
                typefaces=(
                    *("arimo", "arimo", "roboto", "source_sans", "hanken"),
                    *("clear_sans", "clear_sans", "dejavu"),
                ),
                nik_faces=("slab_a", "slab_b", "bold"),
                grounds=("map_left", "globe"),
                backgrounds=("wood", "plain", "cloth", "papers", "keys"),
                faces=("round", "long"),
                keyboard="keys",
            ),
            Split(
                "validation",
                use="choose",
                salt=2203,
                typefaces=("noto", "noto", "manrope"),
                nik_faces=("slab_b", "bold"),
                grounds=("globe", "map_right"),
                backgrounds=("planks", "plain", "cloth", "tiles"),
                faces=("square", "long"),
                keyboard="keys",
            ),
            Split(
                "test",
                use="judge",
                salt=3301,
                typefaces=("heros", "heros", "fira", "ubuntu"),
                nik_faces=("slab_c", "bold"),
                grounds=("isles", "rosette"),
                backgrounds=("boards", "marble", "weave", "ledger", "terrazzo", "chiclets"),
                faces=("heart", "oval"),
                keyboard="chiclets",
                glares=("ring", "louvre", "pair"),
                shadows=("phone", "blinds"),
                stains=("cup", "drops"),
            ),
        )
    }
)

#: All that code which fits anything may ask for.
TRAINING_SPLITS: Final = tuple(name for name, split in SPLITS.items() if split.use != "judge")


def stream(split: str, seed: int, purpose: str) -> np.random.Generator:
    """A generator of its own for each purpose.

    The same seed with another defect then shows the same card in the same place: only what the
    defect changes differs.

    Parameters
    ----------
    split : str
        A key of ``SPLITS``.
    seed : int
        Any non-negative integer.
    purpose : str
        What the numbers are for.

    Raises
    ------
    ValueError
        If there is no such split.
    """
    if split not in SPLITS:
        raise ValueError(f"no split {split!r}; there are {', '.join(SPLITS)}")
    return np.random.default_rng([SPLITS[split].salt, seed, zlib.crc32(purpose.encode())])
