"""What a new, feasible, confirmed framework on target costs: ``zeo design`` beside the generators alone.

    python benchmarks/design.py                      # seven targets, search alone proposes
    python benchmarks/design.py --only A D --seeds 3 --also run screen mutation lookup
    python benchmarks/design.py --unconfirmed        # as the first prototype counted
    python benchmarks/design.py --only CO2/N2 --minutes 10
    python benchmarks/design.py --generators search zeosym
    python benchmarks/design.py --only delivered --surrogates deliverable
    python benchmarks/design.py --only A --generators zeosym --finetune 60

CPU seconds of the whole command, start-up included, divided by the hits; kernels are compiled before. ``run``
is ``zeo run --generator search`` with the same wishes, ``screen`` is ``zeo run --generator zeosym --screen``,
``mutation`` changes random frameworks of ``standard`` once, unsteered, and relaxes what comes: all three
--until 20 --new within --limit CPU seconds; their hits are not confirmed. ``lookup`` is the look-up of a
design alone. Hits are compared with their parents by the coordination sequences of their T atoms.
"""

from __future__ import annotations

import argparse
import functools
import json
import math
import os
import resource
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from zeo.crystal.net import Net
from zeo.crystal.structure import Structure
from zeo.data.known.frameworks import open_data_sets
from zeo.data.sets.store import SHIPPED, DataSet
from zeo_cleanup.key import topology_of

GOALS = {
    "A": ["methane.qst=15..17"],
    "B": ["methane.qst=24..26"],
    "C": ["void_fraction=0.13..0.17"],
    "D": ["void_fraction=0.18..0.22", "energy<20"],
    "E": ["methane.qst=19..21", "void_fraction=0.12"],
    "F": ["free_sphere=6..7", "largest_ring=12", "energy<16"],
    "G": ["kh_accessible>=60", "energy<20.5"],
    "Xe/Kr": ["selectivity[xenon:krypton=20:80, 1 bar]>12", "energy<20.5"],
    "delivered": ["methane.deliverable_volumetric>95", "energy<20.5"],
    "CO2/N2": [],
}
OBJECTIVES = {"CO2/N2": "selectivity[co2:n2=15:85, 1 bar]"}
COSTLY = ("Xe/Kr", "delivered", "CO2/N2")

ALONE = {
    "run": ["--generator", "search"],
    "screen": ["--generator", "zeosym", "--screen"],
    "mutation": [
        *("--generator", "search", "--conditioner", "none"),
        *("--set", "search.parents=standard", "--set", "search.generations=1"),
    ],
}


UNCONFIRMED = """
from zeo.__main__ import main
from zeo.designing.shaking import Shaking
Shaking.shaken = lambda _self, entry: entry
main()
"""
"""Designs whose hits are not shaken."""
COARSE = ["--set", "methane.n=32"]


def targets(goal: str) -> list[str]:
    wishes = [word for wish in GOALS[goal] for word in ("--target", wish)]
    return [*wishes, "--maximise", OBJECTIVES[goal]] if goal in OBJECTIVES else wishes


def measured(words: list[str], limit: float, code: str = "") -> tuple[float, str]:
    """CPU seconds of a command, and what it printed; it is interrupted when they are more than the limit.

    Args:
        words: of the command.
        limit: CPU seconds.
        code: that runs it, where it is not zeo as it is.
    """

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (int(limit) + 1, int(limit) + 60))
        signal.signal(signal.SIGXCPU, signal.SIG_DFL)

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, *(["-c", code] if code else ["-m", "zeo"]), *words],
        capture_output=True,
        text=True,
        env=environment,
        preexec_fn=limited,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, done.stdout + done.stderr


def design(
    goal: str, seed: int, more: list[str], until: int, minutes: float, out: Path, confirmed: bool = True
) -> str:
    words = [
        "design",
        *targets(goal),
        "--no-report",
        "--until",
        str(until),
        "--minutes",
        str(minutes),
        "--seed",
        str(seed),
    ]
    if not confirmed:
        words += COARSE
    seconds, said = measured([*words, *more, "--out", str(out)], 3600, "" if confirmed else UNCONFIRMED)
    if not (out / "rounds").exists():  # refused, or ended by the clock
        return said.strip().splitlines()[-1]
    rounds = [json.loads(file.read_text()) for file in sorted((out / "rounds").iterdir())]
    hits = [each for one in rounds for each in one["considered"] if each["hit"]]
    relaxed = sum(each["name"] is not None for one in rounds for each in one["considered"])
    met = sum(each["met"] for one in rounds for each in one["considered"])
    if goal in OBJECTIVES:
        best = max((_objective(each["after"]) for each in hits), default=math.nan)
        return f"best {best:.4g}, {len(hits)} bettered the 20 best ({seconds:.0f} s, {relaxed} relaxed)"
    rows = DataSet.open(out)
    unique = dict(zip(rows.names, rows.column("unique_t").tolist(), strict=True))
    sites = np.median([unique[each["name"]] for each in hits]) if hits else math.nan
    energies = [each["after"]["energy"] for each in hits]
    low = sum(energy < 20.5 for energy in energies)
    lineages = len({each["lineage"] for each in hits})
    alike = [likeness(rows, each["name"]) for each in hits] or [math.nan]
    cost = f"{seconds / len(hits):6.2f}" if hits else "     -"
    return (
        f"{cost} CPU-s a hit ({seconds:.0f} s, {len(hits)} hits of {met} before the shake, {relaxed} relaxed,"
        f" {len(rounds)} rounds, {low} below 20.5, {lineages} lineages, {sites:.0f} unique T,"
        f" T atoms as in the parent: {np.median(alike):.0%} in the median, {max(alike):.0%} at most)"
    )


