"""The papers' random search: gates, moves and determinism."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from zeo.crystal.net import Net
from zeo.crystal.structure import Structure
from zeo.data.known.iza import iza_structure
from zeo.plugin.candidate import Candidate
from zeo_cleanup import random_moves
from zeo_cleanup.bonds import bonds_within, connectivity, is_perfect
from zeo_cleanup.key import topology_of
from zeo_cleanup.random_moves import EMPTY, MOST_BONDS, OXYGEN, SILICON
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


def state(structure, room=20):
    kind = np.array([{"Si": SILICON, "O": OXYGEN}[element] for element in structure.species])
    frac = np.concatenate([structure.frac_coords, np.zeros((room, 3))])
    return frac, np.concatenate([kind, np.full(room, EMPTY)])


@pytest.mark.parametrize("code", ["SOD", "CHA", "ABW"])
def test_bonds_stay_up_to_date_over_many_moves(code):
    start = spoiled(code, 2)
    lattice = start.lattice.copy()
    frac, kind = state(start)
    reach = random_moves._images_to_search(lattice, 2.5)
    count, partner, offset, _ = random_moves._all_bonds(lattice, frac, kind, 2.5, reach)
    rng = np.random.default_rng(0)
    new_partner, new_offset = np.empty(MOST_BONDS, np.int64), np.empty((MOST_BONDS, 3), np.int64)
    for _ in range(200):
        removed, inserted, point = random_moves._draw_move(rng, lattice, frac, kind, count, partner)
        bonds = 0
        if inserted != EMPTY:
            bonds = random_moves._bonds_of(
                point, inserted, lattice, frac, kind, 2.5, reach, new_partner, new_offset
            )
            if not random_moves._insertion_allowed(
                bonds, kind, count, partner, offset, new_partner, new_offset
            ):
                continue
        elif removed < 0:
            continue
        expected = random_moves._connectivity_after(
            kind, count, partner, removed, inserted, bonds, new_partner
        )
        if removed >= 0:
            random_moves._remove(removed, kind, count, partner, offset)
        else:
            random_moves._insert(
                point, inserted, bonds, frac, kind, count, partner, offset, new_partner, new_offset
            )
        now = Structure.from_si_o(lattice, frac[kind == SILICON], frac[kind == OXYGEN])
        assert connectivity(now, bonds_within(now)) == pytest.approx(expected, abs=1e-12)
        fresh, *_ = random_moves._all_bonds(lattice, frac, kind, 2.5, reach)
        np.testing.assert_array_equal(count, fresh)


def test_an_oxygen_that_would_double_a_bridge_is_refused():
    true = framework("LTA")
    lattice = true.lattice.copy()
    frac, kind = state(true)
    reach = random_moves._images_to_search(lattice, 2.5)
    count, partner, offset, _ = random_moves._all_bonds(lattice, frac, kind, 2.5, reach)
    beside = true.coords_of("O")[0] + 0.01
    new_partner, new_offset = np.empty(MOST_BONDS, np.int64), np.empty((MOST_BONDS, 3), np.int64)
    bonds = random_moves._bonds_of(beside, OXYGEN, lattice, frac, kind, 2.5, reach, new_partner, new_offset)
    assert bonds == 2
    assert not random_moves._insertion_allowed(bonds, kind, count, partner, offset, new_partner, new_offset)
