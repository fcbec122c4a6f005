"""The two frameworks of an interpolation, brought into cells and grids between which there is a path."""

from __future__ import annotations

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo.crystal.structure import Structure
from zeo.data.known.frameworks import Framework
from zeo.grids.grid import Grid
from zeo.plugin.interfaces import GridRepresentation
from zeo_learning.frameworks import fitting_cell
from zeo_learning.orbits import at_origin
from zeo_learning.templates import Templates
from zeo_zeodiff.alignment import nearest_placement


@frozen(eq=False)
class End:
    """A framework that a path begins or ends at.

    Args:
        grid: physical, in an orthogonal cell.
        t_atoms: in that cell.
    """

    grid: Grid
    t_atoms: int

    @property
    def lengths(self) -> NDArray[np.float64]:
        """a, b, c in angstrom."""
        lengths: NDArray[np.float64] = np.diag(self.grid.lattice)
        return lengths


def aligned_ends(
    first: Framework, second: Framework, representation: GridRepresentation, known: Templates
) -> tuple[End, End]:
    """Both frameworks in their smallest orthogonal cells: the first at the origin of its space group, the
    second placed where it is nearest to the first.

    Args:
        first: at fraction 0.
        second: at fraction 1.
        representation: of the model's grids.
        known: to the model; no cell may be larger.

    Raises:
        InputError: no SiO2, no orthogonal cell, or one that is too large.
    """
    structures = [fitting_cell(framework, known) for framework in (first, second)]
    one, other = (End(encoded(structure, representation), structure.count("Si")) for structure in structures)
    return one, End(nearest_placement(one.grid, other.grid).of(other.grid), other.t_atoms)


def encoded(structure: Structure, representation: GridRepresentation) -> Grid:
    """The grid of a structure at the origin of its space group, in a cell along x, y and z."""
    moved, _ = at_origin(structure, representation.options.n)
    grid = representation.encode(moved)
    return Grid(grid.values, grid.channels, np.diag(structure.lengths))
