"""Structure files: reading them in any common format, and the text of a CIF.

CIFs are read by gemmi, the files of GULP, SHELX, Zeo++ and LAMMPS by :mod:`zeo.crystal.formats`, what lists
every atom of the cell by ASE. Every file that cannot be used gives one :class:`InputError` that names it.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zeo.crystal.disorder import FULL, Occupant, complaint
from zeo.crystal.formats.lines import element_of
from zeo.crystal.formats.reading import BY_LIBRARIES, FORMATS, KINDS, ase_format, sites_in
from zeo.crystal.formats.sites import SAME_SITE, Sites
from zeo.crystal.neighbours import close_pairs
from zeo.crystal.structure import Structure, cell_vectors
from zeo.crystal.symmetry import orbit
from zeo.errors import InputError, ZeoError

SUFFIXES = tuple(
    sorted({".cif", *BY_LIBRARIES, *(suffix for form in FORMATS for suffix in form.suffixes)} - {".ins"})
)
"""What counts as a structure file when a folder is searched; a file named by itself may end in anything."""

OVERLAP = 0.5
"""No two atoms of a real structure are closer than this (angstrom)."""

VOLUME_PER_ATOM = (1.0, 10_000.0)
"""Cubic angstrom. Beyond these the cell is in another unit, or a placeholder."""


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
        if not data:
            raise InputError("the file is empty")
        if file_name.lower().endswith(".cif"):
            readings = [(_from_cif_block, block) for block in _cif_blocks(data)]
        else:
            readings = _read_other_bytes(data, file_name)
    except (InputError, OSError) as error:
        yield error if isinstance(error, InputError) else InputError(f"cannot be read ({error.strerror})")
        return
    yield from (_converted(convert, raw) for convert, raw in readings)


def structure_of_ase(atoms: Any) -> Structure | InputError:
    """The structure that ASE's atoms are, or the reason why they cannot be used."""
    return _converted(_from_ase, atoms)


def structure_of_pymatgen(structure: Any) -> Structure | InputError:
    """The structure that pymatgen's is, or the reason why it cannot be used."""
    return _converted(Structure.from_pymatgen, structure)


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
    for count, (convert, raw) in enumerate(readings, start=1):
        name = str(path) if count == 1 else f"{path}#{count}"
        structure = _converted(convert, raw)
        yield name, InputError(f"{name}: {structure}") if isinstance(structure, InputError) else structure


def _converted(convert: Any, raw: Any) -> Structure | InputError:
    try:
        structure: Structure = convert(raw)
        _check_plausible(structure)
    except InputError as error:
        return error
    return structure


def _readings(path: Path) -> list[tuple[Any, Any]]:
    """What the file holds, not yet converted: (converter to Structure, the library's object) pairs."""
    if not path.is_file():
        raise InputError("no such file" if not path.exists() else "not a file")
    try:
        if path.stat().st_size == 0:
            raise InputError("the file is empty")
        if path.suffix.lower() == ".cif":
            return [(_from_cif_block, block) for block in _cif_blocks(path.read_bytes())]
        return _read_other(path)
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror or error})") from error


def _cif_blocks(data: bytes) -> list[Any]:
    """The data blocks of a CIF that hold atoms."""
    import gemmi

    try:
        document = gemmi.cif.read_string(data.decode("utf-8", errors="replace"))
    except (RuntimeError, ValueError) as error:
        complaint = str(error).splitlines()[0].removeprefix("string:").lstrip()
        place = re.sub(r"^(\d+).*?:\s*(?=[^:]*$)", r"line \1: ", complaint)
        raise InputError(f"not a valid CIF ({place})") from error
    blocks = [block for block in document if block.find_loop("_atom_site_fract_x")]
    if not blocks:
        raise InputError("no atoms with fractional coordinates (_atom_site_fract_x)")
    return blocks


def _from_cif_block(block: Any) -> Structure:
    """The full content of the unit cell of a CIF block.

    Raises:
        InputError: no cell, no atoms, or sites that are not whole atoms of known elements.
    """
    import gemmi

    small = gemmi.make_small_structure_from_block(block)
    if not small.sites:
        raise InputError("no atoms")
    for site in small.sites:
        if site.element.name == "X":
            raise InputError(f"site {site.label}: unknown element {(site.type_symbol or site.label)!r}")
        if problem := complaint(_occupants(small, site)):
            raise InputError(problem)
        if not np.isfinite(site.fract.tolist()).all():
            raise InputError(f"site {site.label}: no coordinates")
    lattice = _cif_lattice(block, small)
    rotations, translations = _symmetry_operations(small)
    orbits = [
        orbit(np.array(site.fract.tolist()), rotations, translations, lattice, SAME_SITE)
        for site in small.sites
    ]
    species = [s.element.name for s, orbit in zip(small.sites, orbits, strict=True) for _ in orbit]
    return Structure(lattice, species, np.concatenate(orbits))


def _occupants(small: Any, site: Any) -> list[Occupant]:
    """What a CIF lists at the place of a site, that site first, where it is not wholly occupied."""
    here = [site]
    if not abs(site.occ - 1.0) < FULL:
        place = np.array(site.fract.tolist())
        here += [
            other
            for other in small.sites
            if other is not site and np.abs(_nearest(np.array(other.fract.tolist()) - place)).max() < 1e-3
        ]
    return [Occupant(each.label, each.element.name, each.occ) for each in here]


