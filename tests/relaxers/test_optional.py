"""SevenNet with D3, and LAMMPS: what is said without them, and energies where they are installed."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from zeo.cli import main
from zeo.data.known.iza import iza_structure
from zeo.errors import RequirementError
from zeo.plugin.candidate import Candidate, Energy
from zeo.plugin.registry import installed_plugins
from zeo.testing.frameworks import primitive_sodalite, sodalite
from zeo_cleanup.relax.postprocessor import relax
from zeo_relaxers.lammps_slc import data_file, lower_triangular, repeated, repeats_needed


def is_missing(*modules: str) -> bool:
    return any(importlib.util.find_spec(module) is None for module in modules)


WITHOUT_SEVENNET = is_missing("sevenn", "dftd3")
WITHOUT_LAMMPS = is_missing("lammps")


def energy(relaxer: str, code: str) -> Energy:
    plugin = installed_plugins().create("postprocessor", relaxer)
    end = plugin.apply(Candidate(index=0, seed=0, structure=iza_structure(code)))
    assert end.rejection is None
    assert end.energy is not None
    assert end.notes["net_unchanged"] is True
    return end.energy


@pytest.mark.skipif(not WITHOUT_SEVENNET, reason="sevenn and dftd3 are installed")
def test_what_to_install_is_said(tmp_path: Path) -> None:
    remedy = "pip install 'zeo-framework[sevennet]'"
    with pytest.raises(RequirementError, match="needs sevenn, dftd3: pip install"):
        installed_plugins().create("postprocessor", "sevennet")
    relaxing = CliRunner().invoke(main, ["relax", str(tmp_path), "--relaxer", "sevennet"])
    assert relaxing.exit_code == 1
    assert remedy in relaxing.stderr
    checking = CliRunner().invoke(main, ["plugins", "check", "sevennet"])
    assert checking.exit_code == 1
    assert checking.output.startswith("absent  postprocessor sevennet  not installed: needs sevenn, dftd3: ")


@pytest.mark.slow
@pytest.mark.skipif(WITHOUT_SEVENNET, reason="sevenn or dftd3 is not installed")
def test_sevennet() -> None:
    found = energy("sevennet", "SOD")
    assert found.potential == "SevenNet-0+D3(BJ)"
    assert found.value == pytest.approx(14.05, abs=0.1)


@pytest.mark.slow
@pytest.mark.skipif(WITHOUT_LAMMPS, reason="lammps is not installed")
@pytest.mark.parametrize("code", ["SOD", "CHA"])
def test_lammps_agrees_with_us(code: str) -> None:
    """To within the taper, which only we have."""
    found, ours = energy("lammps", code), relax(iza_structure(code)).energy
    assert found.potential == "SLC (LAMMPS)"
    assert found.value == pytest.approx(ours, abs=0.1)


@pytest.mark.slow
@pytest.mark.skipif(WITHOUT_LAMMPS, reason="lammps is not installed")
def test_lammps_keeps_atoms_and_orientation() -> None:
    """An oblique cell comes back in its own orientation, every atom near where it was."""
    start = primitive_sodalite()
    plugin = installed_plugins().create("postprocessor", "lammps")
    end = plugin.apply(Candidate(index=0, seed=0, structure=start)).structure
    assert end is not None
    assert end.species == start.species
    strain = np.linalg.inv(start.lattice) @ end.lattice
    assert strain == pytest.approx(np.eye(3) * np.cbrt(end.volume / start.volume), abs=1e-3)
    offset = end.frac_coords - start.frac_coords
    assert np.abs(offset - offset.mean(axis=0)).max() < 0.1


def test_lammps_cells_are_wide_enough() -> None:
    structure = primitive_sodalite()
    assert repeats_needed(structure.lattice) == (1, 1, 1)
    assert repeats_needed(np.diag([4.0, 5.0, 2.0])) == (2, 1, 3)
    twice = repeated(structure, (2, 1, 1))
    assert twice.volume == pytest.approx(2 * structure.volume)
    assert twice.cart_coords[: len(structure)] == pytest.approx(structure.cart_coords)


def test_lammps_cell_is_the_same_cell_turned() -> None:
    lattice = primitive_sodalite().lattice
    triangle, turn = lower_triangular(lattice)
    assert lattice @ turn == pytest.approx(triangle)
    assert turn @ turn.T == pytest.approx(np.eye(3))
    assert np.triu(triangle, 1) == pytest.approx(np.zeros((3, 3)))
    assert (np.diag(triangle) > 0).all()


def test_lammps_data_file() -> None:
    lines = data_file(sodalite()).splitlines()
    assert {"60 atoms", "24 bonds", "72 angles"} <= set(lines)
    first = lines.index("Atoms") + 2
    charges = [float(line.split()[3]) for line in lines[first : first + 60]]
    assert sum(charges) == pytest.approx(0.0)
