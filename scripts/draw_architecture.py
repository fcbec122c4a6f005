"""Draws the rooms of the house, and which imports from which, from the code: docs/architecture.svg.

Rooms stand in the rows that import-linter's contract in pyproject.toml gives them. Of the arrows those are
drawn that no longer way through other rooms implies. ``--count`` prints modules, rooms and arrows instead.
"""

from __future__ import annotations

import argparse
import tomllib
from pathlib import Path

import grimp
import matplotlib.pyplot as plt
import networkx as nx
from matplotlib.patches import FancyBboxPatch

HOUSE = Path(__file__).parents[1]
PICTURE = HOUSE / "docs" / "architecture.svg"
WIDTH, HEIGHT = 2.2, 0.55


def settings() -> tuple[list[str], tuple[tuple[str, ...], ...]]:
    """The packages of the house, and the rows of zeo's rooms from the top."""
    linter = tomllib.loads((HOUSE / "pyproject.toml").read_text())["tool"]["importlinter"]
    rows = linter["contracts"][0]["layers"]
    return linter["root_packages"], tuple(tuple(name.strip() for name in row.split(":")) for row in rows)


def room_of(module: str, rooms: list[str]) -> str | None:
    """The room that a module belongs to; None for the doorstep, ``zeo`` itself."""
    return next((room for room in rooms if module == room or module.startswith(f"{room}.")), None)


def imports(packages: list[str], rooms: list[str]) -> tuple[int, nx.DiGraph]:
    """How many modules there are, and the graph of rooms with an edge where one imports from another."""
    graph = grimp.build_graph(*packages, exclude_type_checking_imports=True, cache_dir=None)
    arrows = nx.DiGraph()
    arrows.add_nodes_from(rooms)
    for module in graph.modules:
        for imported in graph.find_modules_directly_imported_by(module):
            here, there = room_of(module, rooms), room_of(imported, rooms)
            if here and there and here != there:
                arrows.add_edge(here, there)
    return len(graph.modules), arrows


def layers(arrows: nx.DiGraph, rooms: list[str]) -> tuple[tuple[str, ...], ...]:
    """Rows of some rooms: each stands above those that it imports from, as low as it can."""
    lowest_first = nx.topological_generations(arrows.subgraph(rooms).reverse())
    return tuple(tuple(sorted(row)) for row in reversed(list(lowest_first)))


def places(rows: tuple[tuple[str, ...], ...], x: float, y: float) -> dict[str, tuple[float, float]]:
    """The middle of each room of some rows below each other, the first at ``y``."""
    return {
        room: (x + 2.4 * (k - (len(row) - 1) / 2) + (0.5 if number % 2 else -0.5), y - number)
        for number, row in enumerate(rows)
        for k, room in enumerate(row)
    }


def draw(arrows: nx.DiGraph, where: dict[str, tuple[float, float]]) -> None:
    """Write the picture."""
    figure, axes = plt.subplots(figsize=(10.5, 8))
    for here, there in nx.transitive_reduction(arrows).edges:
        (x0, y0), (x1, y1) = where[here], where[there]
        style = {"arrowstyle": "-|>", "color": "#7a8793", "lw": 0.9, "shrinkA": 0, "shrinkB": 0}
        style["connectionstyle"] = f"arc3,rad={0.0 if y0 - y1 < 1.5 else 0.18}"
        axes.annotate("", (x1, y1 + HEIGHT / 2), (x0, y0 - HEIGHT / 2), arrowprops=style, zorder=0)
    for room, (x, y) in where.items():
        colour = "#e8f0ea" if room.startswith("zeo_") else "#eaf0f7"
        corner = (x - WIDTH / 2, y - HEIGHT / 2)
        axes.add_patch(
            FancyBboxPatch(corner, WIDTH, HEIGHT, boxstyle="round,pad=0", fc=colour, ec="#445", zorder=1)
        )
        axes.text(x, y, room.removeprefix("zeo."), ha="center", va="center", fontsize=8)
    axes.set_xlim(-12, 5)
    axes.set_ylim(min(y for _, y in where.values()) - 0.6, 0.6)
    axes.axis("off")
    figure.savefig(PICTURE, bbox_inches="tight", metadata={"Date": None})


def main() -> None:
    """Draw, or count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", action="store_true", help="print modules, rooms and arrows")
    counting = parser.parse_args().count
    plt.rcParams["svg.hashsalt"] = "zeo"  # the same file from the same code
    packages, rows = settings()
    plugins = [package for package in packages if package != "zeo"]
    modules, arrows = imports(packages, [*plugins, *(room for row in rows for room in row)])
    if counting:
        print(f"{modules} modules, {len(arrows)} rooms, {arrows.number_of_edges()} arrows")
    else:
        draw(arrows, places(layers(arrows, plugins), x=-4.4, y=-1.0) | places(rows, x=3.2, y=0.0))


if __name__ == "__main__":
    main()
