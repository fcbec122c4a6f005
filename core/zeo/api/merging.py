"""Shards of a run in Python: ``zeo.merge``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from attrs import frozen

from zeo.api import arguments
from zeo.api.runs import Run, directory_of
from zeo.errors import ConfigError
from zeo.running import merging
from zeo.running.rundir import RunDirectory

OnCandidate = Callable[[int], None]


def merge(*shards: Run | str | Path, out: str | Path, on_candidate: OnCandidate = lambda _: None) -> Run:
    """Make one run of all its shards, to the bytes that one process had written: ``zeo merge``.

        for number in range(1, 4):  # each may be another machine's
            zeo.run("search", "methane", n=48, shard=f"{number}/3", out=f"shards/{number}")
        zeo.merge("shards/1", "shards/2", "shards/3", out="runs/merged")

    A call that was stopped goes on where it was when it is made again.

    Args:
        shards: all shards of the run, finished, in any order; they are left as they are.
        out: a new or empty directory.
        on_candidate: called with the index of each candidate once it is in ``out``.

    Raises:
        RunDirectoryError: shards that are not all of one run, each once, or ``out`` is taken.
    """
    arguments.function(on_candidate, "on_candidate")
    return checked(shards).into(arguments.path(out, "out"), on_candidate)


@frozen
class Shards:
    """All shards of a run, in order."""

    directories: tuple[RunDirectory, ...]

    @property
    def samples(self) -> int:
        """Of the whole run."""
        return self.directories[0].n

    def into(self, out: Path, on_candidate: OnCandidate) -> Run:
        """The whole run, with what its records amount to."""
        merging.merge(self.directories, out, lambda whole: Run(whole).write_report(), on_candidate)
        return Run.open(out)


def checked(shards: Sequence[Run | str | Path]) -> Shards:
    """Shards that can be merged; the arguments are those of :func:`merge`.

    Raises:
        RunDirectoryError: they cannot.
    """
    if not shards:
        raise ConfigError('name the shards, as in zeo.merge("shards/1", "shards/2", out="runs/merged")')
    opened = [RunDirectory.open(directory_of(shard, "shards")) for shard in shards]
    return Shards(tuple(merging.require_whole(opened)))
