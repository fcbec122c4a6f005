"""Grids of the reference programs, whichever of their formats they are in."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path, PurePath

from zeo.grids.bov import ATOMS, HEADER, is_energy_header, read_bov
from zeo.grids.grid import Grid
from zeo.grids.griday import ATOM_FILES, ENERGY_FILE, read_griday
from zeo.grids.raw import Content, on_disk

GRIDAY_HEADER = ".grid"
VALUES = ".times"

_ENDINGS = sorted((ending for endings in ATOMS.values() for ending in endings), key=len, reverse=True)


def is_sample(file_name: str) -> bool:
    """Whether a file stands for a whole sample: its header."""
    return file_name.endswith(GRIDAY_HEADER) or is_energy_header(file_name)


def read_sample(header: Path, energy: str, content: Content = on_disk) -> tuple[Grid, int]:
    """The grid of a sample; arguments, result and errors are those of the reader of its format."""
    read = read_bov if header.suffix == HEADER else read_griday
    return read(header, energy, content)


def header_of(path: PurePath) -> PurePath | None:
    """The header of the sample that a file belongs to by its name; None for other files."""
    if path.suffix in (GRIDAY_HEADER, ENERGY_FILE, *ATOM_FILES):
        return path.with_suffix(GRIDAY_HEADER)
    if path.suffix not in (HEADER, VALUES):
        return None
    ending = next((ending for ending in _ENDINGS if path.stem.endswith(ending)), "")
    return path.with_name(path.stem.removesuffix(ending) + HEADER)


def is_complete(header: PurePath, files: Collection[PurePath]) -> bool:
    """Whether all files that a sample can have are there."""
    return len(files) == (2 * (1 + len(ATOMS)) if header.suffix == HEADER else 2 + len(ATOM_FILES))
