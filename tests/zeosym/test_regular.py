"""Distance least squares within a space group: what it asks, its equations and what comes of it."""

import numpy as np
import pytest
from attrs import evolve

from zeo.crystal.net import Net
from zeo.data.known.relaxed import relaxed_structure
from zeo.plugin.candidate import Candidate
from zeo_cleanup import dls
from zeo_cleanup.bonds import bonds_within
from zeo_cleanup.key import topology_of
from zeo_cleanup.repair import ExactRepair
from zeo_zeosym.crystal import Crystal, crystal_of
from zeo_zeosym.normal_equations import normal_equations
from zeo_zeosym.operations import primitive_operations
from zeo_zeosym.regular import regularised, structure_of
from zeo_zeosym.restraints import restraints
from zeo_zeosym.silica import silica_of
from zeo_zeosym.sites import site_of
from zeo_zeosym.strain import allowed, stretched

CODES = ("ABW", "CAN", "CHA", "GIS", "HEU", "MEL", "PTY", "SOD")


def disturbed(code, size, seed=0):
    """A framework's T atoms and lattice, moved as their symmetry allows."""
    stream = np.random.default_rng(seed)
    crystal = crystal_of(relaxed_structure(code))
    lattice = stretched(crystal.lattice, allowed(crystal.turns) @ (0.1 * size * stream.normal(size=6)))
    moves = size * stream.normal(size=crystal.coords.shape) @ np.linalg.inv(lattice)
    coords = [
        site.projection @ (point + move) + site.shift
        for site, point, move in zip(crystal.sites, crystal.coords, moves, strict=True)
    ]
    return Crystal(crystal.group, lattice, crystal.sites, np.array(coords))


def without_symmetry(crystal):
    coords = crystal.t_coords
    sites = [site_of(point, crystal.lattice, 1, 0.05) for point in coords]
    return Crystal(1, crystal.lattice, sites, coords)


def equations(asked, at):
    """Half the sum of squares, its second derivatives and its slope, of all displacements."""
    return normal_equations(
        at.t_coords @ at.lattice,
        asked.shift @ at.lattice,
        asked.i,
        asked.j,
        asked.target,
        asked.weight,
        asked.contact,
        at.owner,
        np.ascontiguousarray(at.turns[at.image]),
        len(at.sites),
    )


@pytest.mark.parametrize("code", CODES)
def test_every_bond_of_the_cell_is_asked_for_once(code):
    silica = silica_of(crystal_of(relaxed_structure(code)))
    asked, n = restraints(silica), len(silica.oxygen)
    for target, weight, pairs in (
        (dls.SI_O, dls.WEIGHT_SI_O, 4 * n),
        (dls.O_O, dls.WEIGHT_O_O, 6 * n),
        (dls.SI_SI, dls.WEIGHT_SI_SI, 2 * n),
    ):
        chosen = (asked.target == target) & ~asked.contact
        assert asked.weight[chosen].sum() == pytest.approx(weight * pairs)


@pytest.mark.parametrize("code", ["ABW", "CAN", "CHA", "GIS", "SOD"])
def test_the_sum_of_squares_is_that_of_the_framework_without_symmetry(code):
    net = disturbed(code, 0.1)
    one, other = silica_of(net), silica_of(without_symmetry(net))
    total, _, slope = equations(restraints(one), one.atoms)
    plain_total, _, plain_slope = equations(restraints(other), other.atoms)
    assert total == pytest.approx(plain_total, rel=1e-9)
    # the lattice is pulled alike, too
    permitted = allowed(one.atoms.turns)
    np.testing.assert_allclose(permitted @ slope[-6:], plain_slope[-6:], atol=1e-6 * np.abs(slope).max())


@pytest.mark.parametrize("code", ["CHA", "HEU", "PTY"])
def test_slopes_are_those_of_the_sum_of_squares(code, stream):
    silica = silica_of(disturbed(code, 0.1))
    atoms, asked = silica.atoms, restraints(silica)
    step = stream.normal(size=3 * len(atoms.sites) + 6)
    step[-6:] = allowed(atoms.turns) @ (0.1 * step[-6:])
    columns = atoms.lattice.T
    for k, site in enumerate(atoms.sites):
        projection = columns @ site.projection @ np.linalg.inv(columns)
        step[3 * k : 3 * k + 3] = projection @ step[3 * k : 3 * k + 3]

    def total(share):
        lattice = stretched(atoms.lattice, share * step[-6:])
        coords = atoms.coords + share * step[:-6].reshape(-1, 3) @ np.linalg.inv(lattice)
        return equations(asked, Crystal(atoms.group, lattice, atoms.sites, coords))[0]

    _, normal, slope = equations(asked, atoms)
    difference = (total(1e-5) - total(-1e-5)) / 2e-5
    assert slope @ step == pytest.approx(difference, rel=1e-5)
    np.testing.assert_allclose(normal, normal.T, atol=1e-9 * np.abs(normal).max())
    assert np.linalg.eigvalsh(normal).min() > -1e-8 * np.abs(normal).max()


@pytest.mark.parametrize("code", CODES)
def test_a_disturbed_framework_becomes_regular_in_its_space_group(code):
    net = disturbed(code, 0.08)
    silica = silica_of(net)
    regular = regularised(silica)
    before, after = (equations(restraints(silica), each.atoms)[0] for each in (silica, regular))
    assert after < 0.2 * before
    atoms = regular.atoms
    rotations = primitive_operations(net.group).rotations
    metric = atoms.lattice @ atoms.lattice.T
    turned = rotations.transpose(0, 2, 1) @ metric @ rotations
    np.testing.assert_allclose(turned, np.broadcast_to(metric, turned.shape), rtol=1e-6, atol=1e-6)
    for site, point in zip(atoms.sites, atoms.coords, strict=True):
        np.testing.assert_allclose(site.projection @ point + site.shift, point, atol=1e-6)
    made = structure_of(net)
    relaxed = relaxed_structure(code)
    assert topology_of(Net.from_structure(made)).key == topology_of(Net.from_structure(relaxed)).key
    assert dls.geometry_fault(dls.regularise(made, bonds_within(made)), bonds_within(made)) == ""


def test_the_outcome_is_the_same_without_symmetry():
    net = disturbed("CHA", 0.05)
    one, other = (regularised(silica_of(each)) for each in (net, without_symmetry(net)))
    totals = [equations(restraints(each), each.atoms)[0] for each in (one, other)]
    assert totals[0] == pytest.approx(totals[1], rel=0.02)
    assert one.atoms.volume == pytest.approx(other.atoms.volume, rel=2e-3)


def test_what_is_four_connected_passes_the_repair_as_perfect():
    made = structure_of(disturbed("HEU", 0.08))
    passed = ExactRepair(ExactRepair.Options()).apply(Candidate(index=0, seed=0, structure=made))
    assert passed.rejection is None
    assert passed.notes["perfect_before"]
    assert passed.notes["t_shift"] < 0.1


def test_what_is_not_four_connected_comes_as_t_atoms_in_a_short_cell():
    sodalite = crystal_of(relaxed_structure("SOD"))
    made = structure_of(evolve(sodalite, lattice=1.2 * sodalite.lattice))
    assert (made.count("Si"), made.count("O")) == (len(sodalite.image), 0)
    assert made.volume == pytest.approx(1.2**3 * sodalite.volume)
