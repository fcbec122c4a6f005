"""Training by several processes: one on each of two devices, here two processors, of one node or of two."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

pytest.importorskip("lightning")

from zeo.crystal.cif import cif_text
from zeo.data.known.relaxed import relaxed_structure
from zeo_learning.checkpoint import STATE
from zeo_learning.folder import WEIGHTS

STEPS, BATCH = 40, 2

SETTINGS = {
    **{"steps": STEPS, "batch": BATCH, "width": 8, "layers": 1, "skewed_types": "false"},
    **{"devices": 2, "accelerator": "cpu", "precision": "32-true", "draw_every": 0, "save_every": 0.01},
}


NODES = {"nodes": 2, "devices": 1}


def training(
    folder: Path,
    out: str,
    more: Mapping[str, object] | None = None,
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen[str]:
    settings = [
        word for name, value in {**SETTINGS, **(more or {})}.items() for word in ("--set", f"{name}={value}")
    ]
    return subprocess.Popen(
        [sys.executable, "-m", "zeo", "train", "zeosym", "--data", "cifs", "--out", out, *settings],
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def addresses() -> list[dict[str, str]]:
    """What two nodes are told: their number, and where the first of them listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    return [{"NODE_RANK": str(node), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port} for node in range(2)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder to work in, with frameworks to learn from."""
    (tmp_path / "cifs").mkdir()
    for code in ("SOD", "LTA", "ABW", "CAN"):
        (tmp_path / "cifs" / f"{code}.cif").write_text(cif_text(relaxed_structure(code), code))
    return tmp_path


def kill_the_second(first: subprocess.Popen[str]) -> None:
    """The process that the first one has started."""
    listed = subprocess.run(
        ["ps", "--ppid", str(first.pid), "-o", "pid="], capture_output=True, text=True, check=True
    )
    os.kill(int(listed.stdout.split()[0]), signal.SIGKILL)


@pytest.mark.slow
def test_two_processes_train_as_one_and_outlive_kills(folder: Path) -> None:
    undisturbed = training(folder, "whole")
    said, errors = undisturbed.communicate()
    assert undisturbed.returncode == 0, errors
    assert said.count("Checkpoint:") == 1
    facts = json.loads((folder / "whole" / "model.json").read_text())["training"]
    assert (facts["steps"], facts["samples_seen"]) == (STEPS, 2 * BATCH * STEPS)

    disturbed = training(folder, "again")
    while disturbed.poll() is None and not (folder / "again" / STATE).exists():
        time.sleep(0.01)
    kill_the_second(disturbed)
    _, errors = disturbed.communicate()
    assert disturbed.returncode == 1
    assert "another process of this training was lost" in errors.strip().splitlines()[-1]
    assert "Traceback" not in errors
    resumed = training(folder, "again")
    _, errors = resumed.communicate()
    assert resumed.returncode == 0, errors
    assert (folder / "again" / WEIGHTS).read_bytes() == (folder / "whole" / WEIGHTS).read_bytes()


@pytest.mark.slow
def test_two_nodes_train_as_two_devices_of_one(folder: Path) -> None:
    one = training(folder, "one")
    _, errors = one.communicate()
    assert one.returncode == 0, errors

    nodes = [training(folder, "two", NODES, told) for told in addresses()]
    for node in nodes:
        _, errors = node.communicate(timeout=300)
        assert node.returncode == 0, errors
    assert (folder / "two" / WEIGHTS).read_bytes() == (folder / "one" / WEIGHTS).read_bytes()
