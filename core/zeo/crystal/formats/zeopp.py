"""The structure files of Zeo++: ``.v1`` (cartesian) and ``.cuc`` (fractional), both of all atoms in P1.

Source: Zeo++ documentation, "Input formats" (Willems et al., Microporous Mesoporous Mater. 149, 134, 2012).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from zeo.crystal.formats.lines import Line, lines_of
from zeo.crystal.formats.sites import Sites
from zeo.errors import InputError


def is_v1(lines: Sequence[str]) -> bool:
    return bool(lines) and lines[0].lower().startswith("unit cell vectors")


def is_cuc(lines: Sequence[str]) -> bool:
    return any(line.lower().startswith("unit_cell:") for line in lines[:3])


def read_v1(text: str) -> list[Sites]:
    """A heading, ``va= x y z``, ``vb=``, ``vc=``, the number of atoms, and ``element x y z`` in angstrom.

    Raises:
        InputError: what is missing or damaged, by its line.
    """
    lines = list(lines_of(text))
    if len(lines) < 5:
        raise InputError("a .v1 file begins with 'Unit cell vectors:', va=, vb=, vc= and the number of atoms")
    rows = []
    for line, name in zip(lines[1:4], ("va=", "vb=", "vc="), strict=True):
        # '= ' and '=' are both written
        first, *rest = " ".join(line.words).replace("=", "= ").split()
        if first != name:
            raise line.error(f"{name} is expected")
        rows.append(Line(line.number, tuple(rest)).numbers(0, 3))
    lattice = _with_volume(np.array(rows), lines[3])
    atoms = lines[5:]
    if lines[4].integer(0) != len(atoms):
        raise lines[4].error(f"{lines[4].words[0]} atoms announced, {len(atoms)} listed")
    species = [line.element(line.words[0]) for line in atoms]
    places = np.array([line.numbers(1, 3) for line in atoms]).reshape(-1, 3)
    return [Sites(lattice, species, places @ np.linalg.inv(lattice))]


def read_cuc(text: str) -> list[Sites]:
    """A heading, ``Unit_cell: a b c alpha beta gamma``, and ``element x y z`` in fractional coordinates.

    Raises:
        InputError: what is missing or damaged, by its line.
    """
    lines = list(lines_of(text))
    start = next((i for i, line in enumerate(lines) if line.words[0].lower() == "unit_cell:"), None)
    if start is None:
        raise InputError("a .cuc file has a line 'Unit_cell: a b c alpha beta gamma'")
    atoms = lines[start + 1 :]
    species = [line.element(line.words[0]) for line in atoms]
    coords = np.array([line.numbers(1, 3) for line in atoms]).reshape(-1, 3)
    return [Sites(lines[start].cell(1), species, coords)]


def _with_volume(lattice: NDArray[np.float64], line: Line) -> NDArray[np.float64]:
    if abs(np.linalg.det(lattice)) < 1e-3:
        raise line.error("the cell has no volume")
    return lattice
