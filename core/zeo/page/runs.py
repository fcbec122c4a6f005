"""What a page shows of a run: what was wanted, the command, the funnel, the numbers, and its frameworks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow.compute as pc
from attrs import frozen

from zeo.errors import ZeoError
from zeo.page.frameworks import (
    Frameworks,
    Line,
    details_of,
    facts_of,
    measured_values,
    numbers_in,
)
from zeo.page.pore_grid import DrawPores, pores_by
from zeo.page.quantities import Shown, of_formula, shown_quantities
from zeo.page.words import objectives_in_words, wish_card
from zeo.plugin.facts import RelaxFacts
from zeo.plugin.feasibility import FEASIBLE_BELOW, SLC_BANDS, energy_band, is_feasible
from zeo.plugin.framework import NEW
from zeo.plugin.registry import Plugins
from zeo.records.record import Record
from zeo.records.values import final_values
from zeo.running.cifs import cif_of
from zeo.running.command import command_of
from zeo.running.enough import Enough
from zeo.running.plan import Plan
from zeo.running.ranking import Row
from zeo.running.report import STAGE_WORDS, new_nets, what_counts
from zeo.running.rundir import RunDirectory
from zeo.running.summary import Summary, name, summarise
from zeo.tools.words import counted
from zeo.wishes.expressions import Formula

MOST = 10_000
"""Frameworks of a run on a page, and lost samples likewise; more would make it slow."""


@frozen(kw_only=True)
class ReadRun:
    """A run that was read.

    Args:
        directory: of the run.
        name: by which the page calls it.
        summary: of its records.
        lost: records of samples that came to nothing but were measured; the first ones.
        pending: samples that are still to be drawn; at most so many with a goal.
    """

    directory: RunDirectory
    name: str
    summary: Summary
    lost: tuple[Record, ...]
    pending: int

    @classmethod
    def of(cls, directory: RunDirectory, name: str) -> ReadRun:
        """That of a directory.

        Raises:
            RunDirectoryError: a part or a record of it is damaged.
        """
        enough = Enough(directory.goal, directory.plan, directory.n)
        summary = summarise(directory.store, directory.plan, enough)
        lost = directory.records_at(_measured_and_lost(directory))
        return cls(
            directory=directory,
            name=name,
            summary=summary,
            lost=tuple(lost[index] for index in sorted(lost)),
            pending=directory.count_missing(enough.end),
        )

    @property
    def formulas(self) -> list[Formula]:
        """Those that its wishes and objectives compute from several quantities."""
        asked = [*(wish.formula for wish in self.summary.wishes), *self.summary.objectives]
        return list({each.text: each for each in asked if each.single is None}.values())

    def quantities(self, plugins: Plugins) -> list[Shown]:
        """All that the page shows of it."""
        return shown_quantities(self.summary.columns, plugins) + [of_formula(each) for each in self.formulas]

    def numbers(self, known: Mapping[str, Any]) -> dict[str, float | int | None]:
        """Of quantities by name those that are numbers, and those that are computed from several of them."""
        return numbers_in({**known, **{each.text: each.of(known) for each in self.formulas}})


def _measured_and_lost(directory: RunDirectory) -> list[int]:
    """The first samples that came to nothing but were measured."""
    found: list[int] = []
    for table in directory.tables(["survived", "measured_before"]):
        if len(found) < MOST:
            lost = table.filter(pc.and_not(table["measured_before"], table["survived"]))
            found += lost["index"].to_pylist()
    return found[:MOST]


def add_run(run: ReadRun, source: int, most: int, frameworks: Frameworks, plugins: Plugins) -> None:
    """The frameworks of a run, the best ones with details.

    Args:
        run: that was read.
        source: its number on the page.
        most: frameworks with details.
        frameworks: of the page.
        plugins: the installed ones.
    """
    draw = _drawing(run.directory.plan, plugins)
    for number, row in enumerate(run.summary.rows[:MOST]):
        frameworks.add(_line(row, run, source))
        if number < most:
            _add_detail(row.record, run, draw, frameworks)
    for record in run.lost:
        line = Line(id=record.id, source=source, values=_values_before(record, run))
        frameworks.lost.append((line, record.history[-1].reason))


def _drawing(plan: Plan, plugins: Plugins) -> DrawPores:
    """What draws the pores that the probes of a run see; nothing where a plugin of it is not installed."""
    try:
        return pores_by(plan.probes, plugins.configured(plan.options))
    except ZeoError:
        return lambda _structure: None


def _add_detail(record: Record, run: ReadRun, draw: DrawPores, frameworks: Frameworks) -> None:
    """Atoms that cannot be read are left out, and said to be."""
    directory = run.directory
    try:
        ((_, structure),) = directory.structures_at([record.index])
        facts, pores = details_of(structure, facts_of(record), draw)
        frameworks.add_detail(facts, cif_of(record, structure, directory.plan), pores)
    except (ZeoError, ValueError) as error:
        frameworks.add_detail({**facts_of(record), "missing": f"no atoms: {_one_line(error)}"}, "", None)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _line(row: Row, run: ReadRun, source: int) -> Line:
    record, wishes = row.record, run.summary.wishes
    known, relaxed = final_values(record, run.summary.columns), record.facts(RelaxFacts)
    novelty = known["novelty"]
    return Line(
        id=record.id,
        source=source,
        name=name(record) or "",
        novelty=novelty if isinstance(novelty, str) else "",
        group=relaxed.space_group or "",
        same=row.duplicate_of or "",
        band=energy_band(record.energy) if record.energy else "",
        feasible=is_feasible(record.energy, relaxed.net_unchanged),
        met=bool(wishes) and row.wishes_met == len(wishes),
        front=row.on_front and len(run.summary.objectives) > 1,
        values={**_values_before(record, run), "after": run.numbers(known)},
    )


def _values_before(record: Record, run: ReadRun) -> dict[str, dict[str, float | int | None]]:
    columns = run.summary.columns
    return {
        "grid": measured_values(record.grid_properties, columns),
        "before": measured_values(record.unrelaxed_properties, columns),
    }


def card_of(run: ReadRun, plugins: Plugins) -> dict[str, Any]:
    """What stands at the top of the page."""
    plan, summary = run.directory.plan, run.summary
    quantities = {each.id: each for each in run.quantities(plugins)}
    directed = [
        (each.direction, asked) for each, asked in zip(plan.objectives, summary.objectives, strict=True)
    ]
    return {
        "name": run.name,
        "made": f"{counted(summary.drawn, 'sample')} by {plan.generator}",
        "wishes": [wish_card(each.wish, each.frameworks, quantities) for each in summary.achieved],
        "objectives": objectives_in_words(directed, quantities),
        "front": [asked.text for asked in summary.objectives],
        "command": _command(run, plugins),
        "funnel": list(_funnel(summary)),
        "numbers": list(_numbers(summary)),
        "about": list(_about(run)),
    }


def _command(run: ReadRun, plugins: Plugins) -> str:
    """Empty where a plugin of the run is not installed any more."""
    directory = run.directory
    try:
        return command_of(directory.plan, directory.n, directory.goal, plugins, directory.shard)
    except ZeoError:
        return ""


def _funnel(summary: Summary) -> Iterator[dict[str, Any]]:
    """Its steps: those at which something happened, and what is counted aside."""
    for number, stage in enumerate(summary.funnel):
        if stage.stage == "repair" and summary.perfect_before is not None:
            yield _aside("perfect before repair", summary.perfect_before, "as drawn")
        if number == 0 or stage.lost or stage.stage == "relax":
            lost = sorted(stage.lost.items(), key=lambda item: -item[1])
            yield {"words": STAGE_WORDS[stage.stage], "passed": stage.passed, "lost": lost, "aside": ""}
    if summary.feasibility_known:
        for limit, meaning in sorted(SLC_BANDS[:2], reverse=True):
            yield _aside(f"up to {limit:g} kJ/mol Si", summary.below(limit), meaning)


def _aside(words: str, count: int, meaning: str) -> dict[str, Any]:
    return {"words": words, "passed": count, "lost": [], "aside": meaning}


def _numbers(summary: Summary) -> Iterator[list[Any]]:
    """The count, what is counted, and what that means; the one that matters most is the last."""
    survivors, known = summary.survivors, summary.feasibility_known
    kept = survivors.feasible if known else np.full(len(survivors), True)
    yield [summary.drawn, "drawn", "samples that the generator drew"]
    if known:
        meaning = f"relaxed, net kept, at most {FEASIBLE_BELOW:g} kJ/mol Si above quartz"
        yield [int(kept.sum()), "feasible", meaning]
    else:
        yield [int(kept.sum()), "survivors", "samples that every stage passed on"]
    if nets := len(np.unique(survivors.firsts[kept & survivors.has_net])):
        new = np.unique(survivors.firsts[kept & (survivors.novelties == NEW)])
        yield [nets, "distinct", "different nets among these"]
        yield [len(new), "new", "different nets among these that nothing knows"]
    if summary.goal is not None:
        yield [summary.found, f"of {summary.goal.until:,} wanted", what_counts(summary)]
    if summary.wishes:
        on_target = int((kept & (survivors.wishes_met == len(summary.wishes))).sum())
        yield [on_target, "on target", "of the feasible ones, those that meet every wish after relaxation"]


def _about(run: ReadRun) -> Iterator[str]:
    directory, summary = run.directory, run.summary
    if run.pending:
        most = "at most " if directory.goal is not None else ""
        yield f"Not finished: {most}{run.pending} of {len(directory.indices)} samples are still to be drawn."
    if len(summary.survivors) > MOST:
        yield f"The best {MOST} of {len(summary.survivors)} survivors are here; summary.csv has all."
    if summary.drawn and not len(summary.survivors):
        yield _advice(summary)
    if directory.plan.probes:
        yield f"Measured by {', '.join(directory.plan.probes)}."
    if summary.survivors.has_net.any():
        yield f"What is {new_nets(directory.plan, directory.versions).replace('new:', 'new is', 1)}."
    yield f"Made with {', '.join(f'{what} {version}' for what, version in _software(run))}."


def _advice(summary: Summary) -> str:
    """What to do about a run without survivors: where most were lost."""
    lost = [(count, why, stage.stage) for stage in summary.funnel for why, count in stage.lost.items()]
    if not lost:
        return "Nothing came through."
    count, why, stage = max(lost)
    screened = stage.startswith("screen")
    cure = "leave out --screen or widen the wishes" if screened else "draw more samples (-n)"
    return f"Nothing came through: {count} of {summary.drawn} were lost because of “{why}”; {cure}."


def _software(run: ReadRun) -> list[tuple[str, str]]:
    """The versions of what computes; facts about the reference are told elsewhere."""
    return sorted((what, value) for what, value in run.directory.versions.items() if " " not in what)
