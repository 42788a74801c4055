"""The paddleocr package itself, offline, on the same weights or on a model the user gives.

It needs the extra ``[paddleocr]`` in an environment of its own: paddlex pins another OpenCV wheel
and overwrites the ``cv2`` that ktpcheck's default engine runs on.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from ktpcheck.engines import Transcript
from ktpcheck.errors import EngineError
from ktpcheck.geometry import UInt8
from ktpcheck.weights import Model, file_digest, find_model, symbols_of

_MODEL_NAME: Final = "PP-OCRv6_small_rec"


class PaddleOcr:
    """PaddleOCR's text recognition, one line at a time.

    Parameters
    ----------
    rec_model : str or Path, optional
        Directory of a recognition model (``inference.yml`` and its weights). Only give one you
        trust: paddlex evaluates strings of its configuration. By default the weights of the
        manifest, the same as the default engine's.

    Raises
    ------
    EngineError
        If the package is not installed or refuses the model.
    ModelMissing, ModelMismatch
        If the default weights are not there or not those of the manifest.
    """

    name = "paddleocr"

    def __init__(self, rec_model: str | Path | None = None) -> None:
        # Kept for as long as the engine: paddlex would otherwise litter the home directory.
        self._alone = threading.Lock()  # the package does not say that threads may share it
        self._place = tempfile.TemporaryDirectory(prefix="ktpcheck-")
        place = Path(self._place.name)
        os.environ.setdefault("PADDLE_PDX_CACHE_HOME", str(place / "cache"))
        if rec_model is None:
            model = find_model("ppocr_rec")
            directory = place / "rec"
            _lay_out(model, directory)
            self.models: Mapping[str, str] = {model.name: f"sha256:{model.sha256}"}
            options = {"model_name": _MODEL_NAME, "engine": "onnxruntime"}
        else:
            directory = Path(rec_model)
            if not (directory / "inference.yml").is_file():
                raise EngineError(
                    str(directory), "no inference.yml there", "Give a PaddleOCR model directory."
                )
            self.models = {
                path.name: f"sha256:{file_digest(path)}"
                for path in sorted(directory.iterdir())
                if path.is_file()
            }
            options = {"model_name": _model_name(directory)}
            if (directory / "inference.onnx").is_file():
                options["engine"] = "onnxruntime"
        try:
            from paddleocr import TextRecognition
        except ImportError:
            raise EngineError(
                self.name,
                "the package paddleocr is not installed",
                "In an environment of its own: pip install 'ktpcheck[paddleocr]'.",
            ) from None
        try:
            self._recogniser = TextRecognition(model_dir=str(directory), device="cpu", **options)
        except Exception as error:
            raise EngineError(
                self.name,
                f"the package refuses the model ({type(error).__name__})",
                "Check the model directory.",
            ) from None

    def read_line(self, line: UInt8) -> Transcript:
        """Read one line; see ``ktpcheck.engines.Engine``.

        The package scores a line, not a character: every character gets the line's score.
        """
        bgr = np.ascontiguousarray(line[:, :, ::-1])
        try:
            with self._alone:
                result = self._recogniser.predict([bgr], batch_size=1, return_word_box=True)[0]
            text, (steps, _, at, _) = result["rec_text"]
            score = float(result["rec_score"])
        except Exception as error:
            raise EngineError(
                self.name, f"the package failed ({type(error).__name__})", "Try the default engine."
            ) from None
        positions = tuple((step + 0.5) / float(steps) for group in at for step in group)
        if len(positions) != len(text):
            positions = ()
        return Transcript(text, score if text else 0.0, (score,) * len(text), positions)


def _model_name(directory: Path) -> str:
    """``Global.model_name`` of a model directory: the package insists on being told the same."""
    for row in (directory / "inference.yml").read_text(encoding="utf-8").splitlines():
        key, _, value = row.strip().partition(":")
        if key == "model_name":
            return value.strip().strip("'\"")
    raise EngineError(str(directory), "inference.yml names no model", "Check the directory.")


def _lay_out(model: Model, directory: Path) -> None:
    """Lay the default weights out as the package wants them."""
    directory.mkdir()
    try:
        (directory / "inference.onnx").symlink_to(model.path)
    except OSError:  # Windows lets few users link
        shutil.copyfile(model.path, directory / "inference.onnx")
    configuration: dict[str, Any] = {
        "Global": {"model_name": _MODEL_NAME},
        "PreProcess": {
            "transform_ops": [
                {"DecodeImage": {"channel_first": False, "img_mode": "BGR"}},
                {"RecResizeImg": {"image_shape": [3, 48, 320]}},
                {"KeepKeys": {"keep_keys": ["image"]}},
            ]
        },
        "PostProcess": {"name": "CTCLabelDecode", "character_dict": symbols_of(model)},
    }
    # JSON is YAML: no library is needed to write it.
    (directory / "inference.yml").write_text(json.dumps(configuration), encoding="utf-8")
