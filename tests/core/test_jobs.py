"""A run shared out over processes: the same bytes for any number of them, and after a kill of any of them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

RUN = ["run", "--generator", "search", "--probe", "methane", "--batch-size", "4", "-n", "16", "--seed", "5"]


def zeo(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "zeo", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finished(*arguments: str) -> None:
    process = zeo(*arguments)
    _, errors = process.communicate()
    assert process.returncode == 0, errors


def results(path: Path) -> dict[str, bytes]:
    """All that a run writes but for its log, its lock and what a killed writer leaves."""
    files = [file for file in path.rglob("*") if file.is_file() and not file.name.startswith((".", "log."))]
    return {str(file.relative_to(path)): file.read_bytes() for file in files}


def children(process: subprocess.Popen[str]) -> list[int]:
    """Of Linux: the processes that one started."""
    return [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


def workers(process: subprocess.Popen[str]) -> list[int]:
    """Those of them that work; another one only watches over what they share."""

    def command(pid: int) -> bytes:
        return Path(f"/proc/{pid}/cmdline").read_bytes()

    return [pid for pid in children(process) if b"spawn_main" in command(pid)]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What one process makes of the run."""
    path = tmp_path_factory.mktemp("alone") / "run"
    finished(*RUN, "--out", str(path))
    return results(path)


def test_any_number_of_processes_gives_the_same_bytes(tmp_path: Path, alone: dict[str, bytes]) -> None:
    for jobs in ("2", "3"):
        finished(*RUN, "--out", str(tmp_path / jobs), "--jobs", jobs)
        assert results(tmp_path / jobs) == alone


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_a_killed_worker_costs_nothing_but_time(tmp_path: Path, alone: dict[str, bytes]) -> None:
    process = zeo(*RUN, "--out", str(tmp_path / "run"), "--jobs", "2")
    while process.poll() is None and not (started := workers(process)):
        time.sleep(0.01)
    os.kill(started[0], signal.SIGKILL)
    _, errors = process.communicate()
    assert process.returncode == 0, errors
    assert results(tmp_path / "run") == alone


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_a_killed_run_is_resumed_by_any_number_of_processes(tmp_path: Path, alone: dict[str, bytes]) -> None:
    path = tmp_path / "run"
    process = zeo(*RUN, "--out", str(path), "--jobs", "2")
    while process.poll() is None and not list(path.glob("candidates/*.json")):
        time.sleep(0.01)
    process.kill()
    process.communicate()
    finished("run", "--resume", str(path), "--jobs", "2")
    assert results(path) == alone
    assert json.loads((path / "run.json").read_text())["n"] == 16
