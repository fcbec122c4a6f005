"""The quantities that wishes can speak of in a run: what probes measure, and what zeo knows anyway."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from attrs import define, field

from zeo.errors import ConfigError
from zeo.plugin.columns import Column
from zeo.plugin.conditions import probe_under
from zeo.plugin.framework import FRAMEWORK
from zeo.plugin.targets import TOLERANCES
from zeo.tools.hints import nearest
from zeo.wishes.conditions import read_conditions
from zeo.wishes.expressions import Known
from zeo.wishes.full_name import FullName
from zeo.wishes.naming import ACCESSIBLE, named

if TYPE_CHECKING:
    from zeo.plugin.declare import QuantitySpec
    from zeo.plugin.registry import Plugins


@define(frozen=True, slots=False)
class Catalogue:
    """Quantities by name.

    Args:
        columns: what some probes measure.
        unblocked: whether a name such as ``qst`` stands for all pores, and not for those alone that run
            through the crystal.
    """

    columns: tuple[Column, ...] = field()
    unblocked: bool = False

    @cached_property
    def quantities(self) -> tuple[Known, ...]:
        """All of them, in full."""
        return (*(quantity.known for quantity in FRAMEWORK), *map(known_of, self.columns))

    def find(self, name: str, conditions: Sequence[str] = ()) -> Known:
        """The quantity of a name, with its probe in front or, where one probe alone measures it, without.

        Raises:
            ConfigError: there is none, there are several, or not under these conditions.
        """
        found = named(name, conditions, self.quantities, self.unblocked)
        if found is None:
            full = [FullName.of(known.name) for known in self.quantities]
            known = [spelling for each in full for spelling in (each.base, each.quantity)]
            raise ConfigError(_unknown(name, known))
        return found


def _unknown(name: str, known: Iterable[str]) -> str:
    near = nearest(name, known)
    advice = f"did you mean {near!r}? " if near else ""
    return f"nothing measures {name!r}: {advice}zeo quantities lists what is measured"


def known_of(column: Column) -> Known:
    """A measured quantity."""
    quantity = column.quantity
    return Known(
        column.name,
        quantity.unit,
        tolerance=TOLERANCES.get(quantity.name.removesuffix(ACCESSIBLE)),
        conditions=column.conditions,
        least=-math.inf if quantity.least is None else quantity.least,
        most=math.inf if quantity.most is None else quantity.most,
    )


Asked = tuple[str, tuple[str, ...]]
"""A name and its conditions as a wish writes them."""


def probes_for(asked: Sequence[Asked], chosen: Sequence[str], plugins: Plugins) -> list[str]:
    """The probes that measure what some names speak of and no chosen probe does.

    Args:
        asked: the names, each with its conditions.
        chosen: probes that are there already, by their shown names.
        plugins: with the user's options.

    Raises:
        ConfigError: nothing measures a name, several could that has no probe in front, or it is asked for
            under conditions that it does not have.
    """
    added: list[str] = []
    framework = {quantity.name for quantity in FRAMEWORK}
    for name, conditions in asked:
        if name in framework:
            if conditions:
                raise ConfigError(f"{name} takes no conditions: leave out the brackets")
            continue
        have = [*chosen, *added]
        probe = _probe_of(name, have, plugins)
        wanted = plugins.shown_probe(_under(probe, name, conditions, plugins))
        if wanted not in have:
            added.append(wanted)
    return added


def _probe_of(name: str, have: Sequence[str], plugins: Plugins) -> str:
    """The probe that measures a quantity: one that is there, or the one that can."""
    there = dict.fromkeys(probe_under(probe, ()) for probe in have)
    if able := [probe for probe in there if name in _names(probe, plugins)]:
        return able[0]
    names_of = {shown: _names(shown, plugins) for shown in map(plugins.shown_name, plugins.entries("probe"))}
    able = [probe for probe, names in names_of.items() if name in names]
    if not able:
        known = {quantity.name for quantity in FRAMEWORK}.union(*names_of.values())
        raise ConfigError(_unknown(name, known))
    if len(able) > 1 and "methane" in able:
        able = ["methane"]
    if len(able) > 1:
        subjects = [plugins.find("probe", probe).spec.subject or probe for probe in able]
        raise ConfigError(
            f"{name!r} is ambiguous: write {' or '.join(f'{subject}.{name}' for subject in subjects)}"
        )
    return able[0]


def _under(probe: str, name: str, conditions: Sequence[str], plugins: Plugins) -> str:
    """A probe with those conditions behind its name that one of its quantities is asked for under.

    Raises:
        ConfigError: conditions that the quantity does not have.
    """
    quantity = _quantity(probe, name, plugins)
    known = [each for each in plugins.conditions(probe) if each.symbol in quantity.conditions]
    return probe_under(probe, read_conditions(conditions, known, name))


def _quantity(probe: str, name: str, plugins: Plugins) -> QuantitySpec:
    quantities: tuple[QuantitySpec, ...] = plugins.find("probe", probe).spec.quantities
    return next(each for each in quantities if each.name == FullName.of(name).quantity)


def _names(probe: str, plugins: Plugins) -> set[str]:
    """Names of what a probe measures, with and without what they are of in front."""
    spec = plugins.find("probe", probe).spec
    subject = spec.subject or probe
    quantities = [quantity.name for quantity in spec.quantities]
    return {*quantities, *(f"{subject}.{name}" for name in quantities)}
