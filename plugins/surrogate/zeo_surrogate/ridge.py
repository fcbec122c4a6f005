"""A ridge regression on the geometry of distance least squares and on rings: for what follows from the strain
of a net, such as the energy.

A. E. Hoerl & R. W. Kennard, Technometrics 12 (1970) 55. The penalty is that by which each framework is told
best from the others (D. M. Allen, Technometrics 16 (1974) 125). The deviation is that of such errors, larger
where few frameworks were learned from (C. M. Bishop, Pattern Recognition and Machine Learning, 2006, equation
3.59).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from attrs import evolve, frozen
from torch import Tensor

from zeo.crystal.geometry import LONGEST_BOND
from zeo.crystal.net import Net
from zeo.crystal.structure import Structure
from zeo.errors import InputError
from zeo.plugin.feasibility import RELAXED_SCALE
from zeo.plugin.framework import ring_sizes
from zeo_cleanup.bonds import bonds_within, is_perfect
from zeo_cleanup.coordination import topological_density
from zeo_cleanup.dls import regularise
from zeo_cleanup.key import topology_of
from zeo_cleanup.rings import vertex_symbols
from zeo_probes.geometry import geometry, terms
from zeo_surrogate.learner import Effort, Learner, Numbers, Told

PENALTIES = 10.0 ** np.arange(-4, 2)
"""On each weight, for each framework: one of these."""

LEAST_DEVIATION = 1e-6


@frozen(eq=False)
class Ridge:
    """A quadratic function of some numbers, and how sure it is.

    Args:
        mean: [n] of the numbers where it was fitted.
        deviation: [n] likewise.
        weights: [k] of the terms.
        root: [k, m], a root of the inverse of the penalised squares of the terms.
        spread: of the errors on frameworks left out.
    """

    mean: Numbers
    deviation: Numbers
    weights: Numbers
    root: Numbers
    spread: float


class RidgeLearner(Learner[Numbers, Ridge]):
    """Linear in what is seen and in its products in pairs."""

    def seen(self, structure: Structure) -> Numbers:
        """[14] of the geometry by distance least squares, then of the net.

        Relaxed frameworks and those before relaxation (of the size that they will have) look alike: each
        takes up the geometry that distance least squares gives it in its cell.

        Raises:
            InputError: it is not four-connected, or no silica.
        """
        return np.array([*_strain(structure), *_rings(structure)])

    def summary(self, framework: Numbers) -> Numbers:
        return framework

    def learned(
        self,
        frameworks: Sequence[Numbers],
        goals: Numbers,
        effort: Effort,
        number: int,  # noqa: ARG002
        told: Told,
    ) -> Ridge:
        rows = np.stack(frameworks)
        mean, deviation = rows.mean(axis=0), rows.std(axis=0) + LEAST_DEVIATION
        left, singular, right = np.linalg.svd(terms(rows, mean, deviation), full_matrices=False)
        spreads = [_left_out(left, singular, goals, penalty * len(rows)) for penalty in PENALTIES]
        squares = np.square(singular) + PENALTIES[np.argmin(spreads)] * len(rows)
        weights = right.T @ (singular / squares * (left.T @ goals))
        told(effort.steps, f"error {min(spreads):.3f}")
        return Ridge(mean, deviation, weights, right.T / np.sqrt(squares), min(spreads))

    def ask(self, member: Ridge, frameworks: Sequence[Numbers]) -> tuple[Numbers, Numbers]:
        design = terms(np.stack(frameworks), member.mean, member.deviation)
        leverage = np.square(design @ member.root).sum(axis=1)
        return design @ member.weights, member.spread * np.sqrt(1.0 + leverage)

    def tensors(self, member: Ridge) -> Mapping[str, Tensor]:
        arrays = {name: getattr(member, name) for name in ("mean", "deviation", "weights", "root")}
        kept = {name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in arrays.items()}
        return kept | {"spread": torch.tensor(member.spread).double()}

    def restored(self, tensors: Mapping[str, Tensor]) -> Ridge:
        arrays = {name: tensors[name].numpy() for name in ("mean", "deviation", "weights", "root")}
        return Ridge(**arrays, spread=float(tensors["spread"]))


def _left_out(left: Numbers, singular: Numbers, goals: Numbers, penalty: float) -> float:
    """Root mean square error on frameworks, each told from the others, by singular values."""
    kept = np.square(singular) / (np.square(singular) + penalty)
    leverage = np.square(left) @ kept
    errors = (goals - left @ (kept * (left.T @ goals))) / (1.0 - leverage)
    return float(np.sqrt(np.square(errors).mean()))


def _strain(structure: Structure) -> list[float]:
    """[10]: bonds, angles and density, and how far from the ideal distances a framework stays."""
    bonds = bonds_within(structure, LONGEST_BOND)
    if not is_perfect(structure, bonds):
        raise InputError("a ridge regression is asked about silica of corner-sharing tetrahedra alone")
    given = evolve(structure, lattice=np.asarray(structure.lattice) / RELAXED_SCALE)
    regular = regularise(given, bonds)
    misfits = (regular.rms_si_o, regular.rms_o_o, regular.rms_si_si)
    return [*geometry(regular.structure).values(), *misfits]


def _rings(structure: Structure) -> list[float]:
    """[4]: topological density, share of the angles between bonds in four-rings, T atoms of the largest ring,
    share of T atoms in three-rings."""
    topology = topology_of(Net.from_structure(structure))
    shares = topology.multiplicities / topology.multiplicities.sum()
    rings = [ring_sizes(symbol) for symbol in vertex_symbols(topology.half, topology.sites)]
    four = sum(share * ring.count(4) / 6 for share, ring in zip(shares, rings, strict=True))
    three = sum(share * (3 in ring) for share, ring in zip(shares, rings, strict=True))
    largest = max((size for ring in rings for size in ring), default=0)
    return [topological_density(topology.sequences, topology.multiplicities), four, largest, three]
