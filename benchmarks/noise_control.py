"""How often the exact repair finds a four-connected net where there is none.

Pure noise, repaired with the shipped options, T adding and removing included:

- hard-core T points of zeolite density (17 per nm3, no two closer than 2.6 angstrom), no oxygen;
- the same with twice as many hard-core oxygens (no two closer than 2.0 angstrom), as atoms and as a grid with
  noise that is decoded;
- grids of white noise alone, decoded.

    python benchmarks/noise_control.py [--draws 400] [--set max_edge=3.9 ...]
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from zeo.builtin.voxel import Voxel
from zeo.crystal.hard_core import CLOSEST, hard_core
from zeo.crystal.structure import Structure
from zeo.grids.grid import Grid
from zeo.plugin.candidate import Candidate
from zeo.plugin.options import make_options
from zeo.plugin.registry import installed_plugins
from zeo_cleanup.repair import ExactRepair

T_PER_A3 = 0.017
EDGES = (10.0, 16.0)
"""Cell edges are uniform in this range, angstrom."""

Draw = Callable[[np.random.Generator], Candidate]


def t_points(rng: np.random.Generator) -> Candidate:
    lengths = rng.uniform(*EDGES, 3)
    si = hard_core(rng, lengths, round(T_PER_A3 * lengths.prod()), CLOSEST["Si"])
    return Candidate(index=0, seed=0, structure=Structure.from_si_o(np.diag(lengths), si, []))


def atoms(rng: np.random.Generator) -> Candidate:
    lengths = rng.uniform(*EDGES, 3)
    n = round(T_PER_A3 * lengths.prod())
    si, o = hard_core(rng, lengths, n, CLOSEST["Si"]), hard_core(rng, lengths, 2 * n, CLOSEST["O"])
    return Candidate(index=0, seed=0, structure=Structure.from_si_o(np.diag(lengths), si, o))


def decoded_atoms(voxel: Voxel, noise: float) -> Draw:
    def draw(rng: np.random.Generator) -> Candidate:
        structure = atoms(rng).structure
        assert structure is not None
        return decoded(voxel, voxel.encode(structure), noise, rng)

    return draw


def decoded_noise(voxel: Voxel, noise: float) -> Draw:
    def draw(rng: np.random.Generator) -> Candidate:
        empty = Grid(np.zeros((2, 32, 32, 32)), ("si", "o"), np.diag(rng.uniform(*EDGES, 3)))
        return decoded(voxel, empty, noise, rng)

    return draw


def decoded(voxel: Voxel, grid: Grid, noise: float, rng: np.random.Generator) -> Candidate:
    grid = grid.with_values(grid.values + noise * rng.standard_normal(grid.values.shape))
    return Candidate(index=0, seed=0, encoded=grid, structure=voxel.decode(grid))


def outcomes(repair: ExactRepair, draw: Draw, draws: int) -> Iterator[str]:
    for seed in range(draws):
        result = repair.apply(draw(np.random.default_rng(seed)))
        if result.rejection is None:
            yield "passed"
        elif "t_shift" in result.notes:
            yield f"net found, then: {result.rejection.reason}"
        else:
            yield result.rejection.reason


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--draws", type=int, default=400)
    parser.add_argument("--set", nargs="*", default=[], metavar="OPTION=VALUE", help="of the exact repair")
    arguments = parser.parse_args()
    plugins = installed_plugins()
    given: dict[str, Any] = dict(item.split("=") for item in arguments.set)
    repair = ExactRepair(make_options(ExactRepair.Options, given, "repair"), plugins)
    voxel = Voxel(Voxel.Options(channels=("si", "o")), plugins)
    for name, draw in {
        "hard-core T": t_points,
        "hard-core T and O": atoms,
        "hard-core T and O, grid noise 0.3": decoded_atoms(voxel, 0.3),
        "grid of noise 0.5": decoded_noise(voxel, 0.5),
        "grid of noise 1": decoded_noise(voxel, 1.0),
    }.items():
        counts = Counter(outcomes(repair, draw, arguments.draws))
        print(
            f"{name}: {counts['passed']} of {arguments.draws} four-connected; {dict(counts.most_common())}",
            flush=True,
        )


if __name__ == "__main__":
    main()
