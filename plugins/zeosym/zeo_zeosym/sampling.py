"""From noise to nets: unique T atoms and lattice are led down a falling sequence of noise levels together.

A state with noise is a clean one, displaced and strained by sigma times unit noise. Every step removes the
noise that the network sees and adds some at the next level: the same, fresh, or a mixture of both.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from attrs import frozen

from zeo_zeosym.collection import Crystals
from zeo_zeosym.noise import STRAIN, displaced
from zeo_zeosym.operations import Array
from zeo_zeosym.strain import stretched

FIRST, LAST = 4.0, 0.06
"""Angstrom: where drawing begins and ends; nets form in between. What is drawn is the last estimate."""

CURVATURE = 3.0
"""Of the noise levels: their roots of this degree fall evenly (T. Karras et al., *Elucidating the design
space of diffusion-based generative models*, NeurIPS 2022, Eq. 5)."""

COLLAPSED, LONGEST = 1e-3, 1e5
"""Angstrom: the edges of a lattice that has collapsed, and an edge beyond which one counts as such."""


@frozen(eq=False)
class State:
    """Where the unique T atoms of some crystals are.

    Args:
        coords: [m, 3], fractional.
        lattice: [b, 3, 3].
    """

    coords: Array
    lattice: Array


@frozen(eq=False)
class Noise:
    """In units of its standard deviation.

    Args:
        atoms: [m, 3], cartesian, of the unique T atoms.
        strain: [b, 6], of the lattices.
    """

    atoms: Array
    strain: Array

    def __add__(self, other: Noise) -> Noise:
        return Noise(self.atoms + other.atoms, self.strain + other.strain)

    def __mul__(self, factor: float) -> Noise:
        return Noise(self.atoms * factor, self.strain * factor)


Predict = Callable[[State, float], Noise]
"""The noise of a state at a level in angstrom."""

Fresh = Callable[[], Noise]
"""Gives new unit noise at every call."""


def levels(count: int) -> list[float]:
    """So many noise levels from the first to the last, and zero."""
    roots = np.linspace(FIRST ** (1 / CURVATURE), LAST ** (1 / CURVATURE), count)
    return [*(roots**CURVATURE).tolist(), 0.0]


def begun(crystals: Crystals, sigma: float, noise: Noise) -> State:
    """Crystals under noise of the first level."""
    clean = State(crystals.coords, crystals.lattice)
    return moved(crystals, clean, 0.0, noise * 0.0, sigma, noise)


def sampled(
    crystals: Crystals, state: State, predict: Predict, fresh: Fresh, sigmas: Sequence[float], share: float
) -> State:
    """What becomes of a state at the first level when it is led down to the last, which is zero.

    The estimate is of second order in the logarithm of the level (C. Lu et al., *DPM-Solver++*,
    arXiv:2211.01095, Algorithm 2). How much noise is fresh interpolates between their deterministic solver
    and starting every step from the estimate anew (J. Song et al., *Denoising diffusion implicit models*,
    ICLR 2021, Eq. 12, with the most noise that it allows).

    Args:
        crystals: their symmetry; m unique T atoms, b crystals.
        state: at the first level.
        predict: the network.
        fresh: the noise of the steps.
        sigmas: the levels, falling.
        share: of the variance of each step that is fresh, 0 to 1.
    """
    from_last: Noise | None = None
    step_before = 0.0
    for sigma, following in pairwise(sigmas):
        seen = predict(state, sigma)
        if following == 0.0:
            return moved(crystals, state, sigma, seen, 0.0, seen)
        step = math.log(sigma / following)
        used = seen
        if from_last is not None:
            slope = step / (2 * step_before)
            used = seen * (1 + slope) + from_last * (-slope / sigma)
        added = used * math.sqrt(1.0 - share) + fresh() * math.sqrt(share) if share else used
        state = moved(crystals, state, sigma, used, following, added)
        # from the estimate of this step to the next state
        from_last = added * following + (seen + used * -1.0) * sigma
        step_before = step
    return state


def moved(
    crystals: Crystals, state: State, sigma: float, removed: Noise, following: float, added: Noise
) -> State:
    """The state without some noise of one level and with other noise of the next."""
    many = np.ones(len(state.lattice))
    coords = displaced(crystals, state.coords, state.lattice, -sigma * many, removed.atoms)
    clean = _spanning(state.lattice, -STRAIN * sigma * removed.strain)
    if following == 0.0:
        return State(coords, clean)
    lattice = _spanning(clean, STRAIN * following * added.strain)
    return State(displaced(crystals, coords, lattice, following * many, added.atoms), lattice)


def _spanning(lattice: Array, strain: Array) -> Array:
    """Strained lattices [b, 3, 3] that can be computed with: one that a poor estimate made flat or endless
    becomes a cell too small for any net, at no cost to the others."""
    with np.errstate(over="ignore", invalid="ignore"):
        strained = stretched(lattice, strain)
        edges, volume = np.abs(strained).max(axis=(1, 2)), np.abs(np.linalg.det(strained))
    lost = ~((edges < LONGEST) & (volume > COLLAPSED**3))
    return np.where(lost[:, None, None], COLLAPSED * np.eye(3), strained)
