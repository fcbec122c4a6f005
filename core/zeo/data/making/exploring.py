"""The two kinds of work behind a data set of hypothetical frameworks: finding some, and measuring one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any

import attrs
import pyarrow as pa
from attrs import evolve, field, frozen

from zeo.crystal.orthogonal import smallest_cell
from zeo.crystal.structure import Structure
from zeo.data.known.frameworks import FrameworkSet
from zeo.data.making.measuring import Measuring
from zeo.data.sets.entry import Column, Entry, property_columns
from zeo.data.sets.table import table_of
from zeo.errors import ConfigError, PluginTypeError
from zeo.plugin.candidate import Rejection, Sample
from zeo.plugin.columns import columns_by_name
from zeo.plugin.interfaces import Generator
from zeo.plugin.registry import Plugins, installed_plugins
from zeo.running.config import Options, merge_options
from zeo.running.planning import resolved_options
from zeo.tools.foreign import foreign_code
from zeo.tools.plain import plain_json

ORIGIN = "hypothetical"

FINDS = 64
"""Frameworks taken from one exploration, so that no few parents dominate a round."""


@frozen(kw_only=True)
class Recipe:
    """Everything that decides which frameworks a data set of hypothetical ones holds, but for their number.

    Args:
        generator: one that explores.
        relax: whether frameworks are relaxed before they are measured.
        probes: what is measured.
        parents: data sets whose frameworks are changed too, and are not found again.
        seed: of everything random.
        options: of plugins, as the user wrote them.
    """

    generator: str = "search"
    relax: bool = True
    probes: tuple[str, ...] = ("methane",)
    parents: tuple[str, ...] = ()
    seed: int = 0
    options: Options = field(factory=dict)

    @property
    def plugins(self) -> Plugins:
        return installed_plugins().configured(self.options)

    def as_json(self) -> dict[str, Any]:
        """For the description of the data set: its columns are measured with all of these options."""
        measured_with = resolved_options([("probe", name) for name in self.probes], self.plugins)
        recipe = evolve(self, options=merge_options(self.options, measured_with))
        return plain_json(
            attrs.asdict(recipe, filter=lambda field, value: field.name != "parents" or bool(value))
        )

    def property_columns(self) -> tuple[Column, ...]:
        """The columns that the probes fill.

        Raises:
            ZeoError: there is no such probe.
        """
        return property_columns(columns_by_name(self.probes, self.plugins))


@frozen
class Exploration:
    """One bounded effort to find frameworks: its seed, and the frameworks to change; none to begin anew."""

    seed: int
    parents: FrameworkSet


@frozen
class Explored:
    """What came of it.

    Args:
        entries: identified, each net once; their names mean nothing yet.
        lost: samples that are no framework, by reason.
        repeated: samples of a net that an earlier sample has.
    """

    entries: tuple[Entry, ...]
    lost: Mapping[str, int]
    repeated: int


class Worker:
    """What a process does: explore, or measure.

    Raises:
        ZeoError: a plugin or an option that cannot work.
    """

    def __init__(self, recipe: Recipe) -> None:
        plugins = recipe.plugins
        if not plugins.find("generator", recipe.generator).spec.explores:
            raise ConfigError(
                f"{recipe.generator} cannot search for new frameworks; the generator search can"
            )
        self._columns = recipe.property_columns()
        self._measuring = Measuring(plugins, recipe.relax, recipe.probes)
        self._generator: Generator = plugins.create("generator", recipe.generator)
        with foreign_code(f"loading {recipe.generator}"):
            self._generator.load(None, "cpu")

    def __call__(self, item: Exploration | Entry) -> Explored | pa.Table:
        return self.explored(item) if isinstance(item, Exploration) else self.measured(item)

    def explored(self, exploration: Exploration) -> Explored:
        """The first :data:`FINDS` samples of an exploration."""
        entries: dict[str, Entry] = {}
        lost: Counter[str] = Counter()
        repeated = 0
        with foreign_code():
            samples = list(islice(self._generator.explore(exploration.seed, exploration.parents), FINDS))
        for sample in samples:
            found = self._identified(sample)
            if isinstance(found, Rejection):
                lost[found.reason] += 1
            else:
                repeated += found.key in entries
                entries.setdefault(found.key, found)
        return Explored(tuple(entries.values()), dict(lost), repeated)

    def _identified(self, sample: Sample) -> Entry | Rejection:
        if sample.rejection is not None:
            return sample.rejection
        if not isinstance(sample.structure, Structure):
            raise PluginTypeError("explored and emitted a sample without a structure")
        source = sample.source
        return self._measuring.identified(
            "",
            sample.structure,
            ORIGIN,
            operation=source.get("operation"),
            parent=source.get("parent"),
            search_group=source.get("space_group"),
            residual=source.get("residual"),
        )

    def measured(self, entry: Entry) -> pa.Table:
        """The one row that an identified entry becomes; its cell is the smallest, an orthogonal one if
        there is any."""
        entry = evolve(entry, structure=smallest_cell(entry.structure))
        return table_of([self._measuring.measured(entry)], self._columns)


def prepare(recipe: Recipe) -> Callable[[Exploration | Entry], Explored | pa.Table]:
    """A worker; see :class:`zeo.tools.parallel.Workers`."""
    return Worker(recipe)
