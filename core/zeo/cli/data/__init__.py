"""``zeo data``: making, building and looking at data sets of frameworks. One module for each command."""

from __future__ import annotations

import click

from zeo.cli.data import build, export, info, make, plot
from zeo.cli.ordered import OrderedGroup


@click.group(cls=OrderedGroup)
def data() -> None:
    """Make, build, describe, draw and export data sets.

    \b
    Examples:
      zeo data make hypothetical -n 1000 --out hypo
      zeo data build relaxed hypo --out training-set
      zeo data info training-set
    """


for command in (make.make, build.build, info.info, plot.plot, export.export):
    data.add_command(command)
