"""Grid sets in the format of the reference programs (GRIDAY, ZeoGAN): ``.grid .griddata .si .O``.

``NAME.grid`` is text with the cell and the numbers of points; the other three are raw little-endian float32
with x running fastest: the energy in kelvin and the densities of Si and O.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from attrs import evolve
from numpy.typing import NDArray

from zeo.crystal.structure import cell_vectors
from zeo.errors import GridError
from zeo.grids.grid import Grid
from zeo.grids.raw import Content, finite, on_disk, values_in

ATOM_FILES = {".si": "si", ".O": "o"}
ENERGY_FILE = ".griddata"


def read_griday(header: Path, energy: str, content: Content = on_disk) -> tuple[Grid, int]:
    """Read a set by its ``.grid`` file.

    Args:
        header: ``NAME.grid``; the other files lie beside it. One with neither .si nor .O is of energies only.
        energy: the channel that the energies become, such as ``"energy:methane"``.
        content: reads the files.

    Returns:
        The grid, and how many energies were not finite or above 1e30 K and were set to 1e30 K.

    Raises:
        GridError: a file that is missing or of the wrong size, or an unreadable header.
    """
    lattice, shape = _read_header(header, content)
    energies = header.with_suffix(ENERGY_FILE)
    values, clamped = finite(_values(energies, content(energies), shape))
    arrays = {energy: values}
    densities = {header.with_suffix(suffix): channel for suffix, channel in ATOM_FILES.items()}
    found = {path: content(path) for path in densities}
    if any(data is not None for data in found.values()):
        arrays |= {densities[path]: _values(path, data, shape) for path, data in found.items()}
    try:
        return Grid.stack(arrays, lattice), clamped
    except GridError as error:
        raise GridError(f"{header}: {error}") from error


def griday_files(grid: Grid, energy: str) -> Mapping[str, bytes]:
    """The contents of a set, by the ending of the file name.

    Raises:
        GridError: the grid lacks the energy or an atom channel.
    """
    grid = _right_handed(grid)
    lengths = np.linalg.norm(grid.lattice, axis=1)
    unit = grid.lattice / lengths[:, None]
    angles = np.degrees(np.arccos([unit[1] @ unit[2], unit[2] @ unit[0], unit[0] @ unit[1]]))
    rows = {"CELL_PARAMETERS": lengths, "CELL_ANGLES": angles, "GRID_NUMBERS": grid.shape}
    header = "".join(f"{tag:>20}" + "".join(f"{x:>14.9g}" for x in row) + "\n" for tag, row in rows.items())
    arrays = {ENERGY_FILE: energy, **ATOM_FILES}
    return {".grid": header.encode()} | {
        suffix: grid.channel(channel).transpose(2, 1, 0).astype("<f4").tobytes()
        for suffix, channel in arrays.items()
    }


def _right_handed(grid: Grid) -> Grid:
    """The same crystal with axes of which lengths and angles say all: a left-handed triple is inverted."""
    if np.linalg.det(grid.lattice) > 0:
        return grid
    inverted = np.roll(grid.values[:, ::-1, ::-1, ::-1], 1, axis=(1, 2, 3))  # the point i becomes -i
    return evolve(grid, lattice=-grid.lattice, values=np.ascontiguousarray(inverted))


def _read_header(path: Path, content: Content) -> tuple[NDArray[np.float64], tuple[int, int, int]]:
    rows = {}
    data = content(path)
    if data is None:
        raise GridError(f"{path}: no such file")
    try:
        for line in data[:10_000].decode().splitlines():
            tag, *numbers = line.split() or [""]
            rows[tag] = [float(number) for number in numbers]
        lengths, angles = rows["CELL_PARAMETERS"], rows["CELL_ANGLES"]
        nx, ny, nz = (int(number) for number in rows["GRID_NUMBERS"])
        with np.errstate(invalid="ignore"):
            lattice = cell_vectors(lengths, angles)
    except (KeyError, ValueError, OverflowError) as error:
        raise GridError(
            f"{path}: not the header of a grid set (CELL_PARAMETERS, CELL_ANGLES and GRID_NUMBERS, each"
            " followed by three numbers)"
        ) from error
    if min(nx, ny, nz) < 1 or not np.isfinite(lattice).all() or np.linalg.det(lattice) <= 0:
        raise GridError(f"{path}: an impossible cell or number of points")
    return lattice, (nx, ny, nz)


def _values(path: Path, data: bytes | None, shape: tuple[int, int, int]) -> NDArray[np.float32]:
    if data is None:
        raise GridError(f"{path}: no such file; a grid set has .grid, .griddata, .si and .O")
    return values_in(path, data, shape)
