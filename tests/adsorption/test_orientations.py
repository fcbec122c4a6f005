"""Energies of linear molecules in directions that symmetry makes equivalent."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from zeo.crystal.structure import Structure
from zeo.data.known.iza import iza_structure
from zeo_adsorption.host import host_of
from zeo_adsorption.molecule import load_molecule
from zeo_probes.electrostatics import framework_potential
from zeo_probes.orientations import half_sphere, standing
from zeo_probes.rods import HOPELESS, Rod
from zeo_probes.symmetry import fitting_shape

TEMPERATURE = 298.0


@pytest.mark.parametrize("code", ["CHA", "LTA", "ABW"])
@pytest.mark.parametrize("gas", ["co2", "n2"])
def test_copied_energies_are_the_computed_ones(code: str, gas: str) -> None:
    structure, molecule = iza_structure(code), load_molecule(gas)
    host = host_of(structure, [molecule], TEMPERATURE, 0.9, order=7, accessible=False)
    directions, weights = half_sphere(7)
    directions = directions @ standing(structure.lattice)
    charges = np.array([molecule.framework_charges[element] for element in structure.species])
    potential = framework_potential(structure.lattice, structure.frac_coords, charges)
    rod = Rod(structure, molecule.sites, molecule.cutoff, potential, host.shape)
    for direction, weight, found in zip(directions, weights, host.guests[0].energy, strict=True):
        energy = rod.energy(molecule.sites, direction).ravel()
        met = np.isfinite(found)
        assert met.any()
        expected = energy[met] / TEMPERATURE - np.log(weight)
        mattering = expected < HOPELESS / 2
        assert found[met][mattering] == pytest.approx(expected[mattering], abs=2e-3)
        assert found[met][~mattering].min(initial=np.inf) > HOPELESS / 3


def test_an_arbitrary_origin_changes_nothing_but_the_time() -> None:
    """No operation maps the grid onto itself there, so that every direction is computed."""
    structure, molecule = iza_structure("CHA"), load_molecule("co2")
    moved = Structure(
        lattice=structure.lattice,
        species=structure.species,
        frac_coords=structure.frac_coords + np.array([0.0137, 0.0291, 0.0413]),
    )
    volumes = [
        host_of(each, [molecule], TEMPERATURE, 0.4, order=9).guests[0].volume for each in (structure, moved)
    ]
    assert volumes[0] == pytest.approx(volumes[1], rel=0.01)


@pytest.mark.parametrize("code", ["CHA", "MFI"])
def test_a_turned_cell_is_the_same_cell(code: str) -> None:
    """The rule over directions turns with it, coarse as it is."""
    structure, molecule = iza_structure(code), load_molecule("n2")
    turn = Rotation.from_euler("zyx", [0.3, 0.5, 0.7]).as_matrix()
    turned = Structure(structure.lattice @ turn, structure.species, structure.frac_coords)
    one, other = (
        host_of(each, [molecule], TEMPERATURE, 0.9, order=5).guests[0] for each in (structure, turned)
    )
    assert other.volume == pytest.approx(one.volume, rel=1e-4)
    assert other.offsets == pytest.approx(one.offsets, abs=1e-5)
    likely = one.energy < one.energy.min() + 10.0
    assert other.energy[likely] == pytest.approx(one.energy[likely], abs=1e-3)


def test_the_grid_has_points_where_symmetry_moves_points_to() -> None:
    assert fitting_shape(iza_structure("CHA"), (35, 35, 37)) == (36, 36, 39)
    assert fitting_shape(iza_structure("LTA"), (31, 31, 31)) == (31, 31, 31)
