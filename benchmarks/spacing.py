"""How far the numbers of gases are from those on a grid of 0.1 A, by default and on 32 points an axis.

    python benchmarks/spacing.py [GAS ...] [--frameworks 50] [--types 10]

Frameworks are drawn from `standard`, with IZA types beside them. For each gas and quantity: the largest
deviation, and in how many frameworks it is above 2 %; for the heat the largest one in kJ/mol, and in how many
it is above 0.2. Where no pore is accessible on one grid and some are on the other, the deviation is 100 %.
CPU seconds are for one framework, the search for its symmetry included.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator, Mapping

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from zeo.crystal.structure import Structure
from zeo.data.known.iza import iza_structure
from zeo.data.sets.store import STANDARD, DataSet
from zeo.plugin.registry import installed_plugins

GASES = ("methane", "argon", "xenon", "krypton", "co2", "n2")
TYPES = ("FAU", "MFI", "LTA", "CHA", "FER", "MOR", "BEA", "TON", "AFI", "STI")
GRIDS = {"32 points": {"n": 32}, "default": {}}
REFERENCE = {"spacing": 0.1}
QUANTITIES = {"kh": 0.02, "qst": 0.2, "kh_accessible": 0.02}
"""With what counts as a deviation: relative, for the heat kJ/mol."""

SMALLEST = 1e-3
"""Henry coefficients below this, without unit, are of frameworks that hold no gas."""


def frameworks(count: int, types: int) -> Iterator[tuple[str, Structure]]:
    """Some of the shipped data set, the same in each run, then IZA types."""
    data = DataSet.open(STANDARD)
    for index in sorted(np.random.default_rng(0).choice(len(data), count, replace=False)):
        yield data.names[index], data.structure(index)
    for code in TYPES[:types]:
        yield code, iza_structure(code)


def measured(gas: str, options: Mapping[str, float], structure: Structure) -> dict[str, float]:
    probe = installed_plugins().configured({gas: options}).create("probe", gas)
    found = probe.properties(structure)
    return {name: np.nan if (value := found[name].value) is None else value for name in QUANTITIES}


def deviation(name: str, found: float, exact: float) -> float:
    """Relative, for the heat kJ/mol."""
    if name == "qst":
        return float(np.nan_to_num(abs(found - exact)))
    if max(found, exact) < SMALLEST:
        return 0.0
    return abs(found / exact - 1.0) if exact > 0 else 1.0


def report(gas: str, count: int, types: int) -> None:
    deviations: dict[tuple[str, str], list[tuple[float, str]]] = {}
    seconds = dict.fromkeys(GRIDS, 0.0)
    structures = list(frameworks(count, types))
    for label, structure in structures:
        exact = measured(gas, REFERENCE, structure)
        for grid, options in GRIDS.items():
            begun = time.process_time()
            found = measured(gas, options, structure)
            seconds[grid] += time.process_time() - begun
            for name in QUANTITIES:
                each = deviation(name, found[name], exact[name])
                deviations.setdefault((grid, name), []).append((each, label))
    for grid in GRIDS:
        words = []
        for name, limit in QUANTITIES.items():
            largest, label = max(deviations[grid, name])
            shown = f"{largest:.2f} kJ/mol" if name == "qst" else f"{100 * largest:.1f} %"
            above = sum(each > limit for each, _ in deviations[grid, name])
            words.append(f"{name} {shown} ({label}), {above} above")
        print(
            f"{gas:8} {grid:9} {len(structures)} frameworks: {'; '.join(words)};"
            f" {1e3 * seconds[grid] / len(structures):.0f} ms",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("gases", nargs="*", default=GASES)
    parser.add_argument("--frameworks", type=int, default=50)
    parser.add_argument("--types", type=int, default=len(TYPES))
    arguments = parser.parse_args()
    for gas in arguments.gases:
        report(gas, arguments.frameworks, arguments.types)


if __name__ == "__main__":
    main()
