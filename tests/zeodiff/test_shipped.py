"""The weights that come with the plugin."""

import json

import pytest
from command_line import done
from kept import records_of

pytest.importorskip("torch")

from zeo.plugin.registry import installed_plugins
from zeo.plugin.weights import weights_of

SHIPPED = weights_of("zeodiff", None, installed_plugins())


def test_run_without_a_checkpoint_draws_frameworks(tmp_path):
    out = tmp_path / "run"
    done("run", "--generator", "zeodiff", "--probe", "methane", "-n", 2, "--out", out)
    records = records_of(out)
    assert len(records) == 2
    # 95 of 100 get that far; neither of two comes three times in a thousand
    assert any(record["identity"] is not None for record in records)
    assert all(record["source"]["operations"] >= 1 for record in records)


def test_shipped_model_is_small_and_says_how_it_came_about():
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) < 20e6
    training = json.loads((SHIPPED / "model.json").read_text())["training"]
    assert training["samples_seen"] == training["steps"] * training["options"]["zeodiff.batch"]
    card = (SHIPPED / "README.md").read_text()
    assert f"{training['samples_seen']:,}" in card
