"""CSSR files, as Cerius2, Zeo++ and pymatgen write them; the space group that they state is applied.

Source: the description of the format by the Cambridge Crystallographic Data Centre, in columns: cell edges
from 39, angles from 22, then ``SPGR =`` number and symbol and ``OPT =`` the origin; the number of atoms and 0
for fractional or 1 for cartesian coordinates; a title; ``serial label x y z``, neighbours and charge.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from zeo.crystal.cells import right_handed
from zeo.crystal.formats.lines import Line, lattice_of, lines_of
from zeo.crystal.formats.sites import IDENTITY, Operations, Sites, operations_of, space_group
from zeo.crystal.space_groups import group_of_symbol
from zeo.crystal.structure import Structure
from zeo.errors import InputError

_GROUP = re.compile(r"SPGR\s*=\s*(\d+)\s*(.*?)\s*(?:OPT\s*=\s*(\d+).*)?", re.IGNORECASE)


def is_cssr(lines: Sequence[str]) -> bool:
    return any("SPGR" in line.upper() for line in lines[:3])


def read_cssr(text: str) -> list[Sites]:
    """The structure of a CSSR file.

    Raises:
        InputError: what is missing or damaged, by its line.
    """
    lines = list(lines_of(text))
    if len(lines) < 3:
        raise InputError("a CSSR file begins with edges, angles and the number of atoms")
    edges, angles, counts, *rest = lines
    first = Line(edges.number, edges.words[-3:])
    lattice = lattice_of([*first.numbers(0, 3), *angles.numbers(0, 3)], angles.number)
    atoms = _atoms(counts, rest)
    species = [_atom(line)[0] for line in atoms]
    places = np.array([_atom(line)[1] for line in atoms]).reshape(-1, 3)
    if len(counts.words) > 1 and counts.words[1] == "1":
        if np.abs(lattice - np.diag(np.diag(lattice))).max() > 1e-6:
            raise counts.error("cartesian coordinates in a cell that is not orthogonal have no agreed axes")
        places = places @ np.linalg.inv(lattice)
    return [Sites(lattice, species, places, _operations(angles, lattice))]


def cssr_text(structure: Structure, name: str) -> str:
    """A CSSR file of all atoms of the cell, in P1."""
    structure = right_handed(structure)
    edges, angles = ("".join(f"{x:8.3f}" for x in row) for row in (structure.lengths, structure.angles))
    title = " ".join(name.split())[:60]
    lines = [f"{'':38}{edges}", f"{'':21}{angles}    SPGR =  1 P 1         OPT = 1"]
    lines += [f"{len(structure):4d}   0 {title}", f"     0 {title}"]
    wrapped = np.round(structure.frac_coords % 1.0, 5) % 1.0
    for serial, (element, site) in enumerate(zip(structure.species, wrapped.tolist(), strict=True), start=1):
        place = " ".join(f"{x:9.5f}" for x in site)
        lines.append(f"{serial:4d} {element:<4}  {place} {'   0' * 8} {0.0:7.3f}")
    return "\n".join(lines) + "\n"


def _atoms(counts: Line, rest: list[Line]) -> list[Line]:
    """The lines of atoms; the title before them may be empty."""
    # a number of more than four digits does not fit into its columns and is written as stars
    announced = len(rest) - 1 if counts.words[0].strip("*") == "" else counts.integer(0)
    if announced not in (len(rest) - 1, len(rest)):
        raise counts.error(f"{announced} atoms announced, {len(rest)} lines after it")
    return rest[len(rest) - announced :]


def _atom(line: Line) -> tuple[str, list[float]]:
    if len(line.words) < 5:
        raise line.error("an atom has a serial number, a label and three coordinates")
    return line.element(line.words[1]), line.numbers(2, 3)


def _operations(line: Line, lattice: NDArray[np.float64]) -> Operations:
    text = " ".join(line.words[3:])
    if not text:
        return IDENTITY
    found = _GROUP.fullmatch(text)
    if found is None:
        raise line.error(f"unreadable space group {text[:40]!r}")
    number, symbol, option = found.groups()
    origin = 2 if option == "2" else 1
    try:
        # some programs write the number beside a symbol such as '(unknown)'
        is_symbol = symbol and group_of_symbol(symbol) is not None
        group = space_group(symbol if is_symbol or number == "0" else number, lattice, origin)
        if number not in ("0", str(group.number)):
            raise InputError(f"space group {number} is not {group.xhm()}, which has number {group.number}")
    except InputError as error:
        raise line.error(str(error)) from error
    return operations_of(group)
