"""Distance least squares of all atoms and the three edges of an orthogonal cell.

As in ``zeo_cleanup.dls`` (W. M. Meier & H. Villiger, Z. Kristallogr. 1969, 129, 411), bonds are given and
Si-O, O..O and Si..Si distances are restrained; but a draft's cell is a guess, so its edges move too. The
minimiser is Levenberg-Marquardt, with the linear system solved by conjugate gradients.

The residual is the sum over distances of weight (d - ideal)^2, in square angstrom, per T atom. Relaxed IZA
frameworks have 0.003 (median) to 0.016 (95th percentile).
"""

from __future__ import annotations

import math

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from zeo.tools.arrays import float64_array
from zeo.tools.compiled import njit
from zeo_search.bridging_oxygen import BridgingOxygen, contacts, partners_of_oxygen, restrained_pairs
from zeo_search.t_net import TNet

IDEAL = np.array([1.610, 2.629, 3.09, 3.0, 3.2])
"""Angstrom: Si-O, O..O in a tetrahedron, Si..Si over a bridge; least O..O and Si..O of other pairs.

O..O is sqrt(8/3) times Si-O. The values of ``zeo_cleanup.dls`` differ a little; data sets that were made and
seeds that are known rest on either, so both stay.
"""

ROOT_WEIGHT = np.sqrt([4.0, 1.0, 0.25, 0.5, 0.5])
"""Square roots of the weights of the squared deviations, in the same order."""

FIRST_CONTACT = 3
"""Kinds of pairs from here on count only when they are too close."""

SETTLING = 3
"""Steps without contacts: the oxygen first leave the midpoints of the bridges, where none of them belongs."""

SKIN = 0.8
"""Angstrom beyond which contacts are not listed. A new list is made when atoms have moved half of it."""

MAX_ITERATIONS = 60
TOLERANCE = 5e-5
"""Square angstrom per T atom: a step that gains less is the last."""

PATIENCE, HOPELESS = 8, 0.1
"""After so many steps, a residual (square angstrom per T atom) above this is given up: among random drafts,
four in five of those that fail and one in 200 of those that end below 0.02."""

FIRST_DAMPING, LEAST_DAMPING = 0.3, 1e-2
ROUGH_SOLUTION = 0.5
"""Of the linear system: its residual may stay at this share of the first. This is twice as fast as 0.2."""

LARGEST_STRAIN = 0.1
"""Of an edge in one step."""


@frozen(eq=False)
class Relaxed:
    """The geometry that a net takes up.

    Args:
        lengths: [3], edges in angstrom.
        t_coords: [n, 3], fractional, as written in the net's shifts.
        o_coords: [2n, 3], fractional.
        residual: square angstrom per T atom.
        iterations: steps tried; hopeless ones are given up early.
    """

    lengths: NDArray[np.float64] = field(converter=float64_array)
    t_coords: NDArray[np.float64] = field(converter=float64_array)
    o_coords: NDArray[np.float64] = field(converter=float64_array)
    residual: float
    iterations: int


def relax_with_edges(net: TNet, oxygen: BridgingOxygen) -> Relaxed:
    """Minimise the residual of a net over its atoms and its edges.

    Args:
        net: four-connected.
        oxygen: of the net.
    """
    n = len(net)
    coords, lengths, residual, iterations = _levenberg_marquardt(
        np.concatenate([net.coords, oxygen.coords]),
        net.lengths,
        restrained_pairs(net.neighbours, net.shifts, oxygen.index, oxygen.shifts),
        oxygen.index,
        oxygen.shifts,
        MAX_ITERATIONS,
        TOLERANCE,
    )
    return Relaxed(lengths, coords[:n], coords[n:], float(residual), int(iterations))


