"""Fit the energy that bonds and angles suggest: the data of ``zeo_probes.geometry``.

    python scripts/fit_energy_estimate.py --mutants 1200 --samples 250

Mutants of the training split of ``standard`` and samples of zeosym are relaxed; the regression is on their
geometry before. Prints the error by five-fold cross-validation, mutants of one parent kept together.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import zeo_probes.geometry
from zeo import DataSet, installed_plugins
from zeo.crystal.structure import Structure
from zeo.data.known.frameworks import FrameworkSet
from zeo.errors import InputError
from zeo.plugin.candidate import Candidate
from zeo.running.stages import postprocessing
from zeo_probes.geometry import FEATURES, Ridge, geometry, terms

DATA = Path(zeo_probes.geometry.__file__).parent / "data" / zeo_probes.geometry.WEIGHTS
HIGHEST_ENERGY = 35.0
"""kJ/mol Si; what lies higher is of no interest, and its energy hardly follows from its geometry."""

RIDGE = 1e-3
PARENTS, CHILDREN = 4, 12


def mutants(seed: int) -> Iterator[tuple[str, Structure]]:
    """Lineages and structures without end."""
    data = DataSet.open("standard").split("train")
    small = np.flatnonzero(data.column("t_atoms") <= 100)
    search = (
        installed_plugins()
        .configured({"search": {"t_atoms": (4, 160), "edges": (4.5, 45.0)}})
        .create("generator", "search")
    )
    stream = np.random.default_rng(seed)
    while True:
        names = tuple(map(str, stream.choice(small, PARENTS, replace=False)))
        parents = FrameworkSet(names, lambda name: data.structure(int(name)))
        for sample in islice(search.explore(int(stream.integers(2**31)), parents), CHILDREN):
            if sample.structure is not None:
                yield str(sample.source.get("parent")), sample.structure


def samples(seed: int) -> Iterator[tuple[str, Structure]]:
    """The same, drawn."""
    zeosym = installed_plugins().create("generator", "zeosym")
    zeosym.load(None, "cpu")
    for start in count(100_000 * seed, 16):
        for sample in zeosym.sample(range(start, start + 16)):
            if sample.structure is not None and sample.structure.count("O"):
                yield f"zeosym {sample.seed}", sample.structure


def examples(found: Iterator[tuple[str, Structure]], number: int) -> list[tuple[str, list[float], float]]:
    """Lineage, features and relaxed energy of so many frameworks."""
    relax = postprocessing("relax", "relax", installed_plugins()).apply
    kept: list[tuple[str, list[float], float]] = []
    for lineage, structure in found:
        if len(kept) == number:
            break
        try:
            measured = geometry(structure)
        except InputError:
            continue
        relaxed = relax(Candidate.of(structure))
        if (
            relaxed.rejection is None
            and relaxed.energy is not None
            and relaxed.energy.value <= HIGHEST_ENERGY
        ):
            kept.append((lineage, [measured[name] for name in FEATURES], relaxed.energy.value))
    return kept


def fitted(numbers: NDArray[np.float64], energies: NDArray[np.float64]) -> Ridge:
    """By ridge regression."""
    mean, deviation = numbers.mean(axis=0), numbers.std(axis=0)
    design = terms(numbers, mean, deviation)
    square = design.T @ design + RIDGE * len(design) * np.eye(design.shape[1])
    weights: NDArray[np.float64] = np.linalg.solve(square, design.T @ energies).astype(np.float64)
    return Ridge(mean, deviation, weights)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--mutants", type=int, default=1200)
    parser.add_argument("--samples", type=int, default=250)
    parser.add_argument("--seed", type=int, default=5)
    chosen = parser.parse_args()
    known = examples(mutants(chosen.seed), chosen.mutants) + examples(samples(chosen.seed), chosen.samples)
    numbers = np.array([features for _, features, _ in known])
    energies = np.array([energy for _, _, energy in known])
    lineages = sorted({lineage for lineage, _, _ in known})
    fold = np.array([lineages.index(lineage) % 5 for lineage, _, _ in known])
    told = np.empty(len(known))
    for each in range(5):
        told[fold == each] = fitted(numbers[fold != each], energies[fold != each]).of(numbers[fold == each])
    for name, some in (("mutants", slice(0, chosen.mutants)), ("samples", slice(chosen.mutants, None))):
        error = told[some] - energies[some]
        r = np.corrcoef(told[some], energies[some])[0, 1]
        print(f"{name}: {len(error)}, r {r:.3f}, mean absolute error {np.abs(error).mean():.2f} kJ/mol Si")
    ridge = fitted(numbers, energies)
    stored = {name: np.round(getattr(ridge, name), 6).tolist() for name in ("mean", "deviation", "weights")}
    DATA.write_text(json.dumps({"features": FEATURES, **stored}) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
