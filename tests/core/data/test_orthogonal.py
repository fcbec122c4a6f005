"""The smallest orthogonal cell: known sizes, and the same crystal."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zeo.crystal.cells import cosets, repeated
from zeo.crystal.neighbours import close_pairs
from zeo.crystal.orthogonal import primitive_cell, smallest_orthogonal_cell
from zeo.crystal.structure import Structure
from zeo.data.known.iza import iza_structure
from zeo.data.known.relaxed import relaxed_structure

SIZES = {"FAU": 96, "MTN": 68, "AST": 20, "SOD": 12, "LTA": 24, "CAN": 24, "CHA": 72, "RSN": 36, "FER": 36}
"""T atoms of the smallest orthogonal cell: half of a face-centred cell, twice a hexagonal one."""


@pytest.mark.parametrize(("code", "t_atoms"), SIZES.items())
def test_sizes_of_known_types(code, t_atoms):
    for structure in (iza_structure(code), relaxed_structure(code)):
        cell = smallest_orthogonal_cell(structure)
        assert cell is not None
        assert (cell.count("Si"), cell.count("O")) == (t_atoms, 2 * t_atoms)
        assert cell.is_orthogonal


@pytest.mark.parametrize("code", ["ETV", "MTF", "PTY"])
def test_most_monoclinic_and_triclinic_types_have_none(code):
    assert smallest_orthogonal_cell(iza_structure(code)) is None


def test_a_cell_that_is_smallest_is_left_alone():
    structure = relaxed_structure("LTA")
    assert smallest_orthogonal_cell(structure) is structure


UNIMODULAR = st.sampled_from(
    [[[1, 1, 0], [0, 1, 0], [0, 0, 1]], [[1, 0, 0], [-1, 1, 2], [0, 0, 1]], [[0, 1, 0], [1, 1, 1], [1, 0, 0]]]
)


@settings(deadline=None, max_examples=15)
@given(st.sampled_from(["CAN", "AST", "ABW", "EDI"]), UNIMODULAR, st.tuples(*[st.floats(0, 1)] * 3))
def test_it_is_the_same_crystal_whatever_cell_it_comes_in(code, basis, shift):
    structure = relaxed_structure(code)
    coords = (structure.frac_coords + shift) @ np.linalg.inv(basis)
    cell = smallest_orthogonal_cell(Structure(basis @ structure.lattice, structure.species, coords))
    plain = smallest_orthogonal_cell(structure)
    assert cell is not None
    assert plain is not None
    np.testing.assert_allclose(sorted(cell.lengths), sorted(plain.lengths), atol=1e-4)
    _, wanted = close_pairs(plain.lattice, plain.frac_coords, 4.0)
    _, found = close_pairs(cell.lattice, cell.frac_coords, 4.0)
    np.testing.assert_allclose(np.sort(found), np.sort(wanted), atol=2e-3)


@pytest.mark.parametrize("code", ["AST", "FAU", "SOD", "CHA", "MFI"])
def test_a_primitive_cell_repeated_is_the_crystal_that_it_was(code):
    whole = relaxed_structure(code)
    small = primitive_cell(whole)
    again = repeated(small, np.rint(whole.lattice @ np.linalg.inv(small.lattice)).astype(int))
    np.testing.assert_allclose(again.lattice, whole.lattice, atol=1e-6)
    for element in ("Si", "O"):
        coords, wanted = again.coords_of(element), whole.coords_of(element)
        assert len(coords) == len(wanted)
        off = coords[:, None] - wanted
        off = np.abs(off - np.round(off)).max(axis=2)
        assert (off.min(axis=0) < 1e-3).all()
        assert (off.min(axis=1) < 1e-3).all()


def test_cosets_of_centred_lattices():
    body = cosets([[1, 0, 0], [0, 1, 0], [0.5, 0.5, 0.5]])
    np.testing.assert_allclose(body, [[0, 0, 0], [0.5, 0.5, 0.5]])
    face = cosets([[0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]])
    assert len(face) == 4
    assert len(cosets([[1 / 3, 2 / 3, 1 / 3], [0, 1, 0], [0, 0, 1 / 2]])) == 6
