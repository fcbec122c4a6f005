"""The weights that come with the plugin, through the installed command."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from kept import records_of

pytest.importorskip("torch")

from zeo.plugin.registry import installed_plugins
from zeo.plugin.seen import digest_of
from zeo.plugin.weights import weights_of
from zeo_learning.learned_nets import read_nets

SHIPPED = weights_of("zeosym", None, installed_plugins())


def zeo(*arguments, cwd):
    command = [str(Path(sys.executable).parent / "zeo"), *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300, check=False)


def test_run_without_a_checkpoint_draws_frameworks(tmp_path):
    finished = zeo("run", "--generator", "zeosym", "--probe", "methane", "-n", "8", cwd=tmp_path)
    assert finished.returncode == 0, finished.stderr
    records = [record for run in tmp_path.glob("runs/*") for record in records_of(run)]
    assert len(records) == 8
    # more than 80 of 100 get that far; fewer than three of eight come once in a thousand times
    assert sum(record["identity"] is not None for record in records) >= 3
    assert all(10.0 < record["source"]["aims"]["energy"] < 18.0 for record in records)


def test_unseen_samples_have_no_net_that_was_learned_from(tmp_path):
    some = ("run", "--generator", "zeosym", "--relax", "none", "-n", "32", "--out", "unseen")
    finished = zeo(*some, "--set", "zeosym.unseen=true", cwd=tmp_path)
    assert finished.returncode == 0, finished.stderr
    learned = read_nets(Path(SHIPPED)).training
    named = [record["identity"] for record in records_of(tmp_path / "unseen") if record["identity"]]
    # one in seven of what is drawn was learned from: of 32 none is once in a hundred times
    assert len(named) >= 24
    assert not any(digest_of(identity["key"]) in learned for identity in named)


def test_shipped_model_is_small_and_says_how_it_came_about():
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) < 20e6
    training = json.loads((SHIPPED / "model.json").read_text())["training"]
    assert training["samples_seen"] == training["steps"] * training["options"]["zeosym.batch"]
    assert f"{training['samples_seen']:,}" in (SHIPPED / "README.md").read_text()
