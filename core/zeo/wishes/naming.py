"""From names as users write them to quantities: with or without a probe in front, conditions behind."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from zeo.errors import ConfigError
from zeo.tools.hints import closest
from zeo.wishes.conditions import read_conditions
from zeo.wishes.expressions import Known
from zeo.wishes.full_name import FullName

ACCESSIBLE = "_accessible"
"""Ends the name of what counts only pores that run through the crystal."""


def named(
    name: str, conditions: Sequence[str], quantities: Sequence[Known], unblocked: bool = False
) -> Known | None:
    """The quantity of a name; None where there is none. What probes measure goes before what zeo knows.

    Args:
        name: in full, or without what stands before its dot.
        conditions: as they are written; without any, those in force.
        quantities: in full.
        unblocked: whether a name stands for all pores, and not for those that run through the crystal where
            both are known.

    Raises:
        ConfigError: there are several, or conditions that do not exist or under which it is not known.
    """
    under: dict[str, list[Known]] = {}
    for each in quantities:
        under.setdefault(each.base, []).append(each)
    measured = [base for base in under if "." in base and name in (base, FullName.of(base).quantity)]
    bases = measured or [name for base in under if base == name]
    if len(bases) > 1:
        raise ConfigError(f"{name!r} is ambiguous: write {' or '.join(bases)}")
    if not bases:
        return None
    base = bases[0]
    if not unblocked and base + ACCESSIBLE in under:
        base += ACCESSIBLE
    return _under(conditions, under[base], name)


def _under(conditions: Sequence[str], measured: Sequence[Known], name: str) -> Known:
    """Of one quantity under several sets of conditions, the one that is asked for."""
    wanted = read_conditions(conditions, measured[0].conditions, name)
    symbols = {each.symbol for each in wanted}
    for known in measured:
        stated = FullName.of(known.name).conditions
        own = {each.symbol for each in known.conditions if each.text in stated}
        if own <= symbols and set(wanted) <= set(known.conditions):
            return known
    asked = f"{name}[{', '.join(each.text for each in wanted)}]" if wanted else name
    raise ConfigError(f"{asked} is not known of these, but {', '.join(each.name for each in measured)}")


@frozen
class Listed:
    """A catalogue of some quantities.

    Args:
        quantities: in full.
        unblocked: see :func:`named`.
    """

    quantities: tuple[Known, ...]
    unblocked: bool = False

    def find(self, name: str, conditions: Sequence[str]) -> Known:
        """The quantity of a name.

        Raises:
            ConfigError: there is none, there are several, or not under these conditions.
        """
        found = named(name, conditions, self.quantities, self.unblocked)
        if found is None:
            raise ConfigError(
                f"{name!r} is not known of these: {closest(name, [each.base for each in self.quantities])}"
            )
        return found
