"""Options that several commands have."""

from __future__ import annotations

import click

from zeo.api.arguments import SMALLEST_GRID

GRID_SIZE = click.option(
    "--grid-size",
    type=click.IntRange(min=SMALLEST_GRID),
    help="Grid points along each axis.  [default: 32]",
)
