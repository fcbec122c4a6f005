"""Frameworks that are described together: those of a data set, and the IZA types to compare them with."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo.crystal.orthogonal import smallest_cell
from zeo.crystal.structure import Structure
from zeo.data.known.relaxed import relaxed_frameworks
from zeo.data.making.measuring import Measuring
from zeo.data.sets.store import STANDARD, DataSet
from zeo.errors import InputError, PluginError
from zeo.plugin.registry import Plugins
from zeo.wishes.full_name import FullName

IZA = "iza"
"""The origin of the types of the IZA Structure Commission."""

RINGS = ("smallest_ring", "largest_ring", "three_ring_share")
"""Columns that follow from the net."""

Floats = NDArray[np.float64]


@frozen(eq=False)
class Measured:
    """Frameworks, or what may become some, with their columns.

    Args:
        title: of a table or a curve.
        size: how many they are.
        column: values [size] of a numeric column, NaN where unknown; None when nobody knows any.
    """

    title: str
    size: int
    column: Callable[[str], Floats | None]

    def values(self, name: str) -> Floats:
        """The known values of a numeric column."""
        column = self.column(name)
        return np.empty(0) if column is None else column[np.isfinite(column)]


@frozen(eq=False)
class Group(Measured):
    """Frameworks with their columns and atoms.

    Args:
        structure: the atoms of one of them.
    """

    structure: Callable[[int], Structure]


def group(title: str, data: DataSet) -> Group:
    """The frameworks of a data set or of a selection from one."""

    def column(name: str) -> Floats | None:
        return data.column(name).astype(float) if name in data.columns else None

    return Group(title, len(data), column, data.structure)


def joined(title: str, parts: Sequence[Measured]) -> Measured:
    """Several groups as one; what a part does not know is NaN there."""

    def column(name: str) -> Floats | None:
        found = [part.column(name) for part in parts]
        if all(each is None for each in found):
            return None
        return np.concatenate(
            [
                np.full(part.size, np.nan) if each is None else each
                for part, each in zip(parts, found, strict=True)
            ]
        )

    return Measured(title, sum(part.size for part in parts), column)


def compared(data: DataSet, plugins: Plugins) -> list[Group]:
    """The feasible frameworks of a data set and, apart from them, the IZA types to compare them with.

    Those types are taken from the data set, or from the standard one, or from the relaxed ones that ship with
    zeo. Of a data set of IZA types alone there is one group; of one without feasible frameworks none.
    """
    sound = data.feasible
    is_iza = sound.column("origin") == IZA
    made = sound.where(~is_iza)
    if len(sound) == 0:
        return []
    types = _types(sound.where(is_iza), plugins)
    return [group(data.description.name, made), types] if len(made) else [types]


def _types(own: DataSet, plugins: Plugins) -> Group:
    standard = _standard() if len(own) == 0 else None
    if standard is not None:
        own = standard.where(standard.column("origin") == IZA).feasible
    return group("IZA types", own) if len(own) else relaxed_iza(plugins)


def _standard() -> DataSet | None:
    try:
        return DataSet.open(STANDARD)
    except InputError:  # this copy of zeo ships without it
        return None


def relaxed_iza(plugins: Plugins) -> Group:
    """The relaxed IZA types, in cells as data sets have them; measured when asked."""
    types = relaxed_frameworks().values()
    structures = [smallest_cell(framework.structure) for framework in types]
    edges = np.array([structure.lengths for structure in structures])
    known = {
        "energy": np.array([framework.energy for framework in types]),
        "t_atoms": np.array([float(structure.count("Si")) for structure in structures]),
        "density": np.array([structure.framework_density for structure in structures]),
        "a": edges[:, 0],
        "b": edges[:, 1],
        "c": edges[:, 2],
    }

    def column(name: str) -> Floats | None:
        if name not in known and name in RINGS:
            known.update(_rings(structures, plugins))
        if name not in known and (probe := FullName.of(name).subject):
            known.update(_measured(probe, structures, plugins))
        return known.get(name)

    return Group("IZA types", len(structures), column, structures.__getitem__)


def _rings(structures: Sequence[Structure], plugins: Plugins) -> dict[str, Floats]:
    identified = Measuring(plugins, relax=False, probes=()).identified
    entries = [identified("", structure, IZA) for structure in structures]
    return {name: np.array([getattr(entry, name) for entry in entries], dtype=float) for name in RINGS}


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
