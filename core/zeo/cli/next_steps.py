"""What people do next with a run that is finished, each with its command."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import zeo

if TYPE_CHECKING:
    from zeo.api.runs import Run

NARROW = 80
"""Columns of a terminal."""


def next_steps(run: Run) -> list[str]:
    """A line for each step; none where nothing survived, of which the advice speaks."""
    if not run.summary.rows:
        return []
    where, best = shlex.quote(str(run.path)), run.summary.rows[0].record
    steps = [
        (f"zeo view {shlex.quote(f'{run.path}:{best.id}')} --open", "the best one in 3D"),
        (f"zeo best {where} -n 5 --out best/", "the five best as CIFs"),
    ]
    if best.energy is None:
        steps.append((f"zeo relax {where}/structures --out relaxed/", "their energies"))
    if _can_be_longer(run):
        steps.append((f"zeo run --resume {where} -n {2 * run.n}", "as many samples more"))
    widest = max(len(command) for command, _ in steps)
    lines = [f"  {command:{widest}}  {words}" for command, words in steps]
    if max(map(len, lines)) > NARROW:  # commands stay whole, to be copied
        lines = [line for command, words in steps for line in (f"  {words}:", f"    {command}")]
    return ["Next", *lines, f"How to cite zeo: {_citation()}"]


def _citation() -> str:
    """The file that came with this zeo; in a checkout, where a link stands for it, the one that is meant."""
    file, here = Path(zeo.__file__).with_name("CITATION.cff").resolve(), Path.cwd().resolve()
    return str(file.relative_to(here) if file.is_relative_to(here) else file)


def _can_be_longer(run: Run) -> bool:
    """Whether more samples can be drawn; not of runs with a goal, shards and interpolations."""
    return run.summary.goal is None and run.directory.shard is None and not run.plan.between
