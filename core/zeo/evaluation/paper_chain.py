"""A run that was cleaned up as Kim, Lee & Kim did, counted as they count, beside their own counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from zeo.evaluation.blocks import percent
from zeo.evaluation.figures import CHECKS
from zeo.evaluation.outcome import Outcome
from zeo.evaluation.published import ZEOGAN
from zeo.plugin.feasibility import FEASIBLE_BELOW, SLC_BANDS
from zeo.tools.spreadsheets import csv_text
from zeo.tools.tables import format_table

STEPS = {
    "drawn": "shapes drawn",
    "si_o_window": "0.45 < Si:O < 0.55",
    "both_gates": "  and connectivity >= 75 %",
    "perfect": "four-connected after repair",
    "perfect_10_unique_t": "  at most 10 unique T atoms",
    "up_to_105.6": "relaxed, up to 105.6 kJ/mol Si",
    "feasible": "relaxed, up to 30 kJ/mol Si",
}
"""The chain, by the names of :data:`zeo.evaluation.figures.CHECKS`."""

BANDS = (FEASIBLE_BELOW, SLC_BANDS[-1][0])
"""kJ/mol Si; the two by which Fig. 6 counts."""

BIN = 4
"""Numbers of unique T atoms that a bar of the histogram stands for."""

WIDTH = 50
"""Characters of the longest bar."""


def chain_table(outcomes: Sequence[Outcome]) -> str:
    """The counts of a run and those of the paper, both as shares of the shapes drawn."""
    checks = {check.name: check for check in CHECKS}
    rows = []
    for name, label in STEPS.items():
        count = sum(map(checks[name].passes, outcomes))
        theirs = ZEOGAN.figures[name]
        rows.append(
            [
                label,
                f"{count:,}",
                percent(count / len(outcomes)) if outcomes else "-",
                "" if theirs.count is None else f"{theirs.count:,}",
                f"{theirs.of:,}" if theirs.of else "",
                percent(theirs.share),
            ]
        )
    named = sum(outcome.relaxed and outcome.name is not None for outcome in outcomes)
    rows.append(["  known coordination sequence", f"{named:,}", "", "7", "8", ""])
    return format_table(
        [["", "this run", "", ZEOGAN.name, "", ""], ["", "", "%", "", "of", "%"]],
        rows,
        right=range(1, 6),
        spare=(4,),
    )


def unique_t_counts(outcomes: Sequence[Outcome], limit: float) -> Counter[int]:
    """Relaxed frameworks up to an energy, kJ/mol Si, by their number of unique T atoms."""
    return Counter(
        outcome.unique_t for outcome in outcomes if outcome.unique_t is not None and outcome.below(limit)
    )


def histogram_csv(outcomes: Sequence[Outcome]) -> str:
    """Fig. 6 as a table: a line for each number of unique T atoms that occurs."""
    below, all_of_them = (unique_t_counts(outcomes, limit) for limit in BANDS)
    header = ["unique_t", *(f"frameworks_up_to_{limit:g}_kJ_per_mol_Si" for limit in BANDS)]
    rows = ([number, below[number], all_of_them[number]] for number in sorted(all_of_them))
    return csv_text([header, *rows])


def histogram(outcomes: Sequence[Outcome]) -> str:
    """Fig. 6 as bars: frameworks against unique T atoms, without the numbers that none has."""
    below, all_of_them = (binned(unique_t_counts(outcomes, limit)) for limit in BANDS)
    if not all_of_them:
        return ""
    scale = max(1.0, max(all_of_them.values()) / WIDTH)
    rows = []
    for first in sorted(all_of_them):
        full, whole = (round(counts[first] / scale) for counts in (below, all_of_them))
        label = f"{first * BIN + 1} to {(first + 1) * BIN}"
        rows.append([label, str(all_of_them[first]), "#" * full + "-" * (whole - full)])
    return format_table(
        [["unique T", "", f"# up to {BANDS[0]:g}, - up to {BANDS[1]:g} kJ/mol Si"]], rows, {1}
    )


def binned(counts: Counter[int]) -> Counter[int]:
    """Counts of numbers from 1 on, :data:`BIN` of them in one."""
    found: Counter[int] = Counter()
    for number, count in counts.items():
        found[(number - 1) // BIN] += count
    return found
