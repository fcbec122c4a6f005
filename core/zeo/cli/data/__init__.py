"""``zeo data``: making, building and looking at data sets of frameworks. One module for each command."""

from __future__ import annotations

import click

from zeo.cli.data import build, export, info, make, plot
from zeo.cli.ordered import OrderedGroup


@click.group(cls=OrderedGroup)
def data() -> None:
    """Make, build, describe, draw and export data sets."""


for command in (make.make, build.build, info.info, plot.plot, export.export):
    data.add_command(command)
