"""Nothing leaves the machine: the kernel kills the process at its first socket."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e import sandbox

SAMPLES = Path(__file__).parents[2] / "samples"

pytestmark = pytest.mark.skipif(not sandbox.supported(), reason="needs Linux seccomp")


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, sandbox.__file__, sys.executable, *command],
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_the_sandbox_does_kill():
    """The test below can fail: a socket is indeed fatal in there."""
    assert run("-c", "import socket; socket.socket()").returncode == -signal.SIGSYS


def test_a_check_opens_no_socket(tmp_path):
    done = run(
        *("-m", "ktpcheck", "check", "--json"),
        *("--report", str(tmp_path / "report.html")),
        *("--card", str(tmp_path / "card"), "--portrait", str(tmp_path / "portrait")),
        str(SAMPLES / "clear.jpg"),
        str(SAMPLES / "not_a_card.jpg"),
    )
    assert done.returncode == 3, done.stderr
    assert len(done.stdout.splitlines()) == 2
