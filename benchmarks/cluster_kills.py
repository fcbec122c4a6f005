"""Drill: SIGKILL of workers and of the driver at random, while a Dask cluster does the work.

    python benchmarks/cluster_kills.py                # some 30 kills
    python benchmarks/cluster_kills.py --kills 200 --seed 1

A LocalCluster of four workers makes a run, a data set and relaxations over and over, each disturbed by some
kills and begun again where the driver was killed. What comes out is to be what one process makes undisturbed,
byte for byte.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import dask
import distributed
from attrs import frozen

from zeo.crystal.cif import cif_text
from zeo.data.known.relaxed import relaxed_structure

WORKERS = 4

MOST = 5
"""Kills of one piece of work: were they more, an item would be given up that three of them have hit."""

PAUSE = (1.0, 4.0)
"""Shortest and longest time between two kills, in seconds."""

NOT_COMPARED = ("log.txt", ".lock", "run.json")

CODES = ("SOD", "ABW", "BIK", "CAN", "GIS", "RHO", "CHA", "LTA", "ACO", "ATN", "MER", "PHI")


@frozen
class Work:
    """A command, and the one that goes on with it where its driver was killed.

    Args:
        begin: the command.
        go_on: the other one.
        begun: what is there once the first has begun.
    """

    begin: str
    go_on: str
    begun: str = "out"


WORKS = {
    "run": Work(
        "run --generator dataset --probe methane --relax none -n 48 --batch-size 2 --grid-size 12 --no-report"
        " --out out",
        "run --resume out --no-report",
        "out/run.json",
    ),
    "data make": Work(
        *2 * ["data make hypothetical -n 2 --seed 3 --set search.t_atoms=4,8 --set methane.n=8 --out out"]
    ),
    "relax": Work("relax cifs --out out", "relax cifs --out out --force"),
}


@click.command()
@click.option("--kills", default=30, show_default=True)
@click.option("--of", "names", multiple=True, type=click.Choice(list(WORKS)), help="All where none is named.")
@click.option("--seed", default=0, show_default=True, help="Of when and what is killed.")
def main(kills: int, names: tuple[str, ...], seed: int) -> None:
    rng = random.Random(seed)
    outcomes: Counter[str] = Counter()
    chosen = names or tuple(WORKS)
    with TemporaryDirectory() as folder:
        alone = {}
        for name in chosen:
            place = prepared(Path(folder) / name)
            finish(command(WORKS[name].begin, place))
            alone[name] = contents(place / "out")
        with (
            dask.config.set(
                {"distributed.deploy.lost-worker-timeout": "1 hour"}
            ),  # they come back, if slowly
            distributed.LocalCluster(
                n_workers=WORKERS, threads_per_worker=1, dashboard_address=":0", silence_logs=50
            ) as cluster,
        ):
            done = number = 0
            while done < kills:
                name = chosen[number % len(chosen)]
                place = prepared(Path(folder) / f"{number}")
                done += disturbed(WORKS[name], place, cluster, rng)
                found = contents(place / "out")
                outcome = f"{name}: {compared(found, alone[name])}"
                outcomes[outcome] += 1
                number += 1
                click.echo(f"after {done} kills, {outcome}", err=True)
    for outcome, count in sorted(outcomes.items()):
        click.echo(f"{count:5d}  {outcome}")
    click.echo(f"{done} kills")


def prepared(place: Path) -> Path:
    """A folder to work in, with structures to relax."""
    (place / "cifs").mkdir(parents=True)
    for code in CODES:
        structure = relaxed_structure(code)
        (place / "cifs" / f"{code}.cif").write_text(cif_text(structure, code))
    return place


def disturbed(work: Work, place: Path, cluster: distributed.LocalCluster, rng: random.Random) -> int:
    """Do it through kills of workers and of the driver; return how many there were."""
    kills, address = 0, cluster.scheduler_address
    driver = command(work.begin, place, address)
    while driver.poll() is None:
        time.sleep(rng.uniform(*PAUSE))
        if driver.poll() is None and kills < MOST:
            if rng.random() < 0.3:
                driver.kill()
                driver.communicate()
                kills += 1
                begun = (place / work.begun).exists()
                driver = command(work.go_on if begun else work.begin, place, address)
            else:
                kills += kill_a_worker(cluster, rng)
    finish(driver)
    return kills


def kill_a_worker(cluster: distributed.LocalCluster, rng: random.Random) -> int:
    """One that has begun to work: a nanny whose worker is killed before gives up, and the cluster shrinks."""
    working = set(cluster.scheduler.workers)
    nannies = (nanny for nanny in cluster.workers.values() if nanny.worker_address in working)
    pids = [nanny.pid for nanny in nannies if nanny.pid is not None]
    if pids:
        os.kill(rng.choice(pids), signal.SIGKILL)
    return len(pids[:1])


def command(words: str, place: Path, address: str | None = None) -> subprocess.Popen[str]:
    line = [sys.executable, "-m", "zeo", *words.split()]
    line += [] if address is None else ["--executor", f"dask:{address}"]
    return subprocess.Popen(line, cwd=place, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen[str]) -> None:
    _, errors = process.communicate()
    if process.returncode:
        raise click.ClickException(f"{process.args}: {errors.strip().splitlines()[-1:]}")


def contents(out: Path) -> dict[str, bytes]:
    files = (file for file in out.rglob("*") if file.is_file() and file.name not in NOT_COMPARED)
    return {file.relative_to(out).as_posix(): file.read_bytes() for file in files}


def compared(found: dict[str, bytes], expected: dict[str, bytes]) -> str:
    """``same``, or how many files are lost and how many different."""
    lost = len(expected.keys() - found.keys())
    different = sum(found[name] != expected[name] for name in expected.keys() & found.keys())
    return "same" if found == expected else f"{lost} lost, {different} different"


if __name__ == "__main__":
    main()
