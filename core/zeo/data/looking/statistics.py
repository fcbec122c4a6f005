"""What a data set holds, in numbers: quantiles of its columns, and how its frameworks compare with others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from zeo.crystal.geometry import geometry
from zeo.data.looking.group import Group
from zeo.data.sets.entry import SPLITS, Column
from zeo.data.sets.store import DataSet
from zeo.plugin.feasibility import SLC_BANDS
from zeo.plugin.registry import Plugins

PERCENTILES = (5, 25, 50, 75, 95)

DEEM = SLC_BANDS[1][0]
"""kJ/mol Si, the bound on the energy of hypothetical zeolites."""

PORES = "pores"
"""The probe of pore sizes, taken from the data set when it was measured there."""


@frozen
class SplitCount:
    """How many frameworks are in one split.

    Args:
        split: its name; None for those in none.
        frameworks: in all.
        origins: how many are of each origin of the data set.
        iza_types: whose nets are among them.
    """

    split: str | None
    frameworks: int
    origins: Mapping[str, int]
    iza_types: int


@frozen
class Distribution:
    """A quantity over all frameworks.

    Args:
        name: of the column, or of the three edges together.
        unit: ``""`` where there is none.
        known: frameworks for which it is known.
        quantiles: at :data:`PERCENTILES`.
    """

    name: str
    unit: str
    known: int
    quantiles: tuple[float, ...] = field(converter=tuple)


@frozen
class Spread:
    """Mean of some values and their standard deviation; a share has no deviation."""

    mean: float
    deviation: float | None


@frozen
class Comparison:
    """A row of the quality table: None where a group has no values."""

    name: str
    unit: str
    spreads: tuple[Spread | None, ...]


def verdicts(data: DataSet) -> dict[str, int]:
    """How many frameworks have each verdict, the most frequent first."""
    return dict(Counter(data.column("verdict").tolist()).most_common())


def split_counts(data: DataSet) -> list[SplitCount]:
    """The splits that have frameworks."""
    origin, split, code = (data.column(name) for name in ("origin", "split", "code"))
    origins = sorted(set(origin.tolist()))
    found = []
    for name in (*SPLITS, None):
        where = split == name
        if where.any():
            of_origin = {one: int((where & (origin == one)).sum()) for one in origins}
            found.append(SplitCount(name, int(where.sum()), of_origin, len(set(code[where]) - {None})))
    return found


def distributions(group: Group, properties: Iterable[Column]) -> list[Distribution]:
    """Quantiles of T atoms, density, edges, energy and all measured properties, as far as known."""
    columns = [
        ("T atoms", "", ("t_atoms",)),
        ("density", "T/1000 A3", ("density",)),
        ("edges", "A", ("a", "b", "c")),
        ("energy", "kJ/mol Si", ("energy",)),
        *((column.name, "" if column.unit == "1" else column.unit, (column.name,)) for column in properties),
    ]
    found = []
    for name, unit, parts in columns:
        values = [group.values(part) for part in parts]
        if len(values[0]):
            quantiles = np.percentile(np.concatenate(values), PERCENTILES).tolist()
            found.append(Distribution(name, unit, len(values[0]), quantiles))
    return found


def compare(groups: Iterable[Group], sample: int, plugins: Plugins) -> list[Comparison]:
    """How good the frameworks of some groups are, side by side.

    Args:
        groups: to compare.
        sample: bonds and angles, and pores that are not stored, are measured on this many frameworks of each
            group, drawn at random with a fixed seed.
        plugins: with the probe of pore sizes.
    """
    columns = [_quality(group, sample, plugins) for group in groups]
    rows = dict.fromkeys(row for column in columns for row in column)
    return [Comparison(name, unit, tuple(c.get((name, unit)) for c in columns)) for name, unit in rows]


def drawn(size: int, sample: int) -> NDArray[np.int64]:
    """Ascending positions of a random sample, always the same; of all if they are no more."""
    if size <= sample:
        return np.arange(size)
    return np.sort(np.random.default_rng(0).choice(size, sample, replace=False))


def _quality(group: Group, sample: int, plugins: Plugins) -> dict[tuple[str, str], Spread | None]:
    positions = drawn(group.size, sample)
    bonds = [geometry(group.structure(int(i))) for i in positions]
    energy, three_rings = group.values("energy"), group.values("three_ring_share")
    included, free = _pores(group, positions, plugins)
    return {
        ("Si-O", "A"): _spread(_joined(b.t_o for b in bonds)),
        ("O-Si-O", "deg"): _spread(_joined(b.o_t_o for b in bonds)),
        ("Si-O-Si", "deg"): _spread(_joined(b.t_o_t for b in bonds)),
        ("density", "T/1000 A3"): _spread(group.values("density")),
        ("smallest ring", "T atoms"): _spread(group.values("smallest_ring")),
        ("largest ring", "T atoms"): _spread(group.values("largest_ring")),
        ("with three-rings", "%"): _share(three_rings > 0),
        ("energy", "kJ/mol Si"): _spread(energy),
        (f"energy below {DEEM:g}", "%"): _share(energy < DEEM),
        ("largest included sphere", "A"): _spread(included),
        ("largest free sphere", "A"): _spread(free),
    }


def _pores(group: Group, positions: NDArray[np.int64], plugins: Plugins) -> list[NDArray[np.float64]]:
    """Diameters of the largest included and free sphere: of all frameworks where stored, else of a sample."""
    names = ("included_sphere", "free_sphere")
    if group.column(f"{PORES}.{names[0]}") is not None:
        return [group.values(f"{PORES}.{name}") for name in names]
    probe = plugins.create("probe", PORES)
    found = [probe.properties(group.structure(int(i))) for i in positions]
    return [np.array([quantities[name].value for quantities in found], dtype=float) for name in names]


def _joined(arrays: Iterable[NDArray[np.float64]]) -> NDArray[np.float64]:
    return np.concatenate([np.empty(0), *arrays])


def _spread(values: NDArray[np.float64]) -> Spread | None:
    return Spread(float(values.mean()), float(values.std())) if len(values) else None


def _share(hits: NDArray[np.bool_]) -> Spread | None:
    return Spread(100.0 * float(hits.mean()), None) if len(hits) else None
