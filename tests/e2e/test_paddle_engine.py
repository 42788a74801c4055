"""The paddleocr package agrees with the default engine; runs in an environment of its own."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ktpcheck import Checker, load_photo
from ktpcheck.engines.paddle import PaddleOcr
from ktpcheck.engines.ppocr import PpOcr
from ktpcheck.errors import EngineError

SAMPLES = Path(__file__).parents[2] / "samples"

here = pytest.mark.skipif(
    importlib.util.find_spec("paddleocr") is None, reason="needs the paddleocr extra"
)


def line(text: str) -> np.ndarray:
    picture = Image.new("RGB", (560, 48), (205, 225, 240))
    ImageDraw.Draw(picture).text((8, 4), text, font=ImageFont.load_default(30), fill=(30, 30, 40))
    return np.array(picture)


@here
@pytest.mark.paddleocr
def test_agrees_with_the_default_engine():
    package, direct = PaddleOcr(), PpOcr()
    for text in ("3171010101909999", "LAKI-LAKI", "JL MELATI NO 12", "01-01-1990"):
        theirs, ours = package.read_line(line(text)), direct.read_line(line(text))
        assert theirs.text == ours.text
        assert np.allclose(theirs.positions, ours.positions, atol=0.03)
    assert package.models == direct.models


@pytest.mark.skipif(importlib.util.find_spec("paddleocr") is not None, reason="it is installed")
def test_without_the_package_the_error_says_how_to_mend(monkeypatch):
    monkeypatch.setattr("ktpcheck.engines.paddle._lay_out", lambda model, directory: None)
    with pytest.raises(EngineError, match=r"ktpcheck\[paddleocr\]"):
        PaddleOcr()


def test_a_directory_without_a_model_is_refused(tmp_path):
    with pytest.raises(EngineError, match=r"inference\.yml"):
        PaddleOcr(tmp_path)


@here
@pytest.mark.paddleocr
@pytest.mark.parametrize("name", ["clear.jpg", "rotated.jpg", "photocopy.jpg"])
def test_agrees_with_the_default_engine_on_the_samples(name):
    """Same weights, same card: no field that both call readable is read differently."""
    photo = load_photo(SAMPLES / name)
    theirs, ours = Checker(engine="paddleocr")(photo), Checker()(photo)
    assert theirs.decision.verdict == ours.decision.verdict
    for key, reading in ours.readings.items():
        if ours.decision.fields[key].readable and theirs.decision.fields[key].readable:
            assert "".join(theirs.readings[key].text.split()) == "".join(reading.text.split())
    agreed = [theirs.readings[key].text == reading.text for key, reading in ours.readings.items()]
    assert sum(agreed) >= 0.85 * len(agreed)
