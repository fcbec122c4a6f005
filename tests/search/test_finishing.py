"""Distance least squares with edges, and what is accepted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zeo.crystal.net import Net
from zeo.data.known.frameworks import open_frameworks
from zeo_cleanup.key import topology_of
from zeo_search.bridging_oxygen import BridgingOxygen
from zeo_search.draft import Draft
from zeo_search.edge_dls import relax_with_edges
from zeo_search.finishing import Finished, Limits, Refused, finish
from zeo_search.t_net import TNet

NAMES = ["ABW", "ACO", "CAN", "EDI", "GIS", "LTA", "MER", "MOR", "MTW", "SOD", "TON"]
FRAMEWORKS = {
    each.name: each.structure
    for each in open_frameworks("relaxed")
    if each.name in NAMES and each.structure.is_orthogonal
}


def draft_of(structure, lengths=None, coords=None) -> Draft:
    return Draft(
        lengths=structure.lengths if lengths is None else lengths,
        coords=structure.coords_of("Si") if coords is None else coords,
        operation="given",
    )


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_t_atoms_alone_give_the_framework_back(name) -> None:
    given = FRAMEWORKS[name]
    finished = finish(draft_of(given), Limits())
    assert isinstance(finished, Finished)
    assert (
        topology_of(Net.from_structure(finished.structure)).key == topology_of(Net.from_structure(given)).key
    )
    # the ideal distances are not those of the potential that the given one was relaxed with
    assert finished.density == pytest.approx(given.framework_density, rel=0.08)


@settings(max_examples=20, deadline=None)
@given(
    name=st.sampled_from(sorted(FRAMEWORKS)),
    seed=st.integers(0, 2**32 - 1),
    axes=st.permutations([0, 1, 2]),
)
def test_finishing_does_not_depend_on_origin_and_axes(name, seed, axes) -> None:
    given, stream = FRAMEWORKS[name], np.random.default_rng(seed)
    expected = finish(draft_of(given), Limits())
    moved = finish(
        draft_of(given, given.lengths[axes], given.coords_of("Si")[:, axes] + stream.random(3)), Limits()
    )
    assert isinstance(expected, Finished)
    assert isinstance(moved, Finished)
    assert moved.quick_key == expected.quick_key
    assert moved.residual == pytest.approx(expected.residual, abs=1e-4)
    assert np.allclose(moved.lengths, expected.lengths[axes], atol=0.05)


@settings(max_examples=20, deadline=None)
@given(name=st.sampled_from(sorted(FRAMEWORKS)), seed=st.integers(0, 2**32 - 1))
def test_a_wrong_cell_is_put_right(name, seed) -> None:
    given, stream = FRAMEWORKS[name], np.random.default_rng(seed)
    expected = finish(draft_of(given), Limits())
    strained = finish(draft_of(given, given.lengths * stream.uniform(0.96, 1.04, 3)), Limits())
    assert isinstance(expected, Finished)
    assert isinstance(strained, Finished)
    assert strained.residual < expected.residual + 0.002


def test_residual_is_the_weighted_sum_of_squares() -> None:
    """Counted here from ASE's neighbour list, contacts included."""
    from ase.neighborlist import neighbor_list

    finished = finish(draft_of(FRAMEWORKS["MOR"]), Limits())
    assert isinstance(finished, Finished)
    atoms = finished.structure.to_ase()
    i, j, d, shift = neighbor_list("ijdS", atoms, 3.45)
    silicon = atoms.numbers == 14
    bonded = {(a, b, *s) for a, b, r, s in zip(i, j, d, shift.tolist(), strict=True) if r < 2.0}
    tetrahedron = {
        (o, p, *(np.array(t) - s).tolist())
        for a, o, *s in bonded
        if silicon[a]
        for b, p, *t in bonded
        if a == b and (o, *s) != (p, *t)
    }
    total = 0.0
    for a, b, r, s in zip(i, j, d, shift.tolist(), strict=True):
        if silicon[a] and silicon[b]:
            total += 0.25 * (r - 3.09) ** 2
        elif (a, b, *s) in bonded:
            total += 4.0 * (r - 1.610) ** 2
        elif (a, b, *s) in tetrahedron:
            total += (r - 2.629) ** 2
        elif silicon[a] != silicon[b]:
            total += 0.5 * min(0.0, r - 3.2) ** 2
        else:
            total += 0.5 * min(0.0, r - 3.0) ** 2
    assert finished.residual == pytest.approx(total / 2 / silicon.sum(), rel=1e-6)


def test_the_minimum_is_stationary() -> None:
    """Starting again from the minimum gains next to nothing."""
    for structure in FRAMEWORKS.values():
        finished = finish(draft_of(structure), Limits())
        assert isinstance(finished, Finished)
        net = TNet.from_distances(finished.lengths, finished.t_coords)
        assert net is not None
        again = relax_with_edges(net, BridgingOxygen.of(net))
        assert again.residual == pytest.approx(finished.residual, abs=1e-3)


def test_oxygen_bridge_the_t_atoms_of_the_net() -> None:
    for structure in FRAMEWORKS.values():
        net = TNet.from_distances(structure.lengths, structure.coords_of("Si"))
        assert net is not None
        oxygen = BridgingOxygen.of(net)
        assert (np.bincount(oxygen.index.ravel()) == 2).all()
        arms = (oxygen.coords[oxygen.index] + oxygen.shifts - net.coords[:, None]) * net.lengths
        bridges = (net.coords[net.neighbours] + net.shifts - net.coords[:, None]) * net.lengths
        assert np.allclose(arms, 0.5 * bridges)


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(t_atoms=(4, 8)), "number of T atoms"),
        (Limits(density=(18.0, 22.0)), "density"),
        (Limits(edges=(4.5, 10.0)), "edges"),
        (Limits(residual=1e-6), "residual"),
    ],
)
def test_limits_refuse_with_their_reason(limits, reason) -> None:
    refused = finish(draft_of(FRAMEWORKS["LTA"]), limits)
    assert isinstance(refused, Refused)
    assert refused.reason == reason


def test_known_nets_are_refused() -> None:
    draft = draft_of(FRAMEWORKS["SOD"])
    first = finish(draft, Limits())
    assert isinstance(first, Finished)
    assert finish(draft, Limits(), {first.quick_key}) == Refused("known net", first.quick_key)


def test_scattered_t_atoms_are_refused() -> None:
    draft = Draft(
        lengths=[9.0, 9.0, 9.0], coords=np.random.default_rng(0).random((12, 3)), operation="random search"
    )
    assert finish(draft, Limits()) == Refused("not four-connected")
