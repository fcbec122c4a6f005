"""Structure files: reading them in any common format.

Formats that state a symmetry are read by :mod:`zeo.crystal.formats`, those that list every atom by ASE.
Every file that cannot be used gives one :class:`InputError` that names it. Files are data: none chooses code
to be run, and every read is bounded.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from zeo.crystal.cells import check_cell
from zeo.crystal.formats.cif import blocks_with_atoms, structure_of_block
from zeo.crystal.formats.lines import LONGEST_LINE, element_of
from zeo.crystal.formats.reading import BY_LIBRARIES, FORMATS, KINDS, ase_format, sites_in
from zeo.crystal.formats.sites import MOST_ATOMS
from zeo.crystal.neighbours import close_pairs
from zeo.crystal.structure import Structure
from zeo.errors import InputError, ZeoError

SUFFIXES = tuple(
    sorted(
        {".cif", *BY_LIBRARIES, *(suffix for form in FORMATS for suffix in form.suffixes)} - {".ins", ".json"}
    )
)
"""What counts as a structure file when a folder is searched; a file named by itself may end in anything."""

OVERLAP = 0.5
"""No two atoms of a real structure are closer than this (angstrom)."""

VOLUME_PER_ATOM = (4.0, 10_000.0)
"""Cubic angstrom. Diamond, the densest solid, has 5.7; beyond these the cell is not that of the atoms."""

LARGEST_FILE = 64 * 2**20
"""Bytes. No structure file is larger; what is would fill the memory."""

Reading = Callable[[], Structure]
"""Makes a structure of what a library or a reader found in a file; raises InputError."""


def read_structure(path: str | Path) -> Structure:
    """The structure in a file; the first one when the file holds several.

    Raises:
        InputError: a file that is missing, corrupt or empty, or whose structure is not an ordered crystal.
    """
    _, structure = next(_outcomes(Path(path)))
    if isinstance(structure, ZeoError):
        raise structure
    return structure


def iterate_structures(paths: Iterable[str | Path]) -> Iterator[tuple[str, Structure | ZeoError]]:
    """Every structure of some files and folders, or the reason why it cannot be used.

    Folders are searched through, in sorted order, for the endings in :data:`SUFFIXES`. A structure's name is
    the path it was found under, followed by ``#2``, ``#3``, ... for further ones in the same file.
    """
    for path in map(Path, paths):
        try:
            files = structure_files(path)
        except InputError as error:
            yield str(path), error
            continue
        for file in files:
            yield from _outcomes(file)


def structure_files(path: Path) -> list[Path]:
    """The structure files in a folder and those below it, sorted; a file stands for itself.

    Raises:
        InputError: a folder without any.
    """
    if not path.is_dir():
        return [path]
    files = sorted(file for file in path.rglob("*") if is_structure_name(file.name) and file.is_file())
    if not files:
        raise InputError(f"{path}: no structure file in this folder ({' '.join(SUFFIXES)})")
    return files


def is_structure_name(file_name: str) -> bool:
    """Whether a file of this name counts as a structure file when a folder is searched."""
    return file_name.lower().endswith(SUFFIXES) or file_name in ("POSCAR", "CONTCAR")


def structures_in_bytes(data: bytes, file_name: str) -> Iterator[Structure | InputError]:
    """Every structure in the content of a file, or the reason why it cannot be used; at least one of these.

    Args:
        data: what the file holds; it need not be on disk, as in an archive.
        file_name: without folders; it tells the format.
    """
    try:
        with _silence():
            readings = _readings_of(data, file_name)
    except (InputError, OSError) as error:
        yield error if isinstance(error, InputError) else InputError(f"cannot be read ({error.strerror})")
        return
    yield from map(_converted, readings)


def structure_of_ase(atoms: Any) -> Structure | InputError:
    """The structure that ASE's atoms are, or the reason why they cannot be used."""
    return _converted(partial(_from_ase, atoms))


def structure_of_pymatgen(structure: Any) -> Structure | InputError:
    """The structure that pymatgen's is, or the reason why it cannot be used."""
    return _converted(partial(Structure.from_pymatgen, structure))


def _outcomes(path: Path) -> Iterator[tuple[str, Structure | ZeoError]]:
    """What is in a file, one outcome at least: readers of others fail in their own ways, and find nothing."""
    count = 0
    try:
        for named in _structures_in(path):
            count += 1
            yield named
    except Exception as error:
        yield str(path), InputError(f"{path}: cannot be read ({_one_line(error)})")
    else:
        if count == 0:
            yield str(path), InputError(f"{path}: no structure in this file")


def _structures_in(path: Path) -> Iterator[tuple[str, Structure | ZeoError]]:
    """At least one name with a structure or an error."""
    try:
        readings = _readings(path)
    except InputError as error:
        yield str(path), InputError(f"{path}: {error}")
        return
    for count, reading in enumerate(readings, start=1):
        name = str(path) if count == 1 else f"{path}#{count}"
        structure = _converted(reading)
        yield name, InputError(f"{name}: {structure}") if isinstance(structure, InputError) else structure


