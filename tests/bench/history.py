"""The versioned history of benchmark figures: ``history.jsonl``, one run a line."""

from __future__ import annotations

import json
import platform
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

from ktpcheck import __version__

FILE = Path(__file__).with_name("history.jsonl")


def add(bench: str, figures: dict[str, Any], **of: Any) -> None:
    """Append one run."""
    revision = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    entry = {
        "bench": bench,
        "version": __version__,
        "revision": revision,
        "date": date.today().isoformat(),
        "python": platform.python_version(),
        **of,
        "figures": figures,
    }
    with FILE.open("a", encoding="utf-8") as history:
        history.write(json.dumps(entry) + "\n")


def latest(bench: str) -> dict[str, Any] | None:
    """The newest run of a benchmark, or None."""
    if not FILE.exists():
        return None
    runs = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]
    return next((run for run in reversed(runs) if run["bench"] == bench), None)
