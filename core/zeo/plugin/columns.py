"""The quantities that probes measure, as targets and tables speak of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from attrs import frozen

from zeo.errors import ConfigError
from zeo.plugin.conditions import all_conditions, conditions_in_force, stated_conditions
from zeo.plugin.declare import ProbeSpec, QuantitySpec
from zeo.plugin.framework import NAMES
from zeo.plugin.targets import Target
from zeo.wishes.conditions import Condition
from zeo.wishes.full_name import FullName

if TYPE_CHECKING:
    from zeo.plugin.candidate import Properties
    from zeo.plugin.quantity import Quantity
    from zeo.plugin.registry import Plugins


@frozen
class Column:
    """A measured quantity, which tables give a column.

    Args:
        probe: that measures it, with the conditions that it is asked to do so under.
        quantity: of the probe.
        subject: what it is of, where the probe has another name.
        conditions: all those that it depends on, as they were when it was measured.
    """

    probe: str
    quantity: QuantitySpec
    subject: str = ""
    conditions: tuple[Condition, ...] = ()

    @cached_property
    def name(self) -> str:
        """Such as ``"methane.qst"`` or ``"methane.kh[T=350 K]"``."""
        return str(FullName.measured_by(self.probe, self.quantity.name, self.subject))

    def label(self, among: Iterable[Column]) -> str:
        """The name in a table: short where all columns are of one probe and without conditions, and where no
        quantity of every framework is called so."""
        several = len({column.probe for column in among}) > 1
        ambiguous = several or "[" in self.probe or self.quantity.name in NAMES
        return self.name if ambiguous else self.quantity.name

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

    def measured_in(self, properties: Properties) -> bool:
        """Whether it was measured, even if it came out as undefined."""
        return self.quantity.name in properties.get(self.probe, {})

    def value(self, properties: Properties) -> float | None:
        """The number; None where it is undefined or was not measured."""
        quantity = properties.get(self.probe, {}).get(self.quantity.name)
        return quantity.value if quantity else None


def columns_of(probes: Iterable[ProbeSpec]) -> tuple[Column, ...]:
    """Everything that some probes measure with their own options."""
    return tuple(
        _column(probe.name, quantity, probe, conditions_in_force(probe, {}))
        for probe in probes
        for quantity in probe.quantities
    )


def columns_by_name(names: Iterable[str], plugins: Plugins) -> tuple[Column, ...]:
    """Everything that some probes measure, under the names by which the user calls them.

    A probe with conditions behind its name measures what depends on all of them.

    Raises:
        PluginError: there is no probe of some name.
        ConfigError: conditions that it does not have.
    """
    columns: list[Column] = []
    for name in names:
        spec: ProbeSpec = plugins.find("probe", name).spec
        in_force = plugins.conditions(name)
        stated = stated_conditions(name, in_force)
        symbols = {each.symbol for each in stated}
        columns += [
            _column(name, quantity, spec, all_conditions(in_force, stated))
            for quantity in spec.quantities
            if symbols <= set(quantity.conditions)
        ]
    return tuple(columns)


def _column(name: str, quantity: QuantitySpec, spec: ProbeSpec, known: Sequence[Condition]) -> Column:
    its = tuple(each for each in known if each.symbol in quantity.conditions)
    return Column(name, quantity, spec.subject, its)


def column_of(target: Target, columns: Sequence[Column]) -> Column:
    """The measured quantity that a target speaks of.

    Raises:
        ConfigError: there is none.
    """
    for column in columns:
        if column.probe == target.probe and column.quantity.name == target.quantity:
            return column
    raise ConfigError(f"nothing measures the target {target}")
