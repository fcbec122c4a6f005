"""Structures: conventions, refusals, conversions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zeo.crystal.structure import Structure, cell_vectors
from zeo.errors import InputError

angle = st.floats(60.0, 115.0)
length = st.floats(2.0, 40.0)


@given(st.tuples(length, length, length), st.tuples(angle, angle, angle))
def test_cell_vectors_have_the_lengths_and_angles_asked_for(lengths, angles):
    structure = Structure(cell_vectors(lengths, angles), ["O"], [[0, 0, 0]])
    np.testing.assert_allclose(structure.lengths, lengths)
    np.testing.assert_allclose(structure.angles, angles, atol=1e-6)


def test_right_angles_are_exact():
    assert np.array_equal(cell_vectors((3, 4, 5)), np.diag([3.0, 4.0, 5.0]))
    assert cell_vectors((3, 4, 5), (90, 100, 90))[1, 0] == 0.0


@pytest.mark.parametrize(
    ("lattice", "species", "coords", "complaint"),
    [
        (np.eye(2), ["O"], [[0, 0, 0]], "3 x 3"),
        (np.eye(3), ["O", "O"], [[0, 0, 0]], "shape"),
        (np.eye(3), ["O"], [[0, 0, np.nan]], "finite"),
        (np.zeros((3, 3)), ["O"], [[0, 0, 0]], "volume"),
    ],
)
def test_nonsense_is_refused(lattice, species, coords, complaint):
    with pytest.raises(InputError, match=complaint):
        Structure(lattice, species, coords)


def test_arrays_are_read_only_and_copied():
    coords = np.zeros((1, 3))
    structure = Structure(np.eye(3), ["O"], coords)
    coords[0, 0] = 0.5
    assert structure.frac_coords[0, 0] == 0.0
    with pytest.raises(ValueError, match="read-only"):
        structure.frac_coords[0, 0] = 0.5


def test_silicon_comes_first():
    structure = Structure.from_si_o(np.eye(3) * 5, [[0.5, 0.5, 0.5]], [[0, 0, 0], [0.25, 0.25, 0.25]])
    assert structure.species == ("Si", "O", "O")
    assert structure.count("O") == 2
    assert structure.framework_density == pytest.approx(8.0)
    assert len(Structure.from_si_o(np.eye(3), [], [])) == 0


@pytest.mark.parametrize("library", ["ase", "pymatgen"])
def test_other_libraries_give_the_same_structure_back(library):
    structure = Structure(
        cell_vectors((5, 6, 7), (80, 95, 110)), ["Si", "O"], [[0.1, 0.2, 0.3], [0.6, 0.7, 0.8]]
    )
    back = getattr(Structure, f"from_{library}")(getattr(structure, f"to_{library}")())
    assert back.species == structure.species
    np.testing.assert_allclose(back.lattice, structure.lattice)
    np.testing.assert_allclose(back.frac_coords, structure.frac_coords)
