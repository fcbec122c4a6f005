"""Shards of one run become that run: what each computed is copied, and is what one process had computed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from zeo.errors import RunDirectoryError
from zeo.records.table import INDEX
from zeo.running.report import SUMMARY
from zeo.running.rundir import RunDirectory
from zeo.running.runlog import NAME as LOG_FILE
from zeo.running.shard import Shard
from zeo.tools.differences import differences


def merge(
    shards: Sequence[RunDirectory],
    out: Path,
    report: Callable[[RunDirectory], None],
    on_candidate: Callable[[int], None] = lambda _: None,
) -> None:
    """Copy the candidates of all shards of a run into one directory, and report.

    A merge that was killed goes on where it was when it is asked for again.

    Args:
        shards: as :func:`require_whole` has checked them.
        out: a new or empty directory, or that of the same merge.
        report: writes what the records amount to, :data:`zeo.running.report.SUMMARY` at last.
        on_candidate: called with the index of each candidate once it is on disk.

    Raises:
        BusyError: another process is working in ``out``.
        RunDirectoryError: a part of a shard is damaged, or ``out`` is taken or cannot be written.
    """
    directory = _opened(out, shards[0])
    with directory.hold():
        with directory.recording():
            directory.write_file(LOG_FILE, "".join(map(_log_of, shards)))
            for shard in shards:
                for table in shard.store.tables():
                    if isinstance(table, RunDirectoryError):
                        raise table
                    directory.add(table)
                    for index in table[INDEX].to_pylist():
                        on_candidate(index)
        report(directory)


def require_whole(shards: Sequence[RunDirectory]) -> list[RunDirectory]:
    """The shards in order, if they are those of one run, each once and each complete.

    Raises:
        RunDirectoryError: they are not; the message says which of them and what to do.
    """
    parts: dict[int, RunDirectory] = {}
    for directory in shards:
        shard = _shard_of(directory)
        _require_same_run(shards[0], directory)
        if (other := parts.setdefault(shard.number, directory)) is not directory:
            raise RunDirectoryError(
                f"{other.path} and {directory.path} are both shard {shard}: give one of them"
            )
    count = _shard_of(shards[0]).count
    if missing := sorted(set(range(1, count + 1)) - parts.keys()):
        named = ", ".join(f"{number}/{count}" for number in missing)
        raise RunDirectoryError(f"not all of the run is given: {named} missing; give all {count} shards")
    for directory in parts.values():
        _require_complete(directory)
    return [parts[number] for number in sorted(parts)]


def _shard_of(directory: RunDirectory) -> Shard:
    if directory.shard is None:
        raise RunDirectoryError(
            f"{directory.path} is a whole run, not a shard of one: there is nothing to merge"
        )
    return directory.shard


def _require_same_run(first: RunDirectory, other: RunDirectory) -> None:
    changed = differences(_facts(first), _facts(other))
    if changed:
        raise RunDirectoryError(
            f"{first.path} and {other.path} are not of one run: {'; '.join(changed)}; they cannot be merged"
        )


def _facts(directory: RunDirectory) -> dict[str, object]:
    """What has to be the same in all shards of a run."""
    own = {"n": directory.n, "shards": _shard_of(directory).count}
    return own | directory.plan.as_json() | {"versions": dict(directory.versions)}


def _require_complete(directory: RunDirectory) -> None:
    recorded = directory.recorded()
    if pending := len(set(directory.indices) - recorded):
        raise RunDirectoryError(
            f"{directory.path}, shard {directory.shard}, lacks {pending} of its {len(directory.indices)}"
            f" samples: finish it with: zeo run --resume {directory.path}"
        )
    if strays := recorded - set(directory.indices):
        raise RunDirectoryError(
            f"{directory.path}, shard {directory.shard}, has records of other shards, such as"
            f" {min(strays):06d}: remove them"
        )


def _opened(out: Path, shard: RunDirectory) -> RunDirectory:
    """The directory of the whole run: a new one, or the one in which this merge was killed."""
    if (out / "run.json").exists():
        there = RunDirectory.open(out)
        whole = (there.plan, there.n, there.versions, there.goal, there.shard)
        is_complete = not there.pending and (out / SUMMARY).is_file()
        if whole == (shard.plan, shard.n, shard.versions, None, None) and not is_complete:
            return there
    return RunDirectory.create(out, shard.plan, shard.n, shard.versions)


def _log_of(shard: RunDirectory) -> str:
    try:
        return (shard.path / LOG_FILE).read_text(encoding="utf-8", errors="replace")
    except OSError:  # which only the times of candidates are read from
        return ""
