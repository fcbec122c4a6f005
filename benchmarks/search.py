"""How many distinct frameworks the search finds in a core-hour, and how many IZA types without IZA parents.

    python benchmarks/search.py
    python benchmarks/search.py --random 10 --mutation 10 --rounds 60

A framework counts when it is accepted: four-connected, three-periodic, one net, sound after distance least
squares. Nets are told apart by their quick key (coordination sequences to shell 10), IZA types are recognised
by their exact key. Minutes are CPU minutes of one process, without compilation.
"""

from __future__ import annotations

import argparse
import itertools
import os
import time
from collections import Counter
from collections.abc import Iterator

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from zeo.crystal.net import Net, NetError
from zeo.data.known.nets import symbols_by_key
from zeo_cleanup.key import topology_of
from zeo_search.finishing import Finished, Limits, finish
from zeo_search.mutate import Parent, mutate
from zeo_search.options import SearchOptions
from zeo_search.parents import is_one_net
from zeo_search.random_search import search

ATTEMPTS = 1000
"""Mutations of one effort."""

PARENTS = 100
"""Of one effort."""

LAST_GENERATION = 6

LIMITS = Limits()


class Census:
    """The distinct nets found so far, and the CPU seconds that finding them took."""

    def __init__(self) -> None:
        self.found: dict[str, Finished] = {}
        self.seen: set[str] = set()
        self.types: set[str] = set()
        self.refused: Counter[str] = Counter()
        self.seconds = 0.0

    def random(self, seed: int) -> Iterator[Finished]:
        """One effort of random search."""
        for draft in search(np.random.default_rng((0, seed)), SearchOptions()):
            framework = finish(draft, LIMITS, self.seen)
            if framework.quick_key:
                self.seen.add(framework.quick_key)
            if isinstance(framework, Finished):
                yield framework
            else:
                self.refused[framework.reason] += 1

    def mutants(self, seed: int) -> Iterator[Finished]:
        """One effort of mutation, of parents drawn from all that was found."""
        stream = np.random.default_rng((1, seed))
        pool = list(self.found.values())
        parents = []
        for number in stream.permutation(len(pool))[:PARENTS].tolist():
            framework = pool[number]
            parent = Parent(
                name=str(number),
                lengths=framework.lengths,
                coords=framework.t_coords,
                generation=framework.draft.generation,
            )
            if parent.generation < LAST_GENERATION and is_one_net(parent):
                parents.append(parent)
        return mutate(parents, stream, ATTEMPTS, LIMITS, self.seen)

    def run(self, effort: Iterator[Finished]) -> int:
        """Take in what an effort finds; return how many nets are new."""
        before, started = len(self.found), time.process_time()
        fresh = []
        for framework in effort:
            if framework.quick_key not in self.found:
                self.found[framework.quick_key] = framework
                self.seen.add(framework.quick_key)
                fresh.append(framework)
        self.seconds += time.process_time() - started
        for framework in fresh:
            if code := iza_type(framework):
                self.types.add(code)
        return len(self.found) - before


def iza_type(framework: Finished) -> str | None:
    """The code of the framework type; None when it has none or its net has no exact key."""
    try:
        return symbols_by_key().get(topology_of(Net.from_structure(framework.structure)).key)
    except NetError:
        return None


def census(minutes: float, kind: str, start: Census | None = None) -> Census:
    """Efforts of one kind for some CPU minutes; what ``start`` found counts as known and as parents."""
    counted = Census()
    if start is not None:
        counted.found.update(start.found)
        counted.seen |= start.seen
        counted.types |= start.types
    known, before, seed = len(counted.found), set(counted.types), 0
    while counted.seconds < 60.0 * minutes:
        counted.run(counted.random(seed) if kind == "random search" else counted.mutants(seed))
        seed += 1
    describe(kind, counted, len(counted.found) - known, counted.types - before)
    return counted


def describe(kind: str, counted: Census, new: int, types: set[str]) -> None:
    frameworks = list(counted.found.values())[-new:]
    print(f"{kind}: {new} nets in {counted.seconds:.0f} s, {3600 * new / counted.seconds:.0f} a core-hour")
    if not frameworks:
        return
    columns = {
        "T atoms": [len(each.t_coords) for each in frameworks],
        "T per 1000 A3": [each.density for each in frameworks],
        "residual": [each.residual for each in frameworks],
    }
    for name, values in columns.items():
        print(f"  {name}: 5/50/95 % " + " / ".join(f"{v:.4g}" for v in np.percentile(values, [5, 50, 95])))
    rings = np.mean([each.three_ring_share > 0 for each in frameworks])
    print(f"  with rings of three: {rings:.0%}; refused: {dict(counted.refused.most_common())}")
    print(f"  {len(types)} IZA types: {' '.join(sorted(types))}", flush=True)


def rediscover(minutes: float) -> None:
    """Both kinds by turns, children becoming parents: how many IZA types a run from nothing meets."""
    counted, report = Census(), 1.0
    for seed in itertools.count():
        counted.run(counted.mutants(seed) if seed % 3 == 2 else counted.random(seed))
        if counted.seconds >= 60.0 * min(report, minutes):
            found, types = len(counted.found), len(counted.types)
            print(f"after {counted.seconds / 60:.0f} min: {found} nets, {types} IZA types", flush=True)
            report *= 2.0
        if counted.seconds >= 60.0 * minutes:
            break
    print(f"rediscovered without IZA parents: {len(counted.types)}: {' '.join(sorted(counted.types))}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--random", type=float, default=0.5, help="CPU minutes of random search (0.5)")
    parser.add_argument("--mutation", type=float, default=0.5, help="CPU minutes of mutation of that (0.5)")
    parser.add_argument("--rounds", type=float, default=0.0, help="CPU minutes of both in turns (0)")
    arguments = parser.parse_args()
    compiled = Census()
    compiled.run(compiled.random(10**6))
    compiled.run(compiled.mutants(0))
    found = census(arguments.random, "random search")
    if found.found:
        census(arguments.mutation, "mutation", found)
    if arguments.rounds:
        rediscover(arguments.rounds)


if __name__ == "__main__":
    main()
