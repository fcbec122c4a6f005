"""Drills: what a run, a data set and a training go through, far more often than the tests ask for it.

    python benchmarks/faults.py              # all
    python benchmarks/faults.py races --count 100
    python benchmarks/faults.py interrupts --count 100
    python benchmarks/faults.py kills --count 300

Every drill prints how often each outcome came; one that is a fault says what happened.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

import click
from drills import training, writing
from drills.interrupts import interrupts
from drills.races import race

COUNT = click.option("--count", default=100, show_default=True)


@click.group(invoke_without_command=True)
@click.pass_context
def main(context: click.Context) -> None:
    """Drills, one for each kind of fault; all of them where none is named."""
    if context.invoked_subcommand is None:
        for drill in (races, interrupted, kills):
            context.invoke(drill)


@main.command()
@COUNT
def races(count: int) -> None:
    """Two processes that begin the same work at the same instant."""
    with tempfile.TemporaryDirectory() as folder:
        show("races", race(Path(folder), count))


@main.command("interrupts")
@COUNT
def interrupted(count: int) -> None:
    """Ctrl-C at any instant of a run."""
    with tempfile.TemporaryDirectory() as folder:
        show("interrupts", interrupts(Path(folder), count))


@main.command()
@click.option("--count", default=300, show_default=True)
@click.option("--of", "names", multiple=True, help="run, make, build, design, a generator; all without.")
def kills(count: int, names: tuple[str, ...]) -> None:
    """SIGKILL in the place of each file operation of runs, data sets and trainings."""
    drills = {
        **dict.fromkeys(writing.WORKS, writing.drill),
        **dict.fromkeys(training.SETTINGS, training.drill),
    }
    chosen = names or tuple(drills)
    for name in chosen:
        with tempfile.TemporaryDirectory() as folder:
            show(f"kills of {name}", Counter(drills[name](name, Path(folder), count // len(chosen))))


def show(drill: str, outcomes: Counter[str]) -> None:
    for outcome, number in outcomes.most_common():
        click.echo(f"{drill}: {number:5d}  {outcome}")


if __name__ == "__main__":
    main()
