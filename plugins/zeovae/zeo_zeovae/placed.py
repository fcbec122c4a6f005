"""A known framework as the encoder is to see it."""

from __future__ import annotations

from attrs import frozen

from zeo.crystal.structure import Structure
from zeo.data.known.frameworks import Framework
from zeo_learning.frameworks import fitting_cell
from zeo_learning.orbits import at_origin
from zeo_learning.templates import Template, Templates


@frozen(eq=False)
class Placed:
    """A framework at the origin of its symmetry.

    Args:
        structure: in its smallest orthogonal cell.
        template: its cell, size and symmetry.
    """

    structure: Structure
    template: Template


def placed(framework: Framework, known: Templates, points: int) -> Placed:
    """A framework as the encoder is to see it.

    Args:
        framework: in any cell.
        known: to the model; no cell may be larger.
        points: along each axis of the grid on which symmetry is kept.

    Raises:
        MisfitError: no SiO2, no orthogonal cell, or one that is too large.
    """
    cell = fitting_cell(framework, known)
    moved, symmetry = at_origin(cell, points)
    return Placed(moved, Template(cell.lengths, cell.count("Si"), symmetry))
