"""Options that several commands have."""

from __future__ import annotations

import click

from zeo.api.arguments import SMALLEST_GRID

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
