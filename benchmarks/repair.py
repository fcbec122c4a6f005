"""The two repairs side by side, on noisy round trips that are not perfect before repair.

    python benchmarks/repair.py
    python benchmarks/repair.py --frameworks 0 --decoders peaks --noise 0.4 --seed 1 --set max_edge=4.3

A net is recovered when the repaired atoms have the exact key of the framework drawn. Times are CPU times of
one process and compare within one run; the parts of the exact repair are timed at 40 to 60 T atoms.
"""

from __future__ import annotations

import argparse
import os
import time
from collections import Counter
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from attrs import frozen

from zeo.builtin.dataset import with_noise
from zeo.builtin.voxel import Voxel
from zeo.crystal.net import Net, NetError
from zeo.crystal.structure import Structure
from zeo.data.known.frameworks import Framework, is_silica, open_frameworks
from zeo.plugin.candidate import Candidate
from zeo.plugin.interfaces import Postprocessor
from zeo.plugin.options import make_options
from zeo.plugin.registry import installed_plugins
from zeo_cleanup.assembly import framework_of
from zeo_cleanup.bonds import bonds_within, is_perfect
from zeo_cleanup.candidate_net import candidate_net, clashes
from zeo_cleanup.dls import regularise
from zeo_cleanup.four_connected import choose_net
from zeo_cleanup.key import topology_of
from zeo_cleanup.random_search import RandomSearch
from zeo_cleanup.repair import ExactRepair
from zeo_cleanup.sites import oxygen_sites, silicon_sites

NOISE = {"peaks": [0.3, 0.4, 0.45, 0.5], "flood-fill": [0.05, 0.1, 0.15]}
"""Where each decoder leaves something to repair."""

MOST_T = 150
"""Larger cells are too coarse at 32 points, and slow the sweep down."""


@frozen
class Trip:
    """A framework that went through a noisy grid."""

    framework: Framework
    noise: float
    candidate: Candidate
    perfect: bool


@frozen
class Outcome:
    """What a repair made of a trip."""

    recovered: bool
    reason: str
    seconds: float


def key(structure: Structure) -> str | None:
    try:
        return topology_of(Net.from_structure(structure)).key
    except NetError:
        return None