@njit(fastmath=True)
def _linearise(coords, lengths, pairs, i, j, residual, slope, stretch):
    """Linearise the pairs that count: all but contacts that keep their distance.

    Filled in are, for each such pair, its atoms i and j, its residual, and the slopes of the residual by the
    place of atom j and by the logarithms of the edges.

    Returns:
        the sum of squares and the number of pairs that count.
    """
    first, second, offset, kind = pairs
    total = 0.0
    p = 0
    for pair in range(len(first)):
        a, b, of = first[pair], second[pair], kind[pair]
        d0 = (coords[b, 0] - coords[a, 0] + offset[pair, 0]) * lengths[0]
        d1 = (coords[b, 1] - coords[a, 1] + offset[pair, 1]) * lengths[1]
        d2 = (coords[b, 2] - coords[a, 2] + offset[pair, 2]) * lengths[2]
        square = d0 * d0 + d1 * d1 + d2 * d2
        if of >= FIRST_CONTACT and square > IDEAL[of] ** 2:
            continue
        d = max(math.sqrt(square), 1e-6)
        root = ROOT_WEIGHT[of]
        i[p], j[p] = a, b
        residual[p] = root * (d - IDEAL[of])
        scale = root / d
        slope[p, 0], slope[p, 1], slope[p, 2] = scale * d0, scale * d1, scale * d2
        stretch[p, 0], stretch[p, 1], stretch[p, 2] = scale * d0 * d0, scale * d1 * d1, scale * d2 * d2
        total += residual[p] ** 2
        p += 1
    return total, p


@njit(fastmath=True)
def _gradient_and_diagonal(count, i, j, residual, slope, stretch, gradient, diagonal):
    """J^T r and the diagonal of J^T J, [atoms + 1, 3]; the last row belongs to the edges."""
    gradient[:] = 0.0
    diagonal[:] = 0.0
    edges = len(gradient) - 1
    for p in range(count):
        for k in range(3):
            push = residual[p] * slope[p, k]
            gradient[j[p], k] += push
            gradient[i[p], k] -= push
            gradient[edges, k] += residual[p] * stretch[p, k]
            square = slope[p, k] ** 2
            diagonal[j[p], k] += square
            diagonal[i[p], k] += square
            diagonal[edges, k] += stretch[p, k] ** 2


@njit(fastmath=True)
def _normal_product(count, i, j, slope, stretch, v, out):
    """out = J^T J v."""
    out[:] = 0.0
    edges = len(v) - 1
    e0, e1, e2 = v[edges, 0], v[edges, 1], v[edges, 2]
    f0 = f1 = f2 = 0.0
    for p in range(count):
        a, b = i[p], j[p]
        s0, s1, s2 = slope[p, 0], slope[p, 1], slope[p, 2]
        t0, t1, t2 = stretch[p, 0], stretch[p, 1], stretch[p, 2]
        along = s0 * (v[b, 0] - v[a, 0]) + s1 * (v[b, 1] - v[a, 1]) + s2 * (v[b, 2] - v[a, 2])
        along += t0 * e0 + t1 * e1 + t2 * e2
        out[b, 0] += along * s0
        out[b, 1] += along * s1
        out[b, 2] += along * s2
        out[a, 0] -= along * s0
        out[a, 1] -= along * s1
        out[a, 2] -= along * s2
        f0 += along * t0
        f1 += along * t1
        f2 += along * t2
    out[edges, 0], out[edges, 1], out[edges, 2] = f0, f1, f2


@njit(fastmath=True)
def _damped_step(count, i, j, slope, stretch, damping, gradient, diagonal):
    """Solve (J^T J + damping) step = -gradient roughly, by conjugate gradients.

    The edges, few and in many terms, are damped in proportion to their diagonal.
    """
    inverse = 1.0 / (diagonal + damping)
    inverse[-1] = 1.0 / (diagonal[-1] * (1.0 + damping) + 1e-12)
    shift = np.full_like(gradient, damping)
    shift[-1] = damping * diagonal[-1]
    step = np.zeros_like(gradient)
    r = -gradient
    z = r * inverse
    direction = z.copy()
    product = np.empty_like(gradient)
    rz = (r * z).sum()
    goal = ROUGH_SOLUTION**2 * rz
    for _ in range(len(gradient)):
        if rz <= goal:
            break
        _normal_product(count, i, j, slope, stretch, direction, product)
        product += shift * direction
        alpha = rz / (direction * product).sum()
        step += alpha * direction
        r -= alpha * product
        z = r * inverse
        rz, previous = (r * z).sum(), rz
        direction = z + (rz / previous) * direction
    return step, shift


