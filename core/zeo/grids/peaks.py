"""Atoms of a density by least squares: Gaussians of the known width with free positions and amplitudes.

Seeds are the local maxima of the smoothed density, which averages the noise of many points. All atoms are
then fitted together, so that neighbours do not pull on each other. What the fit leaves over is searched again
for atoms that stood in the shadow of others on a coarse grid.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfftn, rfftn
from scipy.ndimage import maximum_filter

from zeo.crystal.neighbours import close_pairs
from zeo.grids.components import periodic_components
from zeo.grids.gaussians import WIDTH, ball_offsets, batches, gaussian_density, points_around

SMOOTHING = 0.15
"""Variance (square angstrom) of the smoothing. At twice this the four O around a Si run together."""

FINEST = 0.6
"""Angstrom: coarser grids are interpolated to this spacing before the search for maxima."""

SEED_SHARE = 0.7
"""A maximum is worth fitting from this share of the amplitude that an atom must have in the end."""

FIT_RADIUS = 1.8
"""Angstrom: the points that decide about an atom. At this distance its density is 0.04."""

FIT_STEPS = 20
LONGEST_STEP = 0.4
CONVERGED = 1e-3
"""Gauss-Newton: number of steps at most, their length at most and at the end (angstrom)."""

SHARED_STEPS = 6
"""After these, only the atoms that have not converged go on."""

SEARCHES = 3
"""The first finds all atoms of a grid that resolves them."""


def find_atoms(
    density: NDArray[np.float32], lattice: NDArray[np.float64], threshold: float, closest: float
) -> NDArray[np.float64]:
    """The atoms of one element, noisy grids and any cell included.

    Args:
        density: [X, Y, Z], a sum of Gaussians as :func:`zeo.grids.gaussians.gaussian_density` makes it.
        lattice: [3, 3], rows a, b, c in angstrom.
        threshold: smallest amplitude of an atom; a whole one has 1.
        closest: smallest distance of two atoms, in angstrom; of a closer pair the stronger one stays.

    Returns:
        Fractional coordinates [n, 3] in [0, 1).
    """
    frac = np.empty((0, 3))
    residual = density
    for _ in range(SEARCHES):
        seeds = local_maxima(smoothed(residual, lattice), SEED_SHARE * threshold)
        if len(seeds) == 0:
            break
        # atoms already fitted come first and win over seeds in their flanks
        frac = separated(lattice, np.concatenate([frac, seeds]), closest)
        frac, amplitudes = fit(density, lattice, frac)
        strong = np.argsort(-amplitudes, kind="stable")
        strong = strong[amplitudes[strong] > threshold]
        frac = separated(lattice, frac[strong], closest)
        residual = density - gaussian_density(lattice, frac, density.shape)
    return frac % 1.0


def smoothed(density: NDArray[np.float32], lattice: NDArray[np.float64]) -> NDArray[np.float32]:
    """The density convolved with a Gaussian and interpolated, where it is coarse, to a spacing of FINEST.

    The scale is such that a lone atom keeps its height.
    """
    coarse = np.array(density.shape)
    factors = np.ceil(np.linalg.norm(lattice, axis=1) / coarse / FINEST - 1e-9).astype(int)
    fine = coarse * np.maximum(factors, 1)
    orders = [
        np.fft.fftfreq(coarse[0], 1.0 / coarse[0]).astype(int),
        np.fft.fftfreq(coarse[1], 1.0 / coarse[1]).astype(int),
        np.arange(coarse[2] // 2 + 1),
    ]
    indices = np.stack(np.meshgrid(*orders, indexing="ij"), axis=-1)
    waves = 2.0 * np.pi * indices @ np.linalg.inv(lattice).T
    blur = np.exp(-0.5 * SMOOTHING * (waves**2).sum(axis=-1))
    # the sign of the highest frequency of an even number of points is undecided, so it cannot be interpolated
    blur[((2 * np.abs(indices) == coarse) & (fine > coarse)).any(axis=-1)] = 0.0
    spectrum = np.zeros((fine[0], fine[1], fine[2] // 2 + 1), dtype=np.complex64)
    spectrum[np.ix_(*orders)] = rfftn(density) * blur
    height = (1.0 + 2.0 * SMOOTHING / WIDTH) ** 1.5 * np.prod(fine / coarse)
    values: NDArray[np.float32] = irfftn(spectrum * np.float32(height), s=fine.tolist(), overwrite_x=True)
    return values


def local_maxima(values: NDArray[np.float32], above: float) -> NDArray[np.float64]:
    """Points not below any of their 26 neighbours, one for each plateau: fractional [n, 3], highest first."""
    top = (values == maximum_filter(values, size=3, mode="wrap")) & (values > above)
    labels, _ = periodic_components(top, neighbours=26)
    points = np.flatnonzero(top)
    _, first = np.unique(labels.ravel()[points], return_index=True)
    points = points[first]
    points = points[np.argsort(-values.ravel()[points], kind="stable")]
    return np.stack(np.unravel_index(points, values.shape), axis=1) / values.shape


def separated(lattice: NDArray[np.float64], frac: NDArray[np.float64], closest: float) -> NDArray[np.float64]:
    """The points that are left when each removes all later ones closer than ``closest``."""
    kept = np.ones(len(frac), dtype=bool)
    pairs, _ = close_pairs(lattice, frac, closest)
    for earlier, later in pairs.tolist():  # sorted by the earlier point, whose own fate is thus decided
        if kept[earlier]:
            kept[later] = False
    return frac[kept]


def fit(
    density: NDArray[np.float32], lattice: NDArray[np.float64], frac: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Positions and amplitudes of least squares, by Gauss-Newton steps.

    Each step solves for the four parameters of every atom by itself, on what all other atoms leave over;
    densities of neighbours hardly overlap, so this converges nearly as fast as the coupled equations.

    Args:
        density: [X, Y, Z].
        lattice: [3, 3].
        frac: [n, 3], where to start.

    Returns:
        Fractional coordinates [n, 3] and amplitudes [n].
    """
    offsets = ball_offsets(lattice, density.shape, FIT_RADIUS)
    to_frac = np.linalg.inv(lattice)
    frac, amplitudes = frac.copy(), np.ones(len(frac))
    moving = np.arange(len(frac))
    for step in range(FIT_STEPS):
        residual = (density - gaussian_density(lattice, frac, density.shape, amplitudes)).ravel()
        steps = np.empty((len(moving), 4))
        for some in batches(len(moving), len(offsets)):
            atoms = moving[some]
            points, vectors = points_around(lattice, frac[atoms], density.shape, offsets)
            steps[some] = _gauss_newton_step(residual[points], vectors, amplitudes[atoms])
        moves = steps[:, 1:]
        lengths = np.linalg.norm(moves, axis=1)
        moves *= np.minimum(1.0, LONGEST_STEP / np.maximum(lengths, 1e-12))[:, None]
        frac[moving] += moves @ to_frac
        amplitudes[moving] = np.clip(amplitudes[moving] + steps[:, 0], 0.0, 2.0)
        if lengths.max(initial=0.0) < CONVERGED:
            break
        if step >= SHARED_STEPS:
            moving = moving[lengths > CONVERGED]
    return frac, amplitudes


def _gauss_newton_step(
    residual: NDArray[np.float32], vectors: NDArray[np.float32], amplitudes: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Changes of (amplitude, x, y, z), [n, 4], from the residual [n, m] at ``vectors`` [n, m, 3]."""
    squares = np.einsum("amk,amk->am", vectors, vectors)
    gaussians = np.where(squares < FIT_RADIUS**2, np.exp(squares / -WIDTH), np.float32(0.0))
    heights = (2.0 / WIDTH) * np.maximum(amplitudes, 0.1).astype(np.float32)
    slopes = vectors * (gaussians * heights[:, None])[..., None]
    jacobian = np.concatenate([gaussians[..., None], slopes], axis=2)
    transposed = jacobian.transpose(0, 2, 1)
    # the small diagonal keeps an atom between the points of a very coarse grid where it is
    normal = transposed @ jacobian + 1e-6 * np.eye(4)
    solution: NDArray[np.float64] = np.linalg.solve(normal, transposed @ residual[..., None])[..., 0]
    return solution
