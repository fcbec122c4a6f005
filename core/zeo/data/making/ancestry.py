"""Parents by their positions in data sets, and what their children have from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import evolve

from zeo.data.sets.entry import Entry, founder_of
from zeo.data.sets.store import DataSet
from zeo.tools.free_names import FreeNames


def entry_at(sets: Sequence[DataSet], position: int) -> Entry:
    """The framework at a position in some data sets one after another, by a name that tells them apart.

    In front of its own name stands that of its data set, with a number where one before it has the same; what
    the last one has, which grows, goes by its own name.
    """
    free = FreeNames()
    for number, data in enumerate(sets):
        prefix = free.free(data.description.name)
        if position < len(data):
            entry = data[position]
            given = number < len(sets) - 1
            return evolve(entry, name=f"{prefix}:{entry.name}") if given else entry
        position -= len(data)
    raise IndexError(position)


def with_ancestry(entry: Entry, parents: Mapping[str, Entry]) -> Entry:
    """Lineage and generation of a framework: its parent's, or those of the first of a new lineage.

    A first one with the net of an IZA type founds the lineage of that type, so that its descendants are held
    out when the type is.
    """
    if entry.parent is None:
        return evolve(entry, lineage=entry.code or entry.name)
    parent = parents.get(entry.parent)
    if parent is None:  # one that the generator knows by itself
        return evolve(entry, lineage=entry.parent, generation=1)
    founder = founder_of(parent.lineage, parent.code, parent.key)
    return evolve(entry, lineage=founder, generation=parent.generation + 1)
