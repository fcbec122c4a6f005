"""The same crystal in another cell: orthogonal settings, permuted axes, another origin."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from zeo.structure import Structure


def is_hexagonal(structure: Structure) -> bool:
    """Whether the cell has hexagonal axes: a = b, c perpendicular to both, 120 degrees between them."""
    a, b, _ = structure.lengths
    return abs(a - b) < 1e-4 * a and bool(np.abs(structure.angles - (90.0, 90.0, 120.0)).max() < 1e-3)


def orthohexagonal(structure: Structure) -> Structure:
    """A cell on hexagonal axes as an orthogonal one, a x a sqrt(3) x c, with twice the atoms.

    The new axes are a, a + 2b and c; rhombohedral crystals in hexagonal axes count as hexagonal. Exact.
    """
    a, _, c = structure.lengths
    x, y, z = structure.frac_coords.T
    first = np.stack([x - y / 2, y / 2, z], axis=1)
    centred = first + np.array([0.5, 0.5, 0.0])
    both = np.concatenate([first, centred]) % 1.0
    return Structure(np.diag([a, a * np.sqrt(3.0), c]), structure.species * 2, both)


def orthogonal_setting(structure: Structure) -> Structure | None:
    """The structure in an orthogonal cell: its own, or the orthohexagonal one; None when it has neither."""
    if structure.is_orthogonal:
        return structure
    return orthohexagonal(structure) if is_hexagonal(structure) else None


def translated(structure: Structure, shift: ArrayLike) -> Structure:
    """All atoms moved by ``shift`` [3] (fractional)."""
    return Structure(structure.lattice, structure.species, (structure.frac_coords + np.asarray(shift)) % 1.0)


def permuted(structure: Structure, order: Sequence[int]) -> Structure:
    """Axes reordered as in :meth:`zeo.grid.Grid.permuted`: the new axis k is the old axis ``order[k]``."""
    order = list(order)
    return Structure(
        structure.lattice[np.ix_(order, order)], structure.species, structure.frac_coords[:, order]
    )
