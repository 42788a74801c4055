"""The command itself, in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

SAMPLES = Path(__file__).parents[2] / "samples"
HEAVY = ("cv2", "numpy", "onnxruntime", "PIL", "jinja2", "rich")
#: The words for a NIK come with guidance, which opens the geometry.
HEAVY_FOR_WORDS = ("onnxruntime", "PIL", "jinja2", "rich", "dlib")


def ktpcheck(*args: object, **options) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "ktpcheck", *map(str, args)]
    return subprocess.run(command, capture_output=True, timeout=120, check=False, **options)


def lines(done: subprocess.CompletedProcess[bytes]) -> list[dict]:
    return [json.loads(line) for line in done.stdout.decode("utf-8").splitlines()]


@pytest.fixture
def blank(tmp_path) -> Path:
    path = tmp_path / "blank.png"
    Image.new("RGB", (640, 480), (200, 200, 200)).save(path)
    return path


@pytest.mark.parametrize(
    ("args", "heavy"),
    [
        (["--help"], HEAVY),
        (["check", "--help"], HEAVY),
        (["nik", "3171014503909999"], HEAVY_FOR_WORDS),
    ],
)
def test_light_commands_open_no_heavy_room(args, heavy):
    code = (
        "import sys\n"
        "from ktpcheck.cli import main\n"
        f"main({args!r}, standalone_mode=False)\n"
        f"print('heavy:', [name for name in {heavy!r} if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.rstrip().endswith("heavy: []")


def test_the_installed_command_and_the_module_are_one():
    script = Path(sys.executable).with_name("ktpcheck")
    if not script.exists():
        pytest.skip("not installed as a command")
    said = subprocess.run([script, "--version"], capture_output=True, check=True).stdout
    assert said == ktpcheck("--version").stdout
    assert said.startswith(b"ktpcheck")


def test_nik():
    done = ktpcheck("nik", "3171014503909999", "3171014503900000", "--json")
    assert done.returncode == 3
    assert [line["valid"] for line in lines(done)] == [True, False]


def test_usage_errors_are_click_s():
    assert ktpcheck("check").returncode == 2
    assert ktpcheck("check", "a.jpg", "--lang", "fr").returncode == 2


def test_bad_paths_are_told_one_by_one(tmp_path):
    (tmp_path / "empty.jpg").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    name = os.fsdecode(b"b\xffd\x1b[2J.jpg")
    done = ktpcheck("check", "empty.jpg", "gone.jpg", "folder", name, "--json", cwd=tmp_path)
    assert done.returncode == 4
    assert [line["schema"] for line in lines(done)] == ["ktpcheck.error/1"] * 4
    told = done.stderr.decode("utf-8").splitlines()
    assert len(told) == 4
    assert b"\x1b" not in done.stderr
    assert "Traceback" not in done.stderr.decode("utf-8")


def test_a_reader_that_leaves_is_no_crash(tmp_path):
    """``ktpcheck check ... | head``: no traceback when the pipe closes."""
    names = [str(tmp_path / f"{number}.jpg") for number in range(3000)]
    process = subprocess.Popen(
        [sys.executable, "-m", "ktpcheck", "check", *names, "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout
    assert process.stderr
    process.stdout.readline()
    process.stdout.close()
    errors = process.stderr.read().decode("utf-8")
    process.stderr.close()
    assert process.wait(timeout=60) != 0
    assert "Traceback" not in errors
    assert "Exception ignored" not in errors


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_an_interruption_is_tidy(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-m", "ktpcheck", "check", "-", "--report", "r.html", "--card", "out"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
    )
    deadline = time.monotonic() + 60
    while not (tmp_path / "out").exists() and time.monotonic() < deadline:
        time.sleep(0.05)  # the folder is made just before standard input is read
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert b"Traceback" not in errors
    assert out == b""
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert not list((tmp_path / "out").iterdir())


def test_utf8_json_in_any_locale(tmp_path):
    name = "kartu-é🪪.jpg"
    environment = {**os.environ, "LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = ktpcheck("check", tmp_path / name, "--json", env=environment)
    assert done.returncode == 4
    assert lines(done)


def test_a_picture_without_a_card(blank, tmp_path):
    page = tmp_path / "r.html"
    done = ktpcheck("check", blank, "--json", "--report", page)
    assert done.returncode == 3, done.stderr
    (line,) = lines(done)
    assert (line["verdict"], line["card"], line["portrait"], line["fields"]) == (
        "no_card",
        None,
        None,
        {},
    )
    assert line["guidance"]
    assert "data:image/jpeg" in page.read_text("utf-8")


@pytest.mark.skipif(not list(SAMPLES.glob("*.*")), reason="samples are made by a script")
def test_a_folder_of_samples(tmp_path):
    """Everything at once: one line a photo, one section a photo, a card where there is one."""
    done = ktpcheck(
        "check", SAMPLES, "--json", "--report", "r.html", "--card", "cards", cwd=tmp_path
    )
    assert done.returncode == 3, done.stderr
    found = lines(done)
    assert {line["schema"] for line in found} == {"ktpcheck.report/1"}
    assert {"readable", "unreadable", "no_card"} <= {line["verdict"] for line in found}
    page = (tmp_path / "r.html").read_text("utf-8")
    assert page.count('<section id="') == len(found)
    cards = [line["written"]["card"] for line in found if line["card"]]
    assert sorted(str(path.relative_to(tmp_path)) for path in (tmp_path / "cards").iterdir()) == (
        sorted(cards)
    )
    again = ktpcheck("check", SAMPLES, "--json", "--redact", cwd=tmp_path)
    values = {
        field["text"]
        for line in found
        for key, field in line["fields"].items()
        if key in ("nik", "nama", "alamat") and len(field["text"]) > 6
    }
    assert values
    for value in values:
        assert value not in again.stdout.decode("utf-8")
