"""Every bad input in one run: each gets its line and remedy; good ones keep their verdict."""

import json
import subprocess
import sys
from pathlib import Path

from tests.e2e.bad_input import BAD_INPUTS, write_all

SAMPLES = Path(__file__).parents[2] / "samples"


def test_bad_files_stop_nothing(tmp_path):
    bad = write_all(tmp_path)
    paths = [str(path) for row, path in bad.items() if row.expected]
    assert len(paths) >= 50
    good = [str(SAMPLES / "clear.jpg"), str(SAMPLES / "rotated.jpg")]
    order = [good[0], *paths, good[1]]
    done = subprocess.run(
        [sys.executable, "-m", "ktpcheck", "check", "--json", *order],
        capture_output=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 4
    found = [json.loads(line) for line in done.stdout.decode("utf-8").splitlines()]
    assert len(found) == len(order)
    verdicts = [line for line in found if line["schema"] == "ktpcheck.report/1"]
    assert [line["verdict"] for line in verdicts] == ["readable", "readable"]
    errors = [line for line in found if line["schema"] == "ktpcheck.error/1"]
    for line, row in zip(errors, [row for row in bad if row.expected], strict=True):
        assert line["error"]["type"] == row.expected.__name__, row.id
        assert line["error"]["reason"], row.id
        assert line["error"]["remedy"], row.id
        assert line["photo"]["name"], row.id
    told = done.stderr.decode("utf-8", "replace")
    assert "Traceback" not in told


def test_there_are_fifty_kinds():
    kinds = {row.id.rstrip("0123456789").rstrip("_") for row in BAD_INPUTS if row.expected}
    assert len(kinds) >= 50
