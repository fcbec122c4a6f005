"""Which blueprint a framework is drawn from: one of the training set's, within what the user wants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from attrs import Attribute, evolve, field, frozen
from numpy.typing import NDArray

from zeo.errors import ConfigError
from zeo_learning.drift import chances_to_hit
from zeo_zeosym.blueprint import Blueprint, Blueprints

NEAR = 0.03
"""Share by which the density of a blueprint may miss the one value that is wanted, which then replaces it."""

SIMPLICITY = 0.75
"""A blueprint is drawn with a chance that falls with this power of its unique T atoms: IZA types have four in
the median, hypothetical frameworks twelve."""

ENERGY = "energy"

LOWEST = (0.02, 0.25)
"""Shares of the energies, between which a sample is told one."""

AT_LEAST = 30
"""So many blueprints are left to choose from, however rare the target."""


@frozen(kw_only=True)
class Limits:
    """What blueprints are wanted; empty for any. One number is the only one allowed, two are a range.

    Args:
        space_groups: any of these numbers.
        unique_t: symmetry-unique T atoms.
        t_atoms: of the primitive cell.
        density: T atoms per 1000 cubic angstrom.

    Raises:
        ConfigError: more than two numbers, or a range that holds nothing.
    """

    space_groups: tuple[int, ...] = ()
    unique_t: tuple[int, ...] = field(default=())
    t_atoms: tuple[int, ...] = field(default=())
    density: tuple[float, ...] = field(default=())

    @unique_t.validator
    @t_atoms.validator
    @density.validator
    def _check(self, attribute: Attribute[Any], value: Sequence[float]) -> None:
        require_range(attribute.name, value)


@frozen(eq=False, slots=False)
class Prior:
    """The blueprints that may be drawn.

    Args:
        blueprints: of the training set.
        limits: to them.
        simplicity: a blueprint's chance falls with this power of its unique T atoms.

    Raises:
        ConfigError: no blueprint is within the limits.
    """

    blueprints: Blueprints
    limits: Limits = field(factory=Limits)
    simplicity: float = SIMPLICITY
    allowed: NDArray[np.int64] = field(init=False)

    @allowed.default
    def _within(self) -> NDArray[np.int64]:
        blueprints, limits = self.blueprints, self.limits
        inside = np.ones(len(blueprints), dtype=bool)
        if limits.space_groups:
            inside &= np.isin(blueprints.groups, limits.space_groups)
        if limits.density:
            low, high = limits.density[0], limits.density[-1]
            share = NEAR if low == high else 0.0
            inside &= between(blueprints.density, (low * (1 - share), high * (1 + share)))
        inside &= between(blueprints.unique, limits.unique_t)
        inside &= between(blueprints.t_atoms, limits.t_atoms)
        if not inside.any():
            raise ConfigError(
                "no framework that zeosym learned from is within zeosym.space_group, unique_t, t_atoms and"
                f" density: they have {_span(blueprints.unique)} unique T atoms, {_span(blueprints.t_atoms)}"
                f" T atoms in the primitive cell and {_span(blueprints.density)} T per 1000 A3"
            )
        return np.flatnonzero(inside)

    def draw(self, stream: np.random.Generator, aims: Mapping[str, float]) -> Blueprint:
        """One of them: simple ones more often, and those whose frameworks have the properties that are aimed
        at."""
        chances = self.chances(aims)
        chosen = self.blueprints[int(stream.choice(self.allowed, p=chances))]
        if not self.limits.density:
            return chosen
        low, high = self.limits.density[0], self.limits.density[-1]
        return evolve(chosen, density=min(max(chosen.density, low), high))

    def lowest_energies(self, aims: Mapping[str, float]) -> tuple[float, float] | None:
        """The range of the lowest quarter of the energies of frameworks whose properties are near what is
        aimed at, without the few below all others; None where energies are not known.

        Open frameworks lie higher than dense ones: one of both ranges that has to hold for all would ask for
        what there is not.
        """
        order = self._by_energy
        if not len(order):
            return None
        below = np.cumsum(self._nearness(aims)[order])
        at = np.searchsorted(below, np.array(LOWEST) * below[-1])
        low, high = self._properties[ENERGY][order[at]].tolist()
        return low, high

    def chances(self, aims: Mapping[str, float]) -> NDArray[np.float64]:
        """Of each of them, for a sample that aims at some values."""
        odds = self._simplicity * self._nearness(aims)
        return np.asarray(odds / odds.sum())

    @cached_property
    def _simplicity(self) -> NDArray[np.float64]:
        return np.asarray(self.blueprints.unique[self.allowed].astype(float) ** -self.simplicity)

    @cached_property
    def _properties(self) -> dict[str, NDArray[np.float32]]:
        """Of those that are allowed."""
        return {name: values[self.allowed] for name, values in self.blueprints.properties.items()}

    @cached_property
    def _by_energy(self) -> NDArray[np.int64]:
        """Places of those whose energies are known, the lowest first."""
        energies = self._properties.get(ENERGY, np.empty(0))
        return np.argsort(energies)[: np.count_nonzero(~np.isnan(energies))]  # unknown ones come last

    def _nearness(self, aims: Mapping[str, float]) -> NDArray[np.float64]:
        """By the properties of the frameworks, to some values; one where nothing is known of them."""
        chances = chances_to_hit(self._properties, aims, AT_LEAST)
        return np.ones(len(self.allowed)) if chances is None else chances


def require_range(option: str, value: Sequence[float]) -> None:
    """Of an option that takes no number, one, or the least and the most.

    Raises:
        ConfigError: it has more, or there is nothing between them.
    """
    if len(value) > 2 or (len(value) == 2 and value[0] > value[1]):
        given = ",".join(f"{number:g}" for number in value)
        raise ConfigError(f"zeosym.{option} is one number or LEAST,MOST, not {given}")


def _span(values: NDArray[Any]) -> str:
    return f"{values.min():.3g} to {values.max():.3g}"


def between(values: NDArray[Any], limits: Sequence[float]) -> NDArray[np.bool_]:
    """Which values are one number, or within two; all of them where there is none."""
    if not limits:
        return np.ones(len(values), dtype=bool)
    return np.asarray((values >= limits[0]) & (values <= limits[-1]))
