"""A Markov chain of the grand-canonical ensemble, of one gas or of several, on the points of a grid."""

from __future__ import annotations

import math

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from zeo.errors import InputError
from zeo_adsorption.energies import Tables, tables_of
from zeo_adsorption.host import Host
from zeo_adsorption.moves import VISITS, Ensemble, walk
from zeo_adsorption.proposals import Proposals, proposals_of
from zeo_adsorption.supercell import FULL, Molecules, no_molecules

BOLTZMANN = 1.380649e-23
"""J/K, exact."""


def log_activity(host: Host, kind: int, fugacity: float) -> float:
    """ln of the number of molecules of a gas that would be in the supercell if they did not interact: of the
    activity f/(k T) times the volume. Minus infinity where the gas finds no pore.

    Args:
        host: the framework.
        kind: which of its gases.
        fugacity: Pa.
    """
    ideal = fugacity / (BOLTZMANN * host.temperature) * 1e-30
    expected = ideal * host.guests[kind].volume
    return math.log(expected) if expected > 0 else -math.inf


@define(eq=False)
class Chain:
    """A chain and its present state; it begins with an empty supercell.

    Args:
        host: what it simulates.
        seed: of all random numbers.
    """

    host: Host
    seed: int
    _stream: np.random.Generator = field(init=False)
    _tables: Tables = field(init=False)
    _proposals: Proposals = field(init=False)
    _molecules: Molecules = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._stream = np.random.default_rng(self.seed)
        self._tables, self._proposals = tables_of(self.host), proposals_of(self.host)
        self._molecules = no_molecules(self.host)

    def walk(
        self, fugacities: NDArray[np.float64], moves: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Go on for some moves.

        Args:
            fugacities: [k], Pa.
            moves: how many.

        Returns:
            float64 [FULL + 1, 6], what was collected for each total number of molecules, see
            :data:`zeo_adsorption.moves.DELETED`, and [k], the mean number of molecules of each gas.

        Raises:
            InputError: more than :data:`zeo_adsorption.supercell.FULL` molecules.
        """
        collected = np.zeros((FULL + 1, 6))
        sums = np.zeros(len(self.host.guests))
        walk(self._ensemble(fugacities), self._molecules, moves, self._stream, collected, sums)
        if collected[FULL, VISITS]:
            raise InputError(
                f"more than {FULL:,} molecules in the simulated cell: simulate a smaller one or less pressure"
            )
        return collected, sums / moves

    def _ensemble(self, fugacities: NDArray[np.float64]) -> Ensemble:
        """What is simulated at fugacities [k], Pa."""
        return Ensemble(
            tables=self._tables,
            proposals=self._proposals,
            log_activities=np.array([log_activity(self.host, gas, f) for gas, f in enumerate(fugacities)]),
            log_fugacities=np.log(fugacities),
        )
