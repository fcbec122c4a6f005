"""The options by which commands choose among what they found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

HELP = """
--where keeps what meets a condition, such as "qst>=18" or "largest_ring=12"; --sort takes an expression, the
smallest value first, and "-qst" has the largest first; what is undefined meets no condition and comes last.
"""

WHERE = click.option("--where", metavar="CONDITION", multiple=True, help="Only what meets it.")
ORDER = click.option("--sort", metavar="EXPR", multiple=True, help="Smallest value first; -EXPR: largest.")
TOP = click.option("--top", metavar="N", type=click.IntRange(1), help="Only the first N.")


UNBLOCKED = click.option(
    "--unblocked",
    is_flag=True,
    default=None,
    help="Wishes on kh, qst, void_fraction count closed pores too.",
)
"""Without it, what counts is in pores that run through the crystal."""


def choosing(command: Command) -> Command:
    """Adds ``--where``, ``--sort`` and ``--top``."""
    return WHERE(ORDER(TOP(command)))


def require_some(found: Sequence[object], chosen: Sequence[object], where: Sequence[str]) -> None:
    """End the command if conditions have left nothing of what was found.

    Raises:
        InputError: they have.
    """
    from zeo.errors import InputError

    if found and not chosen:
        raise InputError(f"none of {len(found)} meets {' and '.join(where)}")
