"""``zeo status``: how far work has come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zeo.tools.printing import print_text

if TYPE_CHECKING:
    from zeo.api.watching import Status

EXAMPLES = """
\b
Examples:
  zeo status runs/zeosym-001
  zeo status hypo/
  zeo status weights/ --json

\b
Only reads, and is safe while the work goes on.
"""


@click.command(epilog=EXAMPLES)
@click.argument("path", metavar="RUN|DATASET|DESIGN|TRAINING", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Write JSON, with everything.")
def status(path: Path, as_json: bool) -> None:
    """Tell how far RUN|DATASET|DESIGN|TRAINING has come: done, rate, time left, losses, hits."""
    from zeo.api.watching import status

    found = status(path)
    print_text(found.json() if as_json else "\n".join(lines(found)) + "\n")


def lines(found: Status) -> Iterator[str]:
    """What is known, a line each."""
    from datetime import timedelta

    of_all = "" if found.wanted is None else f" of {found.wanted:,}"
    yield f"{found.kind}  {found.path}"
    yield from _titled("wanted", found.wishes)
    yield f"done       {found.done:,}{of_all} {found.unit}"
    if found.finished is not None:
        yield f"finished   {'yes' if found.finished else 'no'}"
    if found.rate is not None and not found.finished:
        yield f"rate       {found.rate:,.{0 if found.rate >= 100 else 1}f} an hour"
    if found.seconds_left is not None and not found.finished:
        yield f"time left  {timedelta(seconds=round(found.seconds_left))}"
    if found.seconds_since is not None:
        yield f"last       {timedelta(seconds=round(found.seconds_since))} ago"
    for title, counts in (("hits", found.hits), ("lost", found.lost)):
        yield from _titled(title, [f"{count:,.6g}  {name}" for name, count in counts.items()])


def _titled(title: str, texts: Sequence[str]) -> Iterator[str]:
    for number, text in enumerate(texts):
        yield f"{title if number == 0 else '':11}{text}"
