"""How long the grids of a framework take, on one core, in CPU time.

    python benchmarks/grids.py [CODE ...] [--repeats N]

Medians, in CPU milliseconds, interleaved in one run: the three 32^3 channels (methane energy, silicon,
oxygen) as zeo computes them; a pruned numpy version of the energy; the energy from one point per orbit, and
finding the orbits. The C++ program that made the reference grids took the fixed CPU-seconds below for the
three channels (GRIDAY 2 as shipped, g++ 12.2, another machine of the same class), so that ratio is only
indicative.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from numpy.typing import NDArray

from zeo.crystal.structure import Structure
from zeo.data.known.iza import iza_structure
from zeo.grids.gaussians import gaussian_density
from zeo.grids.grid import grid_points
from zeo_probes.lattice_sum import Sites, energies_at, images_near_cell
from zeo_probes.symmetry import GridPoints, unique_points

EPSILON, SIGMA, CUTOFF = 115.0, 3.47, 12.0
SHAPE = (32, 32, 32)
REFERENCE_SECONDS = {"LTA": 0.653, "MFI": 0.811, "FAU": 0.247}
TARGET_MS = {"LTA": 6.5, "MFI": 9.0, "FAU": 8.8}


def energy(structure: Structure, points: GridPoints) -> NDArray[np.float32]:
    sites = [Sites(structure.coords_of("O"), EPSILON, SIGMA)]
    return points.spread(energies_at(structure.lattice, sites, CUTOFF, SHAPE, points.unique))


def three_channels(structure: Structure) -> list[NDArray[np.float32]]:
    densities = [
        gaussian_density(structure.lattice, structure.coords_of(element), SHAPE) for element in ("Si", "O")
    ]
    return [energy(structure, GridPoints.apart(SHAPE)), *densities]


def numpy_energy(structure: Structure) -> NDArray[np.float32]:
    """The same sum in numpy alone, for orthogonal cells; images far from a plane or a row are dropped."""
    lengths = structure.lengths
    images = images_near_cell(structure.coords_of("O"), structure.lattice, CUTOFF) * lengths
    dx2, dy2, dz2 = (
        ((grid_points(n) * lengths[k] - images[:, k : k + 1]) ** 2).astype(np.float32)
        for k, n in enumerate(SHAPE)
    )
    cutoff2, sigma2 = np.float32(CUTOFF**2), np.float32(SIGMA**2)
    result = np.zeros(SHAPE, dtype=np.float32)
    nearest_y, nearest_z = dy2.min(axis=1), dz2.min(axis=1)
    for ix in range(SHAPE[0]):
        plane = np.flatnonzero(dx2[:, ix] + nearest_y + nearest_z < cutoff2)
        x2, y2, z2, least_z = dx2[plane, ix], dy2[plane].T.copy(), dz2[plane], nearest_z[plane]
        for iy in range(SHAPE[1]):
            row = x2 + y2[iy]
            near = np.flatnonzero(row + least_z < cutoff2)
            r2 = row[near, None] + z2[near]
            far = r2 >= cutoff2
            np.maximum(r2, np.float32(0.01), out=r2)
            ratio = np.divide(sigma2, r2, out=r2)
            ratio6 = ratio * ratio
            ratio6 *= ratio
            terms = ratio6 * ratio6
            terms -= ratio6
            terms[far] = 0.0
            result[ix, iy] = terms.sum(axis=0)
    return np.float32(4 * EPSILON) * result


def cpu_seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def median_ms(works: dict[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """Medians over interleaved repeats, so that a busy spell of the machine hits all alike."""
    samples: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(repeats):
        for name, work in works.items():
            samples[name].append(1e3 * cpu_seconds(work))
    return {name: statistics.median(values) for name, values in samples.items()}


def measure(code: str, repeats: int) -> str:
    """One line of the table."""
    structure = iza_structure(code)
    all_points, points = GridPoints.apart(SHAPE), unique_points(structure, SHAPE)
    works: dict[str, Callable[[], object]] = {
        "energy": lambda: energy(structure, all_points),
        "all": lambda: three_channels(structure),
        "symmetry": lambda: energy(structure, points),
        "orbits": lambda: unique_points.__wrapped__(structure, SHAPE),
    }
    if structure.is_orthogonal:
        works["numpy"] = lambda: numpy_energy(structure)
    for work in works.values():
        work()  # compiled, and warm in the cache
    ms = median_ms(works, repeats)
    ratio = f"{ms['numpy'] / ms['energy']:.1f}" if "numpy" in ms else "-"
    reference = f"{1e3 * REFERENCE_SECONDS[code] / ms['all']:.0f}" if code in REFERENCE_SECONDS else "-"
    return (
        f"{code:4} {len(structure):5}  {ms['all']:7.2f} {TARGET_MS.get(code, '-')!s:>7} {reference:>8}"
        f" {ms['energy']:7.2f} {ratio:>9}  {ms['symmetry']:10.2f} {ms['orbits']:11.2f} {len(points.unique):7}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("codes", nargs="*", default=["LTA", "MFI", "FAU"])
    parser.add_argument("--repeats", type=int, default=9)
    arguments = parser.parse_args()
    print("           three channels           energy            energy of one point per orbit")
    print("code atoms      ms  target  C++/zeo      ms numpy/zeo          ms  orbits' ms  points")
    for code in arguments.codes:
        print(measure(code, arguments.repeats), flush=True)


if __name__ == "__main__":
    main()