def _objective(numbers: dict[str, float]) -> float:
    """What a framework has of it: all that is numbered but the energy, which is bounded."""
    (name,) = numbers.keys() - {"energy"}
    return numbers[name]


def sequences(structure: Structure) -> list[tuple[int, ...]]:
    """The coordination sequences of the kinds of T atoms, as often as the cell has T atoms of each."""
    topology = topology_of(Net.from_structure(structure))
    return [
        tuple(sequence)
        for sequence in np.repeat(topology.sequences, topology.multiplicities, axis=0).tolist()
    ]


@functools.cache
def shipped(name: str) -> tuple[DataSet, dict[str, int]]:
    """A data set that ships with zeo, and where in it its frameworks are."""
    (data,) = open_data_sets([name])
    return data, {name: index for index, name in enumerate(data.names)}


def likeness(rows: DataSet, name: str) -> float:
    """Share of the T atoms of a framework with a coordination sequence of its parent; 0 without one."""
    place = rows.names.index(name)
    parent = rows.column("parent")[place]
    if parent is None:
        return 0.0
    its_set, _, its_name = str(parent).rpartition(":")
    if its_set in SHIPPED:
        data, places = shipped(its_set)
        of_parent = data.structure(places[its_name])
    else:
        of_parent = rows.structure(rows.names.index(its_name))
    own, there = sequences(rows.structure(place)), set(sequences(of_parent))
    return sum(each in there for each in own) / len(own)


def lookup(goal: str, out: Path) -> str:
    """What the known frameworks have of it already."""
    words = ["design", *targets(goal), "--generator", "search", "--minutes", "0", "--no-report"]
    seconds, said = measured([*words, "--out", str(out)], 600)
    return f"{seconds:.1f} s: " + next(line for line in said.splitlines() if "known frameworks" in line)


def run(goal: str, seed: int, generator: list[str], limit: float, out: Path) -> str:
    words = ["run", *generator, *targets(goal), "--until", "20", "--new", "-n", "100000", "--seed", str(seed)]
    seconds, _ = measured([*words, "--batch-size", "4", "--no-report", "--out", str(out)], limit)
    wished = [word for wish in GOALS[goal] for word in ("--where", wish)]
    chosen = [*wished, "--where", "novelty=new", "--where", "energy<30", "-n", "1000", "--json"]
    _, said = measured(["best", str(out), *chosen], 600)
    hits = said.count('"label"')
    return (
        f"{seconds / hits:6.2f} CPU-s a hit ({seconds:.0f} s, {hits} hits)"
        if hits
        else f"none in {seconds:.0f} s"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--only", nargs="+", choices=GOALS, default=[name for name in GOALS if name not in COSTLY]
    )
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--until", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--generators", nargs="+", default=["search"])
    parser.add_argument("--surrogates", nargs="*", default=[], help="what zeo train surrogate made")
    parser.add_argument("--finetune", type=int, default=0, help="steps by which generators learn from hits")
    parser.add_argument(
        "--unconfirmed", action="store_true", help="no shake, and grids of 32 points along each axis"
    )
    parser.add_argument("--also", nargs="*", choices=[*ALONE, "lookup"], default=[])
    parser.add_argument("--limit", type=float, default=60.0)
    chosen = parser.parse_args()
    more = [word for name in chosen.generators for word in ("--generator", name)]
    more += [word for model in chosen.surrogates for word in ("--surrogate", model)]
    more += ["--finetune", str(chosen.finetune)] if chosen.finetune else []
    with tempfile.TemporaryDirectory() as folder:
        measured(
            ["design", *targets("A"), "--until", "1", "--generator", "search", "--out", f"{folder}/warm"], 600
        )
        for goal in chosen.only:
            for seed in range(chosen.seeds):
                out = Path(folder) / f"{goal.replace('/', '-')}-{seed}"
                told = design(goal, seed, more, chosen.until, chosen.minutes, out, not chosen.unconfirmed)
                print(f"{goal} seed {seed}  design  {told}", flush=True)
                for name in chosen.also:
                    beside = out.with_name(f"{out.name}-{name}")
                    if name == "lookup":
                        found = lookup(goal, beside)
                    else:
                        found = run(goal, seed, ALONE[name], chosen.limit, beside)
                    print(f"{goal} seed {seed}  {name:6}  {found}", flush=True)


if __name__ == "__main__":
    main()
