import hashlib
import os
import subprocess
import sys

import pytest

from ktpcheck import weights
from ktpcheck.errors import ModelMismatch, ModelMissing


def test_every_model_of_the_manifest_is_there_and_hashes():
    for name in weights.manifest():
        model = weights.find_model(name)
        assert hashlib.sha256(model.path.read_bytes()).hexdigest() == model.sha256


def test_unknown_model():
    with pytest.raises(ModelMissing):
        weights.find_model("no_such_model")


@pytest.fixture
def manifest_of(monkeypatch, tmp_path):
    def put(row):
        monkeypatch.setattr(weights, "manifest", lambda: {"m": row})
        monkeypatch.setattr(weights, "models_dir", lambda: tmp_path)
        weights.find_model.cache_clear()
        return tmp_path

    yield put
    weights.find_model.cache_clear()


def test_missing_file_names_the_remedy(manifest_of):
    manifest_of({"file": "absent.onnx", "sha256": "00"})
    with pytest.raises(ModelMissing, match="Install"):
        weights.find_model("m")


def test_missing_package_names_the_package(manifest_of):
    manifest_of({"file": "no_such_package:a.onnx", "sha256": "00"})
    with pytest.raises(ModelMissing, match="no_such_package"):
        weights.find_model("m")


def test_a_changed_file_is_refused(manifest_of):
    (manifest_of({"file": "a.onnx", "sha256": "00"}) / "a.onnx").write_bytes(b"other")
    with pytest.raises(ModelMismatch):
        weights.find_model("m")


def test_telemetry_is_off_before_onnxruntime_is_imported():
    """A fresh interpreter: the variable is set by the time onnxruntime first runs."""
    code = (
        "import sys, os\n"
        "class Spy:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'onnxruntime':\n"
        "            assert os.environ.get('ORT_DISABLE_TELEMETRY') == '1'\n"
        "            print('seen')\n"
        "sys.meta_path.insert(0, Spy())\n"
        "import ktpcheck.weights\n"
    )
    env = {k: v for k, v in os.environ.items() if k != "ORT_DISABLE_TELEMETRY"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "seen"


def test_a_model_made_anew_is_entered_and_no_other_row_is_touched(monkeypatch, tmp_path):
    rows = {"one": "0" * 64, "two": "1" * 64}
    text = "".join(
        f'[{name}]\nfile = "{name}.onnx"\nsha256 = "{digest}"\n\n' for name, digest in rows.items()
    )
    (tmp_path / "manifest.toml").write_text(text)
    (tmp_path / "two.onnx").write_bytes(b"weights")
    monkeypatch.setattr(weights, "models_dir", lambda: tmp_path)
    weights.enter_in_manifest("two", tmp_path / "two.onnx")
    digest = hashlib.sha256(b"weights").hexdigest()
    assert (tmp_path / "manifest.toml").read_text() == text.replace(rows["two"], digest)
    with pytest.raises(ModelMissing):
        weights.enter_in_manifest("three", tmp_path / "two.onnx")
