"""Blueprints of kinds that no framework of the training set need have, from its smoothed frequencies.

The training set is a sample of what there is; its list of blueprints gives no chance at all to a kind that
was not found. Here a framework lends its density, its space group and its number of unique T atoms, the last
two now and then replaced by any; the Wyckoff position of each T atom is then drawn by itself, by how often
frameworks of the group have it. As in models of language, frequencies are smoothed with pseudo-counts
(Dirichlet priors): all space groups can come, and positions that nothing in a group has, by how often others
have such.

The pseudo-counts are chosen by how probable the known framework types of the training set are, each left out
in its turn (``scripts/fit_blueprints.py``): a factor of three in one of them changes it little.
"""

from __future__ import annotations

from functools import cached_property
from math import lgamma

import numpy as np
from attrs import evolve, field, frozen
from numpy.typing import NDArray

from zeo_zeosym.blueprint import Blueprint, Blueprints
from zeo_zeosym.positions import position_of, positions
from zeo_zeosym.prior import Limits, between

GROUPS = 230

TRIES = 30
"""After which a blueprint stays as it is."""

Chances = NDArray[np.float64]


@frozen(kw_only=True)
class Smoothing:
    """What counts how much.

    Args:
        simplicity: a framework counts one over its unique T atoms to this power: known types have few.
        group: pseudo-count of each of the space groups.
        number: pseudo-count, in a space group, of the numbers of unique T atoms that there are in all.
        position: pseudo-count, in a space group, of its positions.
    """

    simplicity: float = 3.5
    group: float = 0.1
    number: float = 3.0
    position: float = 10.0


@frozen(eq=False, slots=False, kw_only=True)
class SmoothedKinds:
    """The distribution of space groups, numbers of unique T atoms and their Wyckoff positions.

    Args:
        blueprints: of the training set; b of them.
        limits: to what is drawn.
        smoothing: of the frequencies.
        counts: float [b], what each counts.
    """

    blueprints: Blueprints
    limits: Limits = field(factory=Limits)
    smoothing: Smoothing = field(factory=Smoothing)
    counts: Chances = field()
    _positions: dict[int, Chances] = field(factory=dict, init=False, repr=False)

    @counts.default
    def _by_simplicity(self) -> Chances:
        return np.asarray(self.blueprints.unique.astype(float) ** -self.smoothing.simplicity)

    def like(self, lent: Blueprint, stream: np.random.Generator) -> Blueprint:
        """A blueprint of the density, mostly of the space group and often with as many unique T atoms as that
        which is lent: no point twice, and no more T atoms than any of the training set."""
        for _ in range(TRIES):
            group = self._group(lent, stream)
            chances = self.position_chances(group)
            drawn = stream.choice(len(chances), size=self._number(lent, group, stream), p=chances)
            sites = [positions(group)[number] for number in np.sort(drawn)]
            found = evolve(lent, group=group, sites=sites)
            if self._is_possible(found):
                return found
        return lent

    def log_probability(self, group: int, numbers: NDArray[np.int64]) -> float:
        """Of a kind, where nothing is asked for and what is impossible counts too.

        Args:
            group: number of the space group.
            numbers: of the Wyckoff position of each unique T atom, as in :mod:`zeo_zeosym.positions`.
        """
        all_counts = self.counts.sum() + GROUPS * self.smoothing.group
        of_group = (self._in(group) + self.smoothing.group) / all_counts
        times = np.bincount(numbers)
        orders = lgamma(len(numbers) + 1) - sum(lgamma(count + 1) for count in times.tolist())
        of_number = self.number_chances(group)[len(numbers)]
        return float(
            np.log(of_group * of_number) + orders + np.log(self.position_chances(group)[numbers]).sum()
        )

    def number_chances(self, group: int) -> Chances:
        """Of 0, 1, 2, ... unique T atoms."""
        inside = self.blueprints.groups == group
        counts = self._numbers(self.counts * inside) + self.smoothing.number * self._numbers_anywhere
        return np.asarray(counts / counts.sum())

    def position_chances(self, group: int) -> Chances:
        """Of each Wyckoff position of a space group."""
        if group not in self._positions:
            self._positions[group] = self._smoothed(group)
        return self._positions[group]

    def _smoothed(self, group: int) -> Chances:
        freedom = np.array([site.freedom for site in positions(group)])
        counts = np.zeros(len(freedom))
        for site, count in zip(self.blueprints.sites, self._counts_of_sites, strict=True):
            if site.group == group:
                counts[position_of(site)] += count
        elsewhere = self._counts_by_freedom[freedom] / np.bincount(freedom)[freedom]
        counts += self.smoothing.position * elsewhere / elsewhere.sum()
        return np.asarray(counts / counts.sum())

    def _group(self, lent: Blueprint, stream: np.random.Generator) -> int:
        any_group = GROUPS * self.smoothing.group
        replaced = stream.random() < any_group / (any_group + self.counts.sum())
        if replaced and not self.limits.space_groups:
            return int(stream.integers(1, GROUPS + 1))
        return lent.group

    def _number(self, lent: Blueprint, group: int, stream: np.random.Generator) -> int:
        count = self._in(group)
        if group == lent.group and stream.random() < count / (count + self.smoothing.number):
            return len(lent.sites)
        return int(stream.choice(len(self._numbers_anywhere), p=self._numbers_anywhere))

    def _is_possible(self, blueprint: Blueprint) -> bool:
        points = [site.key for site in blueprint.sites if site.freedom == 0]
        t_atoms, unique = np.array([blueprint.t_atoms]), np.array([len(blueprint.sites)])
        return (
            len(points) == len(set(points))
            and blueprint.t_atoms <= self._most
            and bool(between(t_atoms, self.limits.t_atoms)[0] and between(unique, self.limits.unique_t)[0])
        )

    def _in(self, group: int) -> float:
        return float(self.counts[self.blueprints.groups == group].sum())

    def _numbers(self, counts: Chances) -> Chances:
        return np.asarray(np.bincount(self.blueprints.unique, counts), dtype=np.float64)

    @cached_property
    def _numbers_anywhere(self) -> Chances:
        """Chances of 0, 1, 2, ... unique T atoms in any group."""
        counts = self._numbers(self.counts)
        return np.asarray(counts / counts.sum())

    @cached_property
    def _most(self) -> int:
        """T atoms of any blueprint of the set."""
        return int(self.blueprints.t_atoms.max())

    @cached_property
    def _counts_of_sites(self) -> Chances:
        of_each_atom = np.repeat(self.counts, self.blueprints.unique)
        counts = np.bincount(self.blueprints.kinds, of_each_atom, minlength=len(self.blueprints.sites))
        return np.asarray(counts, dtype=np.float64)

    @cached_property
    def _counts_by_freedom(self) -> Chances:
        """Of points, of points on lines and on planes, and of those anywhere."""
        freedom = [site.freedom for site in self.blueprints.sites]
        return np.asarray(np.bincount(freedom, self._counts_of_sites, minlength=4), dtype=np.float64)
