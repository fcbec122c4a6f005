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

    Raises:
        ValueError: a value that is no finite number; :meth:`finite` makes those undefined.
    """

    value: float | None = field(converter=_finite_or_none)
    unit: str

    @classmethod
    def finite(cls, value: float, unit: str) -> Quantity:
        """A quantity that is undefined when ``value`` is not a finite number."""
        return cls(float(value) if math.isfinite(value) else None, unit)

    def as_json(self) -> dict[str, Any]:
        return {"value": self.value, "unit": self.unit}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Quantity:
        return cls(data["value"], data["unit"])

    def __str__(self) -> str:
        number = "undefined" if self.value is None else f"{self.value:.6g}"
        return number if self.unit == "1" or self.value is None else f"{number} {self.unit}"
