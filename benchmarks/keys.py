"""How fast nets are named: over all IZA framework types, after compilation.

The ratios compare coordination sequences with a search in plain Python, in the same run.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from zeo.crystal.net import Net, NotFourConnectedError
from zeo.data.known.iza import iza_codes, iza_structure
from zeo.plugin.candidate import Candidate
from zeo.plugin.registry import installed_plugins
from zeo_cleanup.coordination import coordination_sequences
from zeo_cleanup.identify import Identify
from zeo_cleanup.key import topology_of
from zeo_cleanup.primitive import primitive_net

COMPARED = ("SOD", "UOZ", "IRN", "MFI", "FAU")


def main() -> None:
    structures = {code: iza_structure(code) for code in iza_codes()}
    nets = {}
    for code, structure in structures.items():
        try:
            nets[code] = Net.from_structure(structure)
        except NotFourConnectedError:
            continue
    identify = Identify(plugins=installed_plugins())
    candidates = {code: Candidate(index=0, seed=0, structure=structures[code]) for code in nets}
    started = time.process_time()
    identify.apply(candidates["SOD"])
    print(f"first call, compilation included unless cached: {time.process_time() - started:.1f} s")
    print(f"{len(nets)} four-connected framework types, CPU ms: median / 90 % / slowest")
    report("net of a structure", {code: timed(Net.from_structure, structures[code]) for code in nets})
    report("exact key, orbits", {code: timed(topology_of, net) for code, net in nets.items()})
    report("whole identify", {code: timed(identify.apply, candidates[code]) for code in nets})
    print("coordination sequences to shell 10 of all T atoms of the primitive cell")
    for code in COMPARED:
        half = primitive_net(nets[code]).half
        assert coordination_sequences(half, 10).tolist() == plain_sequences(half, 10)
        ours, plain = timed(coordination_sequences, half, 10), timed(plain_sequences, half, 10)
        print(f"  {code}: {ours:.2f} ms, {plain / ours:.0f} times as fast as plain Python")


def timed(function: Callable[..., Any], *arguments: Any, repeats: int = 3) -> float:
    """The least CPU time in milliseconds."""
    times = []
    for _ in range(repeats):
        started = time.process_time()
        function(*arguments)
        times.append(1000 * (time.process_time() - started))
    return min(times)


def report(what: str, times: dict[str, float]) -> None:
    median, most = np.percentile(list(times.values()), [50, 90])
    slowest = max(times, key=times.__getitem__)
    print(f"  {what}: {median:.2f} / {most:.2f} / {times[slowest]:.1f} ({slowest})")


def plain_sequences(half: Any, shells: int) -> list[list[int]]:
    """Breadth-first search with Python's sets."""
    bonds: list[list[tuple[int, ...]]] = [[] for _ in range(half.n)]
    for v, w, shift in zip(half.source.tolist(), half.target.tolist(), half.shift.tolist(), strict=True):
        bonds[v].append((w, *shift))
    sequences = []
    for root in range(half.n):
        before: set[tuple[int, ...]] = set()
        shell, sizes = {(root, 0, 0, 0)}, []
        for _ in range(shells):
            reached = {(w, x + a, y + b, z + c) for v, x, y, z in shell for w, a, b, c in bonds[v]}
            before, shell = shell, reached - shell - before
            sizes.append(len(shell))
        sequences.append(sizes)
    return sequences


if __name__ == "__main__":
    main()
