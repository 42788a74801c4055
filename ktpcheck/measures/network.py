"""Our own network's look at the card: how surely each fault spoils it, millimetre by millimetre.

What a hand-made rule takes for a scratch may be the edge of a stain, and print that is gone may lie
under glare: a network that sees the whole card and knows every fault tells them apart better than
each rule for itself. It is described in ``models/defects``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import Box, Float32, UInt8
from ktpcheck.measures.pools import parts_of
from ktpcheck.records import Card
from ktpcheck.weights import Network, find_model

#: The picture that the network sees: 7.8 px/mm, both sides divisible by its strides. Most of it
#: works on half of that; a scratch is a tenth of a millimetre wide.
SHAPE: Final = (416, 672)

#: Levels by which the network is told where the portrait, labels and values are expected.
_PORTRAIT, _LABEL, _VALUE = 64, 128, 255

#: What covers a card, stains it or blinds the lens may look broken in places. Where all that hangs
#: together, from the first of these on, is one of those as surely as the second says, it is no
#: break. Of 16 true breaks, drawn by two hands, the surest other reached .76; of what is no break,
#: the least sure .84. (With earlier weights; those of now seldom take one for the other.)
_HANGS_TOGETHER, _NO_BREAK = 0.5, 0.8
_NOT_BROKEN: Final = ("occluded", "stain", "glare")
#: So many places make one of them sure, and it has to take this much room beside the break: a card
#: that is broken through is held by a fingertip. What was no break had .26 at least.
_PLACES, _BESIDE = 3, 0.15

#: Surer than this the network is of nothing: two numbers beyond it tell no fault from a graver one.
_SURE: Final = np.float32(0.995)


def inputs_of(card: Card, regions: Mapping[str, Sequence[Box]]) -> UInt8:
    """What the network sees of a card.

    Parameters
    ----------
    card : Card
    regions : mapping of str to sequence of Box
        Where the values' print stands, mm: print and no more of the line, or the rest of every line
        would look as if its print were gone.

    Returns
    -------
    (5, 416, 672) uint8
        Red, green, blue; where print is expected; 255 inside the photo.
    """
    rows, columns = SHAPE
    # By a whole factor first: that is many times cheaper.
    half = (card.pixels.shape[1] // 2, card.pixels.shape[0] // 2)
    halved = cv2.resize(card.pixels, half, interpolation=cv2.INTER_AREA)
    rgb = cv2.resize(halved, (columns, rows), interpolation=cv2.INTER_AREA)
    printed = np.zeros(SHAPE, np.uint8)
    placement = card.placement
    values = tuple(box for boxes in regions.values() for box in boxes)
    levels: tuple[tuple[tuple[Box, ...], int], ...] = (
        ((placement.portrait,), _PORTRAIT),
        (tuple(placement.labels.values()), _LABEL),
        (values, _VALUE),
    )
    for boxes, level in levels:
        for part in parts_of(boxes, SHAPE):
            printed[part] = level
    if card.inside.all():
        inside = np.full(SHAPE, 255, np.uint8)
    else:
        shown = card.inside.astype(np.uint8) * 255
        inside = np.asarray(
            cv2.resize(shown, (columns, rows), interpolation=cv2.INTER_AREA), np.uint8
        )
    return np.concatenate([rgb.transpose(2, 0, 1), printed[None], inside[None]])


@dataclass(frozen=True, eq=False)
class Seen:
    """What the network says of one card, without the breaks that are none.

    ``maps`` holds (52, 84) float32 by fault: 0..1, how surely it spoils that place.
    """

    maps: Mapping[str, Float32] = field(repr=False)


class FaultNetwork:
    """The network under ``models/defects``. Calls change nothing in it: threads may share one.

    Raises
    ------
    ModelMissing, ModelMismatch
        If the weights are not where the manifest says, or not those it names.
    """

    def __init__(self) -> None:
        model = find_model("defects")
        self._network = Network(model)
        self._names = self._network.metadata["maps"].split(",")
        self.models: Mapping[str, str] = {model.name: f"sha256:{model.sha256}"}

    def __call__(self, card: Card, regions: Mapping[str, Sequence[Box]]) -> Seen:
        """Look at a card whose values' print stands in ``regions``."""
        batch = inputs_of(card, regions)[None].astype(np.float32) / np.float32(255)
        each = np.minimum(self._network(batch)[0], _SURE)
        maps = dict(zip(self._names, each, strict=True))
        return Seen({**maps, "broken": without_other_things(maps)})


def without_other_things(maps: Mapping[str, Float32]) -> Float32:
    """The map of breaks without those that are a part of something else.

    Parameters
    ----------
    maps : mapping of str to (h, w) float32
        By fault.

    Returns
    -------
    (h, w) float32
    """
    broken = maps["broken"]
    others = [maps[name] for name in _NOT_BROKEN]
    sure = [np.partition(other.ravel(), -_PLACES)[-_PLACES] >= _NO_BREAK for other in others]
    if not any(sure) or broken.max() < _HANGS_TOGETHER:
        return broken
    together = (np.max([broken, *others], axis=0) >= _HANGS_TOGETHER).astype(np.uint8)
    count, part = cv2.connectedComponents(together)
    kept = np.array(broken, np.float32)
    for number in range(1, count):
        here = part == number
        room = _BESIDE * np.count_nonzero(broken[here] >= _HANGS_TOGETHER)
        for other in others:
            surely = np.count_nonzero(other[here] >= _NO_BREAK) >= _PLACES
            if surely and np.count_nonzero(other[here] >= _HANGS_TOGETHER) >= room:
                kept[here] = 0.0
    return kept
