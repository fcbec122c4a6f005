"""What sharing out costs: items in a second by our own processes and by Dask, for short and for long items.

    python benchmarks/overhead.py
    python benchmarks/overhead.py --workers 4

An item sleeps, so that what is measured is the sharing and not the cores that a machine has. The first items
of each, in which processes start and import, are not counted.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path

import click
import distributed

from zeo.api.executors import engine
from zeo.running.sharing import workers

SECONDS = {0.01: 1000, 0.1: 150, 1.0: 15}
"""Of an item, and how many of them each worker gets."""

WARMING = 8
"""Items for each worker, before."""


@click.command()
@click.option("--workers", "most", default=2, show_default=True)
def main(most: int) -> None:
    click.echo(f"{'item':>8} {'workers':>8} {'at best':>9} {'--jobs':>9} {'Dask':>9}   items a second")
    for count in range(1, most + 1):
        with distributed.LocalCluster(
            n_workers=count, threads_per_worker=1, dashboard_address=":0", silence_logs=50
        ) as cluster:
            for seconds, items in SECONDS.items():
                ours = rate(seconds, items * count, count, None)
                with engine(f"dask:{cluster.scheduler_address}", 1) as dask:
                    theirs = rate(seconds, items * count, count, dask.executor)
                click.echo(
                    f"{1000 * seconds:5.0f} ms {count:8d} {count / seconds:9.1f} {ours:9.1f} {theirs:9.1f}"
                )


def rate(seconds: float, items: int, count: int, executor: Executor | None) -> float:
    """Items in a second."""
    with workers(sleeping, (seconds,), count, executor) as sharing:
        list(sharing.map(range(WARMING * count)))
        started = time.perf_counter()
        done = list(sharing.map(range(items)))
        return len(done) / (time.perf_counter() - started)


def sleeping(seconds: float) -> Callable[[int], None]:
    """What works on an item; a function of this module, which the workers import."""
    return lambda _item: time.sleep(seconds)


if __name__ == "__main__":
    here = str(Path(__file__).parent)
    sys.path.insert(0, here)
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH")]))
    from overhead import main as imported  # under the name that the workers know

    imported()
