"""What runs give where a command takes data sets."""

from __future__ import annotations

from collections.abc import Iterable

from zeo.tools.printing import print_line


def tell_runs(sources: Iterable[str]) -> None:
    """A line for each source that is a run: how many of its samples count as frameworks."""
    from zeo.data.sets.runs import counts_of_runs

    for line in counts_of_runs(sources):
        print_line(line, err=True)
