"""Targets: what the user asks for, such as ``qst=18..22 kJ/mol`` or ``methane.void_fraction=0.15``."""

from __future__ import annotations

import re

from attrs import field, frozen

from zeo.errors import ConfigError
from zeo.plugin.quantity import Quantity

_NUMBER = r"[-+]?(?:\d+(?:\.(?!\.)\d*)?|\.\d+)(?:[eE][-+]?\d+)?"  # the dots of "18..22" belong to no number
_PATTERN = re.compile(
    rf"(?:(?P<probe>[a-z][a-z0-9-]*)\.)?(?P<quantity>\w+)\s*=\s*"
    rf"(?P<low>{_NUMBER})(?:\s*\.\.\s*(?P<high>{_NUMBER}))?\s*(?P<unit>[^\d\s.].*)?"
)

TOLERANCES = {"void_fraction": 0.02, "qst": 1.0}
"""How far from a single value usually still hits it, in the unit of the quantity (qst: kJ/mol)."""

RELATIVE_TOLERANCE = 0.1
"""The same for all other quantities, as a share of the value."""


@frozen
class Target:
    """A quantity with a unit and the range it should lie in; ``low == high`` for a single value.

    Args:
        quantity: name of the quantity, such as ``"qst"``.
        low: lower bound.
        high: upper bound.
        unit: of both bounds; the probe's own when None.
        probe: which probe measures it; any that does when None.
        tolerance: how far outside of the range still hits; the usual one of the quantity unless it is given,
            and no distance at all from what is more than a single value.
    """

    quantity: str
    low: float
    high: float
    unit: str | None = None
    probe: str | None = None
    tolerance: float = field()

    @tolerance.default
    def _usual_tolerance(self) -> float:
        if self.low < self.high:
            return 0.0
        quantity = self.quantity.removesuffix("_accessible")
        return TOLERANCES.get(quantity, RELATIVE_TOLERANCE * abs(self.low))

    @property
    def name(self) -> str:
        """Such as ``"methane.qst"``; the quantity alone as long as no probe is known."""
        return f"{self.probe}.{self.quantity}" if self.probe else self.quantity

    def distance(self, value: float) -> float:
        """How far ``value`` lies outside the range; 0 inside."""
        return max(self.low - value, value - self.high, 0.0)

    def hit_by(self, value: float | None) -> bool:
        """Whether a measured value is in the range or within its tolerance; an undefined one never is."""
        return value is not None and self.distance(value) <= self.tolerance

    def __str__(self) -> str:
        span = f"{self.low:g}" if self.low == self.high else f"{self.low:g}..{self.high:g}"
        return f"{self.name} = {span}" + (f" {self.unit}" if self.unit else "")


def parse_target(text: str) -> Target:
    """Read ``[PROBE.]QUANTITY=VALUE[..VALUE] [UNIT]``.

    Raises:
        ConfigError: text of another form, or an empty range.
    """
    match = _PATTERN.fullmatch(text.strip())
    if match is None:
        raise ConfigError(
            f'cannot read the target {text!r}; write it as "qst=18..22 kJ/mol" or "void_fraction=0.15"'
        )
    low = float(match["low"])
    high = low if match["high"] is None else float(match["high"])
    if low > high:
        raise ConfigError(f"the target {text!r} is empty: {low:g} is above {high:g}")
    return Target(match["quantity"], low, high, match["unit"], match["probe"])


def miss(target: Target, measured: Quantity) -> float:
    """Distance to the target's range relative to its larger bound; infinite when undefined."""
    if measured.value is None:
        return float("inf")
    return target.distance(measured.value) / (max(abs(target.low), abs(target.high)) or 1.0)
