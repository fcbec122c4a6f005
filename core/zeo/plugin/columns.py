"""The quantities that probes measure, as targets and tables speak of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from zeo.errors import ConfigError
from zeo.plugin.declare import ProbeSpec, QuantitySpec
from zeo.plugin.targets import Target, parse_target

if TYPE_CHECKING:
    from zeo.plugin.candidate import Properties
    from zeo.plugin.quantity import Quantity
    from zeo.plugin.registry import Plugins


@frozen
class Column:
    """A measured quantity, which tables give a column."""

    probe: str
    quantity: QuantitySpec

    @property
    def name(self) -> str:
        """Such as ``"methane.qst"``."""
        return f"{self.probe}.{self.quantity.name}"

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
    return tuple(Column(probe.name, quantity) for probe in probes for quantity in probe.quantities)


def columns_by_name(names: Iterable[str], plugins: Plugins) -> tuple[Column, ...]:
    """Everything that some probes measure, under the names by which the user calls them.

    Raises:
        PluginError: there is no probe of some name.
    """
    return tuple(
        Column(name, quantity) for name in names for quantity in plugins.find("probe", name).spec.quantities
    )


def targets_on(texts: Sequence[str], columns: Sequence[Column]) -> tuple[Target, ...]:
    """Targets as the user types them, each with the probe that measures it.

    Raises:
        ConfigError: one that is malformed, or see :func:`column_of`.
    """
    targets = [parse_target(text) for text in texts]
    return tuple(evolve(target, probe=column_of(target, columns).probe) for target in targets)


def column_of(target: Target, columns: Sequence[Column]) -> Column:
    """The measured quantity that a target speaks of.

    Raises:
        ConfigError: none does, several do, or the unit is another.
    """
    measured = [column for column in columns if target.probe in (None, column.probe)]
    matches = [column for column in measured if column.quantity.name == target.quantity]
    if not matches:
        known = ", ".join(column.name for column in columns)
        advice = f"the probes measure {known}" if known else "name a probe with --probe"
        raise ConfigError(f"nothing measures the target {target}: {advice}")
    if len(matches) > 1:
        probes = " or ".join(column.name for column in matches)
        raise ConfigError(f"the target {target} is ambiguous: write {probes}")
    unit = matches[0].quantity.unit
    if target.unit not in (None, unit):
        raise ConfigError(f"the target {target} is measured in {unit!r}, not {target.unit!r}")
    return matches[0]
