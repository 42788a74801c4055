import json

import pytest
from click.testing import CliRunner
from PIL import Image

from ktpcheck.cli import main


def run(*arguments: str):
    return CliRunner().invoke(main, ["specimen", *arguments])


def test_draws_pictures_truth_and_sheet(tmp_path):
    truth, sheet = tmp_path / "truth.jsonl", tmp_path / "sheet.jpg"
    done = run(
        *("--out", str(tmp_path / "out"), "--n", "2", "--seed", "5", "--size", "800x600"),
        *("--defect", "glare@nik:0.6", "--truth", str(truth), "--sheet", str(sheet)),
    )
    assert done.exit_code == 0, done.output
    known = [json.loads(line) for line in truth.read_text().splitlines()]
    assert [row["seed"] for row in known] == [5, 6]
    for row in known:
        with Image.open(tmp_path / "out" / row["file"]) as picture:
            assert picture.size == (800, 600)
        assert row["fields"]["nik"].endswith(("0000", "9999"))
        assert any(defect["id"] == "glare" for defect in row["defects"])
    assert Image.open(sheet).width > 600


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        assert run("--out", str(tmp_path / name), "--size", "640x480").exit_code == 0
    (first,), (second,) = ((tmp_path / name).iterdir() for name in ("a", "b"))
    assert first.read_bytes() == second.read_bytes()


def test_negatives(tmp_path):
    done = run("--out", str(tmp_path), "--negative", "bank_card", "--split", "test")
    assert done.exit_code == 0, done.output
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("--defect", "dragon:0.4"),
        ("--defect", "glare@nowhere:0.4"),
        ("--defect", "glare"),
        ("--defect", "glare:1.4"),
        ("--defect", ":0.4"),
        ("--scene", "moon"),
        ("--negative", "ghost"),
        ("--size", "big"),
        ("--size", "8x8"),
        ("--n", "0"),
    ],
)
def test_what_there_is_not_is_a_usage_error(tmp_path, arguments):
    done = run("--out", str(tmp_path / "out"), *arguments)
    assert done.exit_code == 2
    assert "Error" in done.output
