"""Short bases, of skewed descriptions of lattices."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zeo.crystal.lattice import shortening

CENTRED = {
    "body": np.array([[-1.0, 1.0, 1.0], [1.0, -1.0, 1.0], [1.0, 1.0, -1.0]]),
    "face": np.array([[0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [1.0, 1.0, 0.0]]),
    "base": np.array([[1.0, 1.0, 0.0], [1.0, -1.0, 0.0], [0.0, 0.0, 3.0]]),
}
shears = st.lists(
    st.tuples(st.permutations(range(3)).map(lambda order: order[:2]), st.integers(-3, 3)), max_size=4
)


def sheared(basis, shears):
    skewed = basis.copy()
    for (i, j), times in shears:
        skewed[i] += times * skewed[j]
    return skewed


@pytest.mark.parametrize("kind", CENTRED)
@given(shears=shears, seed=st.integers(0, 1000))
def test_rounding_does_not_decide_between_equally_short_vectors(kind, shears, seed):
    """In centred cells, multiples of a half are the rule."""
    exact = sheared(5.0 * CENTRED[kind], shears)
    rounded = exact + 1e-10 * np.random.default_rng(seed).standard_normal((3, 3))
    np.testing.assert_array_equal(shortening(exact @ exact.T), shortening(rounded @ rounded.T))


@pytest.mark.parametrize("kind", CENTRED)
@given(shears=shears)
def test_a_skewed_basis_becomes_as_short_as_the_one_that_it_came_from(kind, shears):
    skewed = sheared(CENTRED[kind], shears)
    matrix = shortening(skewed @ skewed.T)
    assert abs(round(np.linalg.det(matrix))) == 1
    longest = max(np.linalg.norm(matrix @ skewed, axis=1))
    assert longest <= 1.5 * max(np.linalg.norm(CENTRED[kind], axis=1))
