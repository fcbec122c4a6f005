"""What the commands that take structure files share: reading them one by one, and writing the result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from attrs import frozen

from zeo.cli.words import counted

if TYPE_CHECKING:
    from zeo.crystal.structure import Structure

Work = Callable[[str, "Structure"], None]
"""What is done with each structure and its name."""


@frozen
class Outcome:
    """How the work on some files ended.

    Args:
        done: structures worked on.
        failures: structures that could not be read or worked on.
        interrupted: whether Ctrl-C ended it.
    """

    done: int
    failures: int
    interrupted: bool

    def exit(self) -> None:
        """End the command with the code that fits: 130 after Ctrl-C, 1 after a failure."""
        if self.interrupted:
            click.echo(f"Stopped after {counted(self.done, 'structure')}.", err=True)
            raise click.exceptions.Exit(130)
        if self.failures:
            raise click.exceptions.Exit(1)


def for_each_structure(label: str, files: Sequence[Path], work: Work) -> Outcome:
    """Work on every structure in files and folders, with progress; a bad one costs one line on stderr.

    Raises:
        ConfigError: an option that turns out not to work for any structure.
    """
    from zeo.crystal.io import iterate_structures
    from zeo.errors import ConfigError
    from zeo.tools.foreign import foreign_code
    from zeo.tools.progress import progress

    done = failures = 0
    with progress(label, count_files(files)) as advance:
        try:
            for name, structure in iterate_structures(files):
                try:
                    if isinstance(structure, Exception):
                        raise structure
                    with foreign_code():
                        work(name, structure)
                    done += 1
                except ConfigError:
                    raise
                except Exception as error:
                    click.echo(f"Error: {one_line(name, error)}", err=True)
                    failures += 1
                advance(name)
        except KeyboardInterrupt:
            return Outcome(done, failures, True)
    return Outcome(done, failures, False)


def one_line(name: str, error: Exception) -> str:
    """What went wrong with a structure, for the user."""
    from zeo.errors import ZeoError
    from zeo.tools.foreign import describe

    text = " ".join(str(error).split()) if isinstance(error, ZeoError) else describe(error)
    return text if name in text else f"{name}: {text}"


def count_files(paths: Sequence[Path]) -> int:
    """How many files there are to read; those that do not exist are found out later."""
    from zeo.crystal.io import structure_files
    from zeo.errors import InputError

    total = 0
    for path in paths:
        try:
            total += len(structure_files(path))
        except InputError:
            total += 1
    return total


def emit(text: str, out: Path | None) -> None:
    """Write ``text`` to a file, or print it when there is none or it cannot be written.

    Raises:
        ZeoError: the file cannot be written.
    """
    from zeo.errors import ZeoError
    from zeo.tools.files import write_atomically

    if out is None:
        click.echo(text, nl=False)
        return
    try:
        write_atomically(out, text)
    except OSError as error:
        click.echo(text, nl=False)
        raise ZeoError(f"cannot write {out} ({error.strerror}); the result is printed instead") from error
    click.echo(f"Wrote {out}", err=True)
