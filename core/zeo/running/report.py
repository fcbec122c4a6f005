"""Report: a summary as ``summary.csv``, ``report.json``, and the funnel and table that the terminal shows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs
import numpy as np
import pyarrow as pa

from zeo.data.known.reference import new_to
from zeo.data.sets.runs import labelled
from zeo.data.sets.splits import split_of
from zeo.errors import RunDirectoryError
from zeo.plugin.feasibility import SLC_BANDS
from zeo.plugin.framework import KNOWN, TRAINING
from zeo.plugin.quantity import Quantity
from zeo.records.record import Record
from zeo.records.table import selected, table_of
from zeo.running.achieved import Met
from zeo.running.cifs import MOST_CIFS
from zeo.running.plan import Plan
from zeo.running.provenance import ADDED, COMPARED
from zeo.running.summary import Summary, name
from zeo.tools.spreadsheets import csv_text
from zeo.tools.tables import filled, format_table
from zeo.tools.words import counts_in_words

SUMMARY = "summary.csv"
"""The table of the survivors in the directory of a run, which is written when all else is there."""

RELAXED = ("energy [kJ/mol Si]", "potential", "space_group", "lid_violations")
"""Columns of ``summary.csv`` that relaxation fills."""

RANKED = ("id", "seed", "duplicate_of", "on_target", "distance")
"""Those that say which sample it is and how well it is what was wanted: whether it meets all wishes, and the
sum of how far it misses each, relative to the wish's larger bound."""

OF_NET = ("name", "novelty", "split", "net_key", "t_atoms", "unique_t", "largest_ring")
"""Those that the net decides; the split is that which a data set would give it, and ``train`` where the
generator learned from it."""

OF_CELL = (
    *("a [A]", "b [A]", "c [A]", "alpha [degree]", "beta [degree]", "gamma [degree]"),
    "density [T/1000 A3]",
)
"""Those of the cell."""


TEXTS = ("id", "duplicate_of", "name", "novelty", "split", "net_key", "potential", "space_group", "cif")
"""Columns of texts, though a name may look like a number."""

CLOSED = ("on_target_in_closed_pores",)
"""Column of ``summary.csv`` that marks what only closed pores bring on target."""


def summary_csv(summary: Summary) -> str:
    """The survivors with every quantity, best first; units are in the header, in brackets."""
    return "".join(summary_lines(summary))


def summary_lines(summary: Summary) -> Iterator[str]:
    """The same in pieces of whole lines.

    Raises:
        RunDirectoryError: a part of the run is damaged.
    """
    measured = [column.heading for column in summary.columns]
    yield csv_text([[*RANKED, *OF_NET, *OF_CELL, *RELAXED, *CLOSED, *measured, "cif"]])
    table = _ranked_table(summary)
    for start in range(0, len(table), LINES_AT_A_TIME):
        places = range(start, min(start + LINES_AT_A_TIME, len(table)))
        yield csv_text(zip(*_cells(table.slice(start, len(places)), places, summary), strict=True))


LINES_AT_A_TIME = 1000

_OF_CELL = ("a", "b", "c", "alpha", "beta", "gamma", "density")

_RELAXED = ("energy", "potential", "group", "lid_verdict")

_READ = (
    *("index", "survived", "ancestor", "code", "novelty", "key", "t_atoms", "unique_t", "largest_ring"),
    *(*_OF_CELL, *_RELAXED),
)
"""Columns of the records that the table has beside what probes measure."""


def _ranked_table(summary: Summary) -> pa.Table:
    """The survivors with all that is read of them, best first."""
    names = [*_READ, *(column.name for column in summary.columns)]
    found = [selected(table_of([]), names)]
    for table in summary.store.tables(names):
        if isinstance(table, RunDirectoryError):
            raise table
        found.append(table.filter(table["survived"]).select(names))
    whole = pa.concat_tables(found).combine_chunks()
    return whole.take(np.searchsorted(whole["index"].to_numpy(), summary.survivors.indices))


