"""What the relaxation of mutants costs, as the search finds them, and beside another checkout of zeo.

The frameworks are mutants of the training split of `standard`, up to 160 T atoms. Each is relaxed twice: in
its space group, and rattled by 0.05 A without symmetry, as a hit is confirmed. Seconds are CPU seconds of all
that the stage does, least squares, symmetry and facts included, after compilation.

    python benchmarks/relax_mutants.py
    python benchmarks/relax_mutants.py --count 100 --against ../main   # the same mutants by the code there
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from attrs import evolve
from numpy.typing import NDArray

from zeo.crystal.structure import Structure
from zeo.data.known.frameworks import training_frameworks
from zeo.plugin.candidate import Candidate
from zeo_cleanup.relax.postprocessor import Relax
from zeo_search.generator import Search
from zeo_search.options import SearchOptions

LARGEST = 160
PARENTS, FINDS = 6, 10
"""Of one effort of the search: frameworks that are changed, and mutants that are taken."""

WAYS = {"symmetric": {}, "rattled": {"keep_symmetry": False, "rattle": 0.05}}

FIELDS = ("seconds", "evaluations", "energy")


def main() -> None:
    arguments = parsed()
    if arguments.relax:
        print(json.dumps(relaxed(pickle.loads(arguments.relax.read_bytes()))))
        return
    found = mutants(arguments.count)
    t_atoms = np.array([structure.count("Si") for structure in found])
    print(
        f"{len(found)} mutants, {t_atoms.min()} to {t_atoms.max()} T atoms, {t_atoms.mean():.0f} on average"
    )
    print(f"{'':28} ms a T atom  evaluations  us an evaluation and T atom  without an energy")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "mutants.pickle"
        file.write_bytes(pickle.dumps(found))
        here = in_checkout(Path(__file__).parents[1], file)
        there = in_checkout(arguments.against, file) if arguments.against else None
    for way in WAYS:
        describe(way, here[way], t_atoms)
        if there is not None:
            describe(f"{way}, {arguments.against}", there[way], t_atoms)
            compare(here[way], there[way])


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=60, help="mutants")
    parser.add_argument("--against", type=Path, help="another checkout of zeo")
    parser.add_argument("--relax", type=Path, help=argparse.SUPPRESS)  # what the processes are told
    return parser.parse_args()


def mutants(count: int) -> list[Structure]:
    """Different ones, a few of each effort of the search."""
    known = training_frameworks("standard")
    search = Search(SearchOptions(t_atoms=(4, LARGEST)))
    search.load(None, "cpu")
    found: list[Structure] = []
    for seed in range(count):
        drawn = np.random.default_rng(seed).choice(len(known), PARENTS, replace=False)
        parents = evolve(known, names=tuple(known.names[k] for k in drawn))
        found += [sample.structure for sample in islice(search.explore(seed, parents), FINDS)]
        if len(found) >= count:
            break
    return found[:count]


def in_checkout(root: Path, mutants: Path) -> dict[str, dict[str, list[float]]]:
    """The relaxations by the code of a checkout, in a process of their own."""
    packages = [root / "core", *sorted((root / "plugins").iterdir())]
    done = subprocess.run(
        [sys.executable, __file__, "--relax", str(mutants)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(str(path.resolve()) for path in packages)},
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(done.stdout)


def relaxed(structures: list[Structure]) -> dict[str, dict[str, list[float]]]:
    """Seconds, evaluations and energies of all, by the way of relaxing."""
    results = {way: {field: [] for field in FIELDS} for way in WAYS}
    stages = {way: Relax(Relax.Options(**options)) for way, options in WAYS.items()}
    for stage in stages.values():
        stage.apply(Candidate.of(structures[0]))  # compiles
    for structure in structures:
        for way, stage in stages.items():
            started = time.process_time()
            end = stage.apply(Candidate.of(structure))
            seconds = time.process_time() - started
            energy = np.nan if end.energy is None else end.energy.value
            evaluations = end.notes["evaluations"]
            for field, value in zip(FIELDS, (seconds, evaluations, energy), strict=True):
                results[way][field].append(value)
    return results


def describe(label: str, found: dict[str, list[float]], t_atoms: NDArray[np.int64]) -> None:
    seconds, evaluations = np.array(found["seconds"]), np.array(found["evaluations"])
    work = float(evaluations @ t_atoms)
    print(
        f"{label:28} {1e3 * seconds.sum() / t_atoms.sum():11.2f} {evaluations.mean():12.1f}"
        f" {1e6 * seconds.sum() / work:28.1f} {np.isnan(found['energy']).sum():18}"
    )


def compare(here: dict[str, list[float]], there: dict[str, list[float]]) -> None:
    difference = np.abs(np.array(here["energy"]) - there["energy"])
    faster = sum(there["seconds"]) / sum(here["seconds"])
    print(
        f"  {faster:.2f} times as fast; {(difference > 0.01).sum()} energies differ by more than 0.01"
        f" kJ/mol Si, the median by {np.nanmedian(difference):.1e}"
    )


if __name__ == "__main__":
    main()
