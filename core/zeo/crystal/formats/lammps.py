"""Data files of LAMMPS: the cell, orthogonal or triclinic, and the atoms, whose masses tell the elements.

Source: LAMMPS documentation, ``read_data`` and ``Howto_triclinic``. The styles atomic, charge, molecular
and full are read; lengths are in angstrom (units real or metal).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo.crystal.cells import right_handed
from zeo.crystal.formats.lines import Line, element_of, lines_of, shortened
from zeo.crystal.formats.sites import Sites
from zeo.crystal.structure import Structure, cell_vectors
from zeo.errors import InputError

MASS_TOLERANCE = 0.15
"""Atomic mass units by which masses are rounded in files."""

STYLES = {"atomic": (1, 2), "charge": (1, 3), "molecular": (2, 3), "full": (2, 4)}
"""Which words of an atom's line are its type and its x; its number is word 0."""

SECTIONS = re.compile(
    r"(Masses|Atoms|Velocities|Ellipsoids|Lines|Triangles|Bodies|(Pair|PairIJ|Bond|Angle|Dihedral|Improper"
    r"|\w+Bond|\w+Torsion|\w+Bond13|\w+Angle) Coeffs|(Bond|Angle|Dihedral|Improper)s|\w+ Type Labels)"
)
"""The headings of sections."""


def is_lammps_data(lines: Sequence[str]) -> bool:
    """Whether lines are those of a data file: its header has the number of atoms and ``xlo xhi``."""
    words = [line.split("#")[0].split() for line in lines]
    return any(w[1:] == ["atoms"] for w in words) and any(
        w[2:] == ["xlo", "xhi"] or w[3:] == ["avec"] for w in words
    )


def read_lammps_data(text: str) -> list[Sites]:
    """The structure of a data file. Image flags, which count whole cells, change nothing in a crystal.

    Raises:
        InputError: what is missing or damaged, by its line; types whose mass is of no element, or of two.
    """
    sections = _sections(text)
    header = sections[""].lines
    lattice, corner = _box(header)
    for heading in ("Masses", "Atoms"):
        if heading not in sections:
            raise InputError(f"no section {heading}; elements are told by the masses of the atom types")
    elements = _elements(sections["Masses"].lines)
    atoms = sections["Atoms"]
    announced = next((line.integer(0) for line in header if line.words[1:] == ("atoms",)), len(atoms.lines))
    if announced != len(atoms.lines):
        raise InputError(f"{announced} atoms announced, {len(atoms.lines)} listed")
    species, places = [], []
    for line in sorted(atoms.lines, key=lambda line: line.integer(0)):
        of_type, first = _columns(atoms.style, line)
        if line.words[of_type] not in elements:
            raise line.error(f"atom type {shortened(line.words[of_type])} has no mass")
        species.append(elements[line.words[of_type]])
        places.append(line.numbers(first, 3))
    coords = (np.array(places).reshape(-1, 3) - corner) @ np.linalg.inv(lattice)
    return [Sites(lattice, species, coords)]


def lammps_text(structure: Structure, name: str) -> str:
    """A data file of atom style ``atomic`` with masses; the axes are turned and the tilts made small."""
    import gemmi

    structure = right_handed(structure)
    lattice, coords = _small_tilts(cell_vectors(structure.lengths, structure.angles), structure.frac_coords)
    elements = sorted(set(structure.species))
    lines = [f"{' '.join(name.split())}, written by zeo", "", f"{len(structure)} atoms"]
    lines += [f"{len(elements)} atom types", ""]
    lines += [f"0.0 {lattice[i, i]:.10f} {axis}lo {axis}hi" for i, axis in enumerate("xyz")]
    xy, xz, yz = lattice[1, 0], lattice[2, 0], lattice[2, 1]
    if max(abs(xy), abs(xz), abs(yz)) > 1e-9:
        lines.append(f"{xy:.10f} {xz:.10f} {yz:.10f} xy xz yz")
    lines += ["", "Masses", ""]
    lines += [f"{n} {gemmi.Element(e).weight:.4f} # {e}" for n, e in enumerate(elements, start=1)]
    lines += ["", "Atoms # atomic", ""]
    places = (coords % 1.0) @ lattice
    for serial, (element, place) in enumerate(zip(structure.species, places.tolist(), strict=True), start=1):
        lines.append(f"{serial} {elements.index(element) + 1} " + " ".join(f"{x:.9f}" for x in place))
    return "\n".join(lines) + "\n"


