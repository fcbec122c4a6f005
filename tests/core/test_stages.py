"""What the stages do to a candidate, whatever plugins fill them."""

from __future__ import annotations

import numpy as np
import pytest

from zeo.candidate import Candidate
from zeo.config import RunConfig
from zeo.data.orthogonal import smallest_orthogonal_cell
from zeo.data.relaxed import relaxed_frameworks
from zeo.grid import Grid
from zeo.pipeline import process
from zeo.registry import installed_plugins
from zeo.stages import build_stages

PLUGINS = installed_plugins()


def sod_grid(*channels: str) -> Grid:
    structure = smallest_orthogonal_cell(relaxed_frameworks()["SOD"].structure)
    assert structure is not None
    grid: Grid = PLUGINS.create("representation", "voxel").encode(structure)
    return Grid(np.stack([grid.channel(name) for name in channels]), channels, grid.lattice)


def processed(grid: Grid, *probes: str) -> Candidate:
    stages = build_stages(RunConfig(probes=probes, relax=None), PLUGINS)
    return process(Candidate(index=0, seed=0, grid=grid), stages)


def test_a_grid_is_measured_even_if_its_atoms_come_to_nothing() -> None:
    grid = sod_grid("energy:methane", "si", "o")
    values = grid.values.copy()
    values[1:] = 0.0
    lost = processed(grid.with_values(values), "methane", "pores")
    assert lost.rejection is not None
    assert lost.properties == {}
    assert set(lost.grid_properties) == {"methane"}, "pores are measured on atoms alone"
    whole = processed(grid, "methane")
    assert whole.grid_properties["methane"] == lost.grid_properties["methane"]
    drawn, final = (p["methane"]["void_fraction"].value for p in (whole.grid_properties, whole.properties))
    assert drawn == pytest.approx(final, abs=0.01)


def test_a_grid_without_the_channel_of_a_probe_is_no_error() -> None:
    candidate = processed(sod_grid("si", "o"), "methane")
    assert candidate.rejection is None
    assert candidate.grid_properties == {}
    assert set(candidate.properties) == {"methane"}
