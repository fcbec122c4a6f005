"""Structures and grids in, for what takes both."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from attrs import frozen

from zeo.api.structures import Structural, is_one, named_structures
from zeo.crystal.io import structure_files
from zeo.crystal.structure import Structure
from zeo.errors import InputError, ZeoError
from zeo.grids.grid import Grid
from zeo.grids.grid_io import read_npz
from zeo.grids.griday import ENERGY_FILE
from zeo.grids.samples import GRIDAY_HEADER, is_sample, read_sample

NPZ = ".npz"


@frozen
class GridFile:
    """A grid that is still to be read; the energies of the reference programs do not say of what they are."""

    path: Path

    def read(self, energy: str) -> tuple[Grid, int]:
        """The grid, and how many energies had to be made finite."""
        return (read_npz(self.path), 0) if self.path.suffix == NPZ else read_sample(self.path, energy)


def structures_and_grids(x: Structural) -> Iterator[tuple[str, Structure | Grid | GridFile | ZeoError]]:
    """Structures and grids, with their names."""
    if is_one(x) or isinstance(x, (str, bytes, os.PathLike, Mapping)) or not isinstance(x, Iterable):
        yield from _in_one(x)
        return
    for number, one in enumerate(x, start=1):
        yield from _in_one(one if isinstance(one, (str, os.PathLike)) else {str(number): one})


def _in_mapping(x: Mapping[str, object]) -> Iterator[tuple[str, Structure | Grid | GridFile | ZeoError]]:
    for name, one in x.items():
        yield from [(name, one)] if isinstance(one, Grid) else named_structures({name: one})


def _in_one(x: Structural) -> Iterator[tuple[str, Structure | Grid | GridFile | ZeoError]]:
    """In folders the grids come first."""
    if isinstance(x, Grid):
        yield "grid", x
    elif isinstance(x, Mapping):
        yield from _in_mapping(x)
    elif not isinstance(x, (str, os.PathLike)):
        yield from named_structures(x)
    elif os.path.isdir(x):
        yield from _in_folder(Path(x))
    elif (header := grid_file_of(Path(x))) is not None:
        yield str(x), GridFile(header)
    else:
        yield from named_structures(x)


def _in_folder(folder: Path) -> Iterator[tuple[str, Structure | Grid | GridFile | ZeoError]]:
    """All are listed before the first is converted: what is written may come to lie in the same folder."""
    grids = grids_in(folder)
    try:
        structures = structure_files(folder)
    except InputError:
        structures = []
    if not grids and not structures:
        yield str(folder), InputError(f"{folder}: no grid or structure file in this folder")
    yield from ((str(file), GridFile(file)) for file in grids)
    for file in structures:
        yield from named_structures(file)


def grids_in(folder: Path) -> list[Path]:
    """The grids in a folder and those below it, sorted; none in anything else."""
    return sorted(file for file in folder.rglob("*") if _is_grid(file))


def grid_file_of(file: Path) -> Path | None:
    """The file that a grid is read by: the file itself, or for energies their header; None for others."""
    if file.suffix == ENERGY_FILE:
        return file.with_suffix(GRIDAY_HEADER)
    return file if _is_grid(file) else None


def _is_grid(file: Path) -> bool:
    return file.suffix == NPZ or is_sample(file.name)
