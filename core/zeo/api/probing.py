"""Properties of structures: ``zeo.probe`` and what it returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from typing import Any

from attrs import field, frozen

from zeo.api import arguments
from zeo.api.arguments import Options
from zeo.api.executors import HERE, Engine, engine
from zeo.api.grids import GridFile, structures_and_grids
from zeo.api.results import Result, Results, Row, Stream, gathered, shared_out, worked_on
from zeo.api.structures import Structural
from zeo.crystal.structure import Structure
from zeo.errors import ConfigError, GridError, ZeoError
from zeo.grids.grid import Grid
from zeo.plugin.catalogue import Asked, known_of, probes_for
from zeo.plugin.columns import Column, columns_by_name
from zeo.plugin.quantity import Quantity
from zeo.plugin.registry import Plugins, installed_plugins
from zeo.plugin.use import refuse_idle_options
from zeo.running.config import merge_options
from zeo.running.stages import probing
from zeo.wishes.conditions import split_name
from zeo.wishes.expressions import Known, values_of
from zeo.wishes.naming import Listed

ENERGY = "energy:methane"
"""What the energies of the reference programs are of."""


@frozen(kw_only=True)
class Properties(Result):
    """What probes measured of a structure; ``properties["methane.qst"]`` is a quantity with its unit.

    Args:
        source: the structure's path, code or number.
        quantities: by probe, then by name.
        columns: the quantities in the order of the table.
    """

    source: str
    quantities: Mapping[str, Mapping[str, Quantity]]
    columns: tuple[Column, ...] = field(repr=False)

    def __getitem__(self, name: str) -> Quantity:
        for column in self.columns:
            if column.name == name:
                return column.of(self.quantities)
        known = ", ".join(column.name for column in self.columns)
        raise KeyError(f"{name!r} was not measured, but {known}")

    def values(self) -> dict[str, float]:
        known = {column.name: column.value(self.quantities) for column in self.columns}
        return values_of(known)

    def row(self) -> Row:
        values = {column.heading: column.of(self.quantities).value for column in self.columns}
        return {"structure": self.source, **values}


def probe(
    x: Structural,
    *probes: str,
    energy: str = ENERGY,
    grid_size: int | None = None,
    options: Options | None = None,
    executor: str | Executor | None = None,
) -> Properties | Results[Properties]:
    """Measure a structure or a grid: ``zeo probe``.

        zeo.probe("LTA.cif", "methane", "co2")["methane.qst"].value
        zeo.probe("LTA.cif", "methane[T=350 K]")["methane.kh[T=350 K]"].value

    Args:
        x: a path, a folder, an IZA code, a Structure, ASE Atoms, a pymatgen Structure, a
            :class:`zeo.grids.grid.Grid` or its file, or several of these.
        probes: what is measured, one at least.
        energy: the channel that a .griddata file or a .bov sample holds.
        grid_size: grid points along each axis; as their spacing asks when None.
        options: of probes, by probe and name: ``{"methane": {"temperature": 350}}``, in kelvin.
        executor: that does the work; see :func:`zeo.api.executors.engine`. None for this process.

    Returns:
        One result for one structure, a sequence of them for several.

    Raises:
        ZeoError: no such probe, an option that cannot work, or the one structure cannot be measured.
    """
    measurement = Measurement(probes, grid_size, options, arguments.text(energy, "energy"))
    headings = ("structure", *(column.heading for column in measurement.columns))
    with engine(executor, 1) as what:
        return gathered(x, measurement.of(x, what), headings, measurement.known)


class Measurement:
    """Some probes, ready to measure.

    Args:
        probes: their names, with conditions behind where wanted (``"methane[T=350 K]"``); one at least.
        grid_size: grid points along each axis; as their spacing asks when None.
        options: of probes, by probe and name; these win over ``grid_size``.
        energy: the channel that grids of the reference programs hold.
        asked: quantities, each with its conditions, that are measured besides.

    Raises:
        ZeoError: no probe, one that is not there, or an option that cannot work.
    """

    def __init__(
        self,
        probes: Sequence[str],
        grid_size: int | None,
        options: Options | None,
        energy: str = ENERGY,
        asked: Sequence[Asked] = (),
    ) -> None:
        self._given = (probes, grid_size, options, energy, tuple(asked))
        names = tuple(dict.fromkeys(arguments.texts(probes, "probes")))
        if not names:
            raise ConfigError('name a probe, as in zeo.probe(x, "methane")')
        found = installed_plugins()
        points = arguments.grid_points(grid_size)
        on_grids = found.probes_on_grids(names) if points is not None else []
        sizes = {split_name(name)[0]: {"n": points} for name in on_grids}
        plugins = found.configured(merge_options(sizes, arguments.options_by_plugin(options)))
        names = tuple(dict.fromkeys(_named(name, plugins) for name in names))
        names += tuple(probes_for(asked, names, plugins))
        used = [("probe", split_name(name)[0]) for name in names]
        refuse_idle_options(arguments.options_by_plugin(options), used, plugins, "this measurement")
        self.columns = columns_by_name(names, plugins)
        self._energy = energy
        self._on_grids = set(found.probes_on_grids(names))
        self._measures: dict[str, Callable[[Grid | Structure], Mapping[str, Quantity]]] = {
            name: probing(name, plugins) for name in names
        }

    @property
    def known(self) -> tuple[Known, ...]:
        """What results can be chosen and sorted by."""
        return tuple(map(known_of, self.columns))

    def catalogue(self, unblocked: bool = False) -> Listed:
        """What conditions and orders can speak of; see :class:`zeo.wishes.naming.Listed`."""
        return Listed(self.known, unblocked)

    def of(self, x: Structural, what: Engine = HERE) -> Stream[Properties]:
        """The properties of one structure or grid after another, by whatever does the work."""
        if what == HERE:
            return worked_on(structures_and_grids(x), self.measured)
        return shared_out(structures_and_grids(x), _measuring, self._given, what)

    def measured(self, name: str, given: Structure | Grid | GridFile) -> Properties:
        source = given.read(self._energy)[0] if isinstance(given, GridFile) else given
        quantities = {}
        for probe, measure in self._measures.items():
            try:
                if isinstance(source, Grid) and probe not in self._on_grids:
                    raise GridError("it is measured on atoms, and this is a grid")
                quantities[probe] = measure(source)
            except ConfigError:
                raise
            except ZeoError as error:
                raise ZeoError(f"{name}: {probe}: {error}") from error
        return Properties(source=name, quantities=quantities, columns=self.columns)


def _measuring(*given: Any) -> Callable[[str, Structure | Grid | GridFile], Properties]:
    return Measurement(*given).measured


def _named(name: str, plugins: Plugins) -> str:
    """A probe as the user wrote it, its conditions in canonical form."""
    base, items = split_name(name)
    return plugins.shown_probe(name) if items else base