@frozen
class _Section:
    """Lines below a heading.

    Args:
        style: the comment of the heading, which for atoms is their style.
        lines: that are not blank, with comments of masses kept as their last word.
    """

    style: str
    lines: list[Line]


def _sections(text: str) -> dict[str, _Section]:
    """By heading; the header's is empty. The first line of the file is a title."""
    sections = {"": _Section("", [])}
    current = sections[""]
    for line in lines_of(text):
        if line.number == 1:
            continue
        before, _, comment = " ".join(line.words).partition("#")
        words = tuple(before.split())
        if SECTIONS.fullmatch(heading := " ".join(words)):
            current = sections[heading] = _Section(comment.strip().lower(), [])
        elif words:
            kept = words + tuple(comment.split()[:1]) if current is sections.get("Masses") else words
            current.lines.append(Line(line.number, kept))
    return sections


def _box(header: list[Line]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The lattice [3, 3] and the corner [3] of the box."""
    general = {line.words[3]: line for line in header if line.words[3:] in (("avec",), ("bvec",), ("cvec",))}
    if len(general) == 3:
        return np.array([general[f"{axis}vec"].numbers(0, 3) for axis in "abc"]), _origin(header)
    bounds = {line.words[2:]: line for line in header}
    low, high = np.zeros(3), np.zeros(3)
    for axis, letter in enumerate("xyz"):
        line = bounds.get((f"{letter}lo", f"{letter}hi"))
        if line is None:
            raise InputError(f"no box: {letter}lo {letter}hi is missing")
        low[axis], high[axis] = line.numbers(0, 2)
        if high[axis] <= low[axis]:
            raise line.error(f"the box has no length along {letter}")
    tilts = next(
        (line.numbers(0, 3) for line in header if line.words[3:] == ("xy", "xz", "yz")), [0.0, 0.0, 0.0]
    )
    lattice = np.diag(high - low)
    lattice[1, 0], lattice[2, 0], lattice[2, 1] = tilts
    return lattice, low


def _origin(header: list[Line]) -> NDArray[np.float64]:
    """The corner [3] of a box that vectors span."""
    line = next((line for line in header if line.words[3:] == ("abc", "origin")), None)
    return np.zeros(3) if line is None else np.array(line.numbers(0, 3))


def _elements(masses: list[Line]) -> dict[str, str]:
    """By type."""
    return {line.words[0]: _element_of_mass(line) for line in masses}


def _element_of_mass(line: Line) -> str:
    """The element whose mass it is; one named in the comment decides between two.

    Raises:
        InputError: none, or several, or another than the comment names.
    """
    import gemmi

    (mass,) = line.numbers(1, 1)
    near = [
        element.name
        for element in map(gemmi.Element, range(1, 104))
        if abs(element.weight - mass) <= MASS_TOLERANCE
    ]
    named = element_of(line.words[2]) if len(line.words) > 2 else None
    if named in near:
        return named
    if len(near) == 1 and named is None:
        return near[0]
    if named is not None:
        raise line.error(f"{mass:g} is not the mass of {named}")
    choice = f"of {' or '.join(near)}: name it in a comment, '# {near[0]}'" if near else "of no element"
    raise line.error(f"the mass {mass:g} is {choice}")


def _columns(style: str, line: Line) -> tuple[int, int]:
    """The words of an atom's line that hold its type and its x; image flags may follow z."""
    if style:
        if style not in STYLES:
            raise line.error(f"atom style {shortened(style)} is not read; those read are {', '.join(STYLES)}")
        return STYLES[style]
    fitting = [name for name, (_, x) in STYLES.items() if len(line.words) in (x + 3, x + 6)]
    if "charge" in fitting and "." in line.words[2]:
        fitting = ["charge"]
    if len(fitting) != 1:
        raise line.error("the atom style is not clear; write it behind the heading, as in 'Atoms # full'")
    return STYLES[fitting[0]]


def _small_tilts(
    lattice: NDArray[np.float64], coords: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Other axes of the same crystal, with tilts of at most half an edge, as LAMMPS wants them."""
    lattice, coords = lattice.copy(), coords.copy()
    for row, column in ((2, 1), (2, 0), (1, 0)):
        turns = np.round(lattice[row, column] / lattice[column, column])
        lattice[row] -= turns * lattice[column]
        coords[:, column] += turns * coords[:, row]
    return lattice, coords
