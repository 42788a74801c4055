import numpy as np
import onnxruntime as ort
import pytest
from PIL import Image, ImageDraw, ImageFont

from ktpcheck.engines.ppocr import PpOcr
from ktpcheck.weights import find_model


@pytest.fixture(scope="module")
def engine():
    return PpOcr()


def line(text: str, width: int = 700) -> np.ndarray:
    picture = Image.new("RGB", (width, 48), "white")
    font = ImageFont.load_default(30)
    ImageDraw.Draw(picture).text((10, 4), text, font=font, fill="black")
    return np.array(picture)


def test_reads_a_clean_line(engine):
    transcript = engine.read_line(line("JL MAWAR 171 3171010101909999"))
    assert transcript.text.replace(" ", "") == "JLMAWAR1713171010101909999"
    assert transcript.confidence > 0.9


def test_characters_and_positions_go_with_the_text(engine):
    transcript = engine.read_line(line("LAKI-LAKI", 260))
    assert len(transcript.text) == len(transcript.characters) == len(transcript.positions)
    assert list(transcript.positions) == sorted(transcript.positions)
    assert 0 < transcript.positions[0] < transcript.positions[-1] < 1


def test_a_narrow_picture_keeps_its_positions(engine):
    """Short values are padded on the right: positions must still speak of the picture."""
    picture = line("A", 40)
    transcript = engine.read_line(picture)
    assert transcript.text == "A"
    assert 0.2 < transcript.positions[0] < 0.8


def test_blank_paper_reads_as_nothing(engine):
    assert engine.read_line(np.full((48, 300, 3), 200, np.uint8)).text == ""


def test_the_manifest_symbols_are_the_models_own():
    """The manifest repeats the start of the alphabet: it must be what the file says."""
    model = find_model("ppocr_rec")
    session = ort.InferenceSession(str(model.path), providers=["CPUExecutionProvider"])
    alphabet = ["", *session.get_modelmeta().custom_metadata_map["character"].split("\n"), " "]
    symbols = model.head["symbols"]
    assert "".join(alphabet[1 : len(symbols) + 1]) == symbols
    assert alphabet[model.head["space"]] == " "


def test_narrowing_the_head_changes_no_reading(engine):
    """The narrowed network and the whole one agree on what a card prints."""
    model = find_model("ppocr_rec")
    whole = ort.InferenceSession(str(model.path), providers=["CPUExecutionProvider"])
    picture = line("STATUS BELUM KAWIN 08-12-1990")
    planes = picture[:, :, ::-1].astype(np.float32).transpose(2, 0, 1) / 127.5 - 1.0
    (scores,) = whole.run(None, {"x": planes[None]})
    kept = [*range(95), model.head["space"]]
    symbols = ["", *model.head["symbols"], " "]
    best = scores[0].argmax(axis=1)
    assert set(best) <= set(kept)
    previous, text = 0, ""
    for step in best:
        if step and step != previous:
            text += symbols[kept.index(step)]
        previous = step
    assert engine.read_line(picture).text == text
