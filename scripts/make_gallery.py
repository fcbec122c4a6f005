"""Make docs/gallery, the best frameworks found so far: python scripts/make_gallery.py

Every framework of the data sets is sifted by what is known of it; what is near the top of a list is then
measured by the list's own quantity, which takes a few minutes in all. No framework is in two lists.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

import zeo
from zeo.crystal.formats.writing import shortest_cif_text
from zeo.data.sets.entry import FEASIBLE, Entry

ROOT = Path(__file__).parents[1]
HOME = ROOT / "docs" / "gallery"
DATA_SETS = ("datasets/open-1", "datasets/open-2", "datasets/open-3", "standard")

MADE_BELOW = 20.5
"""kJ/mol Si: the highest energy of a pure-silica zeolite that was made."""

SHOWN, MEASURED = 3, 12
"""Frameworks of a list, and those among which its own quantity chooses."""


ABOUT = f"""\
The best frameworks that zeo has found so far: pure silica, four-connected, relaxed, in no framework
type of the IZA, and not higher in energy above quartz than pure-silica zeolites that were made
({MADE_BELOW} kJ/mol Si by the same potential). Whether one can be made, nobody has tried."""

HOW = """\
`zeo view docs/gallery/NAME.cif --open` shows one in 3D, `zeo probe` and `zeo isotherm` measure it.
Pictures are by `zeo picture`, along *c*: the net, and shaded where methane is welcome.
`scripts/make_gallery.py` chose them from [datasets/](../../datasets/README.md) and the shipped data set
`standard`."""


@frozen(kw_only=True)
class List:
    """Some of the best frameworks.

    Args:
        title: of it.
        about: what is in it, and how it is ordered.
        among: which frameworks can be in it, from the columns of a data set.
        first: what orders them before anything is measured, the smallest value first.
        measure: the quantity that orders them; none where the columns say it all.
        heading: of its column.
    """

    title: str
    about: str
    among: Callable[[Mapping[str, NDArray[np.float64]]], NDArray[np.bool_]]
    first: Callable[[Mapping[str, NDArray[np.float64]]], NDArray[np.float64]]
    measure: Callable[[Entry], float] | None = None
    heading: str = ""


@frozen(kw_only=True)
class Found:
    """A framework of a list, and its value where the list measures one."""

    entry: Entry
    origin: str
    value: float | None


def delivered(entry: Entry) -> float:
    """Methane that a tank delivers between 65 and 5.8 bar at 298 K, in cm3(STP) per cm3 of framework."""
    asked = "methane.deliverable_volumetric"
    return float(zeo.probe(entry.structure, "methane-loading")[asked].value)


def carbon_dioxide_over_nitrogen(entry: Entry) -> float:
    """The ratio of the Henry coefficients in the pores that run through the crystal, at 298 K."""
    measured = zeo.probe(entry.structure, "co2", "n2")
    return float(measured["co2.kh_mol_accessible"].value / measured["n2.kh_mol_accessible"].value)


LISTS = (
    List(
        title="Stores for methane",
        about="What they deliver between 65 and 5.8 bar at 298 K, by Monte Carlo: the largest of those with"
        " the largest accessible void fractions.",
        among=lambda known: known["methane.channel_dimensionality"] >= 1,
        first=lambda known: -known["methane.void_fraction_accessible"],
        measure=delivered,
        heading="delivered, cm³(STP)/cm³",
    ),
    List(
        title="Carbon dioxide out of nitrogen",
        about="The ratio of the two Henry coefficients in channels, at 298 K: the largest of those that hold"
        " methane most tightly.",
        among=lambda known: (
            (known["methane.channel_dimensionality"] >= 1) & (known["pores.free_sphere"] > 3.3)
        ),
        first=lambda known: -known["methane.qst_accessible"],
        measure=carbon_dioxide_over_nitrogen,
        heading="K<sub>H</sub>(CO<sub>2</sub>) / K<sub>H</sub>(N<sub>2</sub>)",
    ),
    List(
        title="Wide pores at low energy",
        about="A sphere of 7 Å or more can move through them: those of the lowest energy.",
        among=lambda known: known["pores.free_sphere"] >= 7.0,
        first=lambda known: known["energy"],
    ),
    List(
        title="Channels in three directions at low energy",
        about="Methane can move in three directions: those of the lowest energy.",
        among=lambda known: known["methane.channel_dimensionality"] == 3,
        first=lambda known: known["energy"],
    ),
)


def main() -> None:
    """Choose, measure, draw and write."""
    data = {name: zeo.DataSet.open(name if name == "standard" else ROOT / name) for name in DATA_SETS}
    taken: set[str] = set()
    lists = []
    for each in LISTS:
        chosen = best_of(each, data, taken)
        taken |= {found.entry.key for found in chosen}
        lists.append((each, chosen))
        print(each.title, [(found.entry.name, found.value) for found in chosen], flush=True)
    shutil.rmtree(HOME, ignore_errors=True)
    HOME.mkdir()
    for _, chosen in lists:
        for found in chosen:
            name = label_of(found)
            (HOME / f"{name}.cif").write_text(shortest_cif_text(found.entry.structure, name))
            (HOME / f"{name}.svg").write_bytes(zeo.picture(found.entry.structure, form="svg", cells=1))
    (HOME / "README.md").write_text(page_of(lists))


def best_of(each: List, data: Mapping[str, zeo.DataSet], taken: set[str]) -> list[Found]:
    """The frameworks of a list, best first; none whose net is taken, none twice."""
    nearest: list[Found] = []
    keys = set(taken)
    for _, origin, entry in sorted(candidates(each, data), key=lambda candidate: candidate[0]):
        if entry.key in keys:
            continue
        keys.add(entry.key)
        nearest.append(Found(entry=entry, origin=origin, value=None))
        if len(nearest) == (MEASURED if each.measure else SHOWN):
            break
    if each.measure is None:
        return nearest
    measured = [Found(entry=one.entry, origin=one.origin, value=each.measure(one.entry)) for one in nearest]
    return sorted(measured, key=lambda found: -(found.value or 0.0))[:SHOWN]


def candidates(each: List, data: Mapping[str, zeo.DataSet]) -> Iterator[tuple[float, str, Entry]]:
    """The first few of each data set that can be in a list: what orders them, data set, framework."""
    for origin, frameworks in data.items():
        known = {name: frameworks.column(name) for name in frameworks.columns}
        with np.errstate(invalid="ignore"):  # comparisons with what is not known are false
            can_be = (known["energy"] <= MADE_BELOW) & (known["verdict"] == FEASIBLE) & each.among(known)
        unnamed = np.array([code is None for code in known["code"]])
        orders = each.first(known)
        ones = np.flatnonzero(can_be & unnamed & np.isfinite(orders))
        for index in ones[np.argsort(orders[ones], kind="stable")][: 2 * MEASURED]:
            yield float(orders[index]), origin, frameworks[int(index)]


def label_of(found: Found) -> str:
    """What a framework is called here: its data set, and its name in it."""
    return f"{found.origin.rpartition('/')[2]}-{found.entry.name}"


def page_of(lists: list[tuple[List, list[Found]]]) -> str:
    """The page."""
    lines = ["# Gallery", "", ABOUT, "", HOW]
    for each, chosen in lists:
        lines += ["", f"## {each.title}", "", each.about, "", *table_of(each, chosen)]
    return "\n".join(lines) + "\n"


def table_of(each: List, chosen: list[Found]) -> Iterator[str]:
    """Its frameworks, a column each, below their pictures."""
    columns = [values_of(each, found) for found in chosen]
    names = [label_of(found) for found in chosen]
    yield f"| | {' | '.join(f'[{name}]({name}.cif)' for name in names)} |"
    yield f"|---|{'---|' * len(names)}"
    yield f"| | {' | '.join(f'![{name}]({name}.svg)' for name in names)} |"
    for heading in columns[0]:
        yield f"| {heading} | {' | '.join(column[heading] for column in columns)} |"


def values_of(each: List, found: Found) -> dict[str, str]:
    """What is said of a framework, by what it is called."""
    entry, known = found.entry, found.entry.properties
    own = {} if found.value is None else {each.heading: f"{found.value:.0f}"}
    return own | {
        "energy, kJ/mol Si": f"{entry.energy:.1f}",
        "T atoms, unique": f"{entry.t_atoms}, {entry.unique_t}",
        "density, T/1000 Å³": f"{entry.structure.framework_density:.1f}",
        "sphere that can move through, Å": f"{known['pores.free_sphere']:.1f}",
        "heat of adsorption of methane, kJ/mol": f"{known['methane.qst_accessible']:.1f}",
        "directions of channels": f"{known['methane.channel_dimensionality']:.0f}",
    }


if __name__ == "__main__":
    main()
