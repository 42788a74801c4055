"""ktpcheck's own reader: it knows this card's lines only, and says what it cannot see.

Where print is hidden or destroyed its text holds ``HIDDEN`` in place of the characters.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

import cv2
import numpy as np

from ktpcheck.engines import Transcript, scores_of
from ktpcheck.geometry import Float32, UInt8
from ktpcheck.grammar import HIDDEN
from ktpcheck.weights import Network, find_model

HEIGHT_PX: Final = 32
#: Widths are multiples of this: the network's stride.
_STRIDE_PX: Final = 4
_MIN_WIDTH_PX: Final = 16
_MAX_WIDTH_PX: Final = 1600
#: Contrast below this many levels is noise, and stays small.
_NOISE_LEVELS: Final = 8.0
#: What is darker all about than this many pixels is paper in a shadow and no stroke.
_STROKE_PX: Final = 13
#: How far light is taken to change evenly, pixels.
_EVEN_PX: Final = 4.0
#: The darkest shadow that is lifted, as a share of the line's bright paper; below it, and below
#: this many levels, there is only noise to lift.
_DARKEST: Final = 0.2
_BLACK_LEVELS: Final = 4.0
#: Print is darker than its paper by at least this share and so many levels, and surely by twice
#: as much.
_PRINT_FROM: Final = np.float32(0.04)
_PRINT_LEVELS: Final = 4.0
_STROKE: Final = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_STROKE_PX, _STROKE_PX))
#: A run this many steps long is two of a kind that touch: of 1,500 runs of one digit or one I on
#: drawn validation lines the longest had 1.09 and 0.73, the shortest of two 1.23 and 0.86.
_TWO_OF: Final = {**dict.fromkeys("0123456789", 1.16), "I": 0.85}
#: A usual step from character to character, as a share of the line's height.
_USUAL_STEP: Final = 0.42


def squeeze(line: UInt8) -> UInt8:
    """A line in grey at the network's height: (H, W, 3) uint8 RGB to (32, w) uint8."""
    height, width = line.shape[:2]
    wide = round(width * HEIGHT_PX / height / _STRIDE_PX) * _STRIDE_PX
    wide = min(max(wide, _MIN_WIDTH_PX), _MAX_WIDTH_PX)
    # Black on light blue: red and green carry the print, blue mostly the ground.
    grey = cv2.addWeighted(line[:, :, 0], 0.5, line[:, :, 1], 0.5, 0)
    how = cv2.INTER_AREA if height > HEIGHT_PX else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(grey, (wide, HEIGHT_PX), interpolation=how), np.uint8)


def normalise(grey: UInt8) -> Float32:
    """Light, level and contrast taken out: (32, w) uint8 to float32 about 0."""
    values = _in_even_light(grey)
    values -= values.mean()
    values /= values.std() + _NOISE_LEVELS
    return values


def _in_even_light(grey: UInt8) -> Float32:
    """Divided by the paper's own level, where there is print: light is a factor of both.

    A dark place without print may be covered and not in the shade, and stays as it is.
    """
    closed, opened = (
        cv2.morphologyEx(grey, how, _STROKE) for how in (cv2.MORPH_CLOSE, cv2.MORPH_OPEN)
    )
    values, paper, ink = (
        one.astype(np.float32) + np.float32(_BLACK_LEVELS) for one in (grey, closed, opened)
    )
    depth = paper - ink
    printed = np.clip(depth / (_PRINT_FROM * paper) - 1, 0, 1)
    printed *= np.clip(depth / np.float32(_PRINT_LEVELS) - 1, 0, 1)
    paper, printed = (cv2.GaussianBlur(one, (0, 0), _EVEN_PX) for one in (paper, printed))
    bright = np.float32(np.percentile(paper, 90))
    gain = bright / np.maximum(paper, np.float32(_DARKEST) * bright)
    return np.asarray(np.minimum(values * (1 + printed * (gain - 1)), 255.0), np.float32)


class CardReader:
    """The network under ``models/reader``.

    Raises
    ------
    ModelMissing, ModelMismatch
        If the weights are not where the manifest says, or not those it names.
    """

    name = "card"

    def __init__(self) -> None:
        model = find_model("reader")
        self._network = Network(model)
        # Class 0 is the blank, the last stands for what cannot be read.
        self._symbols = ["", *self._network.metadata["characters"], HIDDEN]
        self.models: Mapping[str, str] = {model.name: f"sha256:{model.sha256}"}

    def read_line(self, line: UInt8) -> Transcript:
        """Read one line.

        Parameters
        ----------
        line : (H, W, 3) uint8 RGB
            Upright, one line of print, little above and below it.

        Returns
        -------
        Transcript
            With ``HIDDEN`` once for every character that room was left for.

        Raises
        ------
        EngineError
            If the runtime fails.
        """
        batch = normalise(squeeze(line))[None, None]
        scores = scores_of(self.name, self._network, batch)
        return decode(scores[0], self._symbols)


def decode(scores: Float32, symbols: list[str]) -> Transcript:
    """Text from probabilities by frame: repeats merge, blanks vanish, hidden runs get their room.

    Parameters
    ----------
    scores : (T, C) float32
        Probabilities; a row sums to 1.
    symbols : list of str
        By class: first the blank, last ``HIDDEN``.

    Returns
    -------
    Transcript
        A character's score is its best frame's.
    """
    frames = len(scores)
    best = scores.argmax(axis=1)
    edges = np.flatnonzero(np.diff(best)) + 1
    starts, ends = np.concatenate([[0], edges]), np.concatenate([edges, [frames]])
    runs = list(zip(best[starts].tolist(), starts.tolist(), ends.tolist(), strict=True))
    hidden = len(symbols) - 1
    centres = [(a + b) / 2 for kind, a, b in runs if kind not in (0, hidden)]
    steps = np.diff(centres)
    usual = _USUAL_STEP * HEIGHT_PX / 2
    step = float(np.clip(np.median(steps), 0.6 * usual, 1.8 * usual)) if len(steps) > 2 else usual
    top = scores.max(axis=1)
    strongest = np.maximum.reduceat(top, starts).tolist()
    weakest = np.minimum.reduceat(top, starts).tolist()
    text: list[str] = []
    characters: list[float] = []
    positions: list[float] = []
    for (kind, start, end), most, least in zip(runs, strongest, weakest, strict=True):
        if not kind:
            continue
        count, score = 1, most
        if kind == hidden:
            count = max(round((end - start) / step), 1)
        elif (end - start) / step >= _TWO_OF.get(symbols[kind], math.inf):
            count, score = 2, least
        text += symbols[kind] * count
        characters += [score] * count
        width = (end - start) / count
        positions += [(start + (index + 0.5) * width) / frames for index in range(count)]
    confidence = sum(characters) / len(characters) if characters else 0.0
    return Transcript("".join(text), confidence, tuple(characters), tuple(positions))