def _converted(reading: Reading) -> Structure | InputError:
    try:
        with _silence():
            structure = reading()
            _check_plausible(structure)
    except InputError as error:
        return error
    return structure


def _readings(path: Path) -> list[Reading]:
    """What a file holds, not yet converted.

    Raises:
        InputError: it cannot be read.
    """
    try:
        data = content_of(path)
        with _silence():
            if data and ase_format(path.name) is not None:
                return _read_with_ase(path)
            return _readings_of(data, path.name)
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror or error})") from error


def content_of(path: Path) -> bytes:
    """The bytes of a file; devices and pipes, which never end, are no files.

    Raises:
        InputError: no file, or one that is too large.
    """
    if not path.is_file():
        raise InputError("no such file" if not path.exists() else "not a file")
    size = path.stat().st_size
    if size > LARGEST_FILE:
        raise InputError(f"{size / 2**20:.0f} MiB, too large for a structure file")
    with path.open("rb") as file:
        return file.read(size)


def _readings_of(data: bytes, file_name: str) -> list[Reading]:
    """The same for the content of a file that need not be on disk."""
    if not data:
        raise InputError("the file is empty")
    suffix = Path(file_name).suffix.lower()
    if suffix == ".cif":
        return [partial(structure_of_block, block) for block in blocks_with_atoms(data)]
    if suffix in (".pickle", ".pkl"):
        raise InputError("a pickle, which is never opened: it runs what it holds")
    if ase_format(file_name) is not None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / file_name
            path.write_bytes(data)
            return _read_with_ase(path)
    sites = sites_in(data, file_name)
    if sites is None:
        raise InputError(f"of a kind that zeo does not read; it reads {KINDS}")
    return [found.structure for found in sites]


def _read_with_ase(path: Path) -> list[Reading]:
    """What ASE reads, of files that list every atom of the cell."""
    import ase.io

    form = ase_format(path.name)
    if form != "traj":
        _check_lines(path)
    if form == "vasp":
        _check_elements_of_poscar(path)
    try:
        found = ase.io.read(path, index=":", format=form)
    except Exception as error:  # each of ASE's parsers fails in its own way, some with an OSError
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise InputError(f"corrupt or of an unsupported kind ({_one_line(error)})") from error
    if not found:
        raise InputError("no structure in it")
    return [partial(_from_ase, atoms) for atoms in found]


def _check_elements_of_poscar(path: Path) -> None:
    """ASE would look for elements that a file of VASP 4 does not name in other files beside it."""
    with path.open(encoding="utf-8", errors="replace") as file:
        lines = [line.split() for line, _ in zip(file, range(6), strict=False)]
    if len(lines) == 6 and lines[5] and lines[5][0].isdecimal():
        named = [element_of(word) for word in lines[0]]
        if len(named) != len(lines[5]) or None in named:
            raise InputError("it names no elements (line 6); write them above the numbers of atoms")


def _check_lines(path: Path) -> None:
    """Refuse what would keep ASE for hours: endless lines, and more atoms announced than there are lines.

    Raises:
        InputError: it names the line.
    """
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    for number, line in enumerate(lines, start=1):
        if len(line) > LONGEST_LINE:
            raise InputError(f"line {number} has {len(line)} characters: not a structure file")
        words = line.split()
        announced = max(map(_whole, words)) if words and all(map(str.isdecimal, words)) else 0
        if announced > len(lines):
            raise InputError(f"{announced} atoms announced in {len(lines)} lines (line {number})")


def _whole(word: str) -> int:
    return int(word[:20])


@contextmanager
def _silence() -> Iterator[None]:
    """What libraries have to say beside the one line is not for people."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def _from_ase(atoms: Any) -> Structure:
    if len(atoms) == 0:
        raise InputError("no atoms")
    if "X" in atoms.get_chemical_symbols():
        raise InputError("an atom of unknown element")
    if atoms.cell.rank < 3:
        raise InputError("no unit cell")
    if not atoms.pbc.all():
        raise InputError("not periodic in all three directions")
    return Structure.from_ase(atoms)


def _check_plausible(structure: Structure) -> None:
    """Refuse what is no crystal, and what would take minutes to look at.

    Raises:
        InputError: it says what is wrong.
    """
    if not 0 < len(structure) <= MOST_ATOMS:
        raise InputError(f"more than {MOST_ATOMS} atoms" if len(structure) else "no atoms")
    low, high = VOLUME_PER_ATOM
    volume = structure.volume / len(structure)
    if not low <= volume <= high:
        raise InputError(f"implausible cell: {volume:.3g} cubic angstrom per atom")
    check_cell(structure.lattice)
    pairs, distances = close_pairs(structure.lattice, structure.frac_coords, OVERLAP)
    if len(pairs):
        closest = distances.argmin()
        i, j = pairs[closest]
        raise InputError(
            f"overlapping atoms: {structure.species[i]} {i + 1} and {structure.species[j]} {j + 1}"
            f" are {distances[closest]:.2f} angstrom apart"
        )


def _one_line(error: Exception) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:120]}" if text else type(error).__name__
