"""Hypothetical frameworks by the hundred thousand: rounds of search, relaxation and measurement.

In a round, tasks look for frameworks from nothing or change those found in earlier rounds; what has a new net
is relaxed and measured, and becomes one part of the data set. Everything in a round follows from the seed and
the parts before it. A run killed at any instant therefore goes on with the round that it was in, and ends
with the same bytes however many processes it has.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from attrs import evolve
from numpy.typing import NDArray

from zeo.data.known.frameworks import FrameworkSet
from zeo.data.making.ancestry import entry_at, with_ancestry
from zeo.data.making.exploring import Exploration, Recipe, prepare
from zeo.data.making.measuring import stages_of
from zeo.data.making.parents import COLUMNS, Parents
from zeo.data.making.rounds import outcomes, told_how_to_go_on
from zeo.data.sets.description import Description
from zeo.data.sets.entry import FEASIBLE, Entry
from zeo.data.sets.splits import assign
from zeo.data.sets.store import DESCRIPTION_FILE, DataSet
from zeo.data.sets.table import table_of
from zeo.data.sets.writer import DataSetWriter
from zeo.errors import ZeoError
from zeo.plugin.use import refuse_idle_options
from zeo.running.sharing import workers as sharing_out
from zeo.tools.files import held
from zeo.tools.parallel import Workers

FEWEST_TASKS, MOST_TASKS = 2, 64
"""In a round. Few at first, because what one round finds is parent to the next."""

FRAMEWORKS_PER_TASK = 128
"""As many make one more task: a round adds some twenty per cent to what there is."""

ANEW = 16
"""One task in so many begins from nothing, where a net costs far more, so that lineages keep coming."""

PARENTS = 16
"""Frameworks that the other tasks start from."""

FRUITLESS_ROUNDS = 10
"""Without a single new net, after which the search is exhausted."""

NEW = "new"
"""Feasible frameworks that are no framework types of the IZA. A set has each net once and none of those of
its parents, so that they are what a run that wants new frameworks counts."""

STEPS = ("found", "net known before", "measured", FEASIBLE, NEW)
"""Counts that every data set has, in this order; reasons for losses follow."""

Advance = Callable[[str], None]


def make(
    out: Path,
    recipe: Recipe,
    n: int,
    jobs: int,
    advance: Advance = lambda _: None,
    executor: Executor | None = None,
) -> DataSet:
    """Begin or continue a data set until it has ``n`` feasible frameworks; whole rounds are kept.

    Args:
        out: a directory, made if need be.
        recipe: decides what is found.
        n: feasible frameworks wanted; a finished data set can be continued with more.
        jobs: processes; 0 works in this one.
        advance: called for each feasible framework until there are ``n``.
        executor: whose workers do the work instead.

    Raises:
        ConfigError: a recipe that cannot work.
        InputError: ``out`` holds a data set made by another one, or something else.
        ZeoError: the disk is full, another process works on it, or nothing new can be found.
    """
    prepare(recipe)  # what cannot work is found out before anything is written
    used = [("generator", recipe.generator), *stages_of(recipe.relax, recipe.probes)]
    refuse_idle_options(recipe.options, used, recipe.plugins, "this data set")
    with told_how_to_go_on(out), held(out):
        writer = open_writer(out, recipe)
        with sharing_out(prepare, (recipe,), jobs, executor) as workers:
            making = Making(writer, recipe, workers)
            while making.feasible < n:
                making.round(n, advance)
    return writer.finished


def open_writer(out: Path, recipe: Recipe) -> DataSetWriter:
    """A new data set, or the one in ``out`` made by the same recipe; ``out`` is held."""
    made_by = {"command": "zeo data make hypothetical", **recipe.as_json()}
    description = Description(name=out.resolve().name, made_by=made_by, properties=recipe.property_columns())
    return DataSetWriter(out, description)


def feasible_so_far(out: Path) -> int:
    """How many feasible frameworks a data set has; 0 where there is none yet."""
    if not (out / DESCRIPTION_FILE).exists():
        return 0
    return int(DataSet.open(out).description.counts.get(FEASIBLE, 0))


class Making:
    """A data set that grows by rounds. Its keys and those of the frameworks given as parents, and what the
    choice of parents needs, are in memory.

    Args:
        writer: of the data set; its finished parts are the rounds done.
        recipe: that it is made by.
        workers: that explore and measure.
    """

    def __init__(self, writer: DataSetWriter, recipe: Recipe, workers: Workers[Any, Any]) -> None:
        self._writer, self._recipe, self._workers = writer, recipe, workers
        self._parents = Parents()
        self._keys: set[str] = set()
        self._rounds = self._fruitless = 0
        self._given = [DataSet.open(name) for name in recipe.parents]
        for data in self._given:
            self._remember({name: data.column(name) for name in COLUMNS})
        self._counts = Counter(writer.description.counts)
        self._replay(writer.finished)

    @property
    def feasible(self) -> int:
        return self._counts[FEASIBLE]

    def round(self, n: int, advance: Advance) -> None:
        """Explore, measure what is new, and write the next part.

        Args:
            n: feasible frameworks wanted in all.
            advance: called for each until there are so many.
        """
        if self._fruitless >= FRUITLESS_ROUNDS:
            raise ZeoError(
                f"{self._fruitless} rounds found no new net: with these options there are {self.feasible}"
                " feasible frameworks; widen the options, or begin another data set with another --seed"
            )
        counts = self._counts.copy()
        tables = [table_of([], self._writer.description.properties)]
        for table in self._done(self._explore(counts), "measuring", counts):
            verdict = table["verdict"][0].as_py()
            counts.update(["measured", verdict])
            counts[NEW] += verdict == FEASIBLE and table["code"][0].as_py() is None
            tables.append(table)
            if verdict == FEASIBLE and counts[FEASIBLE] <= n:
                advance(f"{counts['measured']} measured, round {self._rounds + 1}")
        rows = pa.concat_tables(tables).combine_chunks()
        steps = (*STEPS, *sorted(counts.keys() - STEPS))
        self._writer.append_rows(rows, {step: counts[step] for step in steps})
        self._counts = counts
        self._keep({name: rows[name].to_pylist() for name in COLUMNS})

    def _explore(self, counts: Counter[str]) -> list[Entry]:
        """The frameworks of a round that have new nets."""
        sets = [*self._given, self._writer.finished]
        parents: dict[str, Entry] = {}
        tasks = []
        for seed, positions in self._plan():
            drawn = {entry.name: entry for entry in (entry_at(sets, int(each)) for each in positions)}
            structures = {name: entry.structure for name, entry in drawn.items()}
            tasks.append(Exploration(seed, FrameworkSet(tuple(drawn), structures.__getitem__)))
            parents |= drawn
        found: dict[str, Entry] = {}
        for explored in self._done(tasks, "exploring", counts):
            lost = Counter(explored.lost)
            counts.update(lost)
            counts["found"] += lost.total() + explored.repeated + len(explored.entries)
            counts["net known before"] += explored.repeated
            for entry in explored.entries:
                if entry.key in self._keys or entry.key in found:
                    counts["net known before"] += 1
                else:
                    entry = evolve(entry, name=f"h{self._rounds:04d}-{len(found):04d}")
                    entry = with_ancestry(entry, parents)
                    found[entry.key] = evolve(entry, split=assign(entry))
        return list(found.values())

    def _plan(self) -> list[tuple[int, NDArray[np.int64]]]:
        """Seed and positions of the parents of every task in this round."""
        stream = np.random.default_rng([self._recipe.seed, self._rounds])
        tasks = min(FEWEST_TASKS + len(self._parents) // FRAMEWORKS_PER_TASK, MOST_TASKS)
        anew = math.ceil(tasks / ANEW)  # these take longest and come first, so that processes end together
        return [
            (int(stream.integers(2**32)), self._parents.draw(stream, 0 if task < anew else PARENTS))
            for task in range(tasks)
        ]

    def _done(self, items: Sequence[Any], doing: str, counts: Counter[str]) -> Iterator[Any]:
        """The results of the work on some items; see :func:`zeo.data.making.rounds.outcomes`."""

        def name_of(item: Any) -> str:
            return str(getattr(item, "name", None) or f"seed {item.seed}")

        def count() -> None:
            counts[f"error in {doing}"] += 1

        return (found for _, found in outcomes(self._workers, items, doing, name_of, count))

    def _replay(self, data: DataSet) -> None:
        """Draw and keep again what the finished rounds drew and kept."""
        columns = {name: data.column(name) for name in COLUMNS}
        start = 0
        for part in data.description.parts:
            self._plan()
            stop = start + part.frameworks
            self._keep({name: column[start:stop] for name, column in columns.items()})
            start = stop

    def _keep(self, columns: Mapping[str, Sequence[Any] | NDArray[Any]]) -> None:
        """The end of a round, in memory."""
        self._remember(columns)
        self._fruitless = 0 if len(columns["key"]) else self._fruitless + 1
        self._rounds += 1

    def _remember(self, columns: Mapping[str, Sequence[Any] | NDArray[Any]]) -> None:
        """Frameworks that may become parents and are not found again."""
        self._keys.update(columns["key"])
        self._parents.add(columns)
