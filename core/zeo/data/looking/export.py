"""Data sets in the formats of other programs: CIFs, POSCARs, extended XYZ, ASE databases, chemiscope."""

from __future__ import annotations

import contextlib
import gzip
import json
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from attrs import evolve

from zeo.crystal.cif import cif_text, items_of
from zeo.crystal.formats.writing import poscar_text
from zeo.data.sets.entry import FACTS, Column, Entry
from zeo.data.sets.store import DataSet
from zeo.errors import InputError
from zeo.tools.files import made_whole, write_atomically
from zeo.tools.free_names import FreeNames
from zeo.tools.printing import print_line

Advance = Callable[[str], None]
"""Called with the name of each framework once it is written."""

Facts = dict[str, Any]

NAMES = {"energy": "energy_kJ_per_mol_Si"}
"""What would be taken for something else elsewhere: ASE's energy is the potential energy of a cell in eV."""


def write_cifs(data: DataSet, folder: Path, advance: Advance) -> None:
    """One CIF for each framework, named after it, with what is known of it as items ``_zeo_...``.

    Raises:
        InputError: a folder that is not empty.
    """
    columns = data.description.properties
    _write_each(data, folder, ".cif", lambda entry: cif_of(entry, columns), advance)


def cif_of(entry: Entry, columns: Iterable[Column]) -> str:
    """All atoms of a framework, with what is known of it as items.

    Args:
        entry: of a data set.
        columns: that the data set has beside the standard ones.
    """
    return cif_text(entry.structure, entry.name, cif_items(entry, columns))


def cif_items(entry: Entry, columns: Iterable[Column]) -> dict[str, str]:
    """What is known of a framework, by CIF tag."""
    units = {column.name: column.unit for column in columns}
    stated = [(name, "", value) for name, value in facts(evolve(entry, properties={})).items()]
    measured = [(name, units[name], value) for name, value in entry.properties.items()]
    return items_of([*stated, *measured])


def write_poscars(data: DataSet, folder: Path, advance: Advance) -> None:
    """One POSCAR for each framework, named after it.

    Raises:
        InputError: a folder that is not empty.
    """
    _write_each(data, folder, ".vasp", lambda entry: poscar_text(entry.structure, entry.name), advance)


def _write_each(
    entries: Iterable[Entry], folder: Path, ending: str, text: Callable[[Entry], str], advance: Advance
) -> None:
    names = FreeNames()
    with new_folder(folder) as temporary:
        for entry in entries:
            stem = names.free(re.sub(r"[^\w.+-]+", "_", entry.name))
            write_atomically(temporary / f"{stem}{ending}", text(entry))
            advance(entry.name)


def write_xyz(entries: Iterable[Entry], path: Path, advance: Advance) -> None:
    """One file in extended XYZ, with what is known of each framework on its comment line."""
    from ase.io.extxyz import write_extxyz  # ASE takes half a second to import

    with _replacing(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        for entry in entries:
            atoms = entry.structure.to_ase()
            atoms.info = facts(entry)
            write_extxyz(file, [atoms])
            advance(entry.name)


def write_database(data: DataSet, path: Path, advance: Advance) -> None:
    """An ASE database (SQLite), with what is known of each framework as key-value pairs."""
    with _replacing(path) as temporary:
        temporary.touch()  # SQLite would not leave its mode to the user's umask
        _write_rows(data, temporary, advance)


def _write_rows(data: DataSet, path: Path, advance: Advance) -> None:
    from ase.db import connect  # ASE takes half a second to import

    keys = ase_keys(data.description.properties)
    with connect(path, type="db") as database:  # type: ignore[no-untyped-call]
        for entry in data:
            known = {keys[name]: value for name, value in _known(entry).items()}
            # ASE refuses texts that look like numbers as key-value pairs
            odd = {name: value for name, value in known.items() if isinstance(value, str) and _numeric(value)}
            pairs = {name: value for name, value in known.items() if name not in odd}
            database.write(entry.structure.to_ase(), key_value_pairs=pairs, data=odd)
            advance(entry.name)


def write_chemiscope(data: DataSet, path: Path, advance: Advance) -> None:
    """A file for chemiscope.org: all frameworks, and of each what is known."""
    units = {_plain(column.name): column.unit for column in (*data.description.properties, *FACTS)}
    structures, known = [], []
    for entry in data:
        structures.append(_for_chemiscope(entry))
        known.append(facts(entry))
        advance(entry.name)
    properties: dict[str, dict[str, Any]] = {}
    for name in dict.fromkeys(name for each in known for name in each):
        values = [each.get(name) for each in known]
        # chemiscope takes all numbers or all texts, and for numbers no null
        if any(isinstance(value, str) for value in values):
            properties[name] = {"target": "structure", "values": [str(value or "") for value in values]}
        elif None not in values:
            properties[name] = {"target": "structure", "values": values, "units": units.get(name, "")}
        elif any(value is not None for value in values):
            print_line(f"left out: {name}, which some of these frameworks do not have", err=True)
    content = {"meta": {"name": data.description.name}, "structures": structures, "properties": properties}
    with _replacing(path) as temporary:
        text = json.dumps(content).encode()
        temporary.write_bytes(gzip.compress(text, mtime=0) if path.suffix == ".gz" else text)


def _for_chemiscope(entry: Entry) -> dict[str, Any]:
    """Atoms and cell in angstrom."""
    structure = entry.structure
    x, y, z = np.round(structure.cart_coords, 6).T.tolist()
    cell = np.round(structure.lattice, 6).ravel().tolist()
    return {"size": len(structure), "names": list(structure.species), "x": x, "y": y, "z": z, "cell": cell}


def facts(entry: Entry) -> Facts:
    """All that is known of a framework but its atoms, by names without dots and hyphens."""
    return {_plain(name): value for name, value in _known(entry).items()}


def _plain(column: str) -> str:
    return NAMES.get(column, column).replace(".", "_").replace("-", "_")


def ase_keys(properties: Iterable[Column]) -> dict[str, str]:
    """The key of each column in an ASE database, which has letters, digits and ``_``; no two are alike.

    Args:
        properties: columns that the data set has beside the standard ones.

    Returns:
        By the name of the column, such as ``methane_kh_T_350_K`` of ``methane.kh[T=350 K]``.
    """
    names = FreeNames()
    return {
        column.name: names.free(re.sub(r"\W+", "_", _plain(column.name), flags=re.ASCII).strip("_"))
        for column in (*FACTS, *properties)
    }


def _known(entry: Entry) -> Facts:
    """All that is known of a framework but its atoms, by column."""
    stated = {column.name: getattr(entry, column.name) for column in FACTS}
    return {name: value for name, value in {**stated, **entry.properties}.items() if value is not None}


def _numeric(text: str) -> bool:
    """Whether ASE would take it for a number or a truth value."""
    if text in ("True", "False"):
        return True
    try:
        float(text)
    except ValueError:
        return False
    return True


@contextlib.contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A folder to write in, which gets its name once it is complete.

    Raises:
        InputError: it is there, and not an empty folder.
    """
    with contextlib.suppress(OSError):
        path.rmdir()  # an empty one is as good as none
    with _replacing(path) as temporary:
        temporary.mkdir()
        yield temporary


@contextlib.contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """See :func:`zeo.tools.files.made_whole`.

    Raises:
        InputError: it exists.
    """
    if path.exists():
        raise InputError(f"{path} exists already; choose another --out")
    with made_whole(path) as temporary:
        yield temporary
