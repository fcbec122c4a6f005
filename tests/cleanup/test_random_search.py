"""The papers' random search: gates, moves and determinism."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from zeo.crystal.net import Net
from zeo.crystal.structure import Structure
from zeo.data.known.iza import iza_structure
from zeo.plugin.candidate import Candidate
from zeo_cleanup.bonds import bonds_within, connectivity, has_double_bridge, is_perfect
from zeo_cleanup.key import topology_of
from zeo_cleanup.random_search import RandomSearch

framework = cache(iza_structure)


def searched(structure, seed=0, **options):
    search = RandomSearch(RandomSearch.Options(**options), plugins=object())
    return search.apply(Candidate(index=0, seed=seed, structure=structure))


def without(structure, *atoms):
    keep = np.setdiff1d(np.arange(len(structure)), atoms)
    return Structure(structure.lattice, [structure.species[k] for k in keep], structure.frac_coords[keep])


def key(structure):
    return topology_of(Net.from_structure(structure)).key


def spoiled(code, n_oxygen):
    true = framework(code)
    oxygens = np.flatnonzero(np.array(true.species) == "O")
    return without(true, *oxygens[:: len(oxygens) // n_oxygen][:n_oxygen])


@pytest.mark.parametrize("code", ["SOD", "LTA", "CHA"])
def test_perfect_atoms_need_no_move(code):
    result = searched(framework(code))
    assert result.rejection is None
    assert result.notes["perfect_before"] is True
    assert result.notes["moves"] == 0
    assert key(result.structure) == key(framework(code))


@pytest.mark.parametrize("code", ["LTA", "CHA", "MOR"])
def test_a_missing_oxygen_is_put_back(code):
    found = [searched(spoiled(code, 1), seed) for seed in range(5)]
    perfect = [result.structure for result in found if result.rejection is None]
    assert len(perfect) >= 4
    assert key(framework(code)) in {key(structure) for structure in perfect}
    assert all(is_perfect(structure, bonds_within(structure)) for structure in perfect)


def test_the_seed_decides():
    one, other = searched(spoiled("MOR", 3), 7), searched(spoiled("MOR", 3), 7)
    np.testing.assert_array_equal(one.structure.frac_coords, other.structure.frac_coords)
    assert dict(one.notes) == dict(other.notes)


def test_without_patience_the_search_ends_early():
    result = searched(spoiled("MOR", 6), n_cycle=1, f_update=1)
    assert result.rejection.reason == "no four-connected net"
    assert result.notes["moves"] == 1


@pytest.mark.parametrize(
    ("structure", "reason"),
    [
        (Structure.from_si_o(np.eye(3) * 10, [], [[0, 0, 0]]), "no silicon"),
        (Structure.from_si_o(np.eye(3) * 10, [[0, 0, 0]], [[0.5, 0, 0]]), "Si:O out of range"),
        (
            Structure.from_si_o(np.eye(3) * 10, [[0, 0, 0]], [[0.5, 0, 0], [0, 0.5, 0]]),
            "connectivity too low",
        ),
    ],
)
def test_gates(structure, reason):
    result = searched(structure)
    assert result.rejection.reason == reason
    assert result.rejection.detail


@pytest.mark.parametrize("code", ["LTA", "CHA", "MOR"])
@pytest.mark.parametrize("seed", range(4))
def test_after_many_moves_bonds_are_what_the_atoms_say(code, seed):
    start = spoiled(code, 4)
    options = {"n_cycle": 2, "f_update": 200, "theta_random": 1.0, "w_max": 0}  # any move is accepted
    result = searched(start, seed, **options)
    found = result.structure
    if result.rejection is not None:  # else its geometry has been regularised
        assert result.rejection.reason == "no four-connected net"
        bonds = bonds_within(found)
        assert result.notes["connectivity_after"] == round(connectivity(found, bonds), 6)
        assert not has_double_bridge(bonds), "an oxygen that doubles a bridge is refused"
    assert found.count("Si") == start.count("Si") + result.notes["t_change"]
    assert found.count("O") == start.count("O") + result.notes["o_change"]
    assert result.notes["connectivity_after"] >= result.notes["connectivity_before"]
