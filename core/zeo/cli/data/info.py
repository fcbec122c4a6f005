"""``zeo data info``: what a data set is, what it holds and how good it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from zeo.cli.options import tabular
from zeo.tools.printing import print_text, printable

if TYPE_CHECKING:
    from zeo.data.looking.statistics import Comparison, Distribution, Spread
    from zeo.data.sets.description import Description
    from zeo.data.sets.store import DataSet

EXAMPLES = """
\b
Examples:
  zeo data info hypo/
  zeo data info standard
  zeo data info s3://bucket/hypo --sample 1000
  zeo data info hypo/ --json

The last table compares the feasible frameworks with the IZA types of the data set or, when it has none, with
those that ship with zeo: mean and standard deviation over all bonds, angles or frameworks. JSON has all of
it, with dataset.json as the description; CSV has the quantiles.
"""


@click.command(epilog=EXAMPLES)
@click.argument("dataset")
@click.option(
    "--sample",
    type=click.IntRange(min=1),
    default=200,
    show_default=True,
    help="Frameworks whose bonds, angles and pores are measured.",
)
@tabular
def info(dataset: str, sample: int, form: str | None) -> None:
    """Describe DATASET (a directory, a URL, "standard" or "open"): origin, splits, quantiles, quality."""
    from zeo.data.sets.store import DataSet

    data = DataSet.open(dataset)
    if form == "json":
        print_text(json_text(data, sample))
    elif form == "csv":
        print_text(csv_text(data))
    else:
        describe(data, sample)


def json_text(data: DataSet, sample: int) -> str:
    """All that the tables tell."""
    import json

    from attrs import asdict

    from zeo.data.looking.group import compared, group
    from zeo.data.looking.statistics import PERCENTILES, compare, distributions, split_counts, verdicts
    from zeo.plugin.registry import installed_plugins

    plugins = installed_plugins()
    sound = group("feasible", data.feasible)
    groups = compared(data, plugins) if sound.size else []
    told = {
        "description": json.loads(data.description.to_json()),
        "verdicts": verdicts(data),
        "splits": [asdict(one) for one in split_counts(data)],
        "percentiles": PERCENTILES,
        "feasible": [asdict(one) for one in distributions(sound, data.description.properties)],
        "compared": [{"group": one.title, "frameworks": one.size} for one in groups],
        "quality": [asdict(row) for row in compare(groups, sample, plugins)],
    }
    return json.dumps(told, indent=1)


def csv_text(data: DataSet) -> str:
    """The quantiles of the feasible frameworks, a line for each quantity."""
    from zeo.data.looking.group import group
    from zeo.data.looking.statistics import PERCENTILES, distributions
    from zeo.tools import spreadsheets

    header = ["quantity", "unit", "known", *(f"{p}%" for p in PERCENTILES)]
    sound = group("feasible", data.feasible)
    found = distributions(sound, data.description.properties) if sound.size else []
    return spreadsheets.csv_text(
        [header, *([one.name, one.unit, one.known, *one.quantiles] for one in found)]
    )


def describe(data: DataSet, sample: int) -> None:
    """Tables, each as soon as it is known."""
    from zeo.data.looking.group import compared, group
    from zeo.data.looking.statistics import compare, distributions
    from zeo.plugin.registry import installed_plugins
    from zeo.tools.tables import filled

    print_text("\n\n".join([provenance(data.description), *contents(data)]))
    sound = group("feasible", data.feasible)
    if sound.size == 0:
        print_text("\nNo framework is known to be feasible; zeo data build --relax finds out.")
        return
    print_text("\n" + quantile_table(distributions(sound, data.description.properties)))
    plugins = installed_plugins()
    groups = compared(data, plugins)
    print_text("\n" + quality_table([one.title for one in groups], compare(groups, sample, plugins)))
    sizes = ", ".join(f"{min(sample, one.size)} of {one.size} ({one.title})" for one in groups)
    measured = f"Measured on a random sample unless stored: bonds, angles and spheres of {sizes}."
    print_text("\n" + filled(measured))


def provenance(description: Description) -> str:
    """Where a data set comes from, one fact a line."""
    from zeo.tools.tables import filled

    facts = {
        "data set": description.name,
        "frameworks": f"{len(description):,}",
        "made by": f"zeo {description.zeo_version}",
        **dict(_flat(description.made_by)),
        "sources": ", ".join(description.sources),
        "licence": description.licence,
        "cite": description.citation,
    }
    shown = {name: value for name, value in facts.items() if value}
    width = max(map(len, shown))
    return filled("\n".join(printable(f"{name.ljust(width)}  {value}") for name, value in shown.items()))


def _flat(facts: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Nested options as they would be set: ``search.density`` and its value."""
    for name, value in facts.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        elif isinstance(value, list | tuple):
            yield f"  {prefix}{name}", ",".join(map(str, value))
        elif value is not None:
            yield f"  {prefix}{name}", str(value)


def contents(data: DataSet) -> list[str]:
    """Tables of counts: the steps on the way here, the verdicts, and the origins by split."""
    from zeo.data.looking.statistics import verdicts
    from zeo.data.sets.entry import FEASIBLE

    tables = []
    if data.description.counts:
        tables.append(_count_table("step", data.description.counts.items()))
    counts = verdicts(data)
    if set(counts) - {FEASIBLE}:
        tables.append(_count_table("verdict", counts.items()))
    if len(data):
        tables.append(_split_table(data))
    return tables


def _count_table(title: str, counts: Iterable[tuple[str, int]]) -> str:
    from zeo.tools.tables import format_table

    return format_table([(title, "frameworks")], [(name, f"{n:,}") for name, n in counts], right={1})


def _split_table(data: DataSet) -> str:
    """Frameworks of each split by origin, and the IZA types that they are."""
    from zeo.data.looking.statistics import split_counts
    from zeo.tools.tables import format_table

    counts = split_counts(data)
    rows = [
        [
            one.split or "no split",
            f"{one.frameworks:,}",
            *(f"{n:,}" for n in one.origins.values()),
            str(one.iza_types),
        ]
        for one in counts
    ]
    header = ["split", "frameworks", *counts[0].origins, "IZA types"]
    return format_table([header], rows, right=range(1, len(header)))


def quantile_table(distributions: Sequence[Distribution]) -> str:
    """Quantiles of the feasible frameworks."""
    from zeo.data.looking.statistics import PERCENTILES
    from zeo.tools.tables import format_table

    header = ["feasible frameworks", "unit", "known", *(f"{p}%" for p in PERCENTILES)]
    rows = [
        [one.name, one.unit, f"{one.known:,}", *(f"{value:.4g}" for value in one.quantiles)]
        for one in distributions
    ]
    return format_table([header], rows, right=range(2, len(header)), spare=(2, 4, 6, 3, 7))


def quality_table(titles: Sequence[str], rows: Sequence[Comparison]) -> str:
    """Groups of frameworks side by side."""
    from zeo.tools.tables import format_table

    header = ["quality", "unit", *titles]
    cells = [[row.name, row.unit, *map(_spread, row.spreads)] for row in rows]
    return format_table([header], cells, right=range(2, len(header)))


def _spread(spread: Spread | None) -> str:
    if spread is None:
        return "unknown"
    if spread.deviation is None:
        return f"{spread.mean:.1f}"
    digits = 3 if spread.deviation < 0.1 else 2 if spread.deviation < 1 else 1
    return f"{spread.mean:.{digits}f} ± {spread.deviation:.{digits}f}"
