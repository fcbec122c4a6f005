"""Frameworks as unique atoms: whatever goes in comes out, in little space."""

import gemmi
import numpy as np
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from zeo.crystal.cells import permuted, translated
from zeo.crystal.lattice import short_basis
from zeo.crystal.orthogonal import primitive_cell, smallest_orthogonal_cell
from zeo.crystal.structure import Structure
from zeo.crystal.symmetry import operations
from zeo.data.known.relaxed import relaxed_frameworks, relaxed_structure
from zeo.data.sets.packing import ACCURACY, Packed, pack, unpack
from zeo.errors import InputError

CODES = ("ABW", "SOD", "CAN", "AST", "MTN", "FER", "CHA", "RSN", "EDI", "VFI")


def orthogonal(code: str) -> Structure:
    cell = smallest_orthogonal_cell(relaxed_structure(code))
    assert cell is not None
    return cell


def largest_displacement(one: Structure, other: Structure) -> float:
    """Angstrom, of atoms matched one to one."""
    largest = 0.0
    for element in ("Si", "O"):
        offsets = one.coords_of(element)[:, None] - other.coords_of(element)[None]
        distances = np.linalg.norm((offsets - np.round(offsets)) @ one.lattice, axis=2)
        largest = max(largest, distances[linear_sum_assignment(distances**2)].max())
    return largest


def assert_comes_back(structure: Structure, known: Packed | None = None) -> None:
    back = unpack(pack(structure, known))
    assert sorted(back.species) == sorted(structure.species)
    assert list(back.species) == sorted(back.species, reverse=True)  # silicon first
    np.testing.assert_allclose(back.lengths, structure.lengths, rtol=1e-6)
    np.testing.assert_allclose(back.angles, structure.angles, atol=1e-4)
    assert np.linalg.det(back.lattice) > 0
    assert largest_displacement(structure, back) < ACCURACY


@settings(deadline=None, max_examples=25)
@given(st.sampled_from(CODES), st.tuples(*[st.floats(0, 1)] * 3), st.permutations(range(3)))
def test_any_origin_and_axes_come_back_with_the_same_unique_atoms(code, shift, order):
    framework = orthogonal(code)
    changed = permuted(translated(framework, shift), order)
    assert_comes_back(changed)
    packed = pack(changed)
    reference = relaxed_frameworks()[code]
    assert packed.group == reference.space_group
    assert len(packed.si) + len(packed.o) == len(reference.sites)


SKEWED = ("AFN", "CSV", "ETV", "JSN", "LAU", "PTY", "RTE", "SFE", "UOE", "YUG")
"""Monoclinic and triclinic types, none of which has an orthogonal cell."""

SMALL = st.integers(-1, 1)


@settings(deadline=None, max_examples=40)
@given(
    st.sampled_from((*CODES, *SKEWED)),
    st.tuples(*[st.floats(0, 1)] * 3),
    st.tuples(SMALL, SMALL, SMALL),
    st.permutations(range(3)),
    st.sampled_from((1, -1)),
)
def test_any_cell_comes_back_with_the_same_unique_atoms(code, shift, shear, order, hand):
    """Primitive cells, sheared, with their axes in any order, left-handed ones too."""
    primitive = translated(primitive_cell(relaxed_structure(code)), shift)
    basis = np.eye(3, dtype=int)[list(order)]
    basis[0] += shear[0] * basis[1] + shear[1] * basis[2]
    basis[1] += shear[2] * basis[2]
    basis[2] *= hand
    coords = primitive.frac_coords @ np.linalg.inv(basis)
    structure = Structure(basis @ primitive.lattice, primitive.species, coords)
    packed = pack(structure)
    reference = relaxed_frameworks()[code]
    assert packed.group == reference.space_group
    assert len(packed.si) + len(packed.o) == len(reference.sites)
    assert_comes_back(structure if np.linalg.det(structure.lattice) > 0 else mirrored(structure))


def mirrored(structure: Structure) -> Structure:
    """The same crystal with a right-handed triple of axes."""
    return Structure(-structure.lattice, structure.species, -structure.frac_coords)


@pytest.mark.parametrize(("code", "t_atoms"), [("FAU", 48), ("CHA", 12), ("SOD", 6), ("RTE", 12)])
def test_primitive_cells(code, t_atoms):
    structure = relaxed_structure(code)
    primitive = primitive_cell(structure)
    assert primitive.count("Si") == t_atoms
    assert primitive.framework_density == pytest.approx(structure.framework_density, rel=1e-6)
    assert (short_basis(primitive.lattice) == np.eye(3)).all()


@pytest.mark.parametrize("code", ["SOD", "CAN", "RSN"])
def test_supercells_cost_no_more_sites(code):
    framework = orthogonal(code)
    coords = np.concatenate([framework.frac_coords, framework.frac_coords + np.eye(3)[0]]) / (2, 1, 1)
    double = Structure(framework.lattice * [[2], [1], [1]], framework.species * 2, coords)
    assert_comes_back(double)
    assert len(pack(double).o) == len(pack(framework).o)


@settings(deadline=None, max_examples=10)
@given(st.sampled_from(CODES), st.floats(0.002, 0.1), st.integers(0, 100))
def test_atoms_without_symmetry_come_back_too(code, sigma, seed):
    framework = orthogonal(code)
    noise = np.random.default_rng(seed).normal(0, sigma, framework.frac_coords.shape) / framework.lengths
    assert_comes_back(Structure(framework.lattice, framework.species, framework.frac_coords + noise))


def test_symmetry_that_holds_only_roughly_is_not_imposed():
    framework = orthogonal("SOD")
    moved = framework.frac_coords.copy()
    moved[0, 0] += 0.005 / framework.lengths[0]
    broken = Structure(framework.lattice, framework.species, moved)
    assert pack(broken).group < pack(framework).group
    assert_comes_back(broken)


def test_known_atoms_are_kept_where_they_give_back_the_framework():
    framework = orthogonal("ABW")
    known = Packed(
        group=1,
        setting=np.eye(3),
        shift=np.zeros(3),
        edges=framework.lengths,
        angles=framework.angles,
        si=framework.coords_of("Si"),
        o=framework.coords_of("O"),
    )
    assert pack(framework, known).group == 1
    swollen = evolve(framework, lattice=1.01 * framework.lattice)
    assert pack(swollen, known).group == 1
    assert_comes_back(swollen, known)
    for other in (translated(framework, (0.1, 0.0, 0.0)), orthogonal("SOD")):
        assert pack(other, known).group == pack(other).group > 1
        assert_comes_back(other, known)


def test_what_a_data_set_cannot_hold():
    with pytest.raises(InputError, match="not Al"):
        pack(Structure(np.eye(3) * 5, ["Al", "O"], [[0, 0, 0], [0.5, 0.5, 0.5]]))


def test_the_operations_are_those_of_the_international_tables():
    """As docs/datasets.md says for those who expand the sites with other programs."""

    def as_set(rotations, translations):
        numerators = np.round(np.array(translations) * 24).astype(int) % 24
        rows = np.column_stack([np.reshape(rotations, (-1, 9)).astype(int), numerators])
        return set(map(tuple, rows.tolist()))

    for number in range(1, 231):
        group = gemmi.find_spacegroup_by_number(number)
        if group.ext == "1":  # gemmi starts with the other origin
            group = gemmi.find_spacegroup_by_name(f"{group.hm}:2")
        seitz = np.array([operation.float_seitz() for operation in group.operations()])
        assert as_set(seitz[:, :3, :3], seitz[:, :3, 3]) == as_set(*operations(number)), number
