"""An evaluation as tables for people."""

from __future__ import annotations

from collections.abc import Sequence

from zeo.evaluation.blocks import Block, Cells, format_blocks, number, reported_cells, share_cells
from zeo.evaluation.distances import Property
from zeo.evaluation.evaluate import Evaluated, Evaluation
from zeo.evaluation.figures import LINES, Line
from zeo.evaluation.groups import kind_of_frameworks
from zeo.evaluation.hits import Hits
from zeo.evaluation.published import SYSTEMS
from zeo.evaluation.spreads import SHARES
from zeo.plugin.columns import columns_of
from zeo.plugin.registry import Plugins
from zeo.tools.tables import filled
from zeo.wishes.full_name import FullName
from zeo.wishes.units import DIMENSIONLESS
from zeo.wishes.wish import Wish

Row = tuple[str, Sequence[Cells]]

WIDTH = 110
"""Characters after which remarks are broken."""

SHARES_NOTE = """\
%: of the samples drawn; unique nets: of the perfect or feasible samples; below those: of these nets.
95 %: Wilson's interval for the share. docs/definitions.md defines every line."""

DISTANCES_NOTE = """\
sd: standard deviation in the training set. held out: the frameworks for testing. n: of samples; a property
may be known of fewer. decades: logarithms are compared. A few samples are far away by chance alone."""

SPREADS_NOTE = "What the data set does not have: values that 10, 50 and 90 % of the frameworks do not exceed"

NOT_SAID = ("",) * len(SYSTEMS)


def evaluation_text(evaluation: Evaluation, plugins: Plugins) -> str:
    """All tables, with what must be known to read them."""
    parts = [figure_table(evaluation.runs), filled(SHARES_NOTE), remarks()]
    left_out = secondary_quantities(plugins)
    compared = [
        one
        for one in evaluation.properties
        if _has_values(one, evaluation) and FullName.of(one.name).base not in left_out
    ]
    if compared:
        data_sets = f"data set{'s' if len(evaluation.data) > 1 else ''} {' and '.join(evaluation.data)}"
        training = f"{evaluation.training.size:,} frameworks for training of the {data_sets}"
        parts += [
            filled(f"Wasserstein distance to the {training}"),
            distance_table(evaluation, compared),
            filled(DISTANCES_NOTE),
        ]
    if evaluation.further:
        parts += [filled(SPREADS_NOTE), spread_table(evaluation)]
    if evaluation.wishes:
        parts.append(target_table(evaluation))
    return "\n\n".join(parts) + "\n"


def remarks() -> str:
    """What must be known of the published figures."""
    lines = [f"{s.name}, {s.source}: {'; '.join(s.remarks)}." for s in SYSTEMS]
    return filled("\n".join(lines), WIDTH)


def figure_table(runs: Sequence[Evaluated]) -> str:
    """The papers' table: runs and published systems side by side."""
    blocks = [
        *(Block(one.run.name, ("", "%", "95 %")) for one in runs),
        *(Block(system.name, ("", "%")) for system in SYSTEMS),
    ]
    rows = [
        _facts("generator", [one.run.plan.generator for one in runs]),
        _facts("repair", [_repair(one) for one in runs], [system.repair for system in SYSTEMS]),
        *(_line(line, runs) for line in LINES),
        _facts(
            "atoms in a perfect cell, mean",
            [number(one.atoms, ".1f") for one in runs],
            ["" if s.atoms is None else f"{s.atoms:.1f}" for s in SYSTEMS],
        ),
        *(
            _facts(
                f"seconds to {label} a sample", [number(getattr(one.run.seconds, name, None)) for one in runs]
            )
            for name, label in (("drawing", "draw"), ("clean_up", "clean up"))
        ),
    ]
    return format_blocks(blocks, rows)


def _repair(one: Evaluated) -> str:
    return one.run.plan.plugin_of("repair") or "none"


def _line(line: Line, runs: Sequence[Evaluated]) -> Row:
    """A figure of all runs and systems; the first, of which the others are shares, as a count alone."""
    cells = [
        *(share_cells(one.figures[line.name]) for one in runs),
        *(reported_cells(s.figures.get(line.name), s.drawn if line.of == "drawn" else None) for s in SYSTEMS),
    ]
    return line.label, cells if line.of else [cell[:1] for cell in cells]