def _cells(table: pa.Table, places: range, summary: Summary) -> Iterator[Sequence[Any]]:
    """The columns of ``summary.csv`` for some survivors that follow each other.

    Args:
        table: of these.
        places: their ranks, from 0.
        summary: of the run.
    """
    known = {column: table[column].to_pylist() for column in table.column_names}
    survivors, indices = summary.survivors.at(np.array(places)), known["index"]
    yield [labelled(f"{index:06d}") for index in indices]
    yield [summary.plan.seed_of(index) for index in indices]
    firsts = zip(survivors.firsts.tolist(), indices, strict=True)
    yield [labelled(f"{first:06d}") if first != index else "" for first, index in firsts]
    if survivors.wishes:
        yield ["true" if met == survivors.wishes else "false" for met in survivors.wishes_met.tolist()]
        yield survivors.misses.tolist()
    else:
        yield from [[""] * len(table)] * 2
    yield known["code"]
    yield known["novelty"]
    nets = (known[each] for each in ("key", "code", "novelty", "ancestor"))
    yield [_split(*net) for net in zip(*nets, strict=True)]
    yield from (known[each] for each in ("key", "t_atoms", "unique_t", "largest_ring", *_OF_CELL))
    is_relaxed = [energy is not None for energy in known["energy"]]
    for column in _RELAXED:
        yield [cell if relaxed else "" for cell, relaxed in zip(known[column], is_relaxed, strict=True)]
    yield ["yes" if closed else "" for closed in survivors.in_closed_pores.tolist()]
    yield from (known[measured.name] for measured in summary.columns)
    ranks = zip(places, indices, strict=True)
    yield [f"structures/{index:06d}.cif" if place < MOST_CIFS else "" for place, index in ranks]


def _split(key: str | None, code: str | None, novelty: str | None, ancestor: str | None) -> str:
    """Of a net; empty where nothing was identified."""
    if key is None:
        return ""
    return "train" if novelty == TRAINING else split_of(key, code, ancestor)


def report_json(summary: Summary) -> str:
    """The funnel and the counts below it."""
    counts: dict[str, Any] = {
        "drawn": summary.drawn,
        "perfect_before_repair": summary.perfect_before,
        "funnel": [attrs.asdict(stage) for stage in summary.funnel],
        "survivors": len(summary.survivors),
        "distinct_nets": summary.distinct,
        "distinct_named_nets": summary.distinct_named,
        "distinct_nets_by_novelty": dict(summary.distinct_by_novelty),
        "survivors_up_to_slc_energy": {str(limit): summary.below(limit) for limit, _ in SLC_BANDS},
        "drawn_from_known_frameworks": summary.from_known,
        "returned_as_drawn": summary.returned,
        "targets": [str(target) for target in summary.wishes],
        "on_target": summary.on_target if summary.wishes else None,
        "on_target_in_closed_pores": summary.in_closed_pores if summary.wishes else None,
        "until": summary.goal.until if summary.goal else None,
        "until_new": summary.goal.new if summary.goal else None,
        "found": summary.found if summary.goal else None,
        "achieved": [
            {
                "target": str(achieved.wish),
                **attrs.asdict(achieved, filter=lambda field, _: field.name != "wish"),
            }
            for achieved in summary.achieved
        ],
    }
    return json.dumps(counts, indent=1) + "\n"


_NOVELTY_WORDS = {"iza": "IZA", "training": "in the training set", "known": "hypothetical"}

STAGE_WORDS = {
    "generate": "drawn",
    "probe drawn": "measured as drawn",
    "decode": "decoded into atoms",
    "repair": "four-connected after repair",
    "identify": "net identified",
    "probe unrelaxed": "measured before relaxation",
    "screen nets": "with a net as wished",
    "screen": "on target before relaxation",
    "relax": "relaxed",
    "probe": "measured",
    "filter": "passed the filters",
}
"""What passing a stage means, for people."""


def _nets(summary: Summary) -> list[list[str]]:
    """How many different nets there are and how many of them are known, if any was identified."""
    if not summary.identified:
        return [["distinct nets", "-", ""]]
    counts = summary.distinct_by_novelty
    known = ", ".join(
        f"{counts[novelty]:,} {words}" for novelty, words in _NOVELTY_WORDS.items() if counts[novelty]
    )
    return [
        ["distinct nets", f"{summary.distinct:,}", ""],
        ["  of these known", f"{summary.distinct - counts['new']:,}", f"({known})" if known else ""],
        ["  of these new", f"{counts['new']:,}", ""],
    ]


