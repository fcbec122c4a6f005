"""Frameworks that are described together: those of a data set, and the IZA types to compare them with."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo.data.entry import FEASIBLE
from zeo.data.orthogonal import smallest_orthogonal_cell
from zeo.data.relaxed import relaxed_frameworks
from zeo.data.store import STANDARD, DataSet
from zeo.errors import InputError, PluginError
from zeo.registry import Plugins
from zeo.structure import Structure

IZA = "iza"
"""The origin of the types of the IZA Structure Commission."""

Floats = NDArray[np.float64]


@frozen(eq=False)
class Group:
    """Frameworks with their columns.

    Args:
        title: of a table or a curve.
        size: how many they are.
        column: values [size] of a numeric column, NaN where unknown; None when nobody knows any.
        structure: the atoms of one of them.
    """

    title: str
    size: int
    column: Callable[[str], Floats | None]
    structure: Callable[[int], Structure]

    def values(self, name: str) -> Floats:
        """The known values of a numeric column."""
        column = self.column(name)
        return np.empty(0) if column is None else column[np.isfinite(column)]


def group(title: str, data: DataSet) -> Group:
    """The frameworks of a data set or of a selection from one."""

    def column(name: str) -> Floats | None:
        return data.column(name).astype(float) if name in data.columns else None

    return Group(title, len(data), column, data.structure)


def feasible(data: DataSet) -> DataSet:
    """The frameworks that passed every check."""
    return data.where(data.column("verdict") == FEASIBLE)


def made(data: DataSet) -> Group:
    """The feasible frameworks of a data set that are no IZA types from a reference."""
    sound = feasible(data)
    return group("this data set", sound.where(sound.column("origin") != IZA))


def iza(data: DataSet, plugins: Plugins) -> Group:
    """The IZA types to compare with: those of the data set, or of the standard one, or the relaxed ones."""
    for source in (data, _standard()):
        if source is not None:
            sound = feasible(source)
            types = sound.where(sound.column("origin") == IZA)
            if len(types):
                return group("IZA types", types)
    return relaxed_iza(plugins)


def _standard() -> DataSet | None:
    try:
        return DataSet.open(STANDARD)
    except InputError:  # this copy of zeo ships without it
        return None


def relaxed_iza(plugins: Plugins) -> Group:
    """The relaxed IZA types that have an orthogonal cell, in the smallest; probes measure when asked."""
    cells = [(f.energy, smallest_orthogonal_cell(f.structure)) for f in relaxed_frameworks().values()]
    orthogonal = [(energy, structure) for energy, structure in cells if structure is not None]
    structures = [structure for _, structure in orthogonal]
    edges = np.array([structure.lengths for structure in structures])
    known = {
        "energy": np.array([energy for energy, _ in orthogonal]),
        "t_atoms": np.array([float(structure.count("Si")) for structure in structures]),
        "density": np.array([structure.framework_density for structure in structures]),
        "a": edges[:, 0],
        "b": edges[:, 1],
        "c": edges[:, 2],
    }

    def column(name: str) -> Floats | None:
        if name not in known and "." in name:
            known.update(_measured(name.partition(".")[0], structures, plugins))
        return known.get(name)

    return Group("IZA types", len(structures), column, structures.__getitem__)


def _measured(probe: str, structures: Sequence[Structure], plugins: Plugins) -> dict[str, Floats]:
    """The columns that a probe fills; none if it is not installed."""
    try:
        instance = plugins.create("probe", probe)
    except PluginError:
        return {}
    found = [instance.properties(structure) for structure in structures]
    return {
        f"{probe}.{name}": np.array([quantities[name].value for quantities in found], dtype=float)
        for name in found[0]
    }
