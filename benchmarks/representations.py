"""What each representation keeps of a framework: nets recovered against noise, positions, invariance.

    python benchmarks/representations.py                  12 small orthogonal types
    python benchmarks/representations.py --frameworks 0   all orthogonal SiO2 types

Noise is normal, as large as a share of the spread of the numbers that tell frameworks apart: of a grid over
its points, of a matrix over the rows of its atoms and of its reflections, each column by itself. A net is
recovered when the decoded atoms, repaired, have it by exact key. Changes are those of the numbers, for the
same crystal described otherwise: 0 where nothing changes, about 1 where the two have nothing in common.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from numpy.typing import NDArray
from round_trip import MOST_T_BY_DEFAULT, position_errors

from zeo.crystal.cells import permuted, translated
from zeo.crystal.structure import Structure
from zeo.data.known.frameworks import Framework, is_silica, open_frameworks
from zeo.errors import InputError, ZeoError
from zeo.grids.grid import Grid
from zeo.plugin.candidate import Candidate
from zeo.plugin.registry import installed_plugins
from zeo.tools.tables import format_table

LEVELS = (0.0, 0.02, 0.05, 0.1, 0.3)
CHANGES: dict[str, Callable[[Structure], Structure]] = {
    "moved by (0.13, 0.29, 0.41)": lambda s: translated(s, (0.13, 0.29, 0.41)),
    "axes in another order": lambda s: permuted(s, [1, 2, 0]),
    "cell twice along c": lambda s: doubled(s),
}


def doubled(structure: Structure) -> Structure:
    """Two cells along c."""
    lattice, coords = structure.lattice.copy(), structure.frac_coords.copy()
    lattice[2] *= 2.0
    coords[:, 2] *= 0.5
    both = np.concatenate([coords, coords + np.array([0.0, 0.0, 0.5])])
    return Structure(lattice, [*structure.species, *structure.species], both)


def numbers(encoded: Any) -> NDArray[np.float64]:
    """What tells frameworks apart, [m, k]: channels at all points, or the rows below those of the cell."""
    if isinstance(encoded, Grid):
        return encoded.values.reshape(len(encoded.channels), -1).T.astype(float)
    return encoded[2:].astype(float)


def noisy(encoded: Any, level: float, stream: np.random.Generator) -> Any:
    """With noise as large as a share of the spread."""
    if isinstance(encoded, Grid):
        values = encoded.values
        spread = values.std(axis=(1, 2, 3), keepdims=True)
        added = level * spread * stream.standard_normal(values.shape, np.float32)
        return encoded.with_values(values + added)
    there = encoded[2:, 3:].any(axis=1)
    spread = encoded[2:][there].std(axis=0)
    added = level * spread * stream.standard_normal(encoded[2:].shape)
    return np.concatenate([encoded[:2], encoded[2:] + added]).astype(np.float32)


def changed(one: Any, other: Any) -> float:
    """The distance of two encodings of a crystal, over that of two that have nothing in common."""
    first, second = numbers(one), numbers(other)
    used = first.any(axis=1) | second.any(axis=1)
    first, second = first[used], second[used]
    apart = np.square(first - second).sum()
    unrelated = np.square(first - first.mean(axis=0)).sum() + np.square(second - second.mean(axis=0)).sum()
    return float(np.sqrt(apart / unrelated))


def has_net(structure: Structure, encoded: Any, name: str) -> bool:
    plugins = installed_plugins()
    try:
        candidate = plugins.create("postprocessor", "repair").apply(Candidate.of(structure, encoded))
        if candidate.rejection is None:
            candidate = plugins.create("postprocessor", "identify").apply(candidate)
    except ZeoError:
        return False
    return candidate.identity is not None and candidate.identity.name == name


def row_of(name: str, frameworks: Sequence[Framework]) -> list[str]:
    options = {"channels": ("si", "o")} if name == "voxel" else {"atoms": 900}
    representation = installed_plugins().configured({name: options}).create("representation", name)
    recovered = dict.fromkeys(LEVELS, 0)
    errors, seconds, changes = [], [], {how: [] for how in CHANGES}
    for k, framework in enumerate(frameworks):
        started = time.process_time()
        try:
            encoded = representation.encode(framework.structure)
        except InputError as error:  # it does not hold so many atoms
            print(f"{name}: {framework.name}: {error}", file=sys.stderr)
            continue
        back = representation.decode(encoded)
        seconds.append(time.process_time() - started)
        if len(back) == len(framework.structure):
            errors.append(position_errors(back, framework.structure))
        for level in LEVELS:
            drawn = noisy(encoded, level, np.random.default_rng(k)) if level else encoded
            recovered[level] += has_net(representation.decode(drawn), drawn, framework.name)
        for how, change in CHANGES.items():
            with contextlib.suppress(InputError):  # twice the cell may be too large
                changes[how].append(changed(encoded, representation.encode(change(framework.structure))))
    placed = np.concatenate(errors)
    size = numbers(encoded).size
    return [
        name,
        f"{size:,}",
        *(f"{count}/{len(frameworks)}" for count in recovered.values()),
        f"{np.median(placed):.4f}",
        f"{placed.max():.3f}",
        f"{1e3 * np.median(seconds):.1f}",
        *(f"{np.median(values):.2f}" for values in changes.values()),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--frameworks", type=int, default=12, help="so many types; 0 for all")
    arguments = parser.parse_args()
    everything = [each for each in open_frameworks("relaxed") if is_silica(each.structure)]
    orthogonal = [each for each in everything if each.structure.is_orthogonal]
    if arguments.frameworks:
        small = [each for each in orthogonal if each.structure.count("Si") <= MOST_T_BY_DEFAULT]
        orthogonal = small[:: max(1, len(small) // arguments.frameworks)][: arguments.frameworks]
    headers = ["representation", "numbers", *(f"noise {level:g}" for level in LEVELS)]
    headers += ["error (A)", "largest", "CPU ms", *CHANGES]
    for name in ("voxel", "sites", "ftcp"):
        print(
            format_table([headers], [row_of(name, orthogonal)], right=tuple(range(1, len(headers)))),
            flush=True,
        )


if __name__ == "__main__":
    main()
