"""The two frameworks of an interpolation, brought into cells and grids between which there is a path."""

from __future__ import annotations

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo.crystal.cells import translated
from zeo.crystal.orthogonal import smallest_orthogonal_cell
from zeo.crystal.structure import Structure
from zeo.data.known.frameworks import Framework, is_silica
from zeo.errors import InputError
from zeo.grids.grid import Grid
from zeo.plugin.interfaces import GridRepresentation
from zeo_learning.orbits import grid_symmetry
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


def fitting_cell(framework: Framework, known: Templates) -> Structure:
    """A framework in its smallest orthogonal cell.

    Raises:
        InputError: see :func:`aligned_ends`.
    """
    name, structure = framework.name, framework.structure
    if not is_silica(structure):
        raise InputError(f"{name} is no SiO2 framework")
    cell = smallest_orthogonal_cell(structure)
    if cell is None:
        angles = ", ".join(f"{angle:.2f}" for angle in structure.angles)
        raise InputError(f"{name} has no orthogonal cell (its angles are {angles} degrees)")
    most, longest = int(known.t_atoms.max()), float(known.lengths.max())
    if cell.count("Si") > most or cell.lengths.max() > longest:
        edges = " x ".join(f"{length:.1f}" for length in cell.lengths)
        raise InputError(
            f"{name} is too large for this model: {cell.count('Si')} T atoms in a cell of {edges} A,"
            f" where it has learned up to {most} T atoms and edges up to {longest:.1f} A"
        )
    return cell


def encoded(structure: Structure, representation: GridRepresentation) -> Grid:
    """The grid of a structure at the origin of its space group, in a cell along x, y and z."""
    n = representation.options.n
    origin, _ = grid_symmetry(structure, n)
    grid = representation.encode(translated(structure, -origin))
    return Grid(grid.values, grid.channels, np.diag(structure.lengths))
