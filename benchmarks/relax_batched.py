"""Structures per second of the batched relaxation on torch against the batch size, beside one at a time.

IZA types of 66-78 atoms with 0.03 A noise, the same starts for both. On the CPU, CPU time of one thread; on a
GPU, wall time. Ratios are to one at a time with numba, on one core, in the same run.

    python benchmarks/relax_batched.py [device]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np
import torch

from zeo.crystal.net import NotFourConnectedError
from zeo.data.known.iza import iza_codes, iza_structure
from zeo_cleanup.relax.batched import relax_sites_many
from zeo_cleanup.relax.batched_potential import BatchedPotential
from zeo_cleanup.relax.framework import tetrahedra_of
from zeo_cleanup.relax.minimise import CoreShells, relax_sites
from zeo_cleanup.relax.potential import CoreShellPotential, Tetrahedra
from zeo_cleanup.relax.relaxation import core_shells

BATCHES = (1, 4, 16, 64)
REPEATS = 10


def main() -> None:
    torch.set_num_threads(1)
    device = sys.argv[1] if len(sys.argv) > 1 else "cpu"
    starts, tetrahedra = frameworks(max(BATCHES))
    relax_sites(starts[0], tetrahedra[0], "full", 5)
    relax_sites_many(starts[:2], tetrahedra[:2], max_iterations=5, device=device)
    print(f"{device}, {len(starts)} structures of {sorted({len(s.cores) for s in starts})} atoms")

    print("evaluations: structures per second, and times one at a time")
    alone = len(starts) / seconds(one_by_one(starts, tetrahedra), "cpu", REPEATS)
    print(f"  one at a time {alone:9.1f}")
    for batch in BATCHES:
        rate = batch / seconds(together(starts[:batch], tetrahedra[:batch], device), device, REPEATS)
        print(f"  batch of {batch:4} {rate:9.1f} {rate / alone:6.2f}")

    print("relaxations: structures per second, times one at a time, largest difference (eV/Si), unconverged")
    singles = []

    def relax_all_alone() -> None:
        singles.extend(relax_sites(s, t, "full", 600) for s, t in zip(starts, tetrahedra, strict=True))

    alone = len(starts) / seconds(relax_all_alone, "cpu", 1)
    print(f"  one at a time {alone:9.2f}")
    for batch in BATCHES:
        count = max(batch, 16)
        found = []

        def relax_in_batches(batch: int = batch, count: int = count, found: list = found) -> None:
            for first in range(0, count, batch):
                some = slice(first, first + batch)
                found.extend(relax_sites_many(starts[some], tetrahedra[some], device=device))

        rate = count / seconds(relax_in_batches, device, 1)
        worst = max(abs(a.energy - b.energy) for a, b in zip(found, singles, strict=False))
        failed = sum(not a.converged for a in found)
        print(f"  batch of {batch:4} {rate:9.2f} {rate / alone:6.2f} {worst:.1e} {failed}")


def frameworks(count: int) -> tuple[list[CoreShells], list[Tetrahedra]]:
    """Shaken IZA types, each as often as it takes."""
    rng = np.random.default_rng(0)
    codes = [code for code in iza_codes() if 66 <= len(iza_structure(code)) <= 78]
    starts: list[CoreShells] = []
    tetrahedra: list[Tetrahedra] = []
    while len(starts) < count:
        for code in codes:
            structure = iza_structure(code)
            try:
                bonds = tetrahedra_of(structure)
            except NotFourConnectedError:
                continue
            start = core_shells(structure)
            cores = start.cores + rng.normal(0.0, 0.03, start.cores.shape)
            starts.append(CoreShells(start.lattice, cores, start.shells))
            tetrahedra.append(bonds)
    return starts[:count], tetrahedra[:count]


def one_by_one(starts: list[CoreShells], tetrahedra: list[Tetrahedra]) -> Callable[[], None]:
    potentials = [CoreShellPotential(s.lattice, t) for s, t in zip(starts, tetrahedra, strict=True)]

    def evaluate() -> None:
        for start, potential in zip(starts, potentials, strict=True):
            potential.evaluate(start.lattice, start.sites)

    return evaluate


def together(starts: list[CoreShells], tetrahedra: list[Tetrahedra], device: str) -> Callable[[], None]:
    potential = BatchedPotential([start.lattice for start in starts], tetrahedra, device)
    lattices = torch.tensor(np.stack([start.lattice for start in starts]), device=device)
    sites = potential.padded([start.sites for start in starts])

    def evaluate() -> None:
        potential.evaluate(lattices, sites)

    return evaluate


def seconds(work: Callable[[], None], device: str, repeats: int) -> float:
    """Least time of an execution; the first, with the pair lists to make, does not count when repeated."""
    on_cpu = device == "cpu"
    clock = time.process_time if on_cpu else time.perf_counter
    times = []
    for _ in range(repeats):
        started = clock()
        work()
        if not on_cpu:
            torch.cuda.synchronize()
        times.append(clock() - started)
    return min(times)


if __name__ == "__main__":
    main()
