"""``zeo train``: fit a generator to frameworks."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zeo.cli.runs_given import tell_runs
from zeo.tools.printing import print_line
from zeo.tools.words import counted

if TYPE_CHECKING:
    from zeo.plugin.interfaces import Progress


@click.command()
@click.argument("name")
@click.option(
    "--data",
    "sources",
    metavar="SOURCE",
    multiple=True,
    default=("standard",),
    show_default=True,
    help="What to learn from: the training split of a data set (directory, URL, standard, open) or a run, or "
    "of several, each net once; or relaxed or iza (framework types), a folder or a file.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder for the checkpoint.",
)
@click.option(
    "--from",
    "start",
    metavar="CHECKPOINT",
    type=click.Path(path_type=Path),
    help="Begin with the weights of a trained model; a folder, or the name of some that come with zeo.",
)
@click.option(
    "--target",
    "targets",
    metavar="TARGET",
    multiple=True,
    help="What the drawn samples are to meet, with its unit.",
)
@click.option(
    "--conditioner",
    metavar="NAME",
    help="How the training is drawn toward the targets.  [default: the generator's own way]",
)
@click.option(
    "--representation",
    metavar="NAME",
    help="What frameworks are learned as.  [default: the generator's own way]",
)
@click.option(
    "--quantity", metavar="COLUMN", help="What a surrogate learns to tell: a column of the one data set."
)
@click.option(
    "--set",
    "settings",
    metavar="PLUGIN.OPTION=VALUE",
    multiple=True,
    help="Set a plugin's option; PLUGIN. may be left out for NAME.",
)
def train(
    name: str,
    sources: tuple[str, ...],
    out: Path,
    start: Path | None,
    targets: tuple[str, ...],
    conditioner: str | None,
    representation: str | None,
    quantity: str | None,
    settings: tuple[str, ...],
) -> None:
    """Train the generator NAME, or a surrogate, on frameworks and write a checkpoint.

    \b
    Examples:
      zeo train zeodiff --data standard --out weights --set minutes=30
      zeo train zeodiff --data hypo/ --out weights --set batch=256 \\
          --set accelerator=gpu
      zeo train zeodiff --out weights \\
          --set voxel.channels=energy:methane,si,o,boltzmann:methane
      zeo train zeodiff --data my-cifs/ --out mine --from weights
      zeo train zeosym --data standard --data runs/search-001 --out more
      zeo train zeosym --data standard --out sym --set minutes=120 \\
          --set draw_every=30
      zeo train surrogate --quantity methane.kh_accessible --data standard \\
          --out kh
      zeo train zeogan --from weights --target "qst=18..22 kJ/mol" --out aimed

    \b
    zeo plugins list --kind generator shows the generators; zeo plugins show NAME
    shows their options, and whether they are trainable.
    """
    import os
    import shlex

    from zeo.errors import StoppedError
    from zeo.tools.progress import progress

    with progress("zeo train", None, f"starting, reading {', '.join(sources)}"):
        from zeo.plugin.registry import installed_plugins
        from zeo.running.config import parse_settings

        options = parse_settings(qualified(settings, name))
        installed_plugins().refuse_unknown_options(options)  # what a training needs takes seconds to import
        from zeo.api.training import prepared_probe, prepared_training

        if quantity is None:
            training = prepared_training(
                name, sources, out, start, targets, conditioner, representation, options
            )
        elif start or targets or conditioner or representation:
            raise click.UsageError("what learns a --quantity takes --data, --out and --set alone")
        else:
            training = prepared_probe(name, sources, out, quantity, options)
    if int(os.environ.get("LOCAL_RANK", "0")):  # with several devices, the first process of a node speaks
        training.carry_out(lambda _done, _total, _message: None)
        return
    tell_runs(sources)
    given = counted(len(training.frameworks), "framework")
    print_line(f"Training {name} with {training.source}: {given} to choose from", err=True)
    try:
        checkpoint = training.carry_out(progress_lines()).path
    except StoppedError as stopped:
        print_line(f"Stopped: {stopped}; the same command goes on with it", err=True)
        raise click.exceptions.Exit(stopped.exit_code) from None
    print_line(f"Checkpoint: {checkpoint}")
    if quantity is not None:
        for line in after_probe(name, checkpoint):
            print_line(line)
        return
    print_line(f"Next: zeo run --generator {name} --checkpoint {shlex.quote(str(checkpoint))} -n 20")


def after_probe(name: str, model: Path) -> list[str]:
    """What can be done with a probe that has learned."""
    import shlex

    place = shlex.quote(str(model))
    return [
        f"Next: zeo probe FILE --probe {name} --set {name}.model={place}",
        f"      zeo design --surrogate {place} --target WISH",
    ]


def qualified(settings: tuple[str, ...], name: str) -> list[str]:
    """Settings with their plugin: those that name none are for ``name``."""
    return [text if "." in text.partition("=")[0] else f"{name}.{text}" for text in settings]


def progress_lines(every: float = 1.0) -> Progress:
    """A callback that prints how far training has come, at most once in ``every`` seconds, at the end and
    before the first step."""
    due = 0.0

    def report(done: int, total: int, message: str) -> None:
        nonlocal due
        now = time.monotonic()
        if now >= due or done in (0, total):
            due = now + every
            print_line(f"{done}{f' of {total}' if total else ''}  {message}".rstrip(), err=True)

    return report
