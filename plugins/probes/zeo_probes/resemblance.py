"""How much a framework resembles the zeolites that were made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from zeo.crystal.structure import Structure
from zeo.errors import GridError
from zeo.grids.grid import Grid
from zeo.plugin.interfaces import PropertyProbe
from zeo.plugin.quantity import Quantity
from zeo_probes.framework_features import FEATURES, at_rest

DATA = "resemblance.json"

CLIPPED = 4.0
"""Standard deviations; what is farther from the mean counts as so far."""


class Resemblance(PropertyProbe):
    """Resemblance to the framework types of the IZA, beside hypothetical frameworks.

    The framework is relaxed first (Sanders-Leslie-Catlow, default options whatever those of a run), so that
    its score does not depend on the geometry that it comes in. ``score`` is a logistic regression on
    :data:`~zeo_probes.framework_features.FEATURES`, fitted by ``scripts/fit_resemblance.py``; ``above_line``
    the distance in energy from the line on which IZA types lie over their density. After B. A. Helfrecht et
    al., Digital Discovery 2022, with cheaper descriptors.
    """

    def properties(self, source: Grid | Structure) -> Mapping[str, Quantity]:
        """``score`` (0 to 1) and ``above_line`` (kJ/mol Si), undefined where the framework cannot be relaxed.

        Raises:
            GridError: a grid, in which there are no atoms.
            InputError: other atoms than silicon and oxygen, or no four-connected net.
        """
        if not isinstance(source, Structure):
            raise GridError("resemblance is measured on atoms, not on a grid")
        rest = at_rest(source)
        if isinstance(rest, str):
            return {"score": Quantity(None, "1", rest), "above_line": Quantity(None, "kJ/mol Si", rest)}
        model = shipped_model()
        numbers = rest.numbers
        return {
            "score": Quantity(float(model.score(np.array([[numbers[name] for name in FEATURES]]))[0]), "1"),
            "above_line": Quantity(rest.energy - model.line.energy(rest.density), "kJ/mol Si"),
        }


@frozen
class EnergyLine:
    """The energies of IZA types over their densities, as a straight line.

    Args:
        slope: kJ/mol Si for each T/1000 A3.
        intercept: kJ/mol Si.
    """

    slope: float
    intercept: float

    def energy(self, density: float) -> float:
        """At a density in T/1000 A3, kJ/mol Si."""
        return self.intercept + self.slope * density


def _array(values: object) -> NDArray[np.float64]:
    return np.array(values, dtype=float)


@frozen(eq=False)
class Model:
    """A logistic regression that tells IZA types from hypothetical frameworks, and the line of the first.

    Args:
        mean: [n] of the features where it was fitted.
        deviation: [n] likewise.
        weights: [n] of the features in deviations from their means.
        intercept: of the log-odds.
        line: of the IZA types.
    """

    mean: NDArray[np.float64] = field(converter=_array)
    deviation: NDArray[np.float64] = field(converter=_array)
    weights: NDArray[np.float64] = field(converter=_array)
    intercept: float
    line: EnergyLine

    def score(self, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probability [m] to be an IZA type, where as many of those as of others are met.

        Args:
            numbers: features [m, n] in the order of
                :data:`~zeo_probes.framework_features.FEATURES`.
        """
        odds = self.intercept + scaled(numbers, self.mean, self.deviation) @ self.weights
        probability: NDArray[np.float64] = 1.0 / (1.0 + np.exp(-odds))
        return probability


def scaled(
    numbers: NDArray[np.float64], mean: NDArray[np.float64], deviation: NDArray[np.float64]
) -> NDArray[np.float64]:
    """In deviations from the means, none farther than :data:`CLIPPED`."""
    found: NDArray[np.float64] = np.clip((numbers - mean) / deviation, -CLIPPED, CLIPPED)
    return found


@cache
def shipped_model() -> Model:
    """The one that ships."""
    stored = json.loads(files("zeo_probes.data").joinpath(DATA).read_text(encoding="utf-8"))
    return Model(
        stored["mean"],
        stored["deviation"],
        stored["weights"],
        stored["intercept"],
        EnergyLine(**stored["line"]),
    )
