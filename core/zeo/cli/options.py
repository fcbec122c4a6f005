"""Options that several commands have."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from zeo.api.arguments import SMALLEST_GRID

Command = TypeVar("Command", bound=Callable[..., Any])

RELAX = click.option(
    "--relax", metavar="NAME", help="How frameworks are relaxed; none skips it.  [default: relax]"
)

GRID_SIZE = click.option(
    "--grid-size",
    type=click.IntRange(min=SMALLEST_GRID),
    help="Grid points along each axis.  [default: 32]",
)

GRID_SIZE_OF_PROBES = click.option(
    "--grid-size",
    type=click.IntRange(min=SMALLEST_GRID),
    help="Grid points along each axis.  [default: as many as keep them within 0.2 A]",
)

GRID_SIZE_OF_RUN = click.option(
    "--grid-size",
    type=click.IntRange(min=SMALLEST_GRID),
    help="Grid points along each axis.  [default: 32 where grids are drawn, points within 0.2 A of each other"
    " where atoms are measured]",
)

FORCE = click.option("--force", is_flag=True, help="Write over files that exist.")


EXECUTOR = click.option(
    "--executor",
    metavar="WHAT",
    help="What does the work: local:N processes, dask:ADDRESS, dask-slurm, or MODULE:FACTORY.",
)


def tabular(command: Command) -> Command:
    """Adds ``--json``, ``--csv`` and ``--wide``; ``form`` is "json", "csv" or, for a table, None."""

    @click.option("--json", "as_json", is_flag=True, help="Write JSON, with everything.")
    @click.option("--csv", "as_csv", is_flag=True, help="Write CSV, with everything.")
    @click.option("--wide", is_flag=True, help="The whole table, however narrow the terminal is.")
    @wraps(command)
    def with_form(*arguments: Any, as_json: bool, as_csv: bool, wide: bool, **options: Any) -> Any:
        from zeo.tools.tables import whole_tables

        if as_json and as_csv:
            raise click.UsageError("--json and --csv exclude each other")
        form = "json" if as_json else "csv" if as_csv else None
        with whole_tables(wide):
            return command(*arguments, form=form, **options)

    return with_form  # type: ignore[return-value]


def into_file(command: Command) -> Command:
    """Adds ``--out`` for what is printed otherwise, and ``--force``: files that are there are refused, and
    those that are called so get CSV or JSON."""

    @click.option(
        "--out", type=click.Path(path_type=Path), help="Write to this file: NAME.csv, NAME.json, or a table."
    )
    @FORCE
    @wraps(command)
    def with_file(*arguments: Any, out: Path | None, force: bool, **options: Any) -> Any:
        from zeo.tools.files import require_free
        from zeo.tools.tables import whole_tables

        for file in (out, options.get("plot")):
            if file is not None and not force:
                require_free(file)
        if out is not None and options["form"] is None and out.suffix in (".csv", ".json"):
            options["form"] = out.suffix[1:]
        with whole_tables(out is not None):
            return command(*arguments, out=out, force=force, **options)

    return with_file  # type: ignore[return-value]


PAGE = click.option(
    "--report/--no-report",
    "with_page",
    default=None,
    help="Write report.html, on which the results are looked at.  [default: report, or as it was begun]",
)
