"""Adsorption of gas mixtures: by Monte Carlo of all gases, or from those of the pure ones by IAST.

Ideal adsorbed solution theory (A. L. Myers, J. M. Prausnitz, AIChE J. 1965, 11, 121): at equilibrium all
gases, each pure at a fugacity of its own, have one spreading pressure, which is k T / area times the ln of
the grand partition function. A ladder knows that without an isotherm being fitted or integrated.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from attrs import frozen
from numpy.typing import NDArray
from scipy.optimize import brentq

from zeo.tools.progress import doing
from zeo_adsorption.chain import Chain
from zeo_adsorption.equation_of_state import fugacity_coefficients
from zeo_adsorption.host import Host
from zeo_adsorption.ladder import BLOCKS, BURN_IN, FEW_SWAPS, Estimate, Ladder, climb, rungs_up_to
from zeo_adsorption.moves import INSERTED

LOG_FUGACITIES = (-300.0, 600.0)
"""ln Pa, between which a pure gas reaches any spreading pressure."""


GAP = (
    "no chain of {} alone came to {} molecules one by one, so that its grand partition function is unknown:"
    " simulate the mixture (mixture.method=gcmc)"
)

RARE = "one of the gases was hardly ever met in the pores"


@frozen
class Gas:
    """A gas mixture outside of the framework.

    Args:
        fractions: [k] mole fractions, of sum 1.
        pressure: Pa.
    """

    fractions: tuple[float, ...]
    pressure: float

    def fugacities(self, host: Host) -> NDArray[np.float64]:
        """[k], Pa, of the gases of a host at its temperature."""
        critical = [guest.molecule.critical for guest in host.guests]
        coefficients = fugacity_coefficients(host.temperature, self.pressure, self.fractions, critical)
        fugacities: NDArray[np.float64] = coefficients * np.array(self.fractions) * self.pressure
        return fugacities


@frozen
class Uptake:
    """What a framework takes from a mixture.

    Args:
        loadings: [k], mol/kg.
        selectivity: of the first gas over the second, (q1/q2)/(y1/y2).
    """

    loadings: tuple[Estimate, ...]
    selectivity: Estimate


def simulated(host: Host, gas: Gas, moves: int, seed: int) -> Uptake:
    """By grand-canonical Monte Carlo of all gases together.

    Args:
        host: of at least two gases.
        gas: their mixture.
        moves: of the chain.
        seed: of all random numbers.
    """
    chain, fugacities = Chain(host, seed), gas.fugacities(host)
    chain.walk(fugacities, int(moves * BURN_IN))
    walks = []
    for block in range(BLOCKS):
        doing(f"Monte Carlo of the mixture, part {block + 1} of {BLOCKS}")
        walks.append(chain.walk(fugacities, moves // BLOCKS))
    numbers = np.array([means for _, means in walks])
    swaps = sum(float(collected[:, INSERTED].sum()) for collected, _ in walks)
    packed = numbers.mean(axis=0).sum() > 1 and swaps < FEW_SWAPS
    loadings = numbers * host.molar
    means, left_out = loadings.mean(axis=0), (loadings.sum(axis=0) - loadings) / (BLOCKS - 1)
    resolution = 0.5 * host.molar if packed else 0.0
    return Uptake(
        loadings=tuple(
            Estimate.jackknife(means[kind], left_out[:, kind]).coarsened(resolution)
            for kind in range(len(host.guests))
        ),
        selectivity=_selectivity_of(means, left_out, gas),
    )


def ideal(host: Host, gas: Gas, moves: int, seed: int, rungs: int = 12) -> Uptake:
    """By ideal adsorbed solution theory, from a ladder of each pure gas.

    Args:
        host: of at least two gases.
        gas: their mixture.
        moves: of each ladder.
        seed: of all random numbers.
        rungs: of each ladder.
    """
    ladders = []
    for kind in range(len(host.guests)):
        pure = host.of(kind)
        # the pure gas reaches the spreading pressure of the mixture beyond its own partial pressure
        ladders.append(climb(pure, rungs_up_to(pure, 3 * gas.pressure, rungs), moves // rungs, seed + kind))
    for ladder in ladders:
        if ladder.gap is not None:
            unknown = Estimate.undefined(GAP.format(ladder.host.guests[0].molecule.name, ladder.gap))
            return Uptake((unknown,) * len(ladders), unknown)
    fugacities = gas.fugacities(host)
    whole = _solved(ladders, fugacities)
    parts = np.array(
        [_solved(left_out, fugacities) for left_out in zip(*(each.parts for each in ladders), strict=True)]
    )
    return Uptake(
        loadings=tuple(Estimate.jackknife(whole[kind], parts[:, kind]) for kind in range(len(ladders))),
        selectivity=_selectivity_of(whole, parts, gas),
    )


def _solved(ladders: Sequence[Ladder], fugacities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Loadings [k] of the mixture, mol/kg."""

    def pure(ladder: Ladder, grand: float) -> float:
        """The fugacity at which a pure gas has this ln of its grand partition function."""
        return math.exp(brentq(lambda log_f: ladder.log_grand(math.exp(log_f)) - grand, *LOG_FUGACITIES))

    def excess(grand: float) -> float:
        fractions = [f / pure(each, grand) for f, each in zip(fugacities, ladders, strict=True)]
        return float(np.sum(fractions)) - 1.0

    alone = [each.log_grand(f) for f, each in zip(fugacities, ladders, strict=True)]
    least = max(alone)  # where one gas hardly adsorbs, that of the other one
    grand = brentq(excess, least, 3 * sum(alone) + 1e-12) if excess(least) > 0 else least
    own = np.array([pure(each, grand) for each in ladders])
    fractions = fugacities / own
    fractions /= fractions.sum()
    total = 1.0 / sum(x / each.loading(f) for x, each, f in zip(fractions, ladders, own, strict=True))
    loadings: NDArray[np.float64] = total * fractions
    return loadings


def _selectivity_of(loadings: NDArray[np.float64], parts: NDArray[np.float64], gas: Gas) -> Estimate:
    """The selectivity by loadings [k], and by those [blocks, k] that leave out a block."""
    value, left_out = _selectivity(loadings, gas), [_selectivity(part, gas) for part in parts]
    return Estimate.jackknife(value, left_out) if np.isfinite(left_out).all() else Estimate.undefined(RARE)


def _selectivity(loadings: NDArray[np.float64], gas: Gas) -> float:
    """NaN where a gas was never met: too rare for the moves that were made, it is no gas that is left out."""
    if not loadings[:2].all():
        return math.nan
    return float(loadings[0] / loadings[1] * gas.fractions[1] / gas.fractions[0])
