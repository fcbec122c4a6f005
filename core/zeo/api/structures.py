"""Structures in: whatever holds atoms becomes named structures, one at a time."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, overload

from attrs import frozen

from zeo.crystal.io import is_structure_name, iterate_structures, structure_of_ase, structure_of_pymatgen
from zeo.crystal.structure import Structure
from zeo.data.known.named import framework_named
from zeo.errors import InputError, ZeoError
from zeo.grids.grid import Grid

Structural = Any
"""A path, a folder, an IZA code, a Structure, ASE Atoms, a pymatgen Structure, an iterable or a mapping of
names to these."""

Named = tuple[str, "Structure | ZeoError"]
"""A structure with its name, or why it cannot be used."""


@frozen(eq=False)
class Structures(Sequence[Structure]):
    """Structures in order.

    Args:
        names: of the structures.
        items: the structures.
        failures: why others cannot be used, by name.
    """

    names: tuple[str, ...]
    items: tuple[Structure, ...]
    failures: Mapping[str, str]

    def __len__(self) -> int:
        return len(self.items)

    @overload
    def __getitem__(self, index: int) -> Structure: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Structure, ...]: ...
    def __getitem__(self, index: int | slice) -> Structure | tuple[Structure, ...]:
        return self.items[index]


def read(x: Structural) -> Structure | Structures:
    """The structure in a file; all of them, with their names, for a folder or a file of several.

    Args:
        x: a path, a folder, an IZA code or several of these; ASE Atoms and pymatgen Structures are converted.

    Raises:
        InputError: the one structure there cannot be used, or there is no file.
    """
    named = list(named_structures(x))
    if is_one(x) and len(named) == 1:
        return usable(named[0][1])
    good = [(name, found) for name, found in named if isinstance(found, Structure)]
    failures = {name: str(found) for name, found in named if not isinstance(found, Structure)}
    return Structures(tuple(name for name, _ in good), tuple(found for _, found in good), failures)


def named_structures(source: Structural) -> Iterator[Named]:
    """Every structure in ``source`` with its name, or the reason why it cannot be used.

    Structures without a name of their own are numbered from 1 in an iterable.

    Raises:
        InputError: ``source`` is nothing that holds structures.
    """
    if is_one(source) or _is_path(source):
        yield from _of_one("structure", source)
    elif isinstance(source, Mapping):
        for name, item in source.items():
            yield from ((str(name), found) for _, found in _of_one(str(name), item))
    elif isinstance(source, Iterable) and not isinstance(source, bytes):
        for number, item in enumerate(source, start=1):
            yield from _of_one(str(number), item)
    else:
        raise InputError(_no_structure(source))


def is_one(source: Structural) -> bool:
    """Whether ``source`` stands for one structure; a file may still turn out to hold several."""
    return isinstance(source, Grid) or _is_atoms(source) or (_is_path(source) and not os.path.isdir(source))


def _of_one(name: str, source: Structural) -> Iterator[Named]:
    if isinstance(source, Structure):
        yield name, source
    elif _is_instance(source, "ase.atoms", "Atoms"):
        yield name, _named_error(name, structure_of_ase(source))
    elif _is_instance(source, "pymatgen.core.structure", "IStructure"):
        yield name, _named_error(name, structure_of_pymatgen(source))
    elif isinstance(source, str) and not is_structure_name(Path(source).name):
        yield from _of_text(source)
    elif _is_path(source):
        yield from iterate_structures([source])
    else:
        yield name, InputError(f"{name}: {_no_structure(source)}")


def _of_text(text: str) -> Iterator[Named]:
    """A path or a name such as an IZA code; where both are meant the path is."""
    if os.path.exists(text):
        yield from iterate_structures([text])
        return
    try:
        yield text, framework_named(text).structure
    except ZeoError as error:
        yield text, error


def _is_path(source: Structural) -> bool:
    return isinstance(source, (str, os.PathLike))


def _is_atoms(source: Structural) -> bool:
    return (
        isinstance(source, Structure)
        or _is_instance(source, "ase.atoms", "Atoms")
        or _is_instance(source, "pymatgen.core.structure", "IStructure")
    )


def _is_instance(source: Structural, module: str, name: str) -> bool:
    """Whether it is of a class of a library; who has such an object has imported the library."""
    loaded = sys.modules.get(module)
    return loaded is not None and isinstance(source, getattr(loaded, name))


def _named_error(name: str, found: Structure | InputError) -> Structure | InputError:
    return InputError(f"{name}: {found}") if isinstance(found, InputError) else found


def usable(found: Structure | ZeoError) -> Structure:
    """A structure that can be used.

    Raises:
        ZeoError: why it cannot.
    """
    if isinstance(found, ZeoError):
        raise found
    return found


def short(name: str) -> str:
    """The name of a structure, of a file without its folder and ending."""
    return Path(name).stem if Path(name).suffix else name


def _no_structure(source: Structural) -> str:
    kind = type(source).__name__
    return (
        f"{kind} holds no structure: give a path, an IZA code, a Structure, ASE Atoms or a pymatgen Structure"
    )
