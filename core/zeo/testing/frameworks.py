"""Small frameworks to test with, made from symmetry alone."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zeo.crystal.net import Net
from zeo.crystal.structure import Structure
from zeo.data.known.frameworks import FrameworkSet

SOD_CELL = 8.965
"""Cell length of sodalite in angstrom (Baerlocher & McCusker, Database of Zeolite Structures, SOD)."""


def sodalite(cell: float = SOD_CELL) -> Structure:
    """Sodalite, Si12O24 in Im-3m: the smallest cubic framework.

    Si is at (1/4, 0, 1/2). O is at (x, x, 1/2), on the mirror plane between two Si, pushed outward from their
    midpoint x = 1/8 until Si-O is 0.1796 of the cell, 1.61 angstrom in the cell of sodalite.
    """
    si_o = 1.61 / SOD_CELL
    x = 0.125 + np.sqrt(si_o**2 / 2 - 0.125**2)
    return Structure.from_si_o(np.eye(3) * cell, im3m_orbit((0.25, 0.0, 0.5)), im3m_orbit((x, x, 0.5)))


def im3m_orbit(point: ArrayLike) -> NDArray[np.float64]:
    """The points equivalent to one, [n, 3], under the space group Im-3m (no. 229).

    Its operations are the 48 signed permutations of the axes, with and without the body centring.
    """
    x = np.asarray(point, dtype=float)
    images = [
        np.array(signs) * x[list(order)] + centring
        for order in itertools.permutations(range(3))
        for signs in itertools.product((1, -1), repeat=3)
        for centring in (0.0, 0.5)
    ]
    return np.unique(np.round(np.array(images), 12) % 1.0, axis=0)


def primitive_sodalite() -> Structure:
    """Sodalite in its primitive cell, half the cubic one, with angles of 109.5 degrees: a triclinic cell."""
    cubic = sodalite()
    lattice = SOD_CELL / 2 * np.array([[-1.0, 1.0, 1.0], [1.0, -1.0, 1.0], [1.0, 1.0, -1.0]])
    coords = [
        cubic.coords_of(element) @ cubic.lattice @ np.linalg.inv(lattice) % 1.0 for element in ("Si", "O")
    ]
    return Structure.from_si_o(lattice, *(np.unique(np.round(each, 12) % 1.0, axis=0) for each in coords))


def sodalite_net() -> Net:
    """The net of :func:`sodalite`: T atoms closer than 3.3 angstrom share an oxygen."""
    si = sodalite().coords_of("Si")
    bridges = [
        (i, j, shift)
        for i, j in itertools.combinations(range(len(si)), 2)
        for shift in itertools.product((-1, 0, 1), repeat=3)
        if np.linalg.norm(si[j] + shift - si[i]) * SOD_CELL < 3.3
    ]
    return Net(len(si), [(i, j) for i, j, _ in bridges], [shift for *_, shift in bridges])


def few_frameworks() -> FrameworkSet:
    """Sodalite in three cells: enough to train a generator on in a test."""
    cells = {"SOD-small": 0.98 * SOD_CELL, "SOD": SOD_CELL, "SOD-large": 1.02 * SOD_CELL}
    return FrameworkSet(tuple(cells), lambda name: sodalite(cells[name]))
