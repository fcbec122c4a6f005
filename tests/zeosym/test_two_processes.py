"""Training by several processes, which Lightning starts: one on each of two devices, here two processors."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
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


def training(folder: Path, out: str) -> subprocess.Popen[str]:
    settings = [word for name, value in SETTINGS.items() for word in ("--set", f"{name}={value}")]
    line = [sys.executable, "-m", "zeo", "train", "zeosym", "--data", "cifs", "--out", out, *settings]
    return subprocess.Popen(line, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def kill_the_second(first: subprocess.Popen[str]) -> None:
    """The process that the first one has started."""
    listed = subprocess.run(
        ["ps", "--ppid", str(first.pid), "-o", "pid="], capture_output=True, text=True, check=True
    )
    os.kill(int(listed.stdout.split()[0]), signal.SIGKILL)


@pytest.mark.slow
def test_two_processes_train_as_one_and_outlive_kills(tmp_path: Path) -> None:
    (tmp_path / "cifs").mkdir()
    for code in ("SOD", "LTA", "ABW", "CAN"):
        (tmp_path / "cifs" / f"{code}.cif").write_text(cif_text(relaxed_structure(code), code))

    undisturbed = training(tmp_path, "whole")
    said, errors = undisturbed.communicate()
    assert undisturbed.returncode == 0, errors
    assert said.count("Checkpoint:") == 1
    facts = json.loads((tmp_path / "whole" / "model.json").read_text())["training"]
    assert (facts["steps"], facts["samples_seen"]) == (STEPS, 2 * BATCH * STEPS)

    disturbed = training(tmp_path, "again")
    while disturbed.poll() is None and not (tmp_path / "again" / STATE).exists():
        time.sleep(0.01)
    kill_the_second(disturbed)
    _, errors = disturbed.communicate()
    assert disturbed.returncode == 1
    assert "another process of this training was lost" in errors.strip().splitlines()[-1]
    assert "Traceback" not in errors
    resumed = training(tmp_path, "again")
    _, errors = resumed.communicate()
    assert resumed.returncode == 0, errors
    assert (tmp_path / "again" / WEIGHTS).read_bytes() == (tmp_path / "whole" / WEIGHTS).read_bytes()
