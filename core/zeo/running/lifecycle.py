"""The life of a run: begun, resumed, carried out."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path

from attrs import evolve, frozen

from zeo.errors import BusyError, ConfigError, RunDirectoryError, ZeoError
from zeo.plugin.registry import Plugins
from zeo.records.record import Record
from zeo.running import pipeline
from zeo.running.config import RunConfig
from zeo.running.enough import goal_of
from zeo.running.planning import (
    hash_of_weights,
    hashes_of,
    plan_of,
    require_same_inputs,
    used_plugins,
    with_moved_weights,
)
from zeo.running.provenance import versions
from zeo.running.rundir import RunDirectory
from zeo.running.seen import compared
from zeo.running.shard import Shard
from zeo.tools.differences import differences


@frozen(kw_only=True)
class Prepared:
    """A run that can be carried out.

    Args:
        directory: of the run.
        is_new: whether it has just been begun.
        changed: what software is another than that which began it; last digits may then differ.
    """

    directory: RunDirectory
    is_new: bool
    changed: tuple[str, ...] = ()


def begin(
    config: RunConfig, plugins: Plugins, out: Path | None = None, shard: Shard | None = None
) -> Prepared:
    """Resolve a configuration and create the directory of its run; nothing is left of one that cannot work.

    Args:
        config: what the user chose.
        plugins: the installed ones.
        out: a new or empty directory; the first free ``runs/GENERATOR-001``, ``-002``, ... when None.
        shard: the part of the run that is computed there; all of it when None.

    Raises:
        ZeoError: a configuration that cannot work, or a directory that is taken or cannot be written.
    """
    goal = goal_of(config)
    if shard is not None:
        if goal is not None:
            raise ConfigError(
                "until ends a run by what all its samples gave, and a shard knows but its own: leave out one"
                " of the two"
            )
        shard.require_samples(config.n, config.batch_size)
    plan = plan_of(config, plugins)
    found = versions(used_plugins(plan, plugins), plugins) | compared(plan, plugins)
    stem = "-".join(Path(end).stem for end in config.between) or config.generator
    if out is None:
        directory = RunDirectory.create_numbered(stem, plan, config.n, found, goal, shard)
    else:
        directory = RunDirectory.create(out, plan, config.n, found, goal, shard)
    return Prepared(directory=directory, is_new=True)


def resume(path: Path, plugins: Plugins, checkpoint: Path | None = None, n: int | None = None) -> Prepared:
    """Open a run that was stopped, to go on as it was begun, or one that is to have more samples.

    Args:
        path: its directory.
        plugins: the installed ones.
        checkpoint: where the weights that it began with are now; where they were when None.
        n: samples wanted in all, which are then kept; as many as before when None.

    Raises:
        BusyError: another process holds the directory.
        RunDirectoryError: no run there, or one that is damaged or cannot be written.
        ConfigError: its weights or the files that it reads changed, or fewer samples than before.
    """
    directory = RunDirectory.open(path)
    plan = with_moved_weights(directory.plan, checkpoint, plugins)
    command = f"zeo run --resume {path}"
    if directory.format == 1:  # which kept no hashes: those of today are the first
        hash_of_weights(plan, plugins, command)
        plan = evolve(plan, hashes=hashes_of(plan, plugins))
    else:
        require_same_inputs(plan, plugins, command)
    directory.plan = plan
    directory.mend()
    if n is not None:
        directory.enlarge(n)
    now = versions(used_plugins(plan, plugins), plugins) | compared(plan, plugins)
    return Prepared(directory=directory, is_new=False, changed=tuple(differences(directory.versions, now)))


def carry_out(
    prepared: Prepared,
    plugins: Plugins,
    report: Callable[[], None],
    on_record: Callable[[Record], None] = lambda _: None,
    jobs: int = 1,
    minutes: float | None = None,
    executor: Executor | None = None,
    time_limit: float | None = None,
) -> None:
    """Compute what is pending, and report.

    Args:
        prepared: the run.
        plugins: the installed ones.
        report: writes what the records amount to, before another process may change them; after Ctrl-C, too.
        on_record: see :func:`zeo.running.pipeline.run`; likewise the others.
        jobs: see ``on_record``.
        minutes: see ``on_record``.
        executor: see ``on_record``.
        time_limit: see ``on_record``.

    Raises:
        ZeoError: see there. A new run that could not even begin leaves nothing behind.
    """
    directory = prepared.directory
    try:
        with directory.hold():
            try:
                with directory.recording():
                    directory.keep_plan()
                    pipeline.run(directory, plugins, on_record, jobs, minutes, executor, time_limit)
            except KeyboardInterrupt:
                report()
                raise
            report()
    except (BusyError, RunDirectoryError):
        raise  # what stands in the way is another process or the disk: the run can be resumed after that
    except ZeoError:
        if prepared.is_new:
            directory.remove_if_nothing_done()
        raise
