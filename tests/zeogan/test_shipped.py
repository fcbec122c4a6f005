"""The weights that come with the plugin."""

import json

import numpy as np
import pytest
from command_line import done, run_zeo
from kept import records_of

pytest.importorskip("torch")

from zeo.plugin.registry import installed_plugins
from zeo.plugin.weights import weights_of

SHIPPED = weights_of("zeogan", None, installed_plugins())
AIMED = weights_of("zeogan", "user-desired", installed_plugins())


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
    scrambled = ("--generator", "dataset", "--set", "dataset.scramble=true")
    done("run", *scrambled, *common, "--out", control, exit_code=1)  # nothing comes through
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


@pytest.mark.slow
def test_what_was_drawn_toward_a_heat_ships_by_its_name(tmp_path):
    """Grids of the second model have a heat of 18 to 22 kJ/mol, whatever became of their atoms."""
    common = ("--generator", "zeogan", "--probe", "methane", "-n", "16", "--relax", "none")
    heats = {}
    for name, chosen in (("aimed", ("--checkpoint", "user-desired")), ("free", ())):
        run_zeo("run", *common, *chosen, "--set", "zeogan.restarts=0", "--out", tmp_path / name)
        drawn = [record["grid_properties"]["methane"] for record in records_of(tmp_path / name)]
        heats[name] = np.abs(np.array([properties["qst"]["value"] for properties in drawn]) - 20.0)
    assert np.median(heats["aimed"]) < 2.0
    assert (heats["aimed"] <= 2.0).sum() > (heats["free"] <= 2.0).sum()
    assert sum(path.stat().st_size for path in AIMED.iterdir()) < 6e6
