"""Structures as the text of a file, in the formats that other programs read."""

from __future__ import annotations

import io
from collections.abc import Mapping

from zeo.crystal.cif import cif_text, symmetric_cif_text
from zeo.crystal.structure import Structure
from zeo.crystal.symmetry import crystal_of

EXACT = 0.01
"""Angstrom by which equivalent atoms may differ in a file that is to hold the same crystal."""


def shortest_cif_text(structure: Structure, name: str, data: Mapping[str, str] | None = None) -> str:
    """A CIF of the unique atoms and the operations of the space group; in P1 where no other is found.

    Args:
        structure: whose cell may become another, the conventional one.
        name: of the data block.
        data: further items by full CIF tag.
    """
    crystal = crystal_of(structure, EXACT)
    if crystal is None or not _is_same(crystal.structure, structure):
        return cif_text(structure, name, data)
    return symmetric_cif_text(crystal, name, data=data)


def poscar_text(structure: Structure, name: str) -> str:
    """A POSCAR of VASP 5, atoms sorted by element."""
    from ase.io.vasp import write_vasp

    buffer = io.StringIO()
    write_vasp(buffer, structure.to_ase(), direct=True, sort=True)
    _, rest = buffer.getvalue().split("\n", 1)
    return f"{' '.join(name.split())}\n{rest}"


def extxyz_text(structure: Structure, name: str) -> str:
    """Extended XYZ with the lattice in its comment."""
    from ase.io.extxyz import write_extxyz

    atoms = structure.to_ase()
    atoms.info["name"] = name
    buffer = io.StringIO()
    write_extxyz(buffer, [atoms])
    return buffer.getvalue()


def _is_same(found: Structure, structure: Structure) -> bool:
    """Whether two cells hold as many atoms of each element per volume."""
    return all(
        abs(found.count(element) * structure.volume / (structure.count(element) * found.volume) - 1) < 1e-3
        for element in set(structure.species)
    )
