"""Grid files: zeo's own ``.npz``, and Gaussian cube files for viewers."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from zeo.crystal.structure import Structure
from zeo.errors import GridError, ZeoError
from zeo.grids.grid import Grid

LARGEST_GRID = 2_000_000_000
"""Bytes that an archive may unpack to."""

BOHR = 0.529177210903
"""In angstrom (CODATA 2018); cube files are in bohr."""


def npz_bytes(grid: Grid) -> bytes:
    """A grid as a NumPy archive of ``values`` [C, X, Y, Z], ``channels`` and ``lattice``."""
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer, values=grid.values, channels=np.array(grid.channels, dtype=str), lattice=grid.lattice
    )
    return buffer.getvalue()


def read_npz(path: Path) -> Grid:
    """Read a grid that :func:`npz_bytes` made. Pickles are never loaded.

    Raises:
        GridError: a file that is missing, corrupt or not a grid.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            if sum(member.file_size for member in archive.zip.infolist()) > LARGEST_GRID:
                raise GridError(f"{path}: more than {LARGEST_GRID / 1e9:g} GB of values")
            arrays = {name: archive[name] for name in ("values", "channels", "lattice")}
    except KeyError as error:
        raise GridError(f"{path}: not a zeo grid ({error.args[0]})") from error
    except FileNotFoundError as error:
        raise GridError(f"{path}: no such file") from error
    except GridError:
        raise
    except Exception as error:  # each kind of damage has an exception of its own
        raise GridError(f"{path}: not a NumPy archive, or a damaged one") from error
    if arrays["values"].dtype.kind != "f" or arrays["channels"].dtype.kind != "U":
        raise GridError(f"{path}: not a zeo grid (values or channels are of the wrong type)")
    try:
        return Grid(arrays["values"], arrays["channels"].tolist(), arrays["lattice"])
    except (ZeoError, TypeError, ValueError) as error:
        raise GridError(f"{path}: {error}") from error


def cube_text(grid: Grid, channel: str, structure: Structure | None = None) -> str:
    """One channel as a Gaussian cube file, which VESTA, VMD and ASE open.

    Args:
        grid: any cell.
        channel: written in its own unit.
        structure: atoms to show with it.

    Raises:
        GridError: the grid has no such channel.
    """
    from ase.data import atomic_numbers

    values = grid.channel(channel)
    steps = grid.lattice / np.array(grid.shape)[:, None] / BOHR
    species = structure.species if structure else ()
    positions = structure.cart_coords / BOHR if structure else np.empty((0, 3))
    lines = [f"zeo grid, channel {channel}", "x outermost, z innermost"]
    lines.append(f"{len(species):5d}{0.0:12.6f}{0.0:12.6f}{0.0:12.6f}")
    lines += [
        f"{n:5d}{x:12.6f}{y:12.6f}{z:12.6f}" for n, (x, y, z) in zip(grid.shape, steps.tolist(), strict=True)
    ]
    lines += [
        f"{atomic_numbers[element]:5d}{0.0:12.6f}{x:12.6f}{y:12.6f}{z:12.6f}"
        for element, (x, y, z) in zip(species, positions.tolist(), strict=True)
    ]
    for row in values.reshape(-1, grid.shape[2]).tolist():
        lines += [
            "".join(f"{value:13.5E}" for value in row[start : start + 6]) for start in range(0, len(row), 6)
        ]
    return "\n".join(lines) + "\n"
