"""The options by which commands choose among what they found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

HELP = """
\b
--where keeps what meets a condition, such as "qst>=18" or "largest_ring=12"; --sort takes an expression, the
smallest value first, and "-qst" has the largest first; what is undefined meets no condition and comes last.
"""


def choosing(command: Command) -> Command:
    """Adds ``--where``, ``--sort`` and ``--top``."""
    for option in (
        click.option("--top", metavar="N", type=click.IntRange(1), help="Only the first N."),
        click.option("--sort", metavar="EXPR", multiple=True, help="Smallest value first; -EXPR: largest."),
        click.option("--where", metavar="CONDITION", multiple=True, help="Only what meets it."),
    ):
        command = option(command)
    return command
