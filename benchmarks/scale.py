"""The plan of docs/scale.md, simulated: what many cores make in a day, and when their driver is full.

    python benchmarks/scale.py
    python benchmarks/scale.py --record 0.0002 --cores 4000

Cores work on calls of about 20 s each and have one more at hand; the driver takes their records over one
after another. The seconds of a record and of samples are measured ones (``driver.py``, docs/benchmarks.md).
"""

from __future__ import annotations

import heapq
import random

import click

from zeo.running.sharing import CALL_SECONDS
from zeo.tools.dask_executor import AHEAD

SAMPLE = {"search": 0.27, "zeosym": 0.43, "zeodiff": 0.86}
"""CPU seconds of a sample."""

SPREAD = 0.5
"""Of the length of a call about its mean."""

HOURS = 1.0
"""Simulated, after as much again until all is as it stays."""

ENOUGH = 0.95
"""Share of the cores that are to be busy."""


@click.command()
@click.option("--cores", default=1000, show_default=True)
@click.option("--record", default=0.001, show_default=True, help="Seconds of the driver for a record.")
def main(cores: int, record: float) -> None:
    click.echo(f"{'':10} {'drivers':>8} {'busy cores':>11} {'full drivers':>13} {'samples a day':>15}")
    for generator, sample in SAMPLE.items():
        drivers, busy = 1, 0.0
        while busy < ENOUGH:
            busy, full = shares(cores // drivers, sample, record)
            made = busy * cores / sample * 86400
            shown = f"{100 * busy:9.0f} % {100 * full:11.0f} % {made / 1e6:11.0f} mio."
            click.echo(f"{generator:10} {drivers:8d} {shown}")
            drivers *= 2


def shares(cores: int, sample: float, record: float) -> tuple[float, float]:
    """Which part of the time the cores of a driver work, and which part the driver.

    Args:
        cores: that one driver feeds.
        sample: seconds of a core.
        record: seconds of the driver.
    """
    rng = random.Random(0)
    samples = max(1, round(CALL_SECONDS / sample))
    end = 2 * HOURS * 3600
    # when a core has done its next call, or the driver has taken one over: (time, core)
    done = [(_length(rng, sample, samples), core) for core in range(cores)]
    heapq.heapify(done)
    given: list[list[float]] = [[] for _ in range(cores)]  # when calls of a core are taken over
    free = worked = served = 0.0
    while done:
        now, core = heapq.heappop(done)
        if now > end:
            break
        free = max(free, now) + samples * record
        if now > end / 2:
            served += samples * record
        given[core] = [each for each in given[core] if each > now] + [free]
        begins = now if len(given[core]) < AHEAD else given[core][0]
        length = _length(rng, sample, samples)
        if begins > end / 2:
            worked += min(length, max(0.0, end - begins))
        heapq.heappush(done, (begins + length, core))
    return worked / (cores * end / 2), min(1.0, served / (end / 2))


def _length(rng: random.Random, sample: float, samples: int) -> float:
    return sample * samples * rng.uniform(1 - SPREAD, 1 + SPREAD)


if __name__ == "__main__":
    main()
