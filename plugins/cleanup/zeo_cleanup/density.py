"""Atom density that the decoded atoms leave unexplained: where an atom is missing, and which is spurious."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.fft import irfftn, rfftn
from scipy.ndimage import map_coordinates

from zeo.grids.gaussians import WIDTH, gaussian_density

NEIGHBOURS = np.array([step for step in itertools.product((-1, 0, 1), repeat=3) if any(step)])
"""Steps to the 26 points around a grid point."""


class UnexplainedDensity:
    """One atom channel minus ideal atoms, after the matched filter of an atom.

    The difference is correlated with the ideal atom exp(-r^2/w) and scaled so that one missing atom gives 1
    at its place, and one spurious atom gives -1. For white noise this is the amplitude of least squares.

    Args:
        values: one channel [X, Y, Z].
        lattice: [3, 3], rows a, b, c in angstrom; any shape of cell.
        frac_coords: [n, 3], the atoms that explain the channel.
    """

    def __init__(
        self, values: NDArray[np.float32], lattice: NDArray[np.float64], frac_coords: NDArray[np.float64]
    ) -> None:
        nx, ny, nz = values.shape
        difference = values - gaussian_density(lattice, frac_coords, (nx, ny, nz))
        transfer = _transfer(lattice, (nx, ny, nz))
        spectrum = rfftn(difference) * transfer
        self._values: NDArray[np.float32] = irfftn(spectrum, s=values.shape, overwrite_x=True)

    def at(self, frac_coords: ArrayLike) -> NDArray[np.float64]:
        """The filtered difference at fractional coordinates [n, 3], periodic and trilinear, [n]."""
        points = np.asarray(frac_coords, dtype=float).reshape(-1, 3) * self._values.shape
        return np.asarray(map_coordinates(self._values, points.T, order=1, mode="grid-wrap"), dtype=float)

    def peaks(self, above: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Local maxima, between grid points by a parabola along each axis.

        Returns:
            fractional coordinates [n, 3] and values [n] on the nearest grid points.
        """
        points = np.argwhere(self._values > above)
        neighbours = (points[:, None] + NEIGHBOURS) % self._values.shape
        around = self._values[tuple(np.moveaxis(neighbours, 2, 0))].max(axis=1)
        points = points[self._values[tuple(points.T)] >= around]
        heights = self._values[tuple(points.T)].astype(float)
        offsets = np.zeros(points.shape)
        for axis in range(3):
            step = np.eye(3, dtype=np.int64)[axis]
            before, after = (
                self._values[tuple(((points + side * step) % self._values.shape).T)].astype(float)
                for side in (-1, 1)
            )
            curvature = np.minimum(before - 2 * heights + after, -1e-9)
            offsets[:, axis] = np.clip(0.5 * (before - after) / curvature, -0.5, 0.5)
        return (points + offsets) / self._values.shape, heights


def _transfer(lattice: NDArray[np.float64], shape: tuple[int, int, int]) -> NDArray[np.float32]:
    """The transform of exp(-r^2/w) over the integral of exp(-2 r^2/w), at the waves of a real transform."""
    nx, ny, nz = shape
    orders = (
        np.fft.fftfreq(nx, 1 / nx)[:, None, None],
        np.fft.fftfreq(ny, 1 / ny)[:, None],
        np.fft.rfftfreq(nz, 1 / nz),
    )
    metric = np.linalg.inv(lattice @ lattice.T)
    squared = sum(metric[i, j] * orders[i] * orders[j] for i in range(3) for j in range(3))
    return np.asarray(2**1.5 * np.exp(-(np.pi**2) * WIDTH * squared), dtype=np.float32)
