"""What a build leaves out and why, and how many frameworks each of its steps leaves."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from zeo.errors import InputError
from zeo.tools import spreadsheets

READ = "read"
FOUR_CONNECTED = "four-connected"
DISTINCT = "distinct net"
NOT_INFEASIBLE = "not infeasible"
ENERGY = "energy low enough"
ADSORBING = "methane adsorbs"
WANTED = "meets the conditions"
SELECTED = "selected"

KNOWN_WANTED = "meets the conditions that need no measuring"
MEASURED = "measured"

DAMAGED = "damaged archive"
"""The reason that stands for more than one framework, nobody knows how many."""

STEPS = (
    *(READ, FOUR_CONNECTED, DISTINCT, KNOWN_WANTED),
    *(MEASURED, NOT_INFEASIBLE, ENERGY, ADSORBING, WANTED, SELECTED),
)
"""The steps of a build in their order. Each counts what has passed it."""

FOUND = "found"
"""The first count: whatever the sources hold, readable or not."""


class Refusal(NamedTuple):
    """Something that a step did not let pass.

    Args:
        source: what the source is called.
        name: within the source.
        step: one of :data:`STEPS`.
        reason: a short constant phrase.
        detail: numbers and names.
    """

    source: str
    name: str
    step: str
    reason: str
    detail: str = ""


def counts_of(found: int, refused: Mapping[str, int], steps: Iterable[str]) -> dict[str, int]:
    """How many frameworks are left after each step.

    Args:
        found: in all sources.
        refused: how many each step did not let pass.
        steps: in their order.
    """
    counts = {FOUND: found}
    for step in steps:
        found -= refused.get(step, 0)
        counts[step] = found
    return counts


def refused_by_step(refusals: Iterable[Refusal]) -> Counter[str]:
    """How many did not pass each step."""
    return Counter(refusal.step for refusal in refusals)


def refusals_in(text: str) -> list[Refusal]:
    """Those that :func:`csv_text` wrote.

    Raises:
        InputError: it wrote something else.
    """
    header, *rows = csv.reader(io.StringIO(text))
    if tuple(header) != Refusal._fields or any(len(row) != len(header) for row in rows):
        raise InputError("not a table of what a build left out")
    return [Refusal(*row) for row in rows]


def csv_text(refusals: Iterable[Refusal]) -> str:
    """One refusal a line."""
    lines = ([" ".join(text.split()) for text in refusal] for refusal in refusals)
    return spreadsheets.csv_text([Refusal._fields, *lines])
