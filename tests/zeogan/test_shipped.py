"""The weights that come with the plugin, through the installed command."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from zeo_zeogan.generator import ZeoGAN


def zeo(*arguments, cwd):
    command = [str(Path(sys.executable).parent / "zeo"), *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300, check=False)


def test_run_without_a_checkpoint_draws_nearly_connected_atoms(tmp_path):
    finished = zeo("run", "--generator", "zeogan", "--probe", "methane", "-n", "8", cwd=tmp_path)
    assert finished.returncode == 0, finished.stderr
    records = [json.loads(path.read_text()) for path in sorted(tmp_path.glob("runs/*/candidates/*.json"))]
    assert len(records) == 8
    notes = [
        {name: value for step in record["history"] for name, value in step["notes"].items()}
        for record in records
    ]
    # 0.82 in the median of many; random atoms of this density have less than 0.1
    assert np.median([note["connectivity_before"] for note in notes]) > 0.5
    assert all(record["source"]["operations"] >= 1 for record in records)


def test_shipped_model_is_small_and_says_how_it_came_about():
    assert sum(path.stat().st_size for path in ZeoGAN.shipped.iterdir()) < 20e6
    training = json.loads((ZeoGAN.shipped / "model.json").read_text())["training"]
    assert training["samples_seen"] == training["steps"] * training["batch"]
    assert "samples seen" in (ZeoGAN.shipped / "README.md").read_text()
