"""Residues modulo a prime, Hermite normal forms."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from zeo_cleanup.hermite import hermite_columns, hermite_rows
from zeo_cleanup.modular import PRIME, inverse, reduced, signed, solve

matrices = arrays(np.int64, st.tuples(st.integers(1, 7), st.just(3)), elements=st.integers(-9, 9))
ELEMENTARY = [
    np.array(m)
    for m in ([[1, 2, 0], [0, 1, 0], [0, 0, 1]], [[0, 1, 0], [0, 0, 1], [1, 0, 0]], np.diag([1, -1, 1]))
]


@given(st.integers(0, 2**63 - 1))
@settings(deadline=None)
def test_reduced_is_the_remainder(x: int) -> None:
    assert reduced(x) == x % PRIME


@given(st.integers(1, PRIME - 1))
@settings(deadline=None)
def test_inverse(x: int) -> None:
    assert x * inverse(x) % PRIME == 1


@given(st.integers(2, 12), st.integers(1, 4), st.integers(0, 2**32))
@settings(deadline=None)
def test_solve_agrees_with_rational_arithmetic(n: int, band: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    matrix = np.triu(np.tril(random.integers(-3, 4, (n, n)), band), -band) + 10 * band * np.eye(n, dtype=int)
    exact = [[Fraction(int(x)) for x in row] for row in random.integers(-5, 6, (n, 3))]
    right = [[sum(int(matrix[i, k]) * exact[k][c] for k in range(n)) for c in range(3)] for i in range(n)]
    solution = np.array([[int(x) % PRIME for x in row] for row in right])
    assert solve(matrix % PRIME, solution, band)
    np.testing.assert_array_equal(signed(solution), [[int(x) for x in row] for row in exact])


def test_solve_reports_a_singular_matrix() -> None:
    assert not solve(np.array([[1, 2], [2, 4]]), np.ones((2, 3), dtype=np.int64), 1)


@given(matrices, st.integers(0, 2**32))
@settings(deadline=None)
def test_rows_of_one_lattice_have_one_form(matrix: np.ndarray, seed: int) -> None:
    random = np.random.default_rng(seed)
    form = hermite_rows(matrix)
    more = np.concatenate([matrix, random.integers(-2, 3, (2, len(matrix))) @ matrix])
    np.testing.assert_array_equal(hermite_rows(random.permutation(more)), form)
    assert len(form) == np.linalg.matrix_rank(matrix)
    np.testing.assert_array_equal(hermite_rows(form), form)


@given(matrices, st.lists(st.sampled_from(range(3)), max_size=8))
@settings(deadline=None)
def test_columns_do_not_depend_on_the_basis(matrix: np.ndarray, steps: list[int]) -> None:
    other = matrix
    for step in steps:
        other = other @ ELEMENTARY[step]
    np.testing.assert_array_equal(hermite_columns(other), hermite_columns(matrix))
