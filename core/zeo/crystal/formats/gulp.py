"""Input and restart files of GULP (``.gin``, ``.grs``, ``.res``), read as GULP does and written to be run.

Source: J. D. Gale and A. L. Rohl, Mol. Simul. 29, 291 (2003), and the help file of GULP 5. An option is
known by four letters or more; an atom's line is ``label [core] x y z [charge] [occupancy] [radius] [flags]``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from zeo.crystal.cells import right_handed
from zeo.crystal.formats.lines import Line, element_of, lines_of
from zeo.crystal.formats.sites import IDENTITY, Operations, Sites, operations_of, space_group
from zeo.crystal.structure import Structure
from zeo.errors import InputError

BOHR = 0.529177210903
"""In angstrom (CODATA 2018)."""

CORES = ("core", "c", "bcor", "bcore")
SHELLS = ("shel", "shell", "s", "bshe", "bshel", "bshell")

NOT_3D = ("scell", "svectors", "sfractional", "pcell", "pvectors", "pfractional")
"""Slabs and polymers."""

SLC = ("Si core 4.00000", "O core 0.86902", "O shel -2.86902")
"""Charges of Sanders, Leslie and Catlow, J. Chem. Soc. Chem. Commun. 1271 (1984); GULP's ``catlow.lib``."""


def is_gulp(lines: Sequence[str]) -> bool:
    """Whether lines are GULP's: a cell below its option, and coordinates below theirs."""
    options = [words[0].lower() for words in map(str.split, lines) if 1 <= len(words) <= 4]
    cells, coordinates = ("cell", "vectors", *NOT_3D), ("fractional", "cartesian", *NOT_3D)
    return all(
        any(len(option) >= 4 and name.startswith(option) for option in options for name in names)
        for names in (cells, coordinates)
    )


def read_gulp(text: str) -> list[Sites]:
    """The structures of a GULP file; those in ``ignore ... erongi`` and all after ``stop`` are left out.

    Raises:
        InputError: what is missing or damaged, by its line; surfaces, polymers and partial occupancies.
    """
    reader = _Reader(list(_logical_lines(text)))
    reader.read()
    if not reader.crystals:
        raise InputError("no cell: GULP's option 'cell' or 'vectors' is missing")
    return [crystal.sites() for crystal in reader.crystals]


def gulp_text(structure: Structure, name: str, library: str | None = None) -> str:
    """A GULP input of all atoms of the cell, in P1, that optimises them at constant pressure.

    Silica gets the species of the potential of Sanders, Leslie and Catlow, with shells on its oxygens.

    Args:
        structure: coordinates are wrapped into [0, 1).
        name: the title, and the restart file's name.
        library: a file of potentials for GULP to read, such as ``"catlow.lib"``.
    """
    structure = right_handed(structure)
    is_silica = set(structure.species) <= {"Si", "O"}
    cell = (*structure.lengths, *structure.angles)
    title = "_".join(re.findall(r"[^\s#&]+", name)) or "structure"
    lines = ["opti conp", "title 1", title, "cell", " ".join(f"{x:.8f}" for x in cell), "fractional"]
    wrapped = np.round(structure.frac_coords % 1.0, 9) % 1.0
    places = [" ".join(f"{x:.9f}" for x in site) for site in wrapped.tolist()]
    atoms = list(zip(structure.species, places, strict=True))
    lines += [f"{element:<2} core {place}" for element, place in atoms]
    if is_silica:
        lines += [f"O  shel {place}" for element, place in atoms if element == "O"]
    lines += ["space", "P 1"]
    if is_silica:
        lines += [f"species {len(SLC)}", *SLC]
    if library is not None:
        lines.append(f"library {library}")
    return "\n".join([*lines, f"dump {title}.grs"]) + "\n"


@define
class _Crystal:
    """A structure as far as it has been read."""

    lattice: NDArray[np.float64]
    line: Line
    species: list[str] = field(factory=list)
    places: list[list[float]] = field(factory=list)
    """Fractional."""
    group: tuple[Line, str] | None = None
    origin: int = 1
    listed: list[object] = field(factory=list)
    repeats: tuple[int, int, int] = (1, 1, 1)

    def sites(self) -> Sites:
        coords = np.array(self.places).reshape(-1, 3)
        return Sites(self.lattice, self.species, coords, self._operations(), repeats=self.repeats)

    def _operations(self) -> Operations:
        if self.group is not None:
            line, name = self.group
            try:
                return operations_of(space_group(name, self.lattice, self.origin))
            except InputError as error:
                raise line.error(str(error)) from error
        return Operations.generated_by(self.listed) if self.listed else IDENTITY


