"""A representation that is no grid: the sites of a framework as rows of a matrix."""

import numpy as np
from attrs import frozen

from zeo.crystal.structure import Structure
from zeo.errors import InputError
from zeo.plugin.interfaces import Representation
from zeo.plugin.options import option

ELEMENTS = ("", "Si", "O")
"""By the number in the first column; 0 marks a row without an atom."""


class Sites(Representation):
    """A matrix [3 + rows, 4]: the lattice, then an atom in each row - element, x, y, z - and empty rows."""

    @frozen(kw_only=True)
    class Options:
        rows: int = option(256, "atoms that there is room for", at_least=1)

    def encode(self, structure):
        """The matrix of a structure; atoms keep their order."""
        if len(structure) > self.options.rows:
            raise InputError(f"{len(structure)} atoms; sites.rows is {self.options.rows}")
        matrix = np.zeros((3 + self.options.rows, 4))
        matrix[:3, 1:] = structure.lattice
        atoms = matrix[3 : 3 + len(structure)]
        atoms[:, 0] = [ELEMENTS.index(element) for element in structure.species]
        atoms[:, 1:] = structure.frac_coords
        return matrix

    def decode(self, encoded):
        """The atoms of a matrix, whose first column need not hold whole numbers."""
        element = np.clip(np.rint(encoded[3:, 0]), 0, 2)
        coords = encoded[3:, 1:]
        return Structure.from_si_o(encoded[:3, 1:], coords[element == 1], coords[element == 2])
