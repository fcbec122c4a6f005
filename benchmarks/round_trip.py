"""What survives the way into a grid and back: nets recovered against the noise and the number of points.

    python benchmarks/round_trip.py                                          12 small frameworks
    python benchmarks/round_trip.py --frameworks 0 --noise 0 --sizes 32 64   all orthogonal SiO2 types

A framework is recovered when the atoms that come out have its net, by exact key. The decoders are the two of
the voxel representation and, as a baseline, a plain peak finder; "none" is without repair. The first table
tells how well atoms are placed, and the decoders' CPU times, which compare within one run.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter

from zeo.builtin.dataset import with_noise
from zeo.builtin.voxel import Voxel
from zeo.crystal.structure import Structure
from zeo.data.known.frameworks import Framework, is_silica, open_frameworks
from zeo.errors import PluginError
from zeo.grids.grid import Grid
from zeo.plugin.candidate import Candidate
from zeo.plugin.interfaces import Postprocessor
from zeo.plugin.registry import installed_plugins
from zeo.tools.progress import progress
from zeo.tools.tables import format_table

Decoder = Callable[[Grid], Structure]
MOST_T_BY_DEFAULT = 60


def voxel(n: int, decoder: str = "peaks") -> Voxel:
    return Voxel(Voxel.Options(n=n, channels=("si", "o"), decoder=decoder))


def plain_peaks(values: NDArray[np.float32], threshold: float = 0.35) -> NDArray[np.float64]:
    """Local maxima above a threshold, each moved to the top of a parabola through log density, per axis."""
    points = np.argwhere((values == maximum_filter(values, size=3, mode="wrap")) & (values > threshold))
    log = np.log(np.maximum(values, 1e-3))
    centre = log[tuple(points.T)]
    offsets = np.zeros(points.shape)
    for axis in range(3):
        step = np.eye(3, dtype=int)[axis]
        below, above = (log[tuple(((points + side * step) % values.shape).T)] for side in (-1, 1))
        curvature = np.minimum(below - 2 * centre + above, -1e-9)
        offsets[:, axis] = np.clip(0.5 * (below - above) / curvature, -0.5, 0.5)
    return (points + offsets) / values.shape % 1.0


def plain(grid: Grid) -> Structure:
    return Structure.from_si_o(grid.lattice, plain_peaks(grid.channel("si")), plain_peaks(grid.channel("o")))


DECODERS: dict[str, Decoder] = {
    "plain": plain,
    "flood-fill": voxel(32, "flood-fill").decode,
    "peaks": voxel(32, "peaks").decode,
}


def drawn_grid(framework: Framework, n: int, noise: float) -> Grid:
    grid = voxel(n).encode(framework.structure)
    return with_noise(grid, noise, np.random.default_rng(0)) if noise else grid


def position_errors(found: Structure, true: Structure) -> NDArray[np.float64]:
    """Distance of every decoded atom from the nearest true one of its element, in angstrom."""
    distances = []
    for element in ("Si", "O"):
        offsets = found.coords_of(element)[:, None] - true.coords_of(element)
        offsets -= np.round(offsets)
        distances.append(np.linalg.norm(offsets @ true.lattice, axis=-1).min(axis=1))
    return np.concatenate(distances)


def fidelity(frameworks: list[Framework], decoders: dict[str, Decoder], n: int) -> str:
    """Counts, positions and times of the decoders on grids without noise."""
    rows = []
    for name, decode in decoders.items():
        counted, errors, seconds = 0, [], []
        for framework in frameworks:
            grid, true = drawn_grid(framework, n, 0.0), framework.structure
            started = time.process_time()
            found = decode(grid)
            seconds.append(time.process_time() - started)
            if all(found.count(element) == true.count(element) for element in ("Si", "O")):
                counted += 1
                errors.append(position_errors(found, true))
        placed = np.concatenate(errors) if errors else np.array([np.nan])
        middle, most = f"{np.median(placed):.4f}", f"{placed.max():.4f}"
        rows.append([name, f"{counted}/{len(frameworks)}", middle, most, f"{1e3 * np.median(seconds):.1f}"])
    headers = [["decoder", "right counts", "error", "largest", "time"], ["", "", "A, median", "A", "CPU ms"]]
    return format_table(headers, rows, right=(1, 2, 3, 4))


def has_net(structure: Structure, grid: Grid, repair: Postprocessor | None, name: str) -> bool:
    candidate = Candidate(index=0, seed=0, encoded=grid, structure=structure)
    if repair is not None:
        candidate = repair.apply(candidate)
    if candidate.rejection is None:
        candidate = installed_plugins().create("postprocessor", "identify").apply(candidate)
    return candidate.identity is not None and candidate.identity.name == name


def recovered(
    frameworks: list[Framework],
    n: int,
    noise: float,
    decoders: dict[str, Decoder],
    repairs: dict[str, Postprocessor | None],
) -> list[str]:
    """How many frameworks come back, one cell for each decoder and repair."""
    counts = {(decoder, repair): 0 for decoder in decoders for repair in repairs}
    for framework in frameworks:
        grid = drawn_grid(framework, n, noise)
        for decoder, decode in decoders.items():
            structure = decode(grid)
            for repair, plugin in repairs.items():
                counts[decoder, repair] += has_net(structure, grid, plugin, framework.name)
    return [str(count) for count in counts.values()]


def available_repairs(names: list[str]) -> dict[str, Postprocessor | None]:
    repairs: dict[str, Postprocessor | None] = {}
    for name in names:
        try:
            repairs[name] = None if name == "none" else installed_plugins().create("postprocessor", name)
        except PluginError as error:
            print(f"without {name}: {error}")
    return repairs


def spread(frameworks: list[Framework], count: int) -> list[Framework]:
    """``count`` small frameworks, spread over the alphabet; all there are, of any size, for 0."""
    if count == 0:
        return frameworks
    small = [item for item in frameworks if item.structure.count("Si") <= MOST_T_BY_DEFAULT]
    return small[:: max(1, len(small) // count)][:count]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--frameworks", type=int, default=12, help="how many; 0 for all, of any size")
    parser.add_argument("--sizes", type=int, nargs="*", default=[16, 24, 32, 48, 64], help="grid points")
    parser.add_argument("--noise", type=float, nargs="*", default=[0.0, 0.1, 0.2, 0.3, 0.4, 0.5])
    parser.add_argument("--decoders", nargs="*", default=list(DECODERS), choices=list(DECODERS))
    parser.add_argument("--repairs", nargs="*", default=["none", "repair", "random-search"])
    options = parser.parse_args()
    orthogonal = open_frameworks("iza").where(lambda s: s.is_orthogonal and is_silica(s))
    frameworks = spread(list(orthogonal), options.frameworks)
    decoders = {name: DECODERS[name] for name in options.decoders}
    print(f"{len(frameworks)} frameworks: {' '.join(item.name for item in frameworks)}\n")
    print(f"32 points, no noise\n{fidelity(frameworks, decoders, 32)}\n")
    repairs = available_repairs(options.repairs)
    settings = [(32, noise) for noise in options.noise]
    settings += [(n, 0.0) for n in options.sizes if not (n == 32 and 0.0 in options.noise)]
    rows = []
    with progress("settings", len(settings)) as advance:
        for n, noise in settings:
            rows.append([str(n), f"{noise:g}", *recovered(frameworks, n, noise, decoders, repairs)])
            advance(f"{n} points, noise {noise:g}")
    pairs = [(decoder, repair) for decoder in decoders for repair in repairs]
    headers = [["points", "noise", *(d for d, _ in pairs)], ["", "", *(r for _, r in pairs)]]
    table = format_table(headers, rows, right=range(len(headers[0])))
    print(f"nets recovered, of {len(frameworks)} (decoder above, repair below)\n{table}")


if __name__ == "__main__":
    main()