def _nearest(difference: NDArray[np.float64]) -> NDArray[np.float64]:
    """Between the nearest images, fractional."""
    return difference - np.round(difference)


def _cif_lattice(block: Any, small: Any) -> NDArray[np.float64]:
    if block.find_value("_cell_length_a") is None:
        raise InputError("no unit cell (_cell_length_a)")
    a, b, c, alpha, beta, gamma = small.cell.parameters
    if not (min(a, b, c) > 0 and min(alpha, beta, gamma) > 0 and max(alpha, beta, gamma) < 180):
        raise InputError(f"impossible unit cell ({a:g} {b:g} {c:g} {alpha:g} {beta:g} {gamma:g})")
    with np.errstate(invalid="ignore"):
        lattice = cell_vectors((a, b, c), (alpha, beta, gamma))
    if not np.isfinite(lattice).all():
        raise InputError(f"no cell has the angles {alpha:g}, {beta:g}, {gamma:g}")
    return lattice


def _symmetry_operations(small: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Rotations [k, 3, 3] and translations [k, 3] in fractional coordinates.

    The operations that the file lists come first; its space group counts when it lists none.
    """
    import gemmi

    if small.symops:
        try:
            operations = [gemmi.Op(text) for text in small.symops]
        except (RuntimeError, ValueError) as error:
            raise InputError(f"unreadable symmetry operation ({error})") from error
    elif small.spacegroup is not None:
        operations = list(small.spacegroup.operations())
    elif small.spacegroup_hm:
        raise InputError(f"unknown space group {small.spacegroup_hm!r} and no symmetry operations")
    else:
        operations = [gemmi.Op("x,y,z")]
    seitz = np.array([operation.float_seitz() for operation in operations])
    return seitz[:, :3, :3], seitz[:, :3, 3]


def _read_other_bytes(data: bytes, file_name: str) -> list[tuple[Any, Any]]:
    """The same for the content of a file; ASE and pymatgen tell formats by names, hence the file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / file_name
        path.write_bytes(data)
        return _read_other(path)


def _read_other(path: Path) -> list[tuple[Any, Any]]:
    """What the formats of zeo's own, or the libraries, find in a file."""
    if path.suffix.lower() in (".pickle", ".pkl"):
        raise InputError("a pickle, which is never opened: it runs what it holds")
    sites = sites_in(path.read_bytes(), path.name)
    if sites is not None:
        return [(Sites.structure, found) for found in sites]
    form = ase_format(path.name)
    if form is None and path.suffix.lower() != ".json":
        raise InputError(f"of a kind that zeo does not read; it reads {KINDS}")
    if form == "extxyz":
        _check_length_of_xyz(path)
    if form == "vasp":
        _check_elements_of_poscar(path)
    return _read_with_libraries(path, form)


def _read_with_libraries(path: Path, form: str | None) -> list[tuple[Any, Any]]:
    """What ASE reads in a format that it knows by its name, or else pymatgen."""
    import ase.io
    from ase.io.formats import UnknownFileTypeError

    try:
        found = [(_from_ase, atoms) for atoms in ase.io.read(path, index=":", format=form)]
    except UnknownFileTypeError:
        return [(Structure.from_pymatgen, _read_with_pymatgen(path))]
    except Exception as error:  # each of ASE's parsers fails in its own way, some with an OSError
        if isinstance(error, OSError) and error.errno is not None:
            raise
        if form is None:
            return [(Structure.from_pymatgen, _read_with_pymatgen(path))]
        raise InputError(f"corrupt or of an unsupported kind ({_one_line(error)})") from error
    if not found:
        raise InputError("no structure in it")
    return found


def _check_elements_of_poscar(path: Path) -> None:
    """ASE would look for elements that a file of VASP 4 does not name in other files beside it."""
    with path.open(encoding="utf-8", errors="replace") as file:
        lines = [line.split() for line, _ in zip(file, range(6), strict=False)]
    if len(lines) == 6 and lines[5] and lines[5][0].isdecimal():
        named = [element_of(word) for word in lines[0]]
        if len(named) != len(lines[5]) or None in named:
            raise InputError("it names no elements (line 6); write them above the numbers of atoms")


def _check_length_of_xyz(path: Path) -> None:
    """ASE would read on at the end of the file for as many atoms as are announced, were it for hours."""
    with path.open(encoding="utf-8", errors="replace") as file:
        first = file.readline().strip()
        if first.isdecimal() and int(first) > (lines := sum(1 for _ in file)):
            raise InputError(f"{first} atoms announced in {lines} lines")


def _read_with_pymatgen(path: Path) -> Any:
    from pymatgen.core.structure import Structure as PymatgenStructure

    try:
        return PymatgenStructure.from_file(path)
    except Exception as error:  # as above
        raise InputError("not a structure file that zeo, ASE or pymatgen can read") from error


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
    if len(structure) == 0:
        raise InputError("no atoms")
    low, high = VOLUME_PER_ATOM
    volume = structure.volume / len(structure)
    if not low <= volume <= high:
        raise InputError(f"implausible cell: {volume:.3g} cubic angstrom per atom")
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
