"""Mutants of frameworks: mutations drawn at random, each finished or dropped."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from zeo.crystal.structure import Structure
from zeo.errors import InputError
from zeo.tools.arrays import float64_array
from zeo_search import mutations
from zeo_search.draft import Draft
from zeo_search.finishing import Finished, Limits, finish
from zeo_search.mirrors import mirror_planes
from zeo_search.mutations import Cell
from zeo_search.t_net import TNet

WEIGHTS = {
    "expansion": 0.25,
    "contraction": 0.15,
    "half replacement": 0.25,
    "restacking": 0.25,
    "twinning": 0.1,
}
"""How often each mutation is drawn, relative to the others that a parent allows."""

WITHOUT_CHOICE = {"expansion": mutations.expansion, "contraction": mutations.contraction}
WITH_CHOICE = {
    "half replacement": mutations.half_replacement,
    "restacking": mutations.restacking,
    "twinning": mutations.twinning,
}
"""Those that do one thing at each place, and those that draw what they do."""

ROOM = 0.1
"""Share by which the edges of a mutant may miss the limits before its cell is relaxed."""


@frozen(eq=False, kw_only=True)
class Parent:
    """A framework to mutate.

    Args:
        name: of the framework.
        lengths: [3], edges of the orthogonal cell in angstrom.
        coords: [n, 3], fractional, of the T atoms.
        generation: number of mutations that it is away from a framework that was none.
        lineage: its first ancestor, where that is known.
    """

    name: str
    lengths: NDArray[np.float64] = field(converter=float64_array)
    coords: NDArray[np.float64] = field(converter=float64_array)
    generation: int = 0
    lineage: str | None = None

    @classmethod
    def from_structure(cls, name: str, structure: Structure, lineage: str | None = None) -> Parent:
        """A parent from all atoms of a framework.

        Raises:
            InputError: a cell that is not orthogonal, or no silicon.
        """
        if not structure.is_orthogonal:
            raise InputError(f"{name}: only frameworks in an orthogonal cell can be mutated")
        if not structure.count("Si"):
            raise InputError(f"{name} contains no Si")
        return cls(name=name, lengths=structure.lengths, coords=structure.coords_of("Si"), lineage=lineage)


def mutate(
    parents: Sequence[Parent],
    stream: np.random.Generator,
    attempts: int,
    limits: Limits,
    known: Container[str] = (),
) -> Iterator[Finished]:
    """Distinct frameworks that mutations of the parents give.

    Mutants do not become parents, and none has the net of a parent. The sequence depends on the arguments and
    the state of the stream alone, and ends early when nothing is left to try.

    Args:
        parents: to draw from, all alike.
        stream: of random numbers.
        attempts: mutations to try at most.
        limits: that the mutants must keep.
        known: quick keys of nets that are not wanted again.

    Raises:
        InputError: a parent whose T atoms are not four-connected.
    """
    places: dict[int, _Places] = {}
    left = list(range(len(parents)))
    seen = {_quick_key(parent) for parent in parents}
    tried: set[bytes] = set()  # a third of the drafts come again, atom for atom
    for _ in range(attempts):
        if not left:
            return
        chosen = left[stream.integers(len(left))]
        parent = parents[chosen]
        if chosen not in places:
            places[chosen] = _Places(parent, limits)
        if places[chosen].exhausted:
            left.remove(chosen)
            continue
        draft = _mutant(parent, places[chosen], stream)
        if draft is None or not limits.allow_cell(len(draft), draft.lengths, ROOM):
            continue
        atoms = draft.lengths.tobytes() + draft.coords.tobytes()
        if atoms in tried:
            continue
        tried.add(atoms)
        mutant = finish(draft, limits, _Union(seen, known))
        if mutant.quick_key is not None:
            seen.add(mutant.quick_key)
        if isinstance(mutant, Finished):
            yield mutant


class _Places:
    """Where a parent can be mutated: for each mutation, the axes and heights that are left to try."""

    def __init__(self, parent: Parent, limits: Limits) -> None:
        self._left: dict[str, list[tuple[int, float]]] = {}
        for axis in range(3):
            planes = mirror_planes(parent.lengths, parent.coords, axis).tolist()
            for kind in WITHOUT_CHOICE:
                self._add(kind, axis, [*planes, *(plane + 0.5 for plane in planes)])
            self._add("half replacement", axis, planes)
            doubled = parent.lengths * np.where(np.arange(3) == axis, 2.0, 1.0)
            if limits.allow_cell(2 * len(parent.coords), doubled, ROOM):
                for kind in ("restacking", "twinning"):
                    self._add(kind, axis, mutations.gaps(parent.coords, axis).tolist())

    def _add(self, kind: str, axis: int, heights: Sequence[float]) -> None:
        self._left.setdefault(kind, []).extend((axis, height) for height in heights)

    @property
    def exhausted(self) -> bool:
        return not any(self._left.values())

    def draw(self, stream: np.random.Generator) -> tuple[str, int, float]:
        """A mutation, its axis and its height; those without a choice are drawn once."""
        kinds = [kind for kind, places in self._left.items() if places]
        kind = _weighted(kinds, stream)
        places = self._left[kind]
        which = int(stream.integers(len(places)))
        axis, height = places.pop(which) if kind in WITHOUT_CHOICE else places[which]
        return kind, axis, height


def _weighted(kinds: Sequence[str], stream: np.random.Generator) -> str:
    """One of the kinds, each as often as its weight says."""
    height = stream.random() * sum(WEIGHTS[kind] for kind in kinds)
    for kind in kinds:
        height -= WEIGHTS[kind]
        if height < 0.0:
            return kind
    return kinds[-1]


@frozen
class _Union:
    """Two containers as one."""

    one: Container[str]
    other: Container[str]

    def __contains__(self, key: object) -> bool:
        return key in self.one or key in self.other


def _mutant(parent: Parent, places: _Places, stream: np.random.Generator) -> Draft | None:
    kind, axis, height = places.draw(stream)
    cell: Cell | None
    if kind in WITHOUT_CHOICE:
        cell = WITHOUT_CHOICE[kind](parent.lengths, parent.coords, axis, height)
    else:
        cell = WITH_CHOICE[kind](parent.lengths, parent.coords, axis, height, stream)
    if cell is None:
        return None
    lengths, coords = cell
    return Draft(
        lengths=lengths,
        coords=coords,
        operation=kind,
        parent=parent.name,
        lineage=parent.lineage,
        generation=parent.generation + 1,
    )


def _quick_key(parent: Parent) -> str:
    net = TNet.from_distances(parent.lengths, parent.coords)
    if net is None or net.cycle_lattice_index < 1:
        raise InputError(f"{parent.name}: its T atoms do not make one four-connected net")
    return net.quick_key
