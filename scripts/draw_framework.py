"""Draw a framework in its methane energy grid: python scripts/draw_framework.py MFI b docs/mfi.png

The colour is the lowest energy of methane along the line of sight; the lines are the bonds of the net.
"""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np

mpl.use("Agg")
import matplotlib.pyplot as plt

from zeo.crystal.net import Net
from zeo.data.known.iza import iza_structure
from zeo.plugin.registry import installed_plugins

R = 8.314462618e-3
"""kJ/mol/K"""


def draw(code: str, axis: str, path: Path) -> None:
    """Write a picture of an orthogonal IZA framework seen along ``axis`` (a, b or c)."""
    structure = iza_structure(code)
    sight = "abc".index(axis)
    across, up = (k for k in range(3) if k != sight)
    energy = (
        installed_plugins().create("probe", "methane").channel("energy:methane", structure, (128, 128, 128))
    )
    seen = np.minimum(energy.min(axis=sight), 0.0) * R
    width, height = structure.lengths[across], structure.lengths[up]

    figure, axes = plt.subplots(figsize=(7.2, 5.6 * height / width), layout="constrained")
    image = axes.imshow(
        np.tile(seen.T, (3, 3)),
        extent=(-width, 2 * width, -height, 2 * height),
        origin="lower",
        cmap="GnBu_r",
        interpolation="bicubic",
    )
    net = Net.from_structure(structure)
    silicon = structure.coords_of("Si")
    ends = np.stack([silicon[net.edges[:, 0]], silicon[net.edges[:, 1]] + net.shifts])
    for i in (-1, 0, 1):
        for j in (-1, 0, 1):
            shift = np.zeros(3)
            shift[across], shift[up] = i, j
            lines = (ends + shift) * structure.lengths
            axes.plot(lines[..., across], lines[..., up], color="#30343a", linewidth=1.3)
    axes.set_xlim(-0.5 * width, 1.0 * width)
    axes.set_ylim(-0.5 * height, 1.0 * height)
    axes.set_xlabel(f"{'abc'[across]} / Å")
    axes.set_ylabel(f"{'abc'[up]} / Å")
    figure.colorbar(image, label="lowest energy of methane\nalong the line of sight / kJ/mol")
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    draw(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
