"""Exact arithmetic on rational numbers, as residues modulo the prime 2^31 - 1.

Barycentric coordinates are rational numbers with enormous denominators; their residues are exact, small and
fast. Two different numbers share a residue with a chance of 2^-31, two different vectors with one of 2^-93.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from zeo.tools.compiled import njit

PRIME = 2**31 - 1


@njit()
def reduced(x):
    """The residue of 0 <= x < 2^63: since 2^31 = 1, the high bits are added to the low ones."""
    x = (x & PRIME) + (x >> 31)
    x = (x & PRIME) + (x >> 31)
    return x - PRIME if x >= PRIME else x


@njit()
def inverse(x):
    """1 / x, by Fermat: x^(PRIME - 2)."""
    result, exponent = 1, PRIME - 2
    while exponent:
        if exponent & 1:
            result = reduced(result * x)
        x = reduced(x * x)
        exponent >>= 1
    return result


@njit()
def solve(matrix, right, band):
    """Solve a banded linear system in place by Gaussian elimination without pivoting.

    Args:
        matrix: int64 [n, n] of residues, zero farther than ``band`` from the diagonal; destroyed.
        right: int64 [n, 3] of residues; becomes the solution.
        band: largest distance of an entry from the diagonal.

    Returns:
        False when a pivot is zero: the matrix is singular, or in an unlucky order.
    """
    n = len(matrix)
    for k in range(n):
        if matrix[k, k] == 0:
            return False
        end = min(n, k + band + 1)
        pivot = inverse(matrix[k, k])
        for i in range(k + 1, end):
            if matrix[i, k] == 0:
                continue
            factor = PRIME - reduced(matrix[i, k] * pivot)
            for j in range(k + 1, end):
                matrix[i, j] = reduced(matrix[i, j] + factor * matrix[k, j])
            for c in range(3):
                right[i, c] = reduced(right[i, c] + factor * right[k, c])
        matrix[k, k] = pivot
    for k in range(n - 1, -1, -1):
        for c in range(3):
            total = right[k, c]
            for j in range(k + 1, min(n, k + band + 1)):
                total = reduced(total + (PRIME - matrix[k, j]) * right[j, c])
            right[k, c] = reduced(total * matrix[k, k])
    return True


def signed(residues: NDArray[np.int64]) -> NDArray[np.int64]:
    """The integers of smallest magnitude that have these residues."""
    residues = residues % PRIME
    return np.where(residues > PRIME // 2, residues - PRIME, residues)