def funnel_table(summary: Summary) -> str:
    """How many candidates passed each stage, and why the others did not."""
    rows = []
    for stage in summary.funnel:
        reasons = counts_in_words(stage.lost)
        if stage.stage == "repair":
            perfect = "-" if summary.perfect_before is None else f"{summary.perfect_before:,}"
            rows.append(["  perfect before repair", perfect, ""])
        rows.append([STAGE_WORDS[stage.stage], f"{stage.passed:,}", reasons])
    if summary.feasibility_known:
        for limit, meaning in SLC_BANDS:
            rows.append([f"  up to {limit:g} kJ/mol Si", f"{summary.below(limit):,}", f"({meaning})"])
    rows += _nets(summary)
    if summary.from_known:
        rows.append(
            ["came back as drawn", f"{summary.returned:,}", f"of {summary.from_known:,} known frameworks"]
        )
    if summary.wishes:
        wanted = "; ".join(map(str, summary.wishes))
        rows.append(["on target", f"{summary.on_target:,}", wanted])
        if summary.in_closed_pores:
            closed = f"{summary.in_closed_pores:,}"
            rows.append(["  in closed pores alone", closed, "marked *, not counted; --unblocked counts them"])
    if summary.goal:
        rows.append(
            ["found", f"{summary.found:,}", f"of {summary.goal.until:,} wanted: {what_counts(summary)}"]
        )
    return format_table([["funnel", "", "lost"]], rows, right={1})


def what_counts(summary: Summary) -> str:
    """Which frameworks a run with a goal counts, such as ``distinct nets, feasible, on target``."""
    conditions = {
        "feasible": summary.feasibility_known,
        "on target": bool(summary.wishes),
        "new": summary.goal is not None and summary.goal.new,
    }
    return ", ".join(["distinct nets", *(word for word, holds in conditions.items() if holds)])


def new_nets(plan: Plan, versions: Mapping[str, str]) -> str:
    """To what the nets without names are new: the reference as it was when the run began.

    Args:
        plan: of the run.
        versions: that it began with.
    """
    folder = plan.options.get(plan.plugin_of("identify") or "", {}).get("reference")
    added = int(versions.get(ADDED, 0))
    places = [new_to(added, folder, versions.get("reference date")), versions.get(COMPARED)]
    return filled(f"new: {', '.join(place for place in places if place)}")


def target_table(summary: Summary) -> str:
    """Target against achieved, on the grids as drawn, where there are any, and on the relaxed frameworks."""
    grids = any(achieved.drawn.count for achieved in summary.achieved)
    frameworks = "feasible frameworks" if summary.feasibility_known else "frameworks"
    groups = ["drawn grids", frameworks] if grids else [frameworks]
    rows = []
    for achieved in summary.achieved:
        tolerance = f"+-{achieved.wish.tolerance:g}" if achieved.wish.tolerance else "in range"
        met = (achieved.drawn, achieved.frameworks) if grids else (achieved.frameworks,)
        rows.append([str(achieved.wish), tolerance, *[cell for each in met for cell in met_cells(each)]])
    return format_table(
        [
            ["", "", *[cell for group in groups for cell in (group, "", "")]],
            ["target", "hit", *["hit", "mean", "median"] * len(groups)],
        ],
        rows,
        right=set(range(2, 2 + 3 * len(groups))),
        spare=(4, 3, 7, 6, 1) if grids else (4, 3, 1),
    )


def met_cells(met: Met) -> list[str]:
    """How many hit a target, mean and median."""
    share = f" ({100 * met.hit / met.count:.0f} %)" if met.count else ""
    averages = ["-" if value is None else f"{value:.4g}" for value in (met.mean, met.median)]
    return [f"{met.hit:,} of {met.count:,}{share}", *averages]


def survivor_table(summary: Summary, limit: int) -> str:
    """The best survivors with their headline quantities; "new" is explained by :func:`new_nets`."""
    shown = summary.shown
    names = [column.label(shown) for column in shown]
    units = ["" if c.quantity.unit == "1" else c.quantity.unit for c in shown]
    rows = []
    for row in summary.rows[:limit]:
        identity = row.record.identity
        label = net_label(row.record)
        rows.append(
            [
                row.record.id,
                label + (f" (= {row.duplicate_of})" if row.duplicate_of else "") + "*" * row.in_closed_pores,
                str(identity.t_atoms) if identity else "?",
                str(identity.unique_t) if identity else "?",
                f"{row.record.energy.value:.1f}" if row.record.energy else "-",
                *[_number(column.of(row.record.properties)) for column in shown],
            ]
        )
    numbers = range(2, 5 + len(shown))
    return format_table(
        [
            ["id", "name", "T atoms", "unique T", "energy", *names],
            ["", "", "", "", "kJ/mol Si", *units],
        ],
        rows,
        right=numbers,
        spare=numbers[:2:-1],
    )


def net_label(record: Record) -> str:
    """The name of a net, or how new it is."""
    if record.identity is None:
        return "?"
    unnamed = {TRAINING: "training set", KNOWN: "known"}
    return name(record) or unnamed.get(record.identity.novelty or "", "new")


def _number(quantity: Quantity) -> str:
    return "undefined" if quantity.value is None else f"{quantity.value:.4g}"
