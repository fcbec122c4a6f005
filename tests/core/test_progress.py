"""What is being done is said from the first second, and compiling only where something is compiled."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from zeo.tools import progress as module
from zeo.tools.progress import COMPILING, doing, progress


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[[], str]:
    """What was said where every line is due at once."""
    monkeypatch.setattr(module, "SLOW", 0.0)

    def wait() -> str:
        for thread in threading.enumerate():
            if isinstance(thread, threading.Timer):
                thread.join()
        return capsys.readouterr().err

    return wait


def test_work_says_what_it_does_before_the_first_item(settled: Callable[[], str]) -> None:
    with progress("zeo data make", 7, "starting") as advance:
        assert settled() == "zeo data make: 0 of 7  starting\n"
        doing("loading search")
        assert settled() == "zeo data make: 0 of 7  loading search\n"
        doing("starting")
        assert settled() == "", "it was said before"
        advance("")
        doing("drawing")
        assert settled() == "", "items come"


def test_work_that_cannot_be_counted(settled: Callable[[], str]) -> None:
    with progress("zeo run", None, "starting"):
        assert settled() == "zeo run:  starting\n"


def test_the_inner_work_is_told(settled: Callable[[], str]) -> None:
    with progress("outer", None, "one"):
        assert settled()
        with progress("inner", 2, "two"):
            assert settled() == "inner: 0 of 2  two\n"
        doing("three")
        assert settled() == "outer:  three\n"
    doing("four")
    assert settled() == ""


def test_work_that_begins_at_once_is_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("zeo probe", 1, "starting") as advance:
        advance("")
    assert capsys.readouterr().err == ""


COMPILES = """
import sys, time
from zeo.tools import progress
from zeo.tools.compiled import njit
progress.SLOW = 0.0

@njit()
def double(x):
    return 2 * x

with progress.progress("work", 1):
    double(1.0)
    time.sleep(0.2)
"""


def test_compiling_is_said_where_something_is_compiled(tmp_path: Path) -> None:
    (tmp_path / "doubling.py").write_text(COMPILES)
    told = []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, str(tmp_path / "doubling.py")],
            env=os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        )
        told.append(COMPILING in done.stderr)
    assert told == [True, False]


def test_a_run_on_a_terminal_shows_what_it_does(tmp_path: Path) -> None:
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "zeo", "run", "--generator", "dataset", "-n", "2", "--relax", "none"]
    shown = b""
    with subprocess.Popen(command, cwd=tmp_path, stderr=follower, stdout=subprocess.DEVNULL) as process:
        os.close(follower)
        while chunk := _read(leader):
            shown += chunk
    os.close(leader)
    assert process.returncode == 0
    for what in (b"starting", b"loading dataset", b"2/2"):
        assert what in shown


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1 << 16)
    except OSError:  # the other end is closed
        return b""