def _facts(label: str, of_runs: Cells, of_systems: Cells = NOT_SAID) -> Row:
    return label, [[fact] for fact in (*of_runs, *of_systems)]


def _has_values(compared: Property, evaluation: Evaluation) -> bool:
    """Whether some run has."""
    distances = [
        of[compared.name] for one in evaluation.runs for of in (one.drawn_distances, one.framework_distances)
    ]
    return any(one.wasserstein is not None for one in distances)


def secondary_quantities(plugins: Plugins) -> set[str]:
    """What the installed probes measure and do not show in tables, by name without conditions."""
    probes = (entry.spec for entry in plugins.entries("probe"))
    return {column.name for column in columns_of(probes) if not column.quantity.headline}


def distance_table(evaluation: Evaluation, compared: Sequence[Property]) -> str:
    """One property a line, one group of samples a column."""
    columns = [(evaluation.held_out, evaluation.held_out_distances)]
    for one in evaluation.runs:
        columns += [(one.drawn, one.drawn_distances), (one.frameworks, one.framework_distances)]
    columns = [(group, distances) for group, distances in columns if group.size]
    blocks = [
        Block("unit", ("",)),
        Block("sd", ("",)),
        *(Block(group.title, (f"n = {group.size:,}",)) for group, _ in columns),
    ]
    rows = [
        (
            one.name,
            [
                ["" if one.unit == "1" else one.unit],
                [number(evaluation.training_spread.get(one.name))],
                *([number(distances[one.name].wasserstein)] for _, distances in columns),
            ],
        )
        for one in compared
    ]
    return format_blocks(blocks, rows)


def spread_table(evaluation: Evaluation) -> str:
    """One quantity a line, the frameworks of one run a block."""
    shares = [f"{100 * share:g} %" for share in SHARES]
    blocks = [
        Block("unit", ("",)),
        *(Block(one.frameworks.title, ("n", *shares)) for one in evaluation.runs),
    ]
    rows: list[Row] = []
    for column in evaluation.further:
        spreads = [one.spreads[column.name] for one in evaluation.runs]
        unit = "" if column.quantity.unit == DIMENSIONLESS else column.quantity.unit
        rows.append((column.name, [[unit], *([f"{s.n:,}", *map(number, s.values)] for s in spreads)]))
    return format_blocks(blocks, rows)


def target_table(evaluation: Evaluation) -> str:
    """How the runs meet each target, whether they were steered toward it or not."""
    blocks = [Block(one.run.name, ("", "%", "95 %")) for one in evaluation.runs]
    rows: list[Row] = []
    for number_of_wish, wish in enumerate(evaluation.wishes):
        aims = [one.aims[number_of_wish] for one in evaluation.runs]
        rows.append((str(wish), [["steered" if aim.aimed else "not steered"] for aim in aims]))
        if any(aim.drawn for aim in aims):
            rows += _rows_of_hits("drawn", wish, [aim.drawn for aim in aims])
        kinds = dict.fromkeys(kind_of_frameworks(one.run) for one in evaluation.runs)
        rows += _rows_of_hits(" or ".join(kinds), wish, [aim.frameworks for aim in aims])
    return format_blocks(blocks, rows)


def _rows_of_hits(kind: str, wish: Wish, hits: Sequence[Hits | None]) -> list[Row]:
    hit = _what_hits(wish)
    rows: list[Row] = [(f"  {kind}: {hit}", [share_cells(one.hit if one else None) for one in hits])]
    if wish.text is not None:
        return rows
    rows = [
        (f"  {kind}: mean", [[number(one.mean if one else None)] for one in hits]),
        (f"  {kind}: median distance", [[number(one.miss if one else None)] for one in hits]),
        *rows,
    ]
    if any(one is not None and one.above is not None for one in hits):
        rows.append((f"  {kind}: above", [share_cells(one.above if one else None) for one in hits]))
    return rows


def _what_hits(wish: Wish) -> str:
    if wish.tolerance:
        unit = "" if wish.formula.unit == DIMENSIONLESS else f" {wish.formula.unit}"
        return f"within {wish.tolerance:g}{unit}"
    return (
        "in the range" if wish.text is None and wish.low < wish.high and wish.relation == "=" else "as wanted"
    )
