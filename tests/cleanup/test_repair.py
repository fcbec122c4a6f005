"""The exact repair: spoiled frameworks come back with their net, or are refused with a reason."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zeo.crystal.net import Net
from zeo.crystal.structure import Structure
from zeo.data.known.iza import iza_structure
from zeo.grids.gaussians import gaussian_density
from zeo.grids.grid import Grid
from zeo.plugin.candidate import Candidate
from zeo_cleanup.bonds import bonds_within, is_perfect
from zeo_cleanup.candidate_net import candidate_net
from zeo_cleanup.density import UnexplainedDensity
from zeo_cleanup.four_connected import choose_net
from zeo_cleanup.key import topology_of
from zeo_cleanup.repair import ExactRepair
from zeo_cleanup.sites import oxygen_sites, silicon_sites

framework = cache(iza_structure)
ORTHOGONAL = ["SOD", "LTA", "RHO", "MOR", "FER", "GIS"]


@cache
def key(code):
    return topology_of(Net.from_structure(framework(code))).key


def repaired(structure, grid=None, **options):
    repair = ExactRepair(ExactRepair.Options(**options), plugins=object())
    return repair.apply(Candidate(index=0, seed=0, structure=structure, encoded=grid))


def has_net(candidate, code):
    assert candidate.rejection is None, candidate.rejection
    return topology_of(Net.from_structure(candidate.structure)).key == key(code)


def displaced(structure, sigma, seed):
    """Gaussian noise of ``sigma`` angstrom on every coordinate."""
    noise = np.random.default_rng(seed).normal(0.0, sigma, (len(structure), 3))
    frac = structure.frac_coords + noise @ np.linalg.inv(structure.lattice)
    return Structure(structure.lattice, structure.species, frac)


def without(structure, element, *which):
    """Atoms of one element left out, by their number among the atoms of that element."""
    atoms = np.flatnonzero(np.array(structure.species) == element)[list(which)]
    keep = np.setdiff1d(np.arange(len(structure)), atoms)
    return Structure(structure.lattice, [structure.species[k] for k in keep], structure.frac_coords[keep])


def with_atom(structure, element, frac):
    """A spurious atom."""
    frac = np.vstack([structure.frac_coords, frac])
    return Structure(structure.lattice, (*structure.species, element), frac)


def grid_of(structure, n=32):
    channels = {"si": "Si", "o": "O"}
    arrays = {
        name: gaussian_density(structure.lattice, structure.coords_of(element), (n, n, n))
        for name, element in channels.items()
    }
    return Grid.stack(arrays, structure.lattice)


@pytest.mark.parametrize("code", ORTHOGONAL)
def test_perfect_atoms_keep_their_net_and_hardly_move(code):
    result = repaired(framework(code))
    assert has_net(result, code)
    assert result.notes["perfect_before"] is True
    assert result.notes["connectivity_before"] == 1.0
    assert result.notes["t_shift"] < 0.05


@pytest.mark.parametrize("code", [*ORTHOGONAL, "CHA", "AFI", "MFI"])
def test_missing_and_spurious_oxygens(code):
    spoiled = without(displaced(framework(code), 0.1, 0), "O", 0, 3)
    spoiled = with_atom(spoiled, "O", spoiled.frac_coords[0] + 0.05)
    result = repaired(spoiled)
    assert result.notes["perfect_before"] is False
    assert has_net(result, code)
    assert result.notes["t_added"] == result.notes["t_removed"] == 0
    assert is_perfect(result.structure, bonds_within(result.structure))


@pytest.mark.parametrize("code", ["LTA", "MOR", "CHA", "MFI"])
def test_a_missing_silicon_is_found_among_its_oxygens(code):
    result = repaired(without(displaced(framework(code), 0.1, 1), "Si", 5))
    assert has_net(result, code)
    assert result.notes["t_added"] == 1


@pytest.mark.parametrize("code", ["LTA", "MOR"])
def test_a_missing_silicon_is_found_in_the_grid(code):
    true = framework(code)
    # without its oxygens too, only the grid can tell
    site = true.coords_of("Si")[2]
    bonds = bonds_within(true)
    oxygens = bonds.o[bonds.si == np.flatnonzero(np.array(true.species) == "Si")[2]]
    first = true.species.index("O")
    assert len(oxygens) == 4
    spoiled = without(true, "Si", 2)
    spoiled = without(spoiled, "O", *(oxygens - first if first else oxygens))
    result = repaired(spoiled, grid_of(true))
    assert has_net(result, code)
    offset = result.structure.coords_of("Si") - site
    offset -= np.round(offset)
    assert np.linalg.norm(offset @ true.lattice, axis=1).min() < 0.3


def test_a_spurious_silicon_is_dropped():
    true = framework("LTA")
    spoiled = with_atom(displaced(true, 0.1, 0), "Si", [0.05, 0.05, 0.05])
    result = repaired(spoiled, grid_of(true))
    assert has_net(result, "LTA")
    assert result.notes["t_removed"] == 1


def test_one_silicon_decoded_twice_counts_once():
    true = framework("LTA")
    twice = with_atom(true, "Si", true.coords_of("Si")[0] + [0.05, 0.0, 0.0])
    result = repaired(twice, max_changed_fraction=0.0)
    assert has_net(result, "LTA")
    assert result.notes["t_merged"] == 1


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_origin_and_order_do_not_matter(seed):
    rng = np.random.default_rng(seed)
    spoiled = without(displaced(framework("GIS"), 0.1, 0), "O", 1, 5)
    order = rng.permutation(len(spoiled))
    moved = Structure(
        spoiled.lattice,
        [spoiled.species[k] for k in order],
        (spoiled.frac_coords + rng.random(3) + rng.integers(-1, 2, (len(spoiled), 3)))[order],
    )
    one, other = repaired(spoiled), repaired(moved)
    assert has_net(one, "GIS")
    assert has_net(other, "GIS")
    assert one.notes["objective"] == pytest.approx(other.notes["objective"], abs=1e-5)


def test_the_same_input_gives_the_same_output():
    spoiled = without(displaced(framework("FER"), 0.2, 0), "O", 1, 5)
    one, other = repaired(spoiled), repaired(spoiled)
    np.testing.assert_array_equal(one.structure.frac_coords, other.structure.frac_coords)
    assert dict(one.notes) == dict(other.notes)


def test_no_double_bridge_is_ever_chosen():
    spoiled = without(displaced(framework("LTA"), 0.2, 4), "O", 0, 7, 9)
    silicon, oxygen = silicon_sites(spoiled, None), oxygen_sites(spoiled, None)
    graph = candidate_net(spoiled.lattice, silicon, oxygen, 3.9)
    net = choose_net(graph, [], 0).net
    assert {degree for _, degree in net.degree} == {4}
    joined = [(min(a, b), max(a, b), shift) for a, b, shift in net.edges(data="shift")]
    assert len(joined) == len(set(joined)) == 2 * spoiled.count("Si")


def test_the_density_left_over_shows_what_is_missing_and_what_is_too_much():
    true = framework("LTA")
    si = true.coords_of("Si")
    channel = grid_of(true).channel("si")
    left = UnexplainedDensity(channel, true.lattice, si[1:])
    peaks, heights = left.peaks(0.5)
    assert heights == pytest.approx([1.0], abs=0.05)
    offset = (peaks - si[0] - np.round(peaks - si[0])) @ true.lattice
    assert np.abs(offset).max() < 0.05
    too_much = UnexplainedDensity(channel, true.lattice, np.vstack([si, [[0.0, 0.0, 0.0]]]))
    assert too_much.at([[0.0, 0.0, 0.0]]) == pytest.approx([-1.0], abs=0.05)


def silicon_only(n, length, seed):
    frac = np.random.default_rng(seed).random((n, 3))
    return Structure.from_si_o(np.eye(3) * length, frac, [])


@pytest.mark.parametrize(
    ("structure", "reason"),
    [
        (Structure.from_si_o(np.eye(3) * 10, [], [[0, 0, 0]]), "no silicon"),
        (silicon_only(5, 20.0, 0), "too few neighbours"),
        (
            Structure.from_si_o(
                np.eye(3) * 8.8, np.stack(np.meshgrid(*[np.arange(4) / 4] * 3), -1).reshape(-1, 3), []
            ),
            "too many silicon atoms",
        ),
    ],
)
def test_reasons(structure, reason):
    result = repaired(structure)
    assert result.rejection.reason == reason
    assert result.rejection.detail


def test_the_budget_of_t_atoms_is_kept():
    spoiled = without(framework("LTA"), "Si", 0, 1, 2)
    result = repaired(spoiled)
    assert result.rejection is not None
    assert has_net(repaired(spoiled, max_changed_fraction=0.2), "LTA")


def test_the_budget_of_shifts_is_kept():
    spoiled = displaced(framework("LTA"), 0.15, 0)
    assert has_net(repaired(spoiled), "LTA")
    result = repaired(spoiled, max_shift=0.1)
    assert result.rejection.reason == "correction budget exceeded"
    assert "at most 0.1" in result.rejection.detail


def test_a_net_that_does_not_fit_its_cell_is_refused():
    true = framework("SOD")
    result = repaired(Structure(1.2 * true.lattice, true.species, true.frac_coords))
    assert result.rejection.reason == "geometry cannot be regularised"


def test_noise_of_zeolite_density_is_refused():
    rng = np.random.default_rng(0)
    for _ in range(20):
        structure = Structure.from_si_o(np.eye(3) * 12, rng.random((29, 3)), rng.random((58, 3)))
        assert repaired(structure).rejection is not None
