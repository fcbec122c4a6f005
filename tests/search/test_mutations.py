"""Mutations of real frameworks, and relations between framework types that they must show."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zeo.crystal.net import Net
from zeo.data.known.frameworks import open_frameworks
from zeo.data.known.relaxed import relaxed_structure
from zeo.errors import InputError
from zeo_cleanup.key import topology_of
from zeo_search import mutations
from zeo_search.draft import Draft
from zeo_search.finishing import Finished, Limits, finish
from zeo_search.mirrors import mirror_planes
from zeo_search.mutate import Parent, mutate
from zeo_search.t_net import TNet

PARENTS = [
    Parent.from_structure(each.name, each.structure)
    for each in open_frameworks("relaxed")
    if each.structure.is_orthogonal and each.structure.count("Si") <= 48
]
ANY = Limits()
parents = st.sampled_from(PARENTS)
axes = st.sampled_from([0, 1, 2])


def finished(lengths, coords) -> Finished:
    framework = finish(Draft(lengths=lengths, coords=coords, operation="given"), Limits())
    assert isinstance(framework, Finished), framework
    return framework


def exact_key(framework: Finished) -> str:
    return topology_of(Net.from_structure(framework.structure)).key


def iza_key(code: str) -> str:
    return topology_of(Net.from_structure(relaxed_structure(code))).key


def somewhere(mutation, framework: Finished, axis: int) -> list[Finished]:
    """What the mutation gives at each mirror plane across an axis."""
    found = []
    for plane in mirror_planes(framework.lengths, framework.t_coords, axis):
        for height in (plane, plane + 0.5):
            cell = mutation(framework.lengths, framework.t_coords, axis, height)
            if cell is not None:
                mutant = finish(Draft(lengths=cell[0], coords=cell[1], operation="given"), Limits())
                if isinstance(mutant, Finished):
                    found.append(mutant)
    return found


def test_sodalite_expanded_along_all_axes_is_lta_and_back() -> None:
    sod, lta = relaxed_structure("SOD"), relaxed_structure("LTA")
    framework = finished(sod.lengths, sod.coords_of("Si"))
    for axis in range(3):
        framework = somewhere(mutations.expansion, framework, axis)[0]
    assert exact_key(framework) == iza_key("LTA")
    framework = finished(lta.lengths, lta.coords_of("Si"))
    for axis in range(3):
        framework = somewhere(mutations.contraction, framework, axis)[0]
    assert exact_key(framework) == iza_key("SOD")


@settings(max_examples=30, deadline=None)
@given(parent=parents, axis=axes)
def test_contraction_undoes_expansion(parent, axis) -> None:
    for plane in mirror_planes(parent.lengths, parent.coords, axis):
        cell = mutations.expansion(parent.lengths, parent.coords, axis, plane)
        if cell is None:
            continue
        assert cell[0][axis] == pytest.approx(parent.lengths[axis] + mutations.BRIDGE)
        back = mutations.contraction(*cell, axis, 0.0)
        if back is None:  # other T atoms lie close to the plane
            continue
        assert np.allclose(back[0], parent.lengths)
        moved = back[1] + np.where(np.arange(3) == axis, plane, 0.0)
        apart = moved[:, None] - parent.coords
        apart = np.linalg.norm((apart - np.round(apart)) * parent.lengths, axis=-1)
        assert sorted(apart.argmin(axis=1)) == list(range(len(parent.coords)))
        assert apart.min(axis=1).max() < mutations.ON_PLANE


@settings(max_examples=40, deadline=None)
@given(parent=parents, axis=axes, seed=st.integers(0, 2**32 - 1))
def test_stacking_keeps_the_slab_and_doubles_the_period(parent, axis, seed) -> None:
    for cut in mutations.gaps(parent.coords, axis)[:3]:
        for mutation in (mutations.restacking, mutations.twinning):
            lengths, coords = mutation(parent.lengths, parent.coords, axis, cut, np.random.default_rng(seed))
            assert len(coords) == 2 * len(parent.coords)
            assert lengths[axis] == 2.0 * parent.lengths[axis]
            assert np.array_equal(np.delete(lengths, axis), np.delete(parent.lengths, axis))
            lower = coords[coords[:, axis] < 0.5]
            assert np.allclose(np.delete(lower, axis, 1), np.delete(parent.coords, axis, 1))
            assert np.allclose(2.0 * lower[:, axis], (parent.coords[:, axis] - cut) % 1.0)


@settings(max_examples=30, deadline=None)
@given(parent=parents, axis=axes, shift=st.floats(0.0, 1.0))
def test_mirror_planes_move_with_the_origin(parent, axis, shift) -> None:
    planes = mirror_planes(parent.lengths, parent.coords, axis)
    moved = mirror_planes(parent.lengths, parent.coords + shift, axis)
    assert len(moved) == len(planes)
    apart = moved[:, None] - (planes + shift)
    assert (np.abs(2.0 * apart - np.round(2.0 * apart)).min(axis=1, initial=1.0) < 1e-2).all()


def test_mirror_planes_of_mordenite() -> None:
    """Cmcm: perpendicular to a and to c, none to b, where there is a glide plane only."""
    mor = relaxed_structure("MOR")
    assert [len(mirror_planes(mor.lengths, mor.coords_of("Si"), axis)) for axis in range(3)] == [1, 0, 1]


def mutants(parents, seed, attempts=200, limits=ANY, known=()):
    return list(mutate(parents, np.random.default_rng(seed), attempts, limits, known))


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_mutants_are_new_frameworks(seed) -> None:
    stream = np.random.default_rng(seed)
    drawn = [PARENTS[k] for k in stream.choice(len(PARENTS), 4, replace=False)]
    found = mutants(drawn, seed)
    names = {parent.name for parent in drawn}
    keys = {TNet.from_distances(parent.lengths, parent.coords).quick_key for parent in drawn}
    for mutant in found:
        topology_of(Net.from_structure(mutant.structure))  # raises unless one three-periodic framework
        assert mutant.quick_key not in keys
        keys.add(mutant.quick_key)
        assert mutant.draft.parent in names
        assert mutant.draft.generation == 1
        assert mutant.residual < 0.02
        assert Limits().allow_cell(len(mutant.t_coords), mutant.lengths)
    again = mutants(drawn, seed)
    assert [m.quick_key for m in again] == [m.quick_key for m in found]
    assert all(np.array_equal(a.o_coords, b.o_coords) for a, b in zip(again, found, strict=True))


def test_every_mutation_succeeds_somewhere() -> None:
    operations = {mutant.draft.operation for mutant in mutants(PARENTS, 0, attempts=1500)}
    assert operations == {"expansion", "contraction", "half replacement", "restacking", "twinning"}


def test_mutants_keep_the_limits_and_leave_out_what_is_known() -> None:
    limits = Limits(t_atoms=(8, 40), density=(14.0, 18.0), three_ring_share=0.0)
    found = mutants(PARENTS, 1, attempts=600, limits=limits)
    assert found
    for mutant in found:
        assert 8 <= len(mutant.t_coords) <= 40
        assert 14.0 <= mutant.density <= 18.0
        assert mutant.three_ring_share == 0.0
    known = {mutant.quick_key for mutant in found[::2]}
    assert not known & {m.quick_key for m in mutants(PARENTS, 1, attempts=600, limits=limits, known=known)}


def test_nothing_to_try_ends_early() -> None:
    assert mutants([], 0) == []
    lone = mutants(PARENTS[:1], 0, attempts=10_000, limits=Limits(t_atoms=(4, 5)))
    assert lone == []


def test_parents_that_cannot_be_mutated_are_refused() -> None:
    with pytest.raises(InputError, match="orthogonal"):
        Parent.from_structure("AFI", relaxed_structure("AFI"))
    scattered = Parent(name="scattered", lengths=[9.0] * 3, coords=np.random.default_rng(0).random((12, 3)))
    with pytest.raises(InputError, match="scattered"):
        mutants([scattered], 0)
