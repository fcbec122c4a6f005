"""Targets: the ranges of measured quantities that generators are steered toward.

They come of wishes (:mod:`zeo.wishes.wish`), which can ask for more than a generator can be told.
"""

from __future__ import annotations

import math
import re

from attrs import field, frozen

from zeo.errors import ConfigError
from zeo.wishes.expressions import NUMBER
from zeo.wishes.full_name import FullName
from zeo.wishes.wish import RELATIVE_TOLERANCE

_NUMBER = rf"[-+]?{NUMBER}"
_PATTERN = re.compile(
    rf"(?:(?P<probe>[a-z][a-z0-9-]*)\.)?(?P<quantity>\w+)(?P<conditions>\[[^\]]*\])?\s*=\s*"
    rf"(?P<low>{_NUMBER})(?:\s*\.\.\s*(?P<high>{_NUMBER}))?\s*(?P<unit>[^\d\s.].*)?"
)

TOLERANCES = {"void_fraction": 0.02, "qst": 1.0, "heat": 1.0}
"""How far from a single value usually still hits it, in the unit of the quantity (heats: kJ/mol); of all
others a share of the value, :data:`zeo.wishes.wish.RELATIVE_TOLERANCE`."""

UNBOUNDED = 1e99
"""Stands for no bound, since JSON has no infinity."""


@frozen
class Target:
    """A quantity with a unit and the range it should lie in; ``low == high`` for a single value.

    Args:
        quantity: name of the quantity, such as ``"qst"``.
        low: lower bound; minus :data:`UNBOUNDED` for none.
        high: upper bound; :data:`UNBOUNDED` for none.
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
        return str(FullName.measured_by(self.probe, self.quantity)) if self.probe else self.quantity

    def distance(self, value: float) -> float:
        """How far ``value`` lies outside the range; 0 inside."""
        return max(self.low - value, value - self.high, 0.0)

    def hit_by(self, value: float | None) -> bool:
        """Whether a measured value is in the range or within its tolerance; an undefined one never is."""
        return value is not None and self.distance(value) <= self.tolerance

    def miss(self, value: float | None) -> float:
        """The distance relative to the larger bound; infinite for what is undefined."""
        return math.inf if value is None else self.distance(value) / self.largest_bound

    @property
    def is_open(self) -> bool:
        """Whether a bound is missing."""
        return self.low <= -UNBOUNDED or self.high >= UNBOUNDED

    @property
    def largest_bound(self) -> float:
        """The larger bound in size, of those that there are; 1 where it is 0."""
        sizes = [abs(bound) for bound in (self.low, self.high) if abs(bound) < UNBOUNDED]
        return max(sizes, default=0.0) or 1.0

    def __str__(self) -> str:
        low, high = ("" if abs(bound) >= UNBOUNDED else f"{bound:g}" for bound in (self.low, self.high))
        unit = f" {self.unit}" if self.unit else ""
        if self.is_open:
            return f"{self.name} {'<=' if high else '>='} {high or low}{unit}"
        return f"{self.name} = {low if self.low == self.high else f'{low}..{high}'}{unit}"


def parse_target(text: str) -> Target:
    """Read what ``str`` makes of a target: ``[PROBE.]QUANTITY=VALUE[..VALUE] [UNIT]``.

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
    probe = match["probe"] and match["probe"] + (match["conditions"] or "")
    return Target(match["quantity"], low, high, match["unit"], probe)
