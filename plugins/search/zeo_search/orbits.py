"""Symmetry-unique T atoms and their images.

Positions are in units in which symmetry is orthogonal: fractional coordinates times the proportions of the
cell class (1, sqrt(3), 1 in orthohexagonal cells, 1, 1, 1 in all others). Times the ``scale`` of the three
axes, which the class ties together, they are cartesian; rotations and projections are the same in both.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zeo_search.settings import Setting
from zeo_search.sites import Site


class Orbits(NamedTuple):
    """The n unique T atoms of a draft and how symmetry makes all m of a cell from them.

    A named tuple, which compiled functions take apart themselves.

    Args:
        cell_class: value of the ``CellClass``.
        period: [3], the lattice translations along the axes.
        projection: [n, 3, 3], orthogonal, onto the free directions of each unique atom.
        shift: [n, 3]; ``projection @ x + shift`` takes any point to the position of the unique atom.
        multiplicity: [n], as floats.
        owner: [m], the unique atom that an image belongs to.
        rotation: [m, 3, 3], orthogonal.
        translation: [m, 3].
    """

    cell_class: int
    period: NDArray[np.float64]
    projection: NDArray[np.float64]
    shift: NDArray[np.float64]
    multiplicity: NDArray[np.float64]
    owner: NDArray[np.int64]
    rotation: NDArray[np.float64]
    translation: NDArray[np.float64]


def fractional(orbits: Orbits, unique: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fractional coordinates [m, 3] of all T atoms from the positions [n, 3] of the unique ones."""
    images = np.einsum("mij,mj->mi", orbits.rotation, unique[orbits.owner]) + orbits.translation
    wrapped: NDArray[np.float64] = images / orbits.period % 1.0
    return wrapped


def orbits_of(group: Setting, sites: Sequence[Site]) -> Orbits:
    """One unique atom on each of the sites."""
    period = group.cell_class.proportions
    operations = np.concatenate([site.images for site in sites])
    orthogonal = period[:, None] / period[None, :]
    return Orbits(
        cell_class=int(group.cell_class),
        period=period,
        projection=np.array([site.projection for site in sites]) * orthogonal,
        shift=np.array([site.shift for site in sites]) * period,
        multiplicity=np.array([site.multiplicity for site in sites], dtype=float),
        owner=np.repeat(np.arange(len(sites)), [site.multiplicity for site in sites]),
        rotation=group.rotations[operations] * orthogonal,
        translation=group.translations[operations] * period,
    )
