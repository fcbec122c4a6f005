"""The weights that come with the plugin."""

import json

import numpy as np
import pytest
from command_line import done
from kept import records_of

pytest.importorskip("torch")

from zeo.plugin.registry import installed_plugins
from zeo.plugin.weights import weights_of

SHIPPED = weights_of("zeogan", None, installed_plugins())


def connectivities(folder):
    """Shares of atoms with the right number of neighbours, as decoded, of the samples of a run."""
    records = [record for path in folder.rglob("run.json") for record in records_of(path.parent)]
    notes = [{k: v for step in record["history"] for k, v in step["notes"].items()} for record in records]
    assert len(notes) == 8
    return [note["connectivity_before"] for note in notes]


def test_run_without_a_checkpoint_draws_atoms_that_are_better_connected_than_random_ones(tmp_path):
    """Each run without a relaxer; the control is of the same densities and cells as known frameworks."""
    common = ("--probe", "methane", "-n", "8", "--relax", "none")
    out, control = tmp_path / "drawn", tmp_path / "control"
    done("run", "--generator", "zeogan", *common, "--out", out)
    done("run", "--generator", "dataset", "--set", "dataset.scramble=true", *common, "--out", control)
    records = records_of(out)
    assert len(records) == 8
    assert all(record["source"]["operations"] >= 1 for record in records)
    drawn, scrambled = (connectivities(folder) for folder in (out, control))
    assert np.median(drawn) > 2 * max(scrambled)


def test_shipped_model_is_small_and_says_how_it_came_about():
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) < 20e6
    training = json.loads((SHIPPED / "model.json").read_text())["training"]
    assert training["samples_seen"] == training["steps"] * training["batch"]
    assert "samples seen" in (SHIPPED / "README.md").read_text()
