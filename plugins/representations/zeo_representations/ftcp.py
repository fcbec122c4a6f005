"""The ``ftcp`` representation: a matrix of sites above its Fourier transform.

Z. Ren et al., *An invertible crystallographic representation for general inverse design of inorganic crystals
with targeted properties*, Matter 2022, 5, 314: real-space rows (cell, sites, occupancy) are what is inverted;
reciprocal-space rows, the Fourier transform of what the sites hold, tell a network of order over the whole
cell. Of the elements' properties there, silica needs one: which of the two an atom is.

Below the rows of :mod:`zeo_representations.sites` comes one for each reflection h:

    Re F_Si(h)   Im F_Si(h)   Re F_O(h)   Im F_O(h)   |h|

with F(h) = sum over the atoms of an element of exp(2 pi i h x), over the number of all atoms, and |h| in 1/A.
Of h and -h, whose rows say the same, there is one. They are the shortest of an integer lattice, in the same
order for any cell, so that a row is the same reflection in all frameworks.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo.crystal.structure import Structure
from zeo.errors import InputError
from zeo.plugin.interfaces import Representation
from zeo.plugin.options import option
from zeo_representations.sites import (
    CELL_ROWS,
    COLUMNS,
    ELEMENTS,
    Matrix,
    SitesOptions,
    matrix_of,
    structure_of,
)


@frozen(kw_only=True)
class FtcpOptions(SitesOptions):
    """Options of the representation."""

    reflections: int = option(64, "rows of reciprocal space", at_least=1, at_most=4096)


class Ftcp(Representation[Matrix]):
    """Matrices of float32 [2 + atoms + reflections, 5]."""

    Options = FtcpOptions
    options: FtcpOptions

    def encode(self, structure: Structure) -> Matrix:
        """Write a structure.

        Raises:
            InputError: other elements than Si and O, or more atoms than there are rows.
        """
        sites = matrix_of(structure, self.options.atoms, "ftcp")
        return np.concatenate([sites, transform_of(structure, self.options.reflections)])

    def decode(self, encoded: Matrix) -> Structure:
        """The atoms of the real-space rows, as its authors do.

        Raises:
            InputError: a matrix of another shape, or edges and angles of no cell.
        """
        rows = CELL_ROWS + self.options.atoms
        if np.shape(encoded) != (rows + self.options.reflections, COLUMNS):
            raise InputError(
                f"a matrix of {np.shape(encoded)} is not one of {self.options.atoms} atoms and"
                f" {self.options.reflections} reflections: set ftcp.atoms and ftcp.reflections"
            )
        return structure_of(encoded[:rows])


def transform_of(structure: Structure, count: int) -> Matrix:
    """The rows of reciprocal space, [count, 5]."""
    h = reflections(count)
    rows = np.zeros((count, COLUMNS), np.float32)
    for kind, element in enumerate(ELEMENTS):
        waves = np.exp(2j * np.pi * structure.coords_of(element) @ h.T).sum(axis=0) / max(len(structure), 1)
        rows[:, 2 * kind], rows[:, 2 * kind + 1] = waves.real, waves.imag
    rows[:, 4] = np.linalg.norm(h @ np.linalg.inv(structure.lattice).T, axis=1)
    return rows


@lru_cache(maxsize=8)
def reflections(count: int) -> NDArray[np.int64]:
    """The shortest integer vectors [count, 3] but zero, of each opposite pair the one whose last component
    that is not zero is positive."""
    most = int(np.ceil((3.0 * count / (2.0 * np.pi)) ** (1 / 3))) + 1
    axis = np.arange(-most, most + 1)
    h = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    x, y, z = h.T
    half = h[(z > 0) | ((z == 0) & ((y > 0) | ((y == 0) & (x > 0))))]
    order = np.lexsort((*half.T, (half**2).sum(axis=1)))
    shortest: NDArray[np.int64] = half[order[:count]]
    return shortest
