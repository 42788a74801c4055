"""The models: the manifest, their hashes, and ONNX sessions.

The only room that imports onnxruntime. Its Linux wheel ships telemetry switched on; the variable
below, set before the first import, is what switches it off.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from ktpcheck.errors import ModelMismatch, ModelMissing
from ktpcheck.geometry import Float32

os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import onnxruntime as ort

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

#: ONNX Runtime's log level "error": narrowing a head makes it warn about the shape, as meant.
_LOG_ERRORS: Final = 3


@dataclass(frozen=True)
class Model:
    """One row of the manifest, found on disk and verified.

    ``sha256`` is the hex digest of the file's bytes.
    """

    name: str
    path: Path
    sha256: str
    head: dict[str, Any] = field(default_factory=dict)


def models_dir() -> Path:
    """Directory of the manifest: inside an installed package, beside it in a checkout."""
    package = Path(__file__).resolve().parent
    for candidate in (package / "models", package.parent / "models"):
        if (candidate / "manifest.toml").is_file():
            return candidate
    raise ModelMissing(
        "manifest.toml", "the models' manifest is not there", "Install ktpcheck again."
    )


@cache
def manifest() -> dict[str, dict[str, Any]]:
    """The manifest as read, by model name."""
    text = (models_dir() / "manifest.toml").read_text(encoding="utf-8")
    rows: dict[str, dict[str, Any]] = tomllib.loads(text)
    return rows


@cache
def find_model(name: str) -> Model:
    """Find a model and verify that it is the one in the manifest.

    Parameters
    ----------
    name : str
        A table name of the manifest.

    Returns
    -------
    Model

    Raises
    ------
    ModelMissing
        If the manifest or the file is not there.
    ModelMismatch
        If the file's hash is not the manifest's.
    """
    row = manifest().get(name)
    if row is None:
        raise ModelMissing(name, "no such model in the manifest", "Install ktpcheck again.")
    path = _locate(name, str(row["file"]))
    digest = file_digest(path)
    if digest != row["sha256"]:
        raise ModelMismatch(
            path.name,
            "the file is not the one this version was tested with",
            "Install ktpcheck and its dependencies again.",
        )
    return Model(name, path, digest, dict(row.get("head", {})))


def file_digest(path: Path) -> str:
    """The sha256 of a file, as a hex digest."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def enter_in_manifest(name: str, path: Path) -> None:
    """Write the hash of a model that was made anew where the program looks for it.

    Parameters
    ----------
    name : str
        A table name of the manifest.
    path : Path
        The model's file.

    Raises
    ------
    ModelMissing
        If the manifest has no such row.
    """
    target = models_dir() / "manifest.toml"
    row = rf'(\[{re.escape(name)}\]\nfile = "[^"]*"\nsha256 = ")[^"]*'
    new = rf"\g<1>{file_digest(path)}"
    text, count = re.subn(row, new, target.read_text(encoding="utf-8"))
    if not count:
        raise ModelMissing(name, "no such model in the manifest", "Report this as a bug.")
    target.write_text(text, encoding="utf-8")


def symbols_of(model: Model) -> list[str]:
    """The alphabet a recogniser carries in its metadata: blank and space are not in it."""
    return Network(model).metadata["character"].split("\n")


class Network:
    """A model opened for single-threaded CPU inference. Threads may share one.

    Parameters
    ----------
    model : Model
    keep : list of int, optional
        Output classes to keep, for a model whose manifest names its head; the others are never
        computed.
    """

    def __init__(self, model: Model, *, keep: list[int] | None = None) -> None:
        options = ort.SessionOptions()
        # One thread a photo and photos side by side beats several threads a photo; spinning idle
        # threads would double the wall time on a small machine.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = _LOG_ERRORS
        # The session borrows this memory for as long as it lives: it must not be let go before.
        self._lent: list[ort.OrtValue] = []
        if keep is not None:
            weight, bias = _head(model)
            for key, values in (("weight", weight[:, keep]), ("bias", bias[keep])):
                value = ort.OrtValue.ortvalue_from_numpy(np.ascontiguousarray(values))
                options.add_initializer(model.head[key], value)
                self._lent.append(value)
        self._session = ort.InferenceSession(
            str(model.path), options, providers=["CPUExecutionProvider"]
        )
        self._input = self._session.get_inputs()[0].name

    @property
    def metadata(self) -> dict[str, str]:
        """What the model's file says of itself."""
        return dict(self._session.get_modelmeta().custom_metadata_map)

    def __call__(self, batch: Float32) -> Float32:
        """Run the network on one input and give its first output."""
        return self.outputs(batch)[0]

    def outputs(self, batch: Float32) -> list[Float32]:
        """Run the network on one input and give all its outputs."""
        return [
            np.asarray(one, np.float32) for one in self._session.run(None, {self._input: batch})
        ]


def _locate(name: str, file: str) -> Path:
    package, _, inside = file.rpartition(":")
    if package:
        # find_spec, not import: importing would drag in the package's own pipeline.
        spec = importlib.util.find_spec(package)
        roots = list(spec.submodule_search_locations or []) if spec else []
    else:
        roots = [str(models_dir())]
    for root in roots:
        path = Path(root) / inside
        if path.is_file():
            return path
    raise ModelMissing(
        name,
        f"the file {inside} is not there",
        f"Install the package {package}." if package else "Install ktpcheck again.",
    )


def _head(model: Model) -> tuple[Float32, Float32]:
    """The output layer's weights, read from the file where the manifest says they lie."""
    rows, columns = model.head["weight_shape"]
    weight = np.fromfile(
        model.path, "<f4", count=rows * columns, offset=model.head["weight_offset"]
    ).reshape(rows, columns)
    bias = np.fromfile(model.path, "<f4", count=columns, offset=model.head["bias_offset"])
    return weight, bias
