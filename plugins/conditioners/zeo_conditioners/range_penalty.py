"""The conditioner ``range-penalty``: training that draws properties of drawn grids into ranges.

B. Kim, S. Lee, J. Kim, Sci. Adv. 2020, 6, eaax9324, supplement, Eqs 25 to 27: the logarithm of the property,
beyond the logarithms of the bounds, squared.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from attrs import frozen
from torch import Tensor

from zeo.errors import ConfigError
from zeo.plugin.conditioning import Drawing, Known, Penalty
from zeo.plugin.interfaces import Conditioner
from zeo.plugin.options import option
from zeo.plugin.targets import Target
from zeo_learning.adsorption import quantity_of, steerable

LEAST_SHARE = 0.01
"""Of a bound: a property is taken to be no less, since one that is not positive has no logarithm."""


class RangePenalty(Conditioner):
    """Any gas whose energy the generator draws can be steered by; samples need no steering afterwards."""

    @frozen(kw_only=True)
    class Options:
        weight: float = option(100.0, "of the penalty in the loss of the generator", above=0)
        margin: float = option(
            0.0,
            "share of a range, in logarithms, that is penalised at each of its bounds too",
            at_least=0,
            at_most=0.5,
        )
        width: float = option(200.0, "softness of the threshold of the void fraction", unit="K", above=0)

    options: Options

    def prepare(self, targets: Sequence[Target], known: Known) -> Sequence[Target]:
        """The targets, as far as they follow from a channel that the generator draws.

        Raises:
            ConfigError: see :meth:`zeo.plugin.conditioning.Known.narrowed`; or a range without positive
                values.
        """
        narrowed = known.narrowed(targets, steerable(known.channels), "range-penalty")
        for target in narrowed:
            if target.high <= 0:
                raise ConfigError(f"range-penalty compares logarithms: nothing in {target} has one")
        return narrowed

    def loss(self, drawing: Drawing) -> Penalty:
        """The penalty, and for each target the share of grids that hit it and of those without a positive
        value, which are taken to have a small one."""
        total: Tensor | float = 0.0
        measured: dict[str, Tensor] = {}
        for target in drawing.targets:
            values, logarithms = self._values(target, drawing)
            outside = beyond(logarithms, target, self.options.margin)
            total = total + self.options.weight * outside.square().mean()
            low, high = target.low - target.tolerance, target.high + target.tolerance
            measured[f"hit_{target.quantity}"] = ((values >= low) & (values <= high)).float().mean()
            measured[f"not_positive_{target.quantity}"] = (values <= 0).float().mean()
        return Penalty(value=total, measured=measured)

    def _values(self, target: Target, drawing: Drawing) -> tuple[Tensor, Tensor]:
        """The property of each drawn grid, [B], and its logarithm."""
        assert target.probe is not None
        energy = drawing.channel(f"energy:{target.probe}")
        temperature: float = self.plugins.create("probe", target.probe).options.temperature
        values = quantity_of(target.quantity, energy, temperature, self.options.width)
        if target.quantity == "kh":  # whose logarithm it is
            return values.exp(), values
        least = LEAST_SHARE * (target.low if target.low > 0 else target.high)
        return values, values.clamp(min=least).log()


def beyond(logarithm: Tensor, target: Target, margin: float) -> Tensor:
    """By how much logarithms [B] lie outside of the range of a target, which is narrower at each bound by a
    share of its width; a bound of zero is none."""
    if target.low <= 0:
        return (logarithm - math.log(target.high)).clamp(min=0.0)
    low, high = math.log(target.low), math.log(target.high)
    inset = margin * (high - low)
    return (logarithm - high + inset).clamp(min=0.0) + (low + inset - logarithm).clamp(min=0.0)
