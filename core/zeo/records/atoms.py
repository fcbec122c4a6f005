"""Atoms as they are kept: the lattice as it is, coordinates to the digits that a CIF has."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import numpy as np

from zeo.crystal.structure import Structure

DIGITS = 8
"""Of fractional coordinates."""


def plain_atoms(structure: Structure) -> dict[str, Any]:
    """The atoms as numbers and text.

    Returns:
        ``lattice``: nine numbers, the rows a, b and c in angstrom; ``species``: such as ``"Si*24 O*48"``, in
        their order; ``coords``: x, y and z of each atom in units of 1e-8 of the edges, from 0 up to 1e8.
    """
    wrapped = np.round(structure.frac_coords % 1.0, DIGITS) % 1.0
    runs = ((element, len(list(run))) for element, run in groupby(structure.species))
    return {
        "lattice": structure.lattice.ravel().tolist(),
        "species": " ".join(f"{element}*{count}" for element, count in runs),
        "coords": np.round(wrapped * 10**DIGITS).astype(np.int32).ravel().tolist(),
    }


def structure_of(lattice: Any, species: str, coords: Any) -> Structure:
    """The structure that :func:`plain_atoms` made these of.

    Raises:
        InputError, ValueError: they are those of none.
    """
    runs = (run.rpartition("*") for run in species.split())
    elements = [element for element, _, count in runs for _ in range(int(count))]
    return Structure(
        np.reshape(np.asarray(lattice, dtype=np.float64), (3, 3)),
        elements,
        np.reshape(np.asarray(coords, dtype=np.float64), (-1, 3)) / 10**DIGITS,
    )