@njit()
def _with_contacts(coords, lengths, pairs, oxygen, oxygen_shifts, partners):
    """Restrained pairs and the contacts of the moment."""
    i, j, offset, kind = contacts(
        lengths, coords, oxygen, oxygen_shifts, partners, IDEAL[3] + SKIN, IDEAL[4] + SKIN
    )
    return (
        np.concatenate((pairs[0], i)),
        np.concatenate((pairs[1], j)),
        np.concatenate((pairs[2], offset)),
        np.concatenate((pairs[3], kind)),
    )


@njit()
def _levenberg_marquardt(start, start_lengths, pairs, oxygen, oxygen_shifts, max_iterations, tolerance):
    """Nielsen's update of the damping (Madsen, Nielsen & Tingleff 2004, algorithm 3.16).

    Returns coordinates [3n, 3], edges [3], the residual per T atom and the number of steps tried.
    """
    coords, lengths = start.copy(), start_lengths.copy()
    partners = partners_of_oxygen(oxygen, oxygen_shifts)
    n, atoms = len(oxygen), len(coords)
    gradient, diagonal = np.empty((atoms + 1, 3)), np.empty((atoms + 1, 3))
    damping, growth = FIRST_DAMPING, 2.0
    energy, count, moved = 0.0, 0, 0.0
    for iteration in range(max_iterations):
        if iteration in (0, SETTLING) or (iteration > SETTLING and moved > 0.5 * SKIN):
            near = pairs
            if iteration > 0:
                near = _with_contacts(coords, lengths, pairs, oxygen, oxygen_shifts, partners)
            room = len(near[0])
            i, j, trial_i, trial_j = np.empty((4, room), np.int64)
            residual, trial_residual = np.empty((2, room))
            slope, trial_slope, stretch, trial_stretch = np.empty((4, room, 3))
            energy, count = _linearise(coords, lengths, near, i, j, residual, slope, stretch)
            _gradient_and_diagonal(count, i, j, residual, slope, stretch, gradient, diagonal)
            moved = 0.0
        step, shift = _damped_step(count, i, j, slope, stretch, damping, gradient, diagonal)
        strain = np.minimum(np.maximum(step[atoms], -LARGEST_STRAIN), LARGEST_STRAIN)
        trial_lengths = lengths * np.exp(strain)
        trial = coords + step[:atoms] / lengths
        trial_energy, trial_count = _linearise(
            trial, trial_lengths, near, trial_i, trial_j, trial_residual, trial_slope, trial_stretch
        )
        predicted = (step * (shift * step - gradient)).sum()
        gain = (energy - trial_energy) / max(predicted, 1e-12)
        if gain < 0.0:
            damping *= growth
            growth *= 2.0
            continue
        moved += np.abs(step[:atoms]).max() + 4.0 * np.abs(strain).max()
        coords, lengths = trial, trial_lengths
        last = energy - trial_energy < tolerance * n
        energy, count = trial_energy, trial_count
        hopeless = iteration >= PATIENCE and energy > HOPELESS * n
        if hopeless or (last and iteration >= SETTLING):
            break
        i, trial_i, j, trial_j = trial_i, i, trial_j, j
        residual, trial_residual = trial_residual, residual
        slope, trial_slope, stretch, trial_stretch = trial_slope, slope, trial_stretch, stretch
        _gradient_and_diagonal(count, i, j, residual, slope, stretch, gradient, diagonal)
        damping = max(LEAST_DAMPING, damping * max(1.0 / 3.0, 1.0 - (2.0 * gain - 1.0) ** 3))
        growth = 2.0
    return coords, lengths, energy / n, iteration + 1
