"""Blueprints of kinds that no framework of the training set has: its own, with other sites of their groups.

The training set is a sample of what there is; its list of blueprints, drawn from as it is, gives no chance at
all to a kind that was not found. A smoothed distribution does: a blueprint of the set, of which some unique T
atoms are given up and others come in their place, by the frequencies of sites in its space group.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from zeo_zeosym.blueprint import Blueprint, Blueprints
from zeo_zeosym.prior import Limits, between

KEPT = 0.6
"""Chance of a unique T atom to stay."""

MORE_OR_FEWER = (-1, 0, 0, 1)
"""Unique T atoms that come in beyond those given up, all alike."""

TRIES = 30
"""After which a blueprint stays as it is."""


@frozen(eq=False, slots=False)
class Recombination:
    """Exchanges sites of blueprints.

    Args:
        blueprints: of the training set.
        limits: to what is drawn.
    """

    blueprints: Blueprints
    limits: Limits

    def of(self, blueprint: Blueprint, stream: np.random.Generator) -> Blueprint:
        """A blueprint with some sites exchanged: no point twice, and no more T atoms than any of the set."""
        numbers, chances = self._sites_of[blueprint.group]
        for _ in range(TRIES):
            kept = [site for site in blueprint.sites if stream.random() < KEPT]
            count = len(blueprint.sites) - len(kept) + int(stream.choice(MORE_OR_FEWER))
            if len(kept) + count < 1 or count < 0:
                continue
            new = [self.blueprints.sites[k] for k in stream.choice(numbers, size=count, p=chances)]
            found = evolve(blueprint, sites=sorted([*kept, *new], key=lambda site: site.key))
            if self._is_possible(found):
                return found
        return blueprint

    def _is_possible(self, blueprint: Blueprint) -> bool:
        points = [site.key for site in blueprint.sites if site.freedom == 0]
        t_atoms, unique = np.array([blueprint.t_atoms]), np.array([len(blueprint.sites)])
        return (
            len(points) == len(set(points))
            and blueprint.t_atoms <= self._most
            and bool(between(t_atoms, self.limits.t_atoms)[0] and between(unique, self.limits.unique_t)[0])
        )

    @cached_property
    def _most(self) -> int:
        """T atoms of any blueprint of the set."""
        return int(self.blueprints.t_atoms.max())

    @cached_property
    def _sites_of(self) -> dict[int, tuple[NDArray[np.int64], NDArray[np.float64]]]:
        """For each space group the sites that its frameworks have, and how often."""
        counts = np.bincount(self.blueprints.kinds, minlength=len(self.blueprints.sites)).astype(float)
        groups = np.array([site.group for site in self.blueprints.sites])
        found = {}
        for group in np.unique(groups):
            numbers = np.flatnonzero(groups == group)
            found[int(group)] = numbers, counts[numbers] / counts[numbers].sum()
        return found
