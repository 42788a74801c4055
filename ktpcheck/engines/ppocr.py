"""PaddleOCR's PP-OCRv6 recogniser, run by ONNX Runtime directly, one line at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import cv2
import numpy as np

from ktpcheck.engines import Transcript, scores_of
from ktpcheck.geometry import Float32, UInt8
from ktpcheck.weights import Network, find_model

_HEIGHT_PX: Final = 48
_MIN_WIDTH_PX: Final = 48
_MAX_WIDTH_PX: Final = 1600
#: Lines are narrowed to this share of their width: as many are read right (.978 against .975 of
#: 641 drawn lines, clean and degraded), at a quarter less time. Narrower still as many would be,
#: but what stands four times in a row is then read three times, or placed beside where it stands.
_NARROWED: Final = 0.75


class PpOcr:
    """The default engine.

    Raises
    ------
    ModelMissing, ModelMismatch
        If the weights are not where the manifest says, or not those it names.
    """

    name = "ppocr"

    def __init__(self) -> None:
        model = find_model("ppocr_rec")
        # Of 18,710 symbols only these stand on a card: the rest is never computed.
        self._symbols = ["", *model.head["symbols"], " "]
        kept = [*range(len(self._symbols) - 1), int(model.head["space"])]
        self._network = Network(model, keep=kept)
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

        Raises
        ------
        EngineError
            If the runtime fails.
        """
        height, width = line.shape[:2]
        scaled = round(width * _HEIGHT_PX / height * _NARROWED)
        target = min(max(scaled, _MIN_WIDTH_PX), _MAX_WIDTH_PX)
        how = cv2.INTER_AREA if height > _HEIGHT_PX else cv2.INTER_CUBIC
        resized = cv2.resize(line, (min(scaled, target) or 1, _HEIGHT_PX), interpolation=how)
        if scaled < target:
            resized = cv2.copyMakeBorder(resized, 0, 0, 0, target - scaled, cv2.BORDER_REPLICATE)
        # The network was trained on BGR.
        planes = resized[:, :, ::-1].astype(np.float32).transpose(2, 0, 1)
        batch = (planes / 127.5 - 1.0)[None]
        scores = scores_of(self.name, self._network, batch)
        stretch = target / min(scaled, target) if scaled else 1.0
        return _collapse(scores[0], self._symbols, stretch)


def _collapse(scores: Float32, symbols: list[str], stretch: float) -> Transcript:
    """Greedy CTC: repeats merge, blanks vanish; a character's score is its best step's."""
    best = scores.argmax(axis=1)
    top = scores[np.arange(len(best)), best]
    text: list[str] = []
    characters: list[float] = []
    positions: list[float] = []
    step = 0
    while step < len(best):
        end = step
        while end + 1 < len(best) and best[end + 1] == best[step]:
            end += 1
        if best[step]:
            text.append(symbols[best[step]])
            characters.append(float(top[step : end + 1].max()))
            positions.append(min((step + end + 1) / 2 / len(best) * stretch, 1.0))
        step = end + 1
    confidence = float(np.mean(characters)) if characters else 0.0
    return Transcript("".join(text), confidence, tuple(characters), tuple(positions))
