"""Conditions of probes: their options under the short names that stand between brackets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from zeo.plugin.declare import ConditionSpec, ProbeSpec
from zeo.wishes.conditions import Condition, read_conditions, replaced, split_name, under


def conditions_in_force(spec: ProbeSpec, options: Mapping[str, Any]) -> tuple[Condition, ...]:
    """The conditions under which a probe measures.

    Args:
        spec: of the probe.
        options: that the user set of it, as written; what is no value at all is refused where it is used.
    """
    return tuple(_in_force(each, options) for each in spec.conditions)


def _in_force(condition: ConditionSpec, options: Mapping[str, Any]) -> Condition:
    try:
        return _of(condition, options)
    except (TypeError, ValueError):
        return _of(condition, {})


def _of(condition: ConditionSpec, options: Mapping[str, Any]) -> Condition:
    """Raises:
    TypeError, ValueError: an option that is no such value.
    """
    if not condition.shares:
        value = options.get(condition.option, condition.default)
        none = value is None or value in ("none", "")
        return Condition.of(condition.symbol, condition.unit, None if none else float(value))
    gases, shares = Condition("", "", str(condition.default)).gases
    given = _several(options.get(condition.option, gases))
    parts = tuple(map(float, _several(options.get(condition.shares, shares))))
    return Condition.of_mixture(condition.symbol, given, parts)


def _several(value: Any) -> tuple[Any, ...]:
    return tuple(each.strip() for each in value.split(",")) if isinstance(value, str) else tuple(value)


def options_under(spec: ProbeSpec, conditions: Iterable[Condition]) -> dict[str, Any]:
    """The options of a probe that conditions set."""
    declared = {each.symbol: each for each in spec.conditions}
    options: dict[str, Any] = {}
    for condition in conditions:
        its = declared[condition.symbol]
        if its.shares:
            options[its.option], options[its.shares] = condition.gases
        else:
            options[its.option] = condition.value
    return options


def stated_conditions(name: str, in_force: tuple[Condition, ...]) -> tuple[Condition, ...]:
    """Those behind the name of a probe that are not in force anyway, in canonical form.

    Raises:
        ConfigError: one that the probe does not have, or a value that it cannot have.
    """
    base, items = split_name(name)
    return tuple(each for each in read_conditions(items, in_force, base) if each not in in_force)


def probe_under(name: str, stated: Iterable[Condition]) -> str:
    """The name of a probe that measures under conditions."""
    return under(split_name(name)[0], stated)


def all_conditions(in_force: tuple[Condition, ...], stated: Iterable[Condition]) -> tuple[Condition, ...]:
    """Those under which a probe measures that is asked for under some."""
    return replaced(in_force, stated)
