"""Samples of ZeoGAN and ZeoDiff, written for VisIt: ``.bov`` headers, each beside a ``.times`` of raw values.

``NAME.bov`` is the header of the energies (kelvin). ZeoGAN's atoms are ``NAME_ox.bov`` and
``NAME_ox_si.bov``, ZeoDiff's ``NAME_o.bov`` and ``NAME_si.bov``. A header gives the points (DATA_SIZE), the
edges of an orthogonal cell in angstrom (BRICK_SIZE) and the file of the values, float32, x running fastest.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from zeo.errors import GridError
from zeo.grids.grid import Grid
from zeo.grids.raw import Content, finite, on_disk, values_in

HEADER = ".bov"
ATOMS = {"o": ("_ox", "_o"), "si": ("_ox_si", "_si")}
"""What follows the name in the headers of the atom channels: ZeoGAN's, ZeoDiff's."""


def is_energy_header(file_name: str) -> bool:
    """Whether a file is the header of a whole sample."""
    stem, _, ending = file_name.rpartition(".")
    return f".{ending}" == HEADER and not stem.endswith(tuple(s for pair in ATOMS.values() for s in pair))


def read_bov(header: Path, energy: str, content: Content = on_disk) -> tuple[Grid, int]:
    """Read a sample by the header of its energies.

    ZeoDiff writes Si and O inverted, 0 at an atom. The median tells: most of a cell is away from its atoms.

    Args:
        header: ``NAME.bov``; the other files lie beside it.
        energy: the channel that the energies become, such as ``"energy:methane"``.
        content: reads the files.

    Returns:
        The grid, with the atom channels that are there, and how many energies had to be made finite.

    Raises:
        GridError: a file that is missing, damaged or of the wrong size, or headers of different cells.
    """
    cell, values = _values(header, content)
    energies, clamped = finite(values)
    arrays = {energy: energies}
    for channel, endings in ATOMS.items():
        names = [header.with_name(f"{header.stem}{ending}{HEADER}") for ending in endings]
        found = next((name for name in names if content(name) is not None), None)
        if found is None:
            continue
        other_cell, density = _values(found, content)
        if not np.allclose(cell, other_cell, rtol=1e-4):
            raise GridError(f"{found}: another cell than that of {header.name}")
        arrays[channel] = 1.0 - density if np.median(density) > 0.5 else density
    try:
        return Grid.stack(arrays, np.diag(cell)), clamped
    except GridError as error:
        raise GridError(f"{header}: {error}") from error


def _values(header: Path, content: Content) -> tuple[list[float], NDArray[np.float32]]:
    """The edges of the cell and the values [X, Y, Z]."""
    tags = _tags(header, content)
    try:
        nx, ny, nz = (int(word) for word in tags["DATA_SIZE"].split())
        edges = [float(word) for word in tags["BRICK_SIZE"].split()]
        file_name = tags["DATA_FILE"]
    except (KeyError, ValueError) as error:
        raise GridError(
            f"{header}: needs DATA_FILE, and DATA_SIZE and BRICK_SIZE with three numbers"
        ) from error
    if len(edges) != 3 or not 0 < min(edges) <= max(edges) < 1e4 or min(nx, ny, nz) < 1:
        raise GridError(f"{header}: an impossible cell or number of points")
    if tags.get("DATA_FORMAT", "FLOAT") != "FLOAT" or tags.get("DATA_ENDIAN", "LITTLE") != "LITTLE":
        raise GridError(f"{header}: only DATA_FORMAT FLOAT and DATA_ENDIAN LITTLE are read")
    if Path(file_name).name != file_name or file_name == "..":
        raise GridError(f"{header}: DATA_FILE is not the name of a file beside it")
    path = header.with_name(file_name)
    data = content(path)
    if data is None:
        raise GridError(f"{path}: no such file")
    return edges, values_in(path, data, (nx, ny, nz))


def _tags(header: Path, content: Content) -> dict[str, str]:
    data = content(header)
    if data is None:
        raise GridError(f"{header}: no such file")
    lines = (line.partition(":") for line in data[:10_000].decode(errors="replace").splitlines())
    return {tag.strip(): value.strip() for tag, _, value in lines}