class _Reader:
    """Reads options one after the other; ``at`` is the next line."""

    def __init__(self, lines: list[Line]) -> None:
        self.lines = lines
        self.at = 0
        self.crystals: list[_Crystal] = []
        self.options: dict[str, Callable[[Line], None]] = {
            "cell": self._cell,
            "vectors": self._vectors,
            "fractional": self._fractional,
            "cartesian": self._cartesian,
            "spacegroup": self._space,
            "origin": self._origin,
            "supercell": self._supercell,
            "symmetry_operator": self._operator,
            "title": self._title,
            "ignore": self._ignore,
            **dict.fromkeys(NOT_3D, self._not_3d),
        }

    def read(self) -> None:
        while self.at < len(self.lines):
            line = self._next()
            option = line.words[0].lower()
            if option == "stop":
                return
            known = (name for name in self.options if len(option) >= 4 and name.startswith(option))
            if (name := next(known, None)) is not None:
                self.options[name](line)

    def _next(self) -> Line:
        if self.at == len(self.lines):
            raise self.lines[-1].error("the file ends in the middle of an option")
        self.at += 1
        return self.lines[self.at - 1]

    def _crystal(self, line: Line) -> _Crystal:
        if not self.crystals:
            raise line.error(f"{line.words[0]} before any cell")
        return self.crystals[-1]

    def _cell(self, line: Line) -> None:
        values = line if _numeric(line.words[1:2]) else self._next()
        lattice = values.cell(1 if values is line else 0) * _unit_by_length(line)
        self.crystals.append(_Crystal(lattice, line))

    def _vectors(self, line: Line) -> None:
        lattice = np.array([self._next().numbers(0, 3) for _ in range(3)]) * _unit_by_length(line)
        if abs(np.linalg.det(lattice)) < 1e-3:
            raise line.error("the cell has no volume")
        self.crystals.append(_Crystal(lattice, line))

    def _fractional(self, line: Line) -> None:
        crystal = self._crystal(line)
        for element, place in self._atoms():
            crystal.species.append(element)
            crystal.places.append(place)

    def _cartesian(self, line: Line) -> None:
        crystal = self._crystal(line)
        inverse = np.linalg.inv(crystal.lattice) * _unit_by_length(line)
        for element, place in self._atoms():
            crystal.species.append(element)
            crystal.places.append((np.array(place) @ inverse).tolist())

    def _atoms(self) -> Iterator[tuple[str, list[float]]]:
        """The cores from the next line on, with their coordinates."""
        while self.at < len(self.lines) and _is_atom(self.lines[self.at]):
            line = self._next()
            kind = line.words[1].lower() if len(line.words) > 1 else ""
            start = 2 if kind in CORES + SHELLS else 1
            element, place = line.element(line.words[0]), line.numbers(start, 3)
            if kind in SHELLS:
                continue
            _check_occupancy(line, line.words[start + 3 :])
            yield element, place

    def _space(self, line: Line) -> None:
        words = line.words[1:] if len(line.words) > 1 else self._next().words
        self._crystal(line).group = (line, " ".join(words))

    def _origin(self, line: Line) -> None:
        values = line.words[1:] or self._next().words
        if values not in (("1",), ("2",)):
            raise line.error("only 'origin 1' and 'origin 2' are read; shift the atoms by any other origin")
        self._crystal(line).origin = int(values[0])

    def _supercell(self, line: Line) -> None:
        values = line if len(line.words) > 1 else self._next()
        start = 1 if values is line else 0
        repeats = [values.integer(start + axis) for axis in range(3)]
        if min(repeats) < 1 or np.prod(repeats) > 1000:
            raise values.error("a supercell has 1 to 1000 cells")
        self._crystal(line).repeats = (repeats[0], repeats[1], repeats[2])

    def _operator(self, line: Line) -> None:
        """Three rows, each of a rotation's row and the translation along that axis."""
        import gemmi

        rows = np.array([self._next().numbers(0, 4) for _ in range(3)])
        operation = gemmi.Op()
        scaled = np.round(rows * gemmi.Op.DEN).astype(int)
        if np.abs(scaled / gemmi.Op.DEN - rows).max() > 1e-3 or not np.isin(rows[:, :3], (-1, 0, 1)).all():
            raise line.error("no symmetry operation of a crystal")
        operation.rot, operation.tran = scaled[:, :3].tolist(), scaled[:, 3].tolist()
        self._crystal(line).listed.append(operation)

    def _title(self, line: Line) -> None:
        if len(line.words) > 1 and line.words[1].isdecimal():
            self.at += int(line.words[1])
        else:
            self._skip_to("end")

    def _not_3d(self, line: Line) -> None:
        raise line.error(f"{line.words[0]}: a surface or a polymer, not periodic in three directions")

    def _ignore(self, line: Line) -> None:  # noqa: ARG002
        self._skip_to("erongi")

    def _skip_to(self, word: str) -> None:
        while self._next().words[0].lower() != word:
            pass


def _logical_lines(text: str) -> Iterator[Line]:
    """Lines without comments; one that ends with ``&`` goes on in the next."""
    begun: tuple[int, tuple[str, ...]] | None = None
    for line in lines_of(text, comment="#"):
        number, words = (line.number, line.words) if begun is None else (begun[0], begun[1] + line.words)
        begun = (number, words[:-1]) if words[-1] == "&" else None
        if begun is None:
            yield Line(number, words)


def _is_atom(line: Line) -> bool:
    """Whether a line among coordinates is an atom's, if damaged.

    Raises:
        InputError: it is, but of no element.
    """
    label, *rest = line.words
    if element_of(label) is not None:
        return True
    kind = rest[0].lower() if rest else ""
    if kind in (word for word in CORES + SHELLS if len(word) > 1) or (
        len(label) <= 4 and _numeric(rest[:3], 3)
    ):
        raise line.error(f"{label!r} is not an element")
    return False


def _numeric(words: tuple[str, ...] | list[str], count: int = 1) -> bool:
    """``count`` words that are decimal numbers."""
    return len(words) == count and all(
        "." in word and word.strip("+-.0123456789eEdD") == "" for word in words
    )


def _check_occupancy(line: Line, words: tuple[str, ...]) -> None:
    """Charge, occupancy and radius come before up to three flags, which are 0 or 1 without a point."""
    numbers = list(words)
    while numbers and numbers[-1] in ("0", "1") and len(words) - len(numbers) < 3:
        numbers.pop()
    if len(numbers) > 1 and abs(line.number_of(numbers[1]) - 1.0) > 0.01:
        raise line.error(f"occupancy {numbers[1]}; zeo needs fully occupied sites")


def _unit_by_length(line: Line) -> float:
    return BOHR if {"au", "bohr"} & {word.lower() for word in line.words[1:]} else 1.0
