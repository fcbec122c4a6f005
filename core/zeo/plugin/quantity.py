"""A measured number with its unit."""

from __future__ import annotations

import math
from numbers import Real
from typing import Any

from attrs import field, frozen


def _finite_or_none(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, Real) and math.isfinite(value):
        return float(value)
    raise ValueError(f"a quantity is a finite number, or None where it is undefined, not {value!r}")


@frozen
class Quantity:
    """A number with its unit; None where the quantity is undefined (Qst of a closed pore, say).

    Args:
        value: None where it is undefined.
        unit: ``"1"`` when it has none.
        reason: why it is undefined, where that is known: one line.

    Raises:
        ValueError: a value that is no finite number; :meth:`finite` makes those undefined.
    """

    value: float | None = field(converter=_finite_or_none)
    unit: str
    reason: str | None = None

    @classmethod
    def finite(cls, value: float, unit: str, reason: str | None = None) -> Quantity:
        """A quantity that is undefined, for some reason, when ``value`` is not a finite number."""
        return cls(float(value), unit) if math.isfinite(value) else cls(None, unit, reason)

    def as_json(self) -> dict[str, Any]:
        """A reason only where there is one."""
        plain = {"value": self.value, "unit": self.unit}
        return plain if self.reason is None else {**plain, "reason": self.reason}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Quantity:
        return cls(data["value"], data["unit"], data.get("reason"))

    def __str__(self) -> str:
        if self.value is None:
            return f"undefined: {self.reason}" if self.reason else "undefined"
        return f"{self.value:.6g}" if self.unit == "1" else f"{self.value:.6g} {self.unit}"
