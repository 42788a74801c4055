"""The network that finds cards: a look at the whole photo, then one at each card, flattened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import (
    CARD_HEIGHT_MM,
    CARD_WIDTH_MM,
    Box,
    Float32,
    Float64,
    UInt8,
    jaccard,
    mm_to_photo,
    transform,
)
from ktpcheck.outline.cells import Sighting, find_cards
from ktpcheck.outline.flat import warp_window
from ktpcheck.outline.reduced import Reduced
from ktpcheck.weights import Network, find_model

#: What a picture shows, in the order of the network's answers.
SUBJECTS: Final = ("ektp", "wrong_side", "not_ektp", "no_card")
#: Looks at a whole photo, one after the other: the longest side, and by how many quarters the photo
#: is turned. It is turned only where it looks like one of an e-KTP.
_WHOLE: Final = ((256, 0), (512, 0), (768, 0), (256, 1), (256, 2), (256, 3))
#: Share from which a photo, or what is seen in one place of it, looks like an e-KTP.
LOOKS_LIKE: Final = 0.5
#: What a look's sides are multiples of.
_MULTIPLE_PX: Final = 32
#: Pixels to a cell of the answer.
_CELL_PX: Final = 4
#: The second look: width and height in pixels, and its resolution. A centimetre around the card.
CLOSE_SIZE_PX: Final = (256, 192)
CLOSE_PX_PER_MM: Final = 2.35
#: Looks are taken until two agree this well, and so many of them at most.
_SETTLED: Final = 0.95
_LOOKS: Final = 4
#: Places further off than this are no sure sight of a card, mm.
_UNSURE_MM: Final = 2.0
#: Cards that overlap this much are one.
SAME_CARD: Final = 0.3
#: How far from the picture's middle a card counts for how little, shares of half its diagonal.
_CENTRAL: Final = 0.6


@dataclass(frozen=True, eq=False)
class Found:
    """A card as the network sees it.

    ``corners_px`` is (4, 2) float32 in photo pixels, clockwise from the printed top-left.
    ``spread_mm``: how far its places are off, median. ``agreeing`` 0..1: the share of places on it
    that lie where they say. ``ektp`` 0..1: how much it looks like an e-KTP's data side.
    """

    corners_px: Float32
    spread_mm: float
    agreeing: float
    ektp: float

    @property
    def sure(self) -> bool:
        """Whether it is surely seen: its places are known well."""
        return self.spread_mm < _UNSURE_MM


@dataclass(frozen=True, eq=False)
class Seen:
    """Everything the network sees: the cards, the main one first, and what the photo shows."""

    cards: tuple[Found, ...]
    subjects: Mapping[str, float]


def close_window() -> Box:
    """What a second look shows, in millimetres of the card it is flattened to."""
    width, height = (side / CLOSE_PX_PER_MM for side in CLOSE_SIZE_PX)
    x, y = 0.5 * (CARD_WIDTH_MM - width), 0.5 * (CARD_HEIGHT_MM - height)
    return Box(x, y, x + width, y + height)


def close_to_mm() -> Float64:
    """From the pixels of a second look to the millimetres of the card it is flattened to."""
    window, scale = close_window(), 1 / CLOSE_PX_PER_MM
    return np.array([[scale, 0, window.x0], [0, scale, window.y0], [0, 0, 1.0]])


def normalise(pixels: UInt8) -> Float32:
    """What the network is shown: (H, W, 3) uint8 RGB to float32 about 0."""
    values = pixels.astype(np.float32)
    values -= 128.0
    values /= 64.0
    return values


class CardFinder:
    """The network under ``models/outline``.

    Raises
    ------
    ModelMissing, ModelMismatch
        If the weights are not where the manifest says, or not those it names.
    """

    def __init__(self) -> None:
        model = find_model("outline")
        self._network = Network(model)
        self.models: Mapping[str, str] = {model.name: f"sha256:{model.sha256}"}

    def __call__(self, reduced: Reduced) -> Seen:
        """Find every e-KTP in a photo: look until one is surely seen.

        Parameters
        ----------
        reduced : Reduced

        Returns
        -------
        Seen
        """
        seen = Seen((), {})
        for seen in self.looks(reduced):
            if any(one.sure for one in seen.cards):
                break
        return seen

    def looks(self, reduced: Reduced) -> Iterator[Seen]:
        """Look at a photo, and again, closer and at last turned, as long as nobody is content.

        Parameters
        ----------
        reduced : Reduced

        Yields
        ------
        Seen
            Everything seen so far; a card seen before and not better since is the same object.
        """
        found: list[Found] = []
        shown: dict[str, float] = {}
        for long, turns in _WHOLE:
            if turns and shown["ektp"] < LOOKS_LIKE:
                return
            sightings, subjects = self._whole(reduced, long, turns)
            # What a photo shows is best told from the whole of it at once.
            shown = shown or dict(zip(SUBJECTS, subjects.tolist(), strict=True))
            closer = (self.closer(reduced, one.corners) for one in sightings)
            # The surest of those in one place.
            every = [*found, *(near for near in closer if near is not None)]
            found = []
            for near in sorted(every, key=lambda one: one.spread_mm):
                if not any(overlap(near, other) > SAME_CARD for other in found):
                    found.append(near)
            found.sort(key=lambda one: -_prominence(one.corners_px, reduced.size_px))
            yield Seen(tuple(found), shown)

    def _whole(self, reduced: Reduced, long: int, turns: int) -> tuple[list[Sighting], Float32]:
        """Cards in a look at the whole photo, in photo pixels, and what it shows.

        ``turns``: quarters that the photo is turned by first, counter-clockwise.
        """
        level = next(
            (one for one in reversed(reduced.levels) if max(one.shape) >= long), reduced.levels[0]
        )
        level = np.rot90(level, turns)
        height, width = level.shape[:2]
        scale = long / max(height, width)
        size = (max(round(width * scale), 1), max(round(height * scale), 1))
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        small = np.asarray(cv2.resize(level, size, interpolation=how), np.uint8)
        padded = [-(-side // _MULTIPLE_PX) * _MULTIPLE_PX for side in size]
        batch = np.zeros((1, padded[1], padded[0], 3), np.float32)
        batch[0, : size[1], : size[0]] = normalise(small)
        maps, subjects = self._ask(batch)
        # The size is a whole number of pixels: the two scales differ a little.
        turned_px = reduced.size_px if turns % 2 == 0 else reduced.size_px[::-1]
        back = np.array(turned_px, np.float32) / np.array(size, np.float32)
        cards = [
            replace(
                one,
                corners=_turned_back(np.asarray(one.corners * back, np.float32), turned_px, turns),
            )
            for one in find_cards(maps, _CELL_PX)
        ]
        return cards, subjects

    def closer(self, reduced: Reduced, corners_px: Float32) -> Found | None:
        """Look at one card again, flattened, until it stays where it is.

        Parameters
        ----------
        reduced : Reduced
        corners_px : (4, 2) float32
            About where it lies.

        Returns
        -------
        Found or None
            None where there is no card, or what is seen is no quad.
        """
        found: Found | None = None
        for _ in range(_LOOKS):
            try:
                to_photo = mm_to_photo(corners_px)
            except ValueError:
                return None
            level = reduced.level_for(to_photo, CLOSE_PX_PER_MM)
            factor = reduced.fine_factor * 2**level
            scale = (CLOSE_PX_PER_MM, CLOSE_PX_PER_MM)
            pixels = warp_window(reduced.levels[level], factor, to_photo, close_window(), scale)
            batch = normalise(pixels)[None]
            batch *= _inside(reduced, to_photo @ close_to_mm())[None, :, :, None]
            maps, subjects = self._ask(batch)
            seen = find_cards(maps, _CELL_PX)
            if not seen:
                return None
            one = seen[0]
            nearer = transform(to_photo @ close_to_mm(), one.corners)
            found = Found(nearer, one.spread_mm, one.agreeing, float(subjects[0]))
            try:
                mm_to_photo(nearer)  # a quad, and no line
                agreed = jaccard(nearer, corners_px)
            except ValueError:
                return None
            if agreed > _SETTLED and np.linalg.norm(nearer[0] - corners_px[0]) < np.linalg.norm(
                nearer[2] - corners_px[0]
            ):
                break
            corners_px = nearer
        return found

    def _ask(self, batch: Float32) -> tuple[Float32, Float32]:
        """Maps and the probabilities of the subjects, for one picture (1, H, W, 3)."""
        maps, names = self._network.outputs(np.ascontiguousarray(batch.transpose(0, 3, 1, 2)))
        likely = np.exp(names[0] - names[0].max())
        return maps[0], np.asarray(likely / likely.sum(), np.float32)


def _turned_back(corners: Float32, size_px: tuple[int, int], turns: int) -> Float32:
    """Points of a photo that was turned by quarters counter-clockwise, in the photo as it was."""
    width, height = size_px
    x, y = corners[:, 0], corners[:, 1]
    # What the top edge was has become the left one: each turn back swaps the axes.
    places = ((x, y), (height - y, x), (width - x, height - y), (y, width - x))
    return np.stack(places[turns], axis=1).astype(np.float32)


def _inside(reduced: Reduced, to_photo: Float64) -> Float32:
    """Where a second look shows the photo and not what lies beside it."""
    width, height = CLOSE_SIZE_PX
    photo = transform(
        np.asarray(np.linalg.inv(to_photo)),
        [(0, 0), (reduced.size_px[0], 0), reduced.size_px, (0, reduced.size_px[1])],
    )
    corners = transform(to_photo, [(0, 0), (width, 0), (width, height), (0, height)])
    if ((corners >= 0) & (corners <= np.array(reduced.size_px))).all():
        return np.ones((height, width), np.float32)
    inside = np.zeros((height, width), np.float32)
    cv2.fillConvexPoly(inside, np.round(np.clip(photo, -8000, 8000)).astype(np.int32), 1.0)
    return inside


def overlap(one: Found, other: Found) -> float:
    """The Jaccard index of two sights of a card, 0..1; 1 where one of them is no quad."""
    try:
        return jaccard(one.corners_px, other.corners_px)
    except ValueError:
        return 1.0


def _prominence(corners_px: Float32, size_px: tuple[int, int]) -> float:
    """How much of a card the photo shows, for less the farther from its middle."""
    width, height = size_px
    frame = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    shown, _ = cv2.intersectConvexConvex(np.asarray(corners_px, np.float32), frame)
    middle = np.array(size_px) / 2
    off = np.linalg.norm(corners_px.mean(axis=0) - middle) / np.linalg.norm(middle)
    return float(shown * np.exp(-((off / _CENTRAL) ** 2)))
