"""A training set from any sources: gathered, chosen from, split and written.

The order of the sources decides which of several frameworks with one net is kept: the first.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from attrs import evolve, frozen
from numpy.typing import NDArray

from zeo.data.known.iza import CITATION
from zeo.data.making import refusals
from zeo.data.making.gathering import Gathering
from zeo.data.making.measuring import stages_of
from zeo.data.making.preparation import HENRY, VOID_FRACTION, Listed, Named, Requirements, columns_of, prepare
from zeo.data.making.refusals import Refusal
from zeo.data.making.selection import Bin, Pool, bins_of, select
from zeo.data.making.sources import check, items
from zeo.data.sets.description import Description
from zeo.data.sets.entry import SPLITS
from zeo.data.sets.splits import random_half
from zeo.data.sets.store import DataSet, is_data_set
from zeo.data.sets.writer import DataSetWriter
from zeo.errors import ConfigError
from zeo.plugin.registry import installed_plugins
from zeo.plugin.use import refuse_idle_options
from zeo.running.sharing import workers as sharing_out
from zeo.tools.files import held, write_atomically
from zeo.tools.parallel import Workers
from zeo.tools.progress import progress

REJECTED_FILE = "rejected.csv"
BUILDING = ".building"
PART = 1000
"""Frameworks in a part."""

RIGHT_ANGLED = "with an orthogonal cell, as grids need"

REACHABLE = "of them entered by methane from outside"
"""The count of those whose Henry coefficient passes without closed pores too."""


@frozen(kw_only=True)
class Plan:
    """Everything that decides what a build makes.

    Args:
        sources: see :func:`zeo.data.making.sources.items`.
        requirements: on each framework.
        split: ``"lineage"`` keeps nets and lineages together and holds IZA types out; ``"random-half"`` is
            that of the reference papers (:mod:`zeo.data.sets.splits`).
        size: how many are chosen so that what IZA types cover is covered; None keeps all.
        three_ring_limit: largest share of frameworks with three-rings among the chosen.
        seed: of the choice and of the random half.
    """

    sources: tuple[str, ...]
    requirements: Requirements
    split: str = "lineage"
    size: int | None = None
    three_ring_limit: float = 0.05
    seed: int = 0

    def as_json(self) -> dict[str, Any]:
        """For the description of the data set."""
        return {
            "command": "zeo data build",
            "sources": list(self.sources),
            **self.requirements.as_json(),
            "split": self.split,
            "size": self.size,
            "three_ring_limit": self.three_ring_limit,
            "seed": self.seed,
        }

    @property
    def steps(self) -> tuple[str, ...]:
        """Those of :data:`zeo.data.making.refusals.STEPS` that are taken."""
        left_out = {
            refusals.ENERGY: self.requirements.max_energy is None,
            refusals.ADSORBING: self.requirements.min_kh == 0,
            refusals.KNOWN_WANTED: not self.requirements.where,
            refusals.WANTED: not self.requirements.where,
            refusals.SELECTED: self.size is None,
        }
        return tuple(step for step in refusals.STEPS if not left_out.get(step))


def _refuse_idle_options(requirements: Requirements) -> None:
    plugins = installed_plugins().configured(requirements.options)
    used = stages_of(requirements.relax, requirements.probes)
    refuse_idle_options(requirements.options, used, plugins, "this data set")


def build(out: Path, plan: Plan, jobs: int, executor: Executor | None = None) -> DataSet:
    """Build a data set, or go on with one that was not finished.

    Args:
        out: its directory.
        plan: what to build.
        jobs: worker processes; 0 works in this one.
        executor: whose workers do the work instead.

    Returns:
        The data set; its counts tell how many frameworks each step left.

    Raises:
        ZeoError: a source or an option that cannot work, or another data set in ``out``.
        OSError: the disk is full.
    """
    columns = columns_of(plan.requirements, installed_plugins().configured(plan.requirements.options))
    if plan.size is not None and VOID_FRACTION not in {column.name for column in columns}:
        raise ConfigError("a choice by size looks at the void fraction for methane: it needs --probe methane")
    check(plan.sources)
    prepare(plan.requirements)  # what cannot work is found out before anything is written
    _refuse_idle_options(plan.requirements)
    description = Description(
        name=out.resolve().name,
        made_by=plan.as_json(),
        sources=plan.sources,
        properties=columns,
        citation="; ".join(dict.fromkeys(filter(None, map(_citation_of, plan.sources)))),
    )
    with held(out):
        writer = DataSetWriter(out, description)
        if not writer.description.counts:
            _make(writer, plan, jobs, executor)
        shutil.rmtree(out / BUILDING, ignore_errors=True)  # a build killed right here had left it
    return writer.finished


def _citation_of(source: str) -> str:
    if source in ("iza", "relaxed"):
        return CITATION
    return DataSet.open(source).description.citation if is_data_set(source) else ""


def _make(writer: DataSetWriter, plan: Plan, jobs: int, executor: Executor | None) -> None:
    total = sum(1 for _ in items(plan.sources))
    # a source that has changed is another source
    made_by = {**writer.description.made_by, "items": total}
    gathering = Gathering(writer.directory / BUILDING, evolve(writer.description, made_by=made_by, parts=()))
    with sharing_out(prepare, (plan.requirements,), jobs, executor) as workers:
        with progress("zeo data build", total - gathering.position) as advance:
            gathering.gather(items(plan.sources), total, workers, lambda: advance(""))
        rows = gathering.rows.finished
        chosen = np.arange(len(rows))
        if plan.size is not None and plan.size < len(rows):
            chosen = _chosen(rows, plan, _bins_of_iza_types(workers))
    _write_parts(writer, rows, chosen, _splits(len(chosen), plan))
    not_chosen = _not_chosen(rows, chosen, plan)
    _write_rejected(writer.directory / REJECTED_FILE, [*gathering.refusals(), *not_chosen])
    refused = gathering.refused + refusals.refused_by_step(not_chosen)
    counts = refusals.counts_of(gathering.found, refused, plan.steps)
    writer.describe(counts=counts | _counts_within(writer.finished, plan))


def _chosen(rows: DataSet, plan: Plan, covered: set[Bin]) -> NDArray[np.int64]:
    assert plan.size is not None
    lineages = rows.column("lineage")
    pool = Pool(
        names=rows.names,
        lineages=[lineage or name for lineage, name in zip(lineages, rows.names, strict=True)],
        density=rows.column("density"),
        t_atoms=rows.column("t_atoms"),
        void_fraction=rows.column(VOID_FRACTION),
        three_rings=rows.column("three_ring_share"),
    )
    return select(pool, plan.size, covered, plan.three_ring_limit, plan.seed)


def _bins_of_iza_types(workers: Workers[Listed | Named, Any]) -> set[Bin]:
    """Where the IZA types lie that meet the same requirements."""
    listed = (Listed(item.name, item.source, item.take()) for item in items(["relaxed"]))
    read = [outcome for _, outcome in workers.map(listed) if not isinstance(outcome, Exception)]
    types = [one for found in read for one in found if not isinstance(one, Refusal)]
    named = [Named(entry, "iza", entry.name) for entry in types]
    rows = [row for _, row in workers.map(named) if isinstance(row, pa.Table)]
    if not rows:
        return set()
    table = pa.concat_tables(rows)
    return set(bins_of(*(table[name].to_numpy() for name in ("density", "t_atoms", VOID_FRACTION))))


def _splits(count: int, plan: Plan) -> list[str] | None:
    """One for each framework; None where the rows have theirs."""
    return random_half(count, plan.seed) if plan.split == "random-half" else None


def _write_parts(
    writer: DataSetWriter, rows: DataSet, chosen: NDArray[np.int64], splits: Sequence[str] | None
) -> None:
    """Write the parts that are not there yet."""
    done = writer.parts
    for number, table in enumerate(_parts(rows, chosen)):
        if number < done:
            continue
        if splits is not None:
            own = splits[number * PART : number * PART + len(table)]
            place = table.schema.get_field_index("split")
            table = table.set_column(place, table.schema.field(place), pa.array(own, pa.string()))
        writer.append_rows(table)


def _parts(rows: DataSet, chosen: NDArray[np.int64]) -> Iterator[pa.Table]:
    """The chosen rows in tables of :data:`PART`, the last one shorter."""
    waiting: list[pa.Table] = []
    start = 0
    for number, part in enumerate(rows.description.parts):
        table = rows.part(number)
        inside = chosen[(chosen >= start) & (chosen < start + part.frameworks)] - start
        start += part.frameworks
        waiting.append(table.take(pa.array(inside)))
        while sum(map(len, waiting)) >= PART:
            together = pa.concat_tables(waiting)
            yield together.slice(0, PART).combine_chunks()
            waiting = [together.slice(PART)]
    if sum(map(len, waiting)):
        yield pa.concat_tables(waiting).combine_chunks()


def _not_chosen(rows: DataSet, chosen: NDArray[np.int64], plan: Plan) -> list[Refusal]:
    left = np.setdiff1d(np.arange(len(rows)), chosen)
    origins, names = rows.column("origin"), rows.column("name")
    reason = f"not among the {plan.size} selected"
    return [Refusal(origins[i], names[i], refusals.SELECTED, reason) for i in left]


def _write_rejected(path: Path, refused: Sequence[Refusal]) -> None:
    write_atomically(path, refusals.csv_text(refused))


def _counts_within(built: DataSet, plan: Plan) -> dict[str, int]:
    """How many of the frameworks have something in common."""
    splits = built.column("split")
    counts = {RIGHT_ANGLED: int(built.has_right_angles.sum())}
    counts |= {split: int((splits == split).sum()) for split in SPLITS}
    least = plan.requirements.min_kh
    if least > 0:
        accessible = np.nan_to_num(built.column(f"{HENRY}_accessible"))
        counts = {REACHABLE: int((accessible > least).sum())} | counts
    return counts
