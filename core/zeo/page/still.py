"""A still picture for papers: a framework along an axis of its cell, its pores shaded, to scale."""

from __future__ import annotations

import io
from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from attrs import frozen
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from numpy.typing import NDArray

from zeo.crystal.net import Net
from zeo.crystal.structure import Structure
from zeo.data.looking.plot import DATELESS, PAGE_WIDTH, STYLE
from zeo.page.pore_grid import OPEN_BELOW
from zeo.plugin.interfaces import PropertyProbe

AXES = ("a", "b", "c")

POINTS = 64
"""Along each axis of the grid behind the net."""

PER_ROW = 3
"""Frameworks side by side."""

BAR = 10.0
"""Angstrom: the length of the scale bar."""

EDGE = 0.02
"""Of a cell: how far beyond what is shown an atom still lies on its edge."""

RESOLUTION = 200
"""Dots per inch of a PNG."""

NET, FRAME = "#30343a", "#8a9199"

PORES = LinearSegmentedColormap.from_list("pores", ["#ffffff", "#a5d9d2", "#0d6e67"])
"""From closed to open."""


@frozen(kw_only=True)
class View:
    """How frameworks are looked at.

    Args:
        axis: of the cell, along which one looks.
        cells: shown along each of the other two.
        probe: whose energy shades the pores.
        channel: of the probe, with that energy.
        temperature: of the gas, in kelvin.
    """

    axis: str
    cells: int
    probe: PropertyProbe
    channel: str
    temperature: float


def draw_frameworks(named: Sequence[tuple[str, Structure]], view: View, form: str) -> bytes:
    """A picture of some frameworks, each with its name below; the same bytes for the same input.

    Where a line of sight is open to the gas, in all or in part, it is shaded, the darker the longer.

    Args:
        named: names and atoms.
        view: how they are looked at.
        form: ``"png"``, ``"pdf"`` or ``"svg"``.

    Raises:
        InputError: a framework that the force field does not describe.
    """
    columns = min(PER_ROW, len(named))
    rows = -(-len(named) // columns)
    width = PAGE_WIDTH * columns / PER_ROW
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(width, PAGE_WIDTH / PER_ROW * rows * 1.1), layout="constrained")
        panels = figure.subplots(rows, columns, squeeze=False).ravel()
        for axes, (name, structure) in zip(panels, named, strict=False):
            _draw(axes, name, structure, view)
        for axes in panels[len(named) :]:
            axes.set_axis_off()
        file = io.BytesIO()
        figure.savefig(file, format=form, dpi=RESOLUTION, metadata=DATELESS[form])
    return file.getvalue()


def _draw(axes: Axes, name: str, structure: Structure, view: View) -> None:
    sight = AXES.index(view.axis)
    across, up = ((sight + 1) % 3, (sight + 2) % 3)
    plane = _plane(structure, sight, across, up)
    _shade_pores(axes, structure, view, (sight, across, up), plane)
    _draw_net(axes, structure, view.cells, (sight, across, up), plane)
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]) @ plane
    axes.plot(*corners.T, color=FRAME, linewidth=0.8)
    for label, place in ((AXES[across], plane[0]), (AXES[up], plane[1])):
        axes.annotate(label, place * 1.03, ha="center", va="center", fontstyle="italic")
    whole = np.array([[0, 0], [1, 0], [0, 1], [1, 1]]) * view.cells @ plane
    _draw_bar(axes, whole.min(axis=0))
    axes.set_aspect("equal")
    axes.set_axis_off()
    axes.set_title(name, y=-0.08, fontsize=8)


def _plane(structure: Structure, sight: int, across: int, up: int) -> NDArray[np.float64]:
    """Rows: the other two vectors of the cell as they are seen along the line of sight, in angstrom."""
    lattice = structure.lattice
    z = lattice[sight] / np.linalg.norm(lattice[sight])
    seen = lattice[[across, up]] - np.outer(lattice[[across, up]] @ z, z)
    x = seen[0] / np.linalg.norm(seen[0])
    y = np.cross(z, x)
    turned: NDArray[np.float64] = seen @ np.column_stack([x, y])
    return turned


def _shade_pores(
    axes: Axes, structure: Structure, view: View, order: tuple[int, int, int], plane: NDArray[np.float64]
) -> None:
    """The share of each line of sight that is open to the gas."""
    energy = view.probe.channel(view.channel, structure, (POINTS,) * 3)
    is_open = energy <= OPEN_BELOW * view.temperature
    share = is_open.transpose(order).mean(axis=0)
    tiled = np.tile(share, (view.cells, view.cells))
    edges = (np.arange(POINTS * view.cells + 1) - 0.5) / POINTS
    u, v = np.meshgrid(edges, edges, indexing="ij")
    x, y = np.moveaxis(np.stack([u, v], axis=-1) @ plane, -1, 0)
    axes.pcolormesh(x, y, tiled, cmap=PORES, vmin=0.0, vmax=1.0, rasterized=True)


def _draw_net(
    axes: Axes, structure: Structure, cells: int, order: tuple[int, int, int], plane: NDArray[np.float64]
) -> None:
    """A line for each bridge between two T atoms that both lie in the cells that are shown."""
    net = Net.of_bridges(structure)
    t_atoms = structure.frac_coords[structure.framework.t]
    ends = np.stack([t_atoms[net.edges[:, 0]], t_atoms[net.edges[:, 1]] + net.shifts], axis=1)
    seen = ends[..., list(order[1:])]
    seen = seen - np.floor(seen[:, :1])
    reached = range(-1, cells + 1)  # what lies on an edge may belong to the cell beyond, on either side
    tiles = np.array([(i, j) for i in reached for j in reached])
    lines = (seen[None] + tiles[:, None, None]).reshape(-1, 2, 2)
    inside = ((lines > -EDGE) & (lines < cells + EDGE)).all(axis=(1, 2))
    axes.add_collection(LineCollection(lines[inside] @ plane, colors=NET, linewidths=0.7))


def _draw_bar(axes: Axes, corner: NDArray[np.float64]) -> None:
    """Below the framework."""
    x, y = corner[0], corner[1] - 2.0
    axes.plot([x, x + BAR], [y, y], color=NET, linewidth=1.6, solid_capstyle="butt")
    axes.annotate(f"{BAR / 10:g} nm", (x + BAR / 2, y - 0.4), ha="center", va="top", fontsize=6)
