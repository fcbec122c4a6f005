"""Protein Data Bank files (by gemmi), whose space group is applied to what they list."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from zeo.crystal.formats.sites import IDENTITY, Operations, Sites, operations_of, space_group
from zeo.crystal.structure import cell_vectors
from zeo.errors import InputError


def read_pdb(text: str) -> list[Sites]:
    """The models of a PDB file.

    Raises:
        InputError: no cell, partial occupancies, unknown elements or space groups.
    """
    import gemmi

    try:
        entry = gemmi.read_pdb_string(text)
    except (RuntimeError, ValueError) as error:
        raise InputError(f"not a valid PDB file ({' '.join(str(error).split())[:80]})") from error
    if not entry.cell.is_crystal():
        raise InputError("no unit cell (CRYST1)")
    a, b, c, *angles = entry.cell.parameters
    lattice = cell_vectors((a, b, c), angles)
    group = entry.spacegroup_hm
    operations = operations_of(space_group(group, lattice)) if group else IDENTITY
    return [_sites(model, entry.cell, lattice, operations) for model in entry] or [
        Sites(lattice, (), np.empty((0, 3)))
    ]


def _sites(model: Any, cell: Any, lattice: NDArray[np.float64], operations: Operations) -> Sites:
    species, places = [], []
    for chain in model:
        for residue in chain:
            for atom in residue:
                if atom.element.atomic_number == 0:
                    raise InputError(f"atom {atom.name}: unknown element")
                if abs(atom.occ - 1.0) > 0.01:
                    raise InputError(
                        f"atom {atom.name}: occupancy {atom.occ:g}; zeo needs fully occupied sites"
                    )
                species.append(atom.element.name)
                places.append(cell.fractionalize(atom.pos).tolist())
    return Sites(lattice, species, np.array(places).reshape(-1, 3), operations)
