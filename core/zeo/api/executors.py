"""What does the work, by the words of ``--executor``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from attrs import frozen

from zeo.api import arguments
from zeo.errors import ConfigError, ZeoError
from zeo.tools.foreign import foreign_code
from zeo.tools.parallel import Elastic

FORMS = "local:N, dask:ADDRESS, dask-slurm or MODULE:FACTORY"


@frozen
class Engine:
    """What does the work.

    Args:
        jobs: processes of our own; calls under way at a time where an executor does not say.
        executor: somebody else's; None for our own processes.
    """

    jobs: int
    executor: Executor | None = None

    @property
    def state(self) -> str:
        """In a few words; empty where there is nothing to tell."""
        return self.executor.state if isinstance(self.executor, Elastic) else ""


HERE = Engine(1)
"""This process alone."""


@contextmanager
def engine(executor: str | Executor | None, jobs: int) -> Iterator[Engine]:
    """What an executor stands for; what is opened for it is closed again.

    Args:
        executor: ``"local:4"``, four processes, as ``jobs=4``; ``"dask:tcp://host:8786"``, a Dask scheduler;
            ``"dask-slurm"``, as many Slurm jobs as ``jobs``; ``"module:factory"``, a function that returns a
            ``concurrent.futures.Executor``; or such an executor, which is left open. None for ``jobs``
            processes.
        jobs: see there.

    Raises:
        ConfigError: none of these.
        ZeoError: no scheduler answers, or what it needs is not installed.
    """
    jobs = arguments.processes(jobs)
    if executor is None:
        yield Engine(jobs)
        return
    if isinstance(executor, Executor):
        yield Engine(_calls(executor, jobs), executor)
        return
    kind, _, rest = arguments.text(executor, "executor").partition(":")
    if kind == "local":
        yield Engine(_local(rest, jobs))
    elif kind == "dask" and rest:
        from zeo.tools.dask_executor import scheduler_at

        with scheduler_at(rest) as dask:
            yield Engine(jobs, dask)
    elif (kind, rest) == ("dask-slurm", ""):
        from zeo.tools.dask_executor import slurm_jobs

        with slurm_jobs(jobs) as dask:
            yield Engine(jobs, dask)
    elif kind and rest and "/" not in executor:
        with _made_by(kind, rest) as made:
            yield Engine(_calls(made, jobs), made)
    else:
        raise ConfigError(f"executor {executor!r}: give {FORMS}")


def _local(count: str, jobs: int) -> int:
    if not count.isdecimal() or int(count) < 1:
        raise ConfigError(f"executor 'local:{count}': give a number of processes, such as local:4")
    if jobs not in (1, int(count)):
        raise ConfigError(f"executor 'local:{count}' and {jobs} jobs mean the same: give one of them")
    return arguments.processes(int(count))


def _calls(executor: Executor, jobs: int) -> int:
    """Calls under way at a time: so many as are asked for, or as it has workers, if it says."""
    if jobs > 1:
        return jobs
    said = getattr(executor, "num_workers", getattr(executor, "_max_workers", 1))
    return said if isinstance(said, int) and said > 0 else 1


@contextmanager
def _made_by(module: str, factory: str) -> Iterator[Executor]:
    """The executor that a function returns; a module may be in the working folder.

    Raises:
        ConfigError: there is no such function, or it returns something else.
        ZeoError: it fails.
    """
    name = f"executor '{module}:{factory}'"
    sys.path.insert(0, str(Path.cwd()))
    try:
        make = getattr(import_module(module), factory)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigError(f"{name}: {error}; give {FORMS}") from error
    except Exception as error:
        raise ZeoError(f"{name}: importing {module} failed: {error}") from error
    finally:
        sys.path.remove(str(Path.cwd()))
    with foreign_code(f"making the {name}"):
        made = make()
    if not isinstance(made, Executor):
        raise ConfigError(f"{name} returned {type(made).__name__}, which is no concurrent.futures.Executor")
    with made:
        yield made
