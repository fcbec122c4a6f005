"""Dask as an executor: of a scheduler that is there, or of jobs in the queue of Slurm.

Dask is trusted with calls, not with what becomes of them: it hands back what was lost with a worker at once,
and we decide whether it is tried again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import pickle
import time
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from zeo.errors import ZeoError
from zeo.tools.foreign import describe
from zeo.tools.parallel import Elastic

PATIENCE = 10
"""Seconds that a scheduler has for its first answer."""

AHEAD = 2
"""Calls for each thread of a worker, so that none waits for the next."""

FRESH = 2.0
"""Seconds for which the number of workers is believed."""

HOW_TO_INSTALL = "it needs the extra: pip install 'zeo-framework[cluster]'"


class DaskExecutor(Elastic):
    """Calls functions on the workers of a Dask scheduler.

    Args:
        client: connected to it.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._address = client.scheduler.address
        self._lost = 0
        self._threads: list[int] = []
        self._asked = -FRESH

    def submit(self, call: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """As in any executor; the future raises ``BrokenExecutor`` if the worker is lost meanwhile.

        Raises:
            BrokenExecutor: the scheduler has gone.
        """
        if self._client.status != "running":
            raise BrokenExecutor("the Dask scheduler went away")
        remote = self._client.submit(_pickled, call, *args, pure=False, **kwargs)
        return asyncio.run_coroutine_threadsafe(self._fetched(remote), self._client.loop.asyncio_loop)

    @property
    def capacity(self) -> int:
        return AHEAD * sum(self._threads_of_workers())

    @property
    def has_workers(self) -> bool:
        return bool(self._threads_of_workers())

    @property
    def place(self) -> str:
        return f"the Dask scheduler at {self._address}"

    @property
    def state(self) -> str:
        lost = f", {self._lost} calls lost with one" if self._lost else ""
        workers = len(self._threads_of_workers())
        return f"{workers} worker{'s'[workers == 1 :]}{lost}"

    def _threads_of_workers(self) -> list[int]:
        if time.monotonic() >= self._asked + FRESH:
            if self._client.status == "running":
                with contextlib.suppress(Exception):  # of a scheduler that goes away: the next call says so
                    self._threads = [*self._client.nthreads().values()]
            self._asked = time.monotonic()
        return self._threads

    async def _fetched(self, remote: Any) -> Any:
        """The result. ``client.get_executor`` never tells when the fetching of one fails."""
        from distributed.scheduler import KilledWorker

        loss = await remote.exception(asynchronous=True)
        if loss is None:
            try:
                result = pickle.loads(await self._client.gather(remote, asynchronous=True))
            except (CancelledError, OSError) as error:
                loss = error
            else:
                if not self._threads:  # as was believed, but one must have come
                    self._asked = -FRESH
                return result
        elif not isinstance(loss, KilledWorker):
            raise loss
        self._lost += 1
        raise BrokenExecutor("its worker was lost") from loss


def _pickled(call: Callable[..., Any], *args: Any, **kwargs: Any) -> bytes:
    """On a worker: the result, pickled. Dask fetches several at once: one that it cannot read fails all."""
    return pickle.dumps(call(*args, **kwargs))


@contextmanager
def scheduler_at(address: str) -> Iterator[DaskExecutor]:
    """The workers of a scheduler that is running, such as ``tcp://host:8786``.

    Raises:
        ZeoError: there is none, or Dask is not installed.
    """
    client_class = _client_class()
    try:
        with ThreadPoolExecutor(1) as thread:  # this one may have a loop of its own, as notebooks have
            thread.submit(asyncio.run, _require_answer(address)).result()
        client = client_class(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError, TypeError, ImportError) as error:
        raise ZeoError(f"no Dask scheduler answers at {address}: {_brief(error)}") from error
    with client, _losses_handed_back(client):
        yield DaskExecutor(client)


@contextmanager
def slurm_jobs(count: int) -> Iterator[DaskExecutor]:
    """Workers that are jobs in the queue of Slurm, as the ``jobqueue.slurm`` section of Dask's configuration
    describes them; those that end are replaced.

    Args:
        count: of jobs.

    Raises:
        ZeoError: the configuration lacks something, there is no Slurm, or Dask is not installed.
    """
    client_class = _client_class()
    try:
        from dask_jobqueue.slurm import SLURMCluster
    except ImportError as error:
        raise ZeoError(f"dask-slurm: {HOW_TO_INSTALL}") from error
    try:
        cluster: Any = SLURMCluster()
        cluster.adapt(minimum_jobs=count, maximum_jobs=count)
        client = client_class(cluster, timeout=PATIENCE, set_as_default=False)
    except Exception as error:
        raise ZeoError(
            f"dask-slurm: {_brief(error)}; queue, cores, memory and walltime of a job are in the section"
            " jobqueue.slurm of ~/.config/dask/jobqueue.yaml"
        ) from error
    with cluster, client, _losses_handed_back(client):
        yield DaskExecutor(client)


async def _require_answer(address: str) -> None:
    """Found out before there is a client: one that cannot connect may take long to close.

    Raises:
        OSError: nobody answers.
        ValueError: this is no address.
        TypeError: it asks for encryption, which Dask's configuration does not describe.
    """
    import distributed.comm

    dask: Any = distributed
    how = dask.Security().get_connection_args("client")
    connection = await dask.comm.connect(address, timeout=PATIENCE, **how)
    await connection.close()


def _client_class() -> Any:
    try:
        from distributed import Client
    except ImportError as error:
        raise ZeoError(f"dask: {HOW_TO_INSTALL}") from error
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what is lost is ours to tell
    return Client


@contextmanager
def _losses_handed_back(client: Any) -> Iterator[None]:
    """Meanwhile, the scheduler tries nothing again that was lost with a worker, and so never gives up itself.

    It suspects whatever was on the worker, and would end by refusing calls that did no harm.
    """

    def set_allowed(number: int, dask_scheduler: Any = None) -> int:  # sent whole: zeo may not be there
        before = int(dask_scheduler.allowed_failures)
        dask_scheduler.allowed_failures = number
        return before

    before = client.run_on_scheduler(set_allowed, 0)
    try:
        yield
    finally:
        with contextlib.suppress(Exception):  # of a scheduler that has gone
            if client.status == "running":
                client.run_on_scheduler(set_allowed, before)


def _brief(error: Exception) -> str:
    return " ".join(str(error).split()) or describe(error)
