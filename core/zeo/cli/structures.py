"""What the commands that take structure files share: reading them one by one, and writing the result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click
from attrs import frozen

from zeo.tools.interrupts import INTERRUPTS
from zeo.tools.printing import print_line, print_text
from zeo.tools.words import counted

if TYPE_CHECKING:
    from zeo.api.results import Result, Stream

Found = TypeVar("Found", bound="Result")


@frozen
class Outcome:
    """How the work on some files ended.

    Args:
        failures: structures that could not be read or worked on.
        interrupted: whether Ctrl-C ended it.
    """

    failures: int
    interrupted: bool

    def exit(self) -> None:
        """End the command with the code that fits: 1 after a failure.

        Raises:
            KeyboardInterrupt: it was interrupted; what was done by then is written.
        """
        if self.interrupted:
            raise KeyboardInterrupt
        if self.failures:
            raise click.exceptions.Exit(1)


def collected(
    label: str, files: Sequence[str], stream: Stream[Found], then: Callable[[Found], None] = lambda _: None
) -> tuple[list[Found], Outcome]:
    """Everything that a stream of results brings; see :func:`worked_through`."""
    found: list[Found] = []

    def keep(result: Found) -> None:
        found.append(result)
        then(result)

    return found, worked_through(label, count_files(files), stream, keep)


def worked_through(label: str, total: int, stream: Stream[Found], then: Callable[[Found], None]) -> Outcome:
    """Take a stream of results to its end, with progress; a failure costs one line on stderr.

    Args:
        label: of the progress.
        total: results to come, as far as that is known.
        stream: of results; Ctrl-C ends it.
        then: called with each result as it comes; an InputError of it is a failure too.

    Raises:
        ConfigError: an option that turns out not to work for any structure.
    """
    from contextlib import closing

    from zeo.api.results import one_line
    from zeo.tools.progress import progress

    done = failures = 0
    INTERRUPTS.parting = lambda: f"Stopped after {counted(done, 'structure')}."
    with progress(label, total, "starting") as advance, closing(stream):
        try:
            for name, outcome in stream:
                failure = outcome if isinstance(outcome, Exception) else _failure(then, outcome)
                if failure is not None:
                    print_line(f"Error: {one_line(name, failure)}", err=True)
                    failures += 1
                else:
                    done += 1
                advance(name)
        except KeyboardInterrupt:
            return Outcome(failures, True)
    return Outcome(failures, False)


def _failure(then: Callable[[Found], None], result: Found) -> Exception | None:
    from zeo.errors import InputError

    try:
        then(result)
    except InputError as error:
        return error
    return None


def count_files(paths: Sequence[str]) -> int:
    """How many files there are to read; those that do not exist are found out later."""
    from zeo.crystal.io import structure_files
    from zeo.errors import InputError

    total = 0
    for path in map(Path, paths):
        try:
            total += len(structure_files(path))
        except InputError:
            total += 1
    return total


def emit(text: str, out: Path | None, force: bool = False) -> None:
    """Write ``text`` to a file, or print it when there is none or it cannot be written.

    Args:
        text: of the file.
        out: the file; None prints.
        force: whether it may be there already.

    Raises:
        ZeoError: the file cannot be written.
    """
    from zeo.errors import ZeoError
    from zeo.tools.files import write_atomically

    if out is None:
        print_text(text)
        return
    try:
        write_atomically(out, text, overwrite=force)
    except (OSError, ZeoError) as error:
        print_text(text)
        reason = error.strerror if isinstance(error, OSError) else error
        raise ZeoError(f"cannot write {out} ({reason}); the result is printed instead") from error
    print_line(f"Wrote {out}", err=True)