def chosen_frameworks(number: int) -> list[Framework]:
    """Evenly spread over the orthogonal SiO2 types by code; all of them when ``number`` is 0."""
    frameworks = list(
        open_frameworks("iza").where(lambda s: s.is_orthogonal and s.count("Si") <= MOST_T and is_silica(s))
    )
    step = max(1, len(frameworks) // number) if number else 1
    return frameworks[::step][: number or None]


def trips(frameworks: list[Framework], noise: float, voxel: Voxel, seed: int) -> list[Trip]:
    found = []
    for index, framework in enumerate(frameworks):
        grid = with_noise(voxel.encode(framework.structure), noise, np.random.default_rng((seed, index)))
        atoms = voxel.decode(grid)
        candidate = Candidate(index=index, seed=index, encoded=grid, structure=atoms)
        found.append(Trip(framework, noise, candidate, is_perfect(atoms, bonds_within(atoms))))
    return found


def outcome(repair: Postprocessor, trip: Trip) -> Outcome:
    started = time.process_time()
    result = repair.apply(trip.candidate)
    seconds = time.process_time() - started
    if result.rejection is not None:
        return Outcome(False, result.rejection.reason, seconds)
    assert result.structure is not None
    same = key(result.structure) == key(trip.framework.structure)
    return Outcome(same, "recovered" if same else "another net", seconds)


def compare(repairs: dict[str, Postprocessor], spoiled: list[Trip], noises: list[float]) -> None:
    """Nets recovered at each noise, reasons, and medians of time."""
    outcomes = {name: [outcome(repair, trip) for trip in spoiled] for name, repair in repairs.items()}
    for name, results in outcomes.items():
        for noise in noises:
            some = [r.recovered for r, trip in zip(results, spoiled, strict=True) if trip.noise == noise]
            print(f"{name:14} noise {noise:g}: {sum(some)} of {len(some)} recovered")
        counts = dict(Counter(result.reason for result in results).most_common())
        print(f"{name:14} {counts}")
        for some, what in ((results, "of all"), ([r for r in results if r.recovered], "of those recovered")):
            if some:
                times = 1e3 * np.array([result.seconds for result in some])
                print(f"{name:14} median {what} {np.median(times):.1f} ms, longest {times.max():.0f} ms")


def parts(spoiled: list[Trip], max_edge: float) -> None:
    """Median time of each part of the exact repair."""
    times: dict[str, list[float]] = {"sites": [], "graph": [], "net": [], "atoms": [], "least squares": []}
    for trip in spoiled:
        atoms, grid = trip.candidate.structure, trip.candidate.grid
        assert atoms is not None
        marks = [time.process_time()]
        silicon, oxygen = silicon_sites(atoms, grid), oxygen_sites(atoms, grid)
        marks.append(time.process_time())
        graph = candidate_net(atoms.lattice, silicon, oxygen, max_edge)
        marks.append(time.process_time())
        choice = choose_net(graph, clashes(atoms.lattice, silicon), int(0.1 * silicon.decoded.sum()))
        marks.append(time.process_time())
        if choice is None:
            continue
        framework, bonds = framework_of(atoms.lattice, choice.net, silicon, oxygen)
        marks.append(time.process_time())
        regularise(framework, bonds)
        marks.append(time.process_time())
        for part, seconds in zip(times.values(), np.diff(marks), strict=True):
            part.append(seconds)
    if times["net"]:
        medians = {name: f"{1e3 * np.median(part):.1f}" for name, part in times.items()}
        total = 1e3 * np.median(np.sum(list(times.values()), axis=0))
        print(f"40 to 60 T atoms, {len(times['net'])} repairs: median {total:.1f} ms in all; parts {medians}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--frameworks", type=int, default=30, help="how many types; 0 for all (default 30)")
    parser.add_argument("--noise", type=float, nargs="+", help="instead of what suits each decoder")
    parser.add_argument("--decoders", nargs="+", default=list(NOISE), choices=list(NOISE))
    parser.add_argument("--seed", type=int, default=0, help="of the noise")
    parser.add_argument("--set", nargs="*", default=[], metavar="OPTION=VALUE", help="of the exact repair")
    arguments = parser.parse_args()
    plugins = installed_plugins()
    given: dict[str, Any] = dict(item.split("=") for item in arguments.set)
    exact = ExactRepair(make_options(ExactRepair.Options, given, "repair"), plugins)
    repairs: dict[str, Postprocessor] = {"repair": exact, "random-search": RandomSearch(None, plugins)}
    frameworks = chosen_frameworks(arguments.frameworks)
    for decoder in arguments.decoders:
        print(f"\ndecoder {decoder}, {len(frameworks)} frameworks")
        voxel = Voxel(Voxel.Options(channels=("si", "o"), decoder=decoder), plugins)
        noises = arguments.noise or NOISE[decoder]
        spoiled = []
        for noise in noises:
            drawn = trips(frameworks, noise, voxel, arguments.seed)
            spoiled += [trip for trip in drawn if not trip.perfect]
            perfect = sum(trip.perfect for trip in drawn)
            print(f"noise {noise:g}: {perfect} of {len(drawn)} perfect before repair")
        if spoiled:
            compile_kernels(repairs, spoiled)
            compare(repairs, spoiled, noises)
            parts(
                [t for t in spoiled if 40 <= t.framework.structure.count("Si") <= 60], exact.options.max_edge
            )


def compile_kernels(repairs: dict[str, Postprocessor], spoiled: list[Trip]) -> None:
    """The first framework that a repair finds has compiled all it needs."""
    for repair in repairs.values():
        for trip in spoiled:
            if repair.apply(trip.candidate).rejection is None:
                break


if __name__ == "__main__":
    main()
