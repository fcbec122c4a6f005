import numpy as np
import pytest
from scipy.linalg import expm

from zeo_zeosym.operations import cartesian, primitive_operations
from zeo_zeosym.strain import allowed, numbers_of, stretched, tensor_of


def test_numbers_keep_the_size_of_a_tensor(stream):
    numbers = stream.normal(size=(5, 6))
    tensors = tensor_of(numbers)
    np.testing.assert_allclose(tensors, tensors.transpose(0, 2, 1))
    np.testing.assert_allclose((tensors**2).sum(axis=(1, 2)), (numbers**2).sum(axis=1))
    np.testing.assert_allclose(numbers_of(tensors), numbers)


def test_stretching_multiplies_by_the_exponential_and_back(stream):
    lattice, strain = stream.normal(size=(4, 3, 3)), stream.normal(size=(4, 6))
    far = stretched(lattice, strain)
    np.testing.assert_allclose(far, lattice @ np.array([expm(tensor_of(one)) for one in strain]))
    np.testing.assert_allclose(stretched(far, -strain), lattice, atol=1e-9)


@pytest.mark.parametrize(
    ("group", "free"), [(1, 6), (14, 4), (62, 3), (141, 2), (166, 2), (194, 2), (225, 1)]
)
def test_allowed_strains_leave_every_operation_orthogonal(group, free, stream):
    from zeo_zeosym.operations import symmetric_lattice

    rotations = primitive_operations(group).rotations
    lattice = symmetric_lattice(np.eye(3) + 0.1 * stream.normal(size=(3, 3)), rotations)
    projection = allowed(cartesian(rotations, lattice))
    np.testing.assert_allclose(projection @ projection, projection, atol=1e-9)
    np.testing.assert_allclose(projection, projection.T, atol=1e-9)
    assert np.trace(projection) == pytest.approx(free)
    strained = stretched(lattice, projection @ stream.normal(size=6))
    turns = cartesian(rotations, strained)
    np.testing.assert_allclose(
        turns @ turns.transpose(0, 2, 1), np.broadcast_to(np.eye(3), turns.shape), atol=1e-9
    )
    np.testing.assert_allclose(turns, cartesian(rotations, lattice), atol=1e-9)
