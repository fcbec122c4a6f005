"""The quantities that wishes can speak of in a run: what probes measure, and what zeo knows anyway."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from attrs import frozen

from zeo.errors import ConfigError
from zeo.plugin.columns import Column
from zeo.plugin.framework import FRAMEWORK
from zeo.plugin.targets import TOLERANCES
from zeo.tools.hints import nearest
from zeo.wishes.expressions import Known

if TYPE_CHECKING:
    from zeo.plugin.registry import Plugins

ACCESSIBLE = "_accessible"


@frozen
class Catalogue:
    """Quantities by name.

    Args:
        columns: what some probes measure.
    """

    columns: tuple[Column, ...]

    def find(self, name: str, conditions: Sequence[str] = ()) -> Known:
        """The quantity of a name, with its probe in front or, where one probe alone measures it, without.

        Raises:
            ConfigError: there is none, there are several, or it is asked for under conditions.
        """
        if conditions:
            raise ConfigError(
                f"{name}[{', '.join(conditions)}]: a run measures under one set of conditions; set them with"
                " --set PROBE.OPTION=VALUE"
            )
        matches = [column for column in self.columns if name in (column.name, column.quantity.name)]
        if not matches:
            for quantity in FRAMEWORK:
                if quantity.name == name:
                    return quantity.known
            names = [*(q.name for q in FRAMEWORK), *(column.name for column in self.columns)]
            names += [column.quantity.name for column in self.columns]
            raise ConfigError(_unknown(name, names))
        if len(matches) > 1:
            probes = " or ".join(column.name for column in matches)
            raise ConfigError(f"{name!r} is ambiguous: write {probes}")
        return known_of(matches[0])


def _unknown(name: str, known: Iterable[str]) -> str:
    near = nearest(name, known)
    advice = f"did you mean {near!r}? " if near else ""
    return f"nothing measures {name!r}: {advice}zeo quantities lists what is measured"


def known_of(column: Column) -> Known:
    """A measured quantity."""
    quantity = column.quantity
    return Known(column.name, quantity.unit, tolerance=TOLERANCES.get(quantity.name.removesuffix(ACCESSIBLE)))


def probes_for(names: Sequence[str], chosen: Sequence[str], plugins: Plugins) -> list[str]:
    """The probes that measure what some names speak of and no chosen probe does.

    Args:
        names: as wishes write them.
        chosen: probes that are there already.
        plugins: the installed ones.

    Raises:
        ConfigError: nothing measures a name, or several could that has no probe in front.
    """
    added: list[str] = []
    framework = {quantity.name for quantity in FRAMEWORK}
    for name in names:
        have = [*chosen, *added]
        if name in framework or any(name in _names(probe, plugins) for probe in have):
            continue
        able = [plugins.shown_name(entry) for entry in plugins.entries("probe")]
        names_of = {probe: _names(probe, plugins) for probe in able}
        able = [probe for probe in able if name in names_of[probe]]
        if not able:
            raise ConfigError(_unknown(name, framework.union(*names_of.values())))
        if len(able) > 1 and "methane" in able:
            able = ["methane"]
        if len(able) > 1:
            subjects = [plugins.find("probe", probe).spec.subject or probe for probe in able]
            raise ConfigError(
                f"{name!r} is ambiguous: write {' or '.join(f'{subject}.{name}' for subject in subjects)}"
            )
        added += able
    return added


def _names(probe: str, plugins: Plugins) -> set[str]:
    """Names of what a probe measures, with and without what they are of in front."""
    spec = plugins.find("probe", probe).spec
    subject = spec.subject or probe
    quantities = [quantity.name for quantity in spec.quantities]
    return {*quantities, *(f"{subject}.{name}" for name in quantities)}
