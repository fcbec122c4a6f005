"""What a build does with one framework: read, identified, brought into a small cell, measured, judged.

This runs in worker processes. Frameworks of zeo's own data sets bring their identity, energy and properties
along, and nothing is computed twice.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
from attrs import asdict, evolve, frozen
from numpy.typing import NDArray

from zeo.crystal.cells import upright
from zeo.crystal.geometry import is_tetrahedral
from zeo.crystal.orthogonal import smallest_cell
from zeo.crystal.structure import Structure
from zeo.data.making import refusals
from zeo.data.making.archives import DamagedArchiveError
from zeo.data.making.measuring import HIGHEST_ENERGY, TOO_HIGH, Measuring
from zeo.data.making.refusals import Refusal
from zeo.data.making.sources import Found, Parse
from zeo.data.sets.description import says_measured_with
from zeo.data.sets.entry import FEASIBLE, NOT_RELAXED, Column, Entry, property_columns
from zeo.data.sets.filters import conditions_on
from zeo.data.sets.splits import assign
from zeo.data.sets.table import table_of, values_of
from zeo.errors import ConfigError, ZeoError
from zeo.plugin.candidate import Rejection
from zeo.plugin.columns import columns_by_name
from zeo.plugin.registry import Plugins, installed_plugins
from zeo.running.config import Options, merge_options
from zeo.running.planning import resolved_options
from zeo.tools.foreign import foreign_code
from zeo.wishes.wish import Wish

HENRY = "methane.kh_mol"
VOID_FRACTION = "methane.void_fraction"


BORN_WITH = ("name", "key", "code", "origin", "parent", "lineage", "generation", "operation")
"""Columns that say where a framework comes from."""

OF_NET = ("t_atoms", "unique_t", "smallest_ring", "largest_ring", "three_ring_share")

OF_ATOMS = ("density", "energy", "lid_violations")
"""Columns that relaxation changes, and that are known of a framework that keeps its atoms."""


@frozen(kw_only=True)
class Requirements:
    """What a framework is measured by, and what it must pass.

    Args:
        probes: what is measured.
        options: of plugins, by plugin and option.
        relax: whether frameworks without an energy are relaxed first.
        min_kh: Henry coefficient of methane in mol/kg/Pa, closed pores included, that it must exceed; 0 lets
            all pass.
        max_energy: kJ/mol Si above alpha-quartz, for those whose energy is known; None lets all pass.
        where: conditions on its row in the data set; see :func:`zeo.data.sets.filters.conditions_on`.

    Raises:
        ConfigError: a limit that is not finite.
    """

    probes: tuple[str, ...] = ("methane",)
    options: Mapping[str, Mapping[str, Any]]
    relax: bool = False
    min_kh: float = 1e-6
    max_energy: float | None = None
    where: tuple[str, ...] = ()

    def __attrs_post_init__(self) -> None:
        for option, value in (("--min-kh", self.min_kh), ("--max-energy", self.max_energy)):
            if value is not None and not math.isfinite(value):
                raise ConfigError(f"{option} must be finite, not {value}")

    def as_json(self) -> dict[str, Any]:
        """For the description of the data set: its columns are measured with all of these options."""
        options = merge_options(
            self.options, self.measured_with(installed_plugins().configured(self.options))
        )
        stated = {**asdict(self), "probes": list(self.probes), "options": options, "where": list(self.where)}
        if not self.where:
            del stated["where"]  # data sets that were begun before there were conditions go on
        return stated

    def measured_with(self, plugins: Plugins) -> Options:
        """All options of the probes, those that nobody set too."""
        return resolved_options([("probe", name) for name in self.probes], plugins)


@frozen
class Listed:
    """An item of a source on its way to a worker process."""

    name: str
    source: str
    parse: Parse


@frozen
class Named:
    """A framework that may come into the data set.

    Args:
        entry: under its name in the data set once that is settled.
        source: what its source is called.
        name: its own in there.
        is_last: whether nothing else of the same item follows.
    """

    entry: Entry
    source: str
    name: str
    is_last: bool = False


def prepare(requirements: Requirements) -> Callable[[Listed | Named], Any]:
    """What a worker process does: it reads a :class:`Listed` and measures a :class:`Named`.

    Raises:
        ZeoError: a plugin or an option that cannot work.
    """
    preparation = Preparation(requirements, installed_plugins().configured(requirements.options))

    def work(task: Listed | Named) -> list[Entry | Refusal] | pa.Table | Refusal:
        if isinstance(task, Named):
            return preparation.measure(task)
        return list(preparation.read(task))

    return work


class Preparation:
    """The two parts of the work on a framework, between which its net is compared with all others.

    Args:
        requirements: what to measure and to demand.
        plugins: with the user's options.

    Raises:
        ZeoError: a plugin or an option that cannot work.
    """

    def __init__(self, requirements: Requirements, plugins: Plugins) -> None:
        self.requirements = requirements
        self.plugins = plugins
        self.columns = columns_of(requirements, plugins)
        wanted = conditions_on(self.columns, requirements.where, "the data set that is built")
        known = {*BORN_WITH, *OF_NET, *(() if requirements.relax else OF_ATOMS)}
        self._wanted_before = [wish for wish in wanted if known.issuperset(wish.formula.names)]
        self._wanted = [wish for wish in wanted if wish not in self._wanted_before]
        self._measured_with = requirements.measured_with(plugins)
        self._measured_by = {
            column.name: plugins.options_name("probe", column.probe)
            for column in columns_by_name(requirements.probes, plugins)
        }
        self._as_it_is = Measuring(plugins, relax=False, probes=requirements.probes)
        self._relaxing = Measuring(plugins, relax=True, probes=requirements.probes)

    def read(self, item: Listed) -> Iterator[Entry | Refusal]:
        """The frameworks of an item in their smallest cells, orthogonal if possible, or why they are none."""
        with foreign_code():
            found = list(item.parse(self.plugins))
        for count, one in enumerate(found, start=1):
            name = item.name if count == 1 else f"{item.name}#{count}"
            yield self._identified(name, item.source, one)

    def _identified(self, name: str, source: str, found: Found | ZeoError) -> Entry | Refusal:
        if isinstance(found, ZeoError):
            reason = refusals.DAMAGED if isinstance(found, DamagedArchiveError) else "unreadable"
            return Refusal(source, name, refusals.READ, reason, str(found))
        if found.entry is not None:
            return self._carried_over(found)
        entry = self._as_it_is.identified(name, found.structure, source)
        if isinstance(entry, Rejection):
            return Refusal(source, name, refusals.FOUR_CONNECTED, entry.reason, entry.detail)
        if foreign := sorted(set(found.structure.species) - {"Si", "O"}):
            return Refusal(source, name, refusals.FOUR_CONNECTED, "no silica", ", ".join(foreign))
        structure = along_axes(smallest_cell(found.structure))
        return evolve(
            entry,
            structure=structure,
            energy=found.energy,
            lid_violations=found.lid_violations,
            verdict=verdict_on(found.energy),
        )

    def _carried_over(self, found: Found) -> Entry:
        """With the properties that were measured as they would be here."""
        assert found.entry is not None
        properties = {
            name: value
            for name, value in found.entry.properties.items()
            if (probe := self._measured_by.get(name)) is not None
            and says_measured_with(found.options, probe, self._measured_with[probe])
        }
        structure = found.entry.structure
        if not structure.is_orthogonal:
            structure = along_axes(smallest_cell(structure))
        return evolve(found.entry, structure=structure, properties=properties)

    def measure(self, named: Named) -> pa.Table | Refusal:
        """A row of the data set, or why the framework does not belong there.

        What is known already is asked first: measuring takes seconds.
        """
        entry = named.entry
        names = {name for wish in self._wanted_before for name in wish.formula.names}
        unwanted = _unwanted(self._wanted_before, values_of(entry, names))
        if unwanted is not None:
            return Refusal(named.source, named.name, refusals.KNOWN_WANTED, *unwanted)
        if entry.energy is None and entry.verdict == NOT_RELAXED and self.requirements.relax:
            entry = self._relaxing.measured(entry)
        elif not {column.name for column in self.columns} <= set(entry.properties):
            entry = self._as_it_is.measured(entry)
        refusal = self._judge(entry, named)
        if refusal is not None:
            return refusal
        row = table_of([evolve(entry, split=assign(entry))], self.columns)
        names = {name for wish in self._wanted for name in wish.formula.names}
        unwanted = _unwanted(self._wanted, {name: row[name].to_numpy() for name in names})
        if unwanted is not None:
            return Refusal(named.source, named.name, refusals.WANTED, *unwanted)
        return row

    def _judge(self, entry: Entry, named: Named) -> Refusal | None:
        """The first requirement that is not met. Nets of the IZA are no hypotheses: no energy is too high."""
        if not is_tetrahedral(entry.structure):
            return Refusal(named.source, named.name, refusals.FOUR_CONNECTED, "not tetrahedral")
        failed = entry.verdict not in (FEASIBLE, NOT_RELAXED, TOO_HIGH)
        if failed or (entry.verdict == TOO_HIGH and entry.code is None):
            return Refusal(named.source, named.name, refusals.NOT_INFEASIBLE, entry.verdict)
        most, energy = self.requirements.max_energy, entry.energy
        if most is not None and energy is not None and energy > most:
            reason = f"energy above {most:g} kJ/mol Si"
            return Refusal(named.source, named.name, refusals.ENERGY, reason, f"{energy:.1f}")
        least, henry = self.requirements.min_kh, entry.properties.get(HENRY)
        if least > 0 and not (henry or 0.0) > least:
            reason = f"Henry coefficient of methane not above {least:g} mol/kg/Pa"
            measured = "unknown" if henry is None else f"{henry:.3g}"
            return Refusal(named.source, named.name, refusals.ADSORBING, reason, measured)
        return None


def _unwanted(wishes: Sequence[Wish], values: Mapping[str, NDArray[Any]]) -> tuple[str, str] | None:
    """The first condition that a framework does not meet, and what it has instead.

    Args:
        wishes: conditions.
        values: [1] of each column that they speak of.
    """
    for wish in wishes:
        if not wish.met_by(values).all():
            found = ", ".join(f"{name}={values[name][0]}" for name in wish.formula.names)
            return f"not {wish}", found
    return None


def columns_of(requirements: Requirements, plugins: Plugins) -> tuple[Column, ...]:
    """The property columns of a data set.

    Raises:
        ConfigError: a limit on what is not measured.
        ZeoError: a probe that is not installed.
    """
    columns = property_columns(columns_by_name(requirements.probes, plugins))
    if requirements.min_kh > 0 and HENRY not in {column.name for column in columns}:
        raise ConfigError("a limit on the Henry coefficient of methane needs --probe methane; or --min-kh 0")
    return columns


def verdict_on(energy: float | None) -> str:
    """On a framework that keeps the atoms of its source."""
    if energy is None:
        return NOT_RELAXED
    return FEASIBLE if energy <= HIGHEST_ENERGY else TOO_HIGH


def along_axes(structure: Structure) -> Structure:
    """The same crystal with a along x and b in the xy plane, silicon first."""
    structure = upright(structure)
    return Structure.from_si_o(structure.lattice, structure.coords_of("Si"), structure.coords_of("O"))
