"""Nets with bridges that are too long or too many, mended within their space groups."""

import numpy as np
import pytest
from attrs import evolve

from zeo.crystal.net import Net
from zeo.crystal.structure import Structure
from zeo.data.known.relaxed import relaxed_structure
from zeo.plugin.candidate import Candidate
from zeo.plugin.registry import installed_plugins
from zeo_cleanup.key import topology_of
from zeo_zeosym.crystal import crystal_of
from zeo_zeosym.mending import mended
from zeo_zeosym.pairs import near_pairs
from zeo_zeosym.regular import largest_shift, regularised
from zeo_zeosym.silica import Bridges, silica_of

CODES = ("ABW", "CAN", "CHA", "GIS", "HEU", "MEL")
LONGEST = 3.9


def stretched(code):
    """A framework in a cell so large that its longest bridge is 3.6 A and counts as broken."""
    crystal = crystal_of(relaxed_structure(code))
    t_atoms = crystal.t_coords
    *_, length = near_pairs(crystal.lattice, t_atoms, t_atoms, 3.55)
    return evolve(crystal, lattice=crystal.lattice * 3.6 / length.max())


@pytest.mark.parametrize("code", CODES)
def test_bridges_that_are_too_long_are_found_and_the_group_is_kept(code):
    crystal = stretched(code)
    assert silica_of(crystal) is None
    regular = regularised(mended(crystal, LONGEST))
    assert largest_shift(crystal, regular.atoms) < 0.7
    key = topology_of(Net.from_structure(relaxed_structure(code))).key
    assert topology_of(Net.from_structure(regular.structure)).key == key
    assert crystal_of(regular.structure).group == crystal.group


def test_of_too_many_bridges_those_of_ideal_length_are_chosen():
    structure = relaxed_structure("LTA")
    crystal = crystal_of(structure)
    within_reach = np.bincount(Bridges.of(crystal, 4.4).unique)
    assert (within_reach > 4).all()  # across the four-rings
    key = topology_of(Net.from_structure(structure)).key
    assert topology_of(Net.from_structure(mended(crystal, 4.4).structure)).key == key


def test_nets_far_from_four_connected_are_not_mended():
    crystal = crystal_of(relaxed_structure("SOD"))
    assert mended(evolve(crystal, lattice=1.4 * crystal.lattice), LONGEST) is None


@pytest.fixture(scope="module")
def repair():
    return installed_plugins().create("postprocessor", "symmetric-repair")


def t_atoms_of(crystal):
    return Structure.from_si_o(crystal.lattice, crystal.t_coords, np.empty((0, 3)))


@pytest.mark.parametrize("code", ["CAN", "MEL"])
def test_the_stage_repairs_t_atoms_and_says_that_they_were_not_perfect(repair, code):
    crystal = stretched(code)
    finished = repair.apply(Candidate(index=0, seed=0, structure=t_atoms_of(crystal)))
    assert finished.rejection is None
    assert finished.notes["perfect_before"] is False
    assert finished.notes["symmetric"] is True
    assert crystal_of(finished.structure).group == crystal.group


def test_t_atoms_in_disorder_go_the_way_of_all_others(repair):
    stream = np.random.default_rng(0)
    structure = Structure.from_si_o(9.0 * np.eye(3), stream.random((14, 3)), np.empty((0, 3)))
    finished = repair.apply(Candidate(index=0, seed=0, structure=structure))
    assert finished.rejection is not None
    assert finished.notes["symmetric"] is False
