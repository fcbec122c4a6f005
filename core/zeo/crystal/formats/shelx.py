"""Refinements of SHELX (``.res``), also as AIRSS and CASTEP's tools write them.

Source: G. M. Sheldrick, The SHELX-97 Manual (1997), chapters 5 and 7.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from zeo.crystal.formats.lines import Line, lines_of
from zeo.crystal.formats.sites import SAME_SITE, Operations, Sites
from zeo.crystal.symmetry import orbit
from zeo.errors import InputError

CENTRINGS = {
    1: (),
    2: ("x+1/2,y+1/2,z+1/2",),
    3: ("x+2/3,y+1/3,z+1/3", "x+1/3,y+2/3,z+2/3"),
    4: ("x,y+1/2,z+1/2", "x+1/2,y,z+1/2", "x+1/2,y+1/2,z"),
    5: ("x,y+1/2,z+1/2",),
    6: ("x+1/2,y,z+1/2",),
    7: ("x+1/2,y+1/2,z",),
}
"""Of the lattice types of LATT: P, I, R, F, A, B, C; those of negative numbers have no inversion centre."""

_INSTRUCTIONS = """
ABIN ACTA AFIX ANIS ANSC ANSR BASF BIND BLOC BOND BUMP CELL CGLS CHIV CONF CONN DAMP DANG DEFS DELU DFIX
DISP EADP EGEN END EQIV ESEL EXTI EXYZ FEND FLAT FMAP FRAG FREE FVAR GRID HFIX HKLF HTAB ILIN INIT INST
ISOR L.S. LATT LAUE LIST LIVE MERG MORE MOVE MPLA NCSY NEUT OMIT PART PATT PHAN PHAS PLAN PRIG REM RESI
REST RIGU RTAB SADI SAME SFAC SHEL SIMU SIZE SLIM SPEC SPIN STIR SUMP SWAT SYMM TEMP TEXP TIME TITL TREF
TWIN TWST UNIT VECT WGHT WIGL WPDB XNPD ZERR
"""

INSTRUCTIONS = frozenset(_INSTRUCTIONS.split())
"""The first words of lines that are no atoms."""


def is_shelx(lines: Sequence[str]) -> bool:
    """Whether lines are SHELX's: CELL with the wavelength and six numbers on its line, and SFAC."""
    words = [line.upper().split() for line in lines]
    return any(w[0] == "CELL" and len(w) >= 8 for w in words if w) and any(w[0] == "SFAC" for w in words if w)


def read_shelx(text: str) -> list[Sites]:
    """The structure of a refinement; difference peaks (Q) are left out.

    Raises:
        InputError: what is missing or damaged, by its line; partial occupancies and refined coordinates.
    """
    lines = list(_logical_lines(text))
    by_name: dict[str, list[Line]] = {}
    for line in lines:
        by_name.setdefault(line.words[0].upper(), []).append(line)
    for needed in ("CELL", "SFAC"):
        if needed not in by_name:
            raise InputError(f"a SHELX file without {needed}")
    lattice = by_name["CELL"][0].cell(2)
    operations = _operations(by_name)
    elements = [element for line in by_name["SFAC"] for element in _scatterers(line)]
    species, places = [], []
    # titles of several lines come before the list of elements
    for line in lines[lines.index(by_name["SFAC"][-1]) + 1 :]:
        if _is_instruction(line) or _is_peak(line):
            continue
        index = line.integer(1)
        if not 1 <= index <= len(elements):
            raise line.error(f"element {index} of {len(elements)} in SFAC")
        place = [_free_of_flags(line, value) for value in line.numbers(2, 3)]
        occupancy = line.numbers(5, 1)[0] if len(line.words) > 5 else 11.0
        images = orbit(np.array(place), operations.rotations, operations.translations, lattice, SAME_SITE)
        _check_occupancy(line, occupancy, len(images) / len(operations.rotations))
        species.append(elements[index - 1])
        places.append(place)
    formula = _formula(by_name, elements)
    return [Sites(lattice, species, np.array(places).reshape(-1, 3), operations, formula)]


def _logical_lines(text: str) -> Iterator[Line]:
    """Lines up to HKLF or END; one that ends with ``=`` goes on in the next."""
    begun: tuple[int, tuple[str, ...]] | None = None
    for line in lines_of(text, comment="!"):
        number, words = (line.number, line.words) if begun is None else (begun[0], begun[1] + line.words)
        begun = (number, words[:-1]) if words[-1] == "=" and words[0].upper() not in ("TITL", "REM") else None
        if begun is not None:
            continue
        if words[0].upper() in ("HKLF", "END"):
            return
        yield Line(number, words)


def _operations(by_name: dict[str, list[Line]]) -> Operations:
    import gemmi

    latt = by_name["LATT"][0].integer(1) if "LATT" in by_name else 1
    if abs(latt) not in CENTRINGS:
        raise by_name["LATT"][0].error(f"there is no lattice type {latt}")
    triplets = [("-x,-y,-z")] if latt > 0 else []
    operations = [gemmi.Op(triplet) for triplet in (*CENTRINGS[abs(latt)], *triplets)]
    for line in by_name.get("SYMM", []):
        try:
            operations.append(gemmi.Op("".join(line.words[1:]).lower()))
        except (RuntimeError, ValueError) as error:
            raise line.error(f"unreadable symmetry operation ({str(error)[:60]})") from error
    return Operations.generated_by(operations)


def _scatterers(line: Line) -> list[str]:
    """One element followed by the numbers of its form factor, or only elements."""
    _, *labels = line.words
    is_long = len(labels) > 1 and labels[1].lstrip("+-.")[:1].isdigit()
    return [line.element(label.lstrip("$")) for label in (labels[:1] if is_long else labels)]


def _is_instruction(line: Line) -> bool:
    """Also one for a residue, such as ``SADI_1``."""
    return line.words[0].upper().partition("_")[0] in INSTRUCTIONS


def _is_peak(line: Line) -> bool:
    name = line.words[0].upper()
    return name.startswith("Q") and name[1:].isdecimal()


def _free_of_flags(line: Line, value: float) -> float:
    """A number to which 10 is added where it is not to be refined."""
    if abs(value) >= 15:
        raise line.error(f"{value:g} stands for a free variable, which is not read")
    return value - 10 if value > 5 else value + 10 if value < -5 else value


def _check_occupancy(line: Line, written: float, special: float) -> None:
    """Full occupancy is the share of the general multiplicity; some programs write 1 for it."""
    occupancy = _free_of_flags(line, written)
    if min(abs(occupancy - special), abs(occupancy - 1.0)) > 0.01:
        raise line.error(f"occupancy {occupancy / special:.3g}; zeo needs fully occupied sites")


def _formula(by_name: dict[str, list[Line]], elements: list[str]) -> dict[str, float]:
    counts = [line.number_of(word) for line in by_name.get("UNIT", []) for word in line.words[1:]]
    if len(counts) != len(elements):
        return {}
    return dict(zip(elements, counts, strict=True))
