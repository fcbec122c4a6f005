"""How far a grid is from being one of a framework that is wanted."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from zeo.grids.grid import Grid
from zeo.plugin.interfaces import GridRepresentation
from zeo.plugin.registry import Plugins
from zeo.plugin.targets import Target
from zeo_cleanup.bonds import bonds_within, connectivity, is_perfect
from zeo_learning.off_target import distance_from

NO_FRAMEWORK = 1e10
"""How far off a grid is whose atoms are not four-connected: further than any framework, and the further the
fewer of its atoms have their proper bonds."""


def miss_of_grids(
    representation: GridRepresentation,
    targets: Sequence[Target],
    plugins: Plugins,
    shunned: frozenset[bytes] = frozenset(),
) -> Callable[[Grid], float]:
    """What judges grids: 0 for that of a four-connected framework on target.

    Args:
        representation: decodes them.
        targets: see :func:`zeo_learning.off_target.distance_from`.
        plugins: with the probes.
        shunned: likewise.
    """
    distance = distance_from(targets, plugins, shunned)

    def miss(grid: Grid) -> float:
        atoms = representation.decode(grid)
        bonds = bonds_within(atoms)
        if is_perfect(atoms, bonds):
            return distance(atoms)
        return NO_FRAMEWORK * (2.0 - connectivity(atoms, bonds))

    return miss
