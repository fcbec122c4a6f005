"""What a design is to find, as numbers: how far a framework is from it, and what counts as nearer."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from zeo.plugin.catalogue import Catalogue
from zeo.plugin.feasibility import FEASIBLE_BELOW
from zeo.plugin.framework import BY_NET, NEW
from zeo.running.wanted import Objective, Wanted, objectives_of, wishes_of
from zeo.wishes.expressions import Formula, Values, formula
from zeo.wishes.wish import Wish

ENERGY = "energy"


@frozen
class Aim:
    """A number and where it should lie.

    Args:
        formula: of the number.
        low: bound, minus infinity for none.
        high: likewise.
        scale: the unit of distances: the spread of the number over known frameworks.
    """

    formula: Formula
    low: float
    high: float
    scale: float = 1.0

    @property
    def name(self) -> str:
        return self.formula.text

    @property
    def by_net(self) -> bool:
        """Whether the net decides it, so that it is known before relaxation."""
        return BY_NET.issuperset(self.formula.names)

    def miss(self, value: Any) -> Any:
        """How far outside of the bounds, in units of the scale; infinite where undefined."""
        value = np.asarray(value, dtype=float)
        outside = np.maximum(np.maximum(self.low - value, value - self.high), 0.0) / self.scale
        return np.where(np.isnan(value), math.inf, outside)


@frozen(eq=False)
class Goal:
    """Wishes, and what is to be large or small beside.

    Args:
        wishes: all of which a hit meets.
        objectives: each with the sign by which the largest value is the best.
        catalogue: of what they speak of.
    """

    wishes: tuple[Wish, ...]
    objectives: tuple[tuple[Formula, float], ...]
    catalogue: Catalogue = field(repr=False)

    @classmethod
    def of(cls, wanted: Sequence[Wanted], objectives: Sequence[Objective], catalogue: Catalogue) -> Goal:
        """Resolved wishes and objectives."""
        return cls(
            tuple(wishes_of(wanted, catalogue)), tuple(objectives_of(objectives, catalogue)), catalogue
        )

    @property
    def in_words(self) -> list[str]:
        """The wishes and the objectives."""
        signs = {1.0: "as large as can be", -1.0: "as small as can be"}
        objectives = [f"{formula.text} {signs[sign]}" for formula, sign in self.objectives]
        return [*map(str, self.wishes), *objectives]

    @property
    def names(self) -> tuple[str, ...]:
        """Of all quantities that it speaks of, and the energy."""
        formulas = [*(wish.formula for wish in self.wishes), *(each for each, _ in self.objectives)]
        return tuple(dict.fromkeys([ENERGY, *(name for each in formulas for name in each.names)]))

    @property
    def aims(self) -> tuple[Aim, ...]:
        """The wishes on numbers that have bounds; the energy is always among them, for a hit is feasible."""
        aims = [
            Aim(wish.formula, wish.low - wish.tolerance, wish.high + wish.tolerance)
            for wish in self.wishes
            if wish.text is None and wish.relation != "!="
        ]
        if not any(aim.formula.names == (ENERGY,) for aim in aims):
            aims.append(Aim(formula(ENERGY, self.catalogue), -math.inf, FEASIBLE_BELOW))
        return tuple(aims)

    @property
    def watched(self) -> tuple[Aim, ...]:
        """The aims and, without bounds, the objectives."""
        return (*self.aims, *(Aim(each, -math.inf, math.inf) for each, _ in self.objectives))

    @property
    def conditions(self) -> tuple[Wish, ...]:
        """The other wishes, which are met or not."""
        return tuple(wish for wish in self.wishes if wish.text is not None or wish.relation == "!=")

    def met_by(self, values: Values) -> bool:
        """Whether a framework of these values meets every wish."""
        return all(wish.met_by(values) for wish in self.wishes)

    def may_meet(self, values: Values) -> bool:
        """Whether the net, which relaxation does not change, rules no wish out."""
        of_net = {name: values.get(name, math.nan) for name in BY_NET}
        return all(wish.met_by(of_net) for wish in self.of_net)

    @property
    def of_net(self) -> tuple[Wish, ...]:
        """The wishes that the net decides."""
        return tuple(wish for wish in self.wishes if BY_NET.issuperset(wish.formula.names))

    @staticmethod
    def may_be_new(wish: Wish) -> bool:
        """Whether a framework with a net that is in no data set meets a wish, if all else is well."""
        of_new = {"novelty": NEW, "code": None}
        return not of_new.keys() >= set(wish.formula.names) or bool(wish.met_by(of_new))

    def merits(self, values: Values) -> list[float]:
        """The values of the objectives, the largest the best; minus infinity where undefined."""
        return self.merits_in(numbers({each.text: float(each.of(values)) for each, _ in self.objectives}))

    def merits_in(self, found: Mapping[str, float | None]) -> list[float]:
        """The same, given the numbers of the objectives by their texts; None where undefined."""
        known = [(found.get(each.text), sign) for each, sign in self.objectives]
        return [-math.inf if number is None else sign * number for number, sign in known]


def spread(values: NDArray[np.float64]) -> float:
    """Half the width that two thirds of the values take up; 1 where there are none or all are alike."""
    known = values[np.isfinite(values)]
    if not len(known):
        return 1.0
    low, high = np.quantile(known, (1 / 6, 5 / 6))
    return float(high - low) / 2 or float(known.std()) or 1.0


def numbers(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as JSON holds them: None for what is undefined."""
    return {name: None if value != value else value for name, value in values.items()}
