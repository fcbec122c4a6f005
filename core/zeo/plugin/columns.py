"""The quantities that probes measure, as targets and tables speak of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from attrs import frozen

from zeo.errors import ConfigError
from zeo.plugin.declare import ProbeSpec, QuantitySpec
from zeo.plugin.targets import Target

if TYPE_CHECKING:
    from zeo.plugin.candidate import Properties
    from zeo.plugin.quantity import Quantity
    from zeo.plugin.registry import Plugins


@frozen
class Column:
    """A measured quantity, which tables give a column.

    Args:
        probe: that measures it.
        quantity: of the probe.
        subject: what it is of, where the probe has another name.
    """

    probe: str
    quantity: QuantitySpec
    subject: str = ""

    @property
    def name(self) -> str:
        """Such as ``"methane.qst"``."""
        return f"{self.subject or self.probe}.{self.quantity.name}"

    @property
    def heading(self) -> str:
        """``methane.qst [kJ/mol]``; without a unit when it has none."""
        return self.name + (f" [{self.quantity.unit}]" if self.quantity.unit != "1" else "")

    def of(self, properties: Properties) -> Quantity:
        """What was measured; the probe has to be among those that did.

        Raises:
            KeyError: it is not.
        """
        return properties[self.probe][self.quantity.name]

    def value(self, properties: Properties) -> float | None:
        """The number; None where it is undefined or was not measured."""
        quantity = properties.get(self.probe, {}).get(self.quantity.name)
        return quantity.value if quantity else None


def columns_of(probes: Iterable[ProbeSpec]) -> tuple[Column, ...]:
    """Everything that some probes measure."""
    return tuple(
        Column(probe.name, quantity, probe.subject) for probe in probes for quantity in probe.quantities
    )


def columns_by_name(names: Iterable[str], plugins: Plugins) -> tuple[Column, ...]:
    """Everything that some probes measure, under the names by which the user calls them.

    Raises:
        PluginError: there is no probe of some name.
    """
    specs = [(name, plugins.find("probe", name).spec) for name in names]
    return tuple(Column(name, quantity, spec.subject) for name, spec in specs for quantity in spec.quantities)


def column_of(target: Target, columns: Sequence[Column]) -> Column:
    """The measured quantity that a target speaks of.

    Raises:
        ConfigError: there is none.
    """
    for column in columns:
        if column.probe == target.probe and column.quantity.name == target.quantity:
            return column
    raise ConfigError(f"nothing measures the target {target}")
