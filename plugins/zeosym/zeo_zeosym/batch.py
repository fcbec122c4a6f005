"""What the network is given of some crystals: who is near whom, and what is known of each crystal."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from zeo_zeosym.collection import Crystals
from zeo_zeosym.neighbours import surroundings
from zeo_zeosym.operations import Array

TYPICAL_VOLUME = 57.0
"""Cubic angstrom for each T atom."""

GEOMETRY = 4
"""Numbers that describe a crystal beside what is told of it."""


def batch_of(
    crystals: Crystals,
    coords: Array,
    lattice: Array,
    sigma: Array,
    conditioning: NDArray[np.float32],
    precision: torch.dtype = torch.float32,
) -> dict[str, Tensor]:
    """b crystals with m unique T atoms as the network sees them.

    Args:
        crystals: what does not change with the noise.
        coords: [m, 3], fractional, noisy.
        lattice: [b, 3, 3], noisy.
        sigma: [b], the noise level in angstrom.
        conditioning: [b, q], properties; see :meth:`zeo_learning.condition.Conditions.encoded`.
        precision: of the numbers.

    Returns:
        ``crystal`` int64 [m], ``share`` [m] of the T atoms of its cell that a unique one stands for, ``site``
        [m, 2], ``projection`` [m, 3, 3], ``neighbour`` int64 [m, k], ``vector`` and ``vector_there``
        [m, k, 3], ``cutoff`` [m], ``allowed`` [b, 6, 6], ``lattice_vector`` [b, l, 3], ``lattice_cutoff``
        [b], ``sigma`` [b], ``scalars`` [b, q + 4].
    """
    seen = surroundings(crystals, coords, lattice)
    home = crystals.crystal_of_unique
    freedom = np.trace(crystals.projection, axis1=1, axis2=2)
    keeping = crystals.order[home] / crystals.multiplicity
    arrays = {
        "share": crystals.multiplicity / crystals.t_atoms[home],
        "site": np.stack([freedom / 3.0, np.log2(keeping) / 2.0], axis=1),
        "projection": crystals.projection,
        "vector": seen.vector,
        "vector_there": seen.vector_there,
        "cutoff": seen.cutoff,
        "allowed": crystals.allowed,
        "lattice_vector": seen.lattice_vector,
        "lattice_cutoff": seen.lattice_cutoff,
        "sigma": sigma,
        "scalars": np.column_stack([_geometry(crystals, lattice), conditioning]),
    }
    return {
        "crystal": torch.from_numpy(home),
        "neighbour": torch.from_numpy(seen.neighbour),
        **{name: as_tensor(array, precision) for name, array in arrays.items()},
    }


def as_tensor(array: NDArray[np.generic], precision: torch.dtype = torch.float32) -> Tensor:
    """With numbers of some precision."""
    return torch.from_numpy(np.ascontiguousarray(array)).to(precision)


def _geometry(crystals: Crystals, lattice: Array) -> Array:
    """[b, GEOMETRY]: volume for each T atom, T atoms, unique T atoms, operations."""
    volume = np.abs(np.linalg.det(lattice)) / crystals.t_atoms
    return np.stack(
        [
            np.log(volume / TYPICAL_VOLUME),
            np.log(crystals.t_atoms) - 3.5,
            np.log(crystals.unique) - 2.0,
            np.log2(crystals.order) / 3.0,
        ],
        axis=1,
    )
