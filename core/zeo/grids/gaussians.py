"""Atom densities: sums of Gaussians exp(-r^2 / 1.0 A^2), amplitude 1, over all periodic images of the atoms.

The width is that of Kim, Lee & Kim, Sci. Adv. 2020, 6, eaax9324; it makes the variance 0.5 square angstrom.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zeo.crystal.neighbours import cell_heights, require_bounded
from zeo.grids.grid import grid_points

WIDTH = 1.0
"""Square angstrom: the denominator of r^2 in the exponent."""

REACH = 4.0
"""Angstrom: beyond it a Gaussian is about 1e-7 and left out, as in the reference."""

ATOMS_AT_ONCE = 128


def gaussian_density(
    lattice: ArrayLike,
    frac_coords: ArrayLike,
    shape: tuple[int, int, int],
    amplitudes: ArrayLike | None = None,
) -> NDArray[np.float32]:
    """The density of atoms on the points of a cell.

    Args:
        lattice: [3, 3], rows a, b, c in angstrom.
        frac_coords: [n, 3].
        shape: points along a, b, c.
        amplitudes: [n]; 1 for each atom when None.

    Returns:
        float32 [X, Y, Z].
    """
    lattice = np.asarray(lattice, dtype=float)
    frac = np.asarray(frac_coords, dtype=float).reshape(-1, 3)
    weights = np.ones(len(frac)) if amplitudes is None else np.asarray(amplitudes, dtype=float)
    metric = lattice @ lattice.T
    lengths = np.sqrt(np.diag(metric))
    orthogonal = np.abs(metric / np.outer(lengths, lengths) - np.eye(3)).max() < 1e-6
    add = _orthogonal_density if orthogonal else _triclinic_density
    density = np.zeros(shape, dtype=np.float32)
    for start in range(0, len(frac), ATOMS_AT_ONCE):
        some = slice(start, start + ATOMS_AT_ONCE)
        density += add(lattice, frac[some], shape, weights[some])
    return density


def _orthogonal_density(
    lattice: NDArray[np.float64],
    frac: NDArray[np.float64],
    shape: tuple[int, int, int],
    weights: NDArray[np.float64],
) -> NDArray[np.float32]:
    """A Gaussian is a product of one factor per axis, so the sum over atoms is one matrix product."""
    lengths = np.linalg.norm(lattice, axis=1)
    gx, gy, gz = (_axis_factor(frac[:, k], lengths[k], shape[k]) for k in range(3))
    gx = gx * weights[:, None].astype(np.float32)
    planes = (gx[:, :, None] * gy[:, None, :]).reshape(len(frac), -1)
    return np.asarray(planes.T @ gz, dtype=np.float32).reshape(shape)


def _axis_factor(frac: NDArray[np.float64], length: float, n: int) -> NDArray[np.float32]:
    """exp(-d^2 / width) along one axis, summed over images: [atoms, n]."""
    offsets = grid_points(n) - frac[:, None]
    offsets -= np.round(offsets)
    farthest = np.ceil(REACH / length - 0.5)  # an image further off is beyond reach of all points
    require_bounded((2.0 * farthest + 1.0) ** 3, length * np.eye(3))  # as for a cube of such edges
    images = np.arange(-farthest, farthest + 1)[:, None, None]
    squares = ((images + offsets) * length) ** 2
    # left in, the tails would make products too small for normal floats, which are many times slower
    factor = np.where(squares < REACH**2, np.exp(squares / -WIDTH), 0.0)
    summed: NDArray[np.float32] = factor.sum(axis=0).astype(np.float32)
    return summed


def _triclinic_density(
    lattice: NDArray[np.float64],
    frac: NDArray[np.float64],
    shape: tuple[int, int, int],
    weights: NDArray[np.float64],
) -> NDArray[np.float32]:
    """Every atom adds to the points of a ball around it; points beyond the cell fold back into it."""
    density = np.zeros(np.prod(shape))
    offsets = ball_offsets(lattice, shape, REACH)
    for atoms in batches(len(frac), len(offsets)):
        points, vectors = points_around(lattice, frac[atoms], shape, offsets)
        values = weights[atoms, None] * np.exp(-np.einsum("amk,amk->am", vectors, vectors) / WIDTH)
        density += np.bincount(points.ravel(), values.ravel(), minlength=density.size)
    return density.reshape(shape).astype(np.float32)


def ball_offsets(lattice: ArrayLike, shape: tuple[int, int, int], radius: float) -> NDArray[np.int64]:
    """Steps from the grid point nearest an atom to all points maybe within ``radius`` of the atom, [m, 3]."""
    steps = np.asarray(lattice, dtype=float) / np.array(shape)[:, None]
    corner = 0.5 * max(
        np.linalg.norm(np.array(signs) @ steps) for signs in itertools.product((1, -1), repeat=3)
    )
    reach = np.ceil((radius + corner) / cell_heights(steps))
    require_bounded(float(np.prod(2.0 * reach + 1.0)), lattice)
    reach = reach.astype(int)
    box = np.stack(np.meshgrid(*(np.arange(-r, r + 1) for r in reach), indexing="ij"), axis=-1).reshape(-1, 3)
    ball: NDArray[np.int64] = box[np.linalg.norm(box @ steps, axis=1) <= radius + corner]
    return ball


def points_around(
    lattice: ArrayLike, frac: NDArray[np.float64], shape: tuple[int, int, int], offsets: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The grid points around each atom.

    Returns:
        int64 [atoms, m], their flat indices, and float32 [atoms, m, 3], the vectors from the atom to them
        in angstrom.
    """
    steps = np.asarray(lattice, dtype=float) / np.array(shape)[:, None]
    scaled = frac * shape
    nearest = np.round(scaled)
    from_nearest = ((nearest - scaled) @ steps).astype(np.float32)
    vectors = (offsets @ steps).astype(np.float32) + from_nearest[:, None, :]
    x, y, z = ((nearest[:, k, None].astype(np.int64) + offsets[:, k]) % shape[k] for k in range(3))
    return (x * shape[1] + y) * shape[2] + z, vectors


def batches(n: int, points_each: int, points_at_once: int = 1_000_000) -> Iterator[slice]:
    """Slices of n atoms, so that arrays over atoms and points stay small."""
    size = max(1, points_at_once // max(points_each, 1))
    return (slice(start, start + size) for start in range(0, n, size))
