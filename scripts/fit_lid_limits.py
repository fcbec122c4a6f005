"""Fit the limits on local interatomic distances to the relaxed IZA types that ship with zeo.

    python scripts/fit_lid_limits.py          # print the section [slc] of lid_limits.toml

The lines are least-squares fits; a limit is the largest value among the types up to 30 kJ/mol above quartz.
"""

from __future__ import annotations

import numpy as np

from zeo.data.known.relaxed import relaxed_frameworks
from zeo_cleanup.relax.framework import nearest_bonds
from zeo_cleanup.relax.lid import KINDS, distances, offsets

HIGHEST_ENERGY = 30.0


def main() -> None:
    chosen = [f for f in relaxed_frameworks().values() if f.energy <= HIGHEST_ENERGY]
    found = []
    for framework in chosen:
        structure = framework.structure
        found.append(distances(structure, nearest_bonds(structure)))
    lines = {}
    for kind in ("OO", "TT"):
        slope, intercept = np.polyfit([f.mean["TO"] for f in found], [f.mean[kind] for f in found], 1)
        lines[kind] = (float(slope), float(intercept))
    print(f"[slc]  # {len(chosen)} types")
    for kind, (slope, intercept) in lines.items():
        print(f"lines.{kind} = {{ slope = {slope:.7f}, intercept = {intercept:.7f} }}")
    for kind in lines:
        print(f"offset.{kind} = {_up(max(offsets(f, lines)[kind] for f in found))}")
    for kind in KINDS:
        print(f"deviation.{kind} = {_up(max(f.deviation[kind] for f in found))}")
    for kind in KINDS:
        print(f"range.{kind} = {_up(max(f.range[kind] for f in found))}")


def _up(value: float) -> str:
    """Rounded up, so that the type that sets a limit keeps to it."""
    return f"{np.ceil(value * 1e5) / 1e5:.5f}"


if __name__ == "__main__":
    main()
