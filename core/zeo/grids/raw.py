"""Raw little-endian float32 values of a grid, x running fastest, and the files that hold them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from zeo.errors import GridError

LARGEST_FILE = 2**29
"""Bytes: 512 points along each axis. What is larger would fill the memory."""

LARGEST_ENERGY = np.float32(1e30)
"""Kelvin. The programs write infinity, NaN or the largest float where the probe sits on an atom."""

Content = Callable[[Path], bytes | None]
"""What a file holds, on disk or in an archive; None where there is none."""


def on_disk(path: Path) -> bytes | None:
    """The content of a file.

    Raises:
        GridError: not a file, unreadable, or too large for a grid.
    """
    try:
        if not path.exists():
            return None
        if not path.is_file():
            raise GridError(f"{path}: not a file")
        if path.stat().st_size > LARGEST_FILE:
            raise GridError(f"{path}: larger than {LARGEST_FILE // 2**20} MiB")
        return path.read_bytes()
    except OSError as error:
        raise GridError(f"{path}: cannot be read ({error.strerror or error})") from error


def values_in(path: Path, data: bytes, shape: tuple[int, int, int]) -> NDArray[np.float32]:
    """The values [X, Y, Z] in a file of ``shape`` points.

    Raises:
        GridError: too few or too many bytes.
    """
    size = 4 * int(np.prod(shape, dtype=object))
    if len(data) != size:
        raise GridError(f"{path}: {len(data)} bytes, but {' x '.join(map(str, shape))} points take {size}")
    return np.frombuffer(data, dtype="<f4").reshape(shape[::-1]).transpose(2, 1, 0)


def finite(energies: NDArray[np.float32]) -> tuple[NDArray[np.float32], int]:
    """Energies with those on top of an atom set to :data:`LARGEST_ENERGY`, and how many they are."""
    overlapping = np.isnan(energies) | (energies > LARGEST_ENERGY)
    return np.where(overlapping, LARGEST_ENERGY, energies), int(overlapping.sum())
