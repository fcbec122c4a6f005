"""What zeo knows of every framework, beside what probes measure: quantities that wishes can speak of."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from attrs import frozen

from zeo.crystal.space_groups import group_of_symbol
from zeo.plugin.candidate import Energy, Identity
from zeo.plugin.facts import RelaxFacts
from zeo.wishes.expressions import Known


@frozen
class FrameworkQuantity:
    """A quantity of every framework.

    Args:
        name: in wishes.
        unit: ``"1"`` where it has none.
        kind: ``"measured"``, ``"whole"`` or ``"text"``.
        meaning: one line.
        by_net: whether the net decides it, so that it is known before relaxation and not changed by it.
        by_relaxation: whether only relaxation tells it.
        least: that it can be.
        most: likewise.
        texts: that it can be, where it is a text of a few.
    """

    name: str
    unit: str
    kind: str
    meaning: str
    by_net: bool = False
    by_relaxation: bool = False
    least: float = -math.inf
    most: float = math.inf
    texts: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """What figures call it."""
        return LABELS.get(self.name, (self.name.replace("_", " "), ""))[0]

    @property
    def symbol(self) -> str:
        """What heads its column in a report; an underscore stands before a subscript."""
        return LABELS.get(self.name, ("", self.name))[1]

    @property
    def known(self) -> Known:
        """As expressions speak of it."""
        return Known(self.name, self.unit, self.kind, least=self.least, most=self.most, texts=self.texts)


CRYSTAL_SYSTEMS = (
    "triclinic",
    "monoclinic",
    "orthorhombic",
    "tetragonal",
    "trigonal",
    "hexagonal",
    "cubic",
)

SMALLEST_RING = 3
"""T atoms; two tetrahedra share no edge."""

NOVELTIES = (IZA, TRAINING, KNOWN, NEW) = ("iza", "training", "known", "new")
"""What is said of a net, the first that applies: it is a framework type of the IZA; the generator learned
from it; it is in the reference or in a data set that was given; it is in none of these."""

FRAMEWORK = (
    FrameworkQuantity(
        "energy",
        "kJ/mol Si",
        "measured",
        "above alpha-quartz, by the relaxation's potential",
        by_relaxation=True,
    ),
    FrameworkQuantity("density", "T/1000 A3", "measured", "framework density", least=0),
    FrameworkQuantity("volume", "A3", "measured", "of the cell", least=0),
    *(
        FrameworkQuantity(edge, "A", "measured", f"length of the cell's edge {edge}", least=0)
        for edge in "abc"
    ),
    *(
        FrameworkQuantity(angle, "degree", "measured", "angle of the cell", least=0, most=180)
        for angle in ("alpha", "beta", "gamma")
    ),
    FrameworkQuantity("t_atoms", "1", "whole", "T atoms of the cell", by_net=True, least=1),
    FrameworkQuantity(
        "unique_t", "1", "whole", "T atoms that the net's symmetry does not make equal", by_net=True, least=1
    ),
    FrameworkQuantity(
        "smallest_ring",
        "1",
        "whole",
        "T atoms of the smallest ring in vertex symbols",
        by_net=True,
        least=SMALLEST_RING,
    ),
    FrameworkQuantity(
        "largest_ring",
        "1",
        "whole",
        "T atoms of the largest ring in vertex symbols",
        by_net=True,
        least=SMALLEST_RING,
    ),
    FrameworkQuantity(
        "three_ring_share", "1", "measured", "share of T atoms in three-rings", by_net=True, least=0, most=1
    ),
    FrameworkQuantity(
        "td10", "1", "measured", "topological density: T atoms within ten bonds, mean", by_net=True, least=0
    ),
    FrameworkQuantity(
        "space_group",
        "1",
        "whole",
        "number of the space group after relaxation",
        by_relaxation=True,
        least=1,
        most=230,
    ),
    FrameworkQuantity(
        "crystal_system",
        "1",
        "text",
        "triclinic, monoclinic, orthorhombic, ... cubic",
        by_relaxation=True,
        texts=CRYSTAL_SYSTEMS,
    ),
    FrameworkQuantity(
        "lid_violations",
        "1",
        "whole",
        "local interatomic distances out of bounds",
        by_relaxation=True,
        least=0,
    ),
    FrameworkQuantity("code", "1", "text", "name of the net in the reference", by_net=True),
    FrameworkQuantity(
        "novelty",
        "1",
        "text",
        "iza, training (learned from), known (hypothetical) or new",
        by_net=True,
        texts=NOVELTIES,
    ),
)

LABELS = {
    "energy": ("energy above quartz", "E"),
    "density": ("framework density", "density"),
    "volume": ("cell volume", "V"),
    "t_atoms": ("T atoms in the cell", "T"),
    "unique_t": ("unique T atoms", "unique T"),
    "smallest_ring": ("smallest ring", "ring_min"),
    "largest_ring": ("largest ring", "ring_max"),
    "three_ring_share": ("share of T atoms in three-rings", "3-rings"),
    "td10": ("topological density", "TD_10"),
    "space_group": ("space group number", "group"),
    "lid_violations": ("distances out of bounds", "LID"),
}
"""What figures call quantities and what heads their columns, where that is not their name."""


class Box(Protocol):
    """The cell of a structure."""

    @property
    def lengths(self) -> Any: ...

    @property
    def angles(self) -> Any: ...

    @property
    def volume(self) -> float: ...

    @property
    def framework_density(self) -> float: ...


class Net(Protocol):
    """What is known of a net."""

    @property
    def name(self) -> str | None: ...

    @property
    def t_atoms(self) -> int | None: ...

    @property
    def unique_t(self) -> int | None: ...

    @property
    def td10(self) -> float | None: ...

    @property
    def novelty(self) -> str | None: ...

    @property
    def multiplicities(self) -> Sequence[int]: ...

    @property
    def vertex_symbols(self) -> Sequence[str]: ...


NAMES = frozenset(quantity.name for quantity in FRAMEWORK)

BY_NET = frozenset(quantity.name for quantity in FRAMEWORK if quantity.by_net)
"""Quantities that relaxation does not change."""

BY_RELAXATION = frozenset(quantity.name for quantity in FRAMEWORK if quantity.by_relaxation)
"""Quantities that are not known without one."""


def framework_values(
    box: Box | None, identity: Identity | None, energy: Energy | None, relaxed: RelaxFacts | None
) -> dict[str, Any]:
    """The values of :data:`FRAMEWORK`; None where unknown.

    Args:
        box: of the final atoms.
        identity: of the net.
        energy: after relaxation.
        relaxed: what the relaxation states.
    """
    values: dict[str, Any] = dict.fromkeys(quantity.name for quantity in FRAMEWORK)
    if box is not None:
        values |= {"density": box.framework_density, "volume": box.volume}
        values |= dict(zip("abc", map(float, box.lengths), strict=True))
        values |= dict(zip(("alpha", "beta", "gamma"), map(float, box.angles), strict=True))
    if identity is not None:
        values |= values_of_net(identity)
    if energy is not None:
        values["energy"] = energy.value
    if relaxed is not None:
        violations = relaxed.lid_violations
        values["lid_violations"] = None if violations is None else len(violations)
        values |= _of_group(relaxed.space_group)
    return values


def ring_sizes(vertex_symbol: str) -> list[int]:
    """The sizes in a vertex symbol such as ``"4.6(2).4.8.*.12"``; an angle in no small ring has none."""
    return [int(size) for size in re.findall(r"(?:^|\.)(\d+)", vertex_symbol)]


def rings_of(net: Net) -> Mapping[str, float | None]:
    """Smallest and largest ring in the vertex symbols of a net, and the share of T atoms in three-rings.

    None where the net does not have a symbol for each unique T atom.
    """
    if len(net.vertex_symbols) != len(net.multiplicities):
        return dict.fromkeys(("smallest_ring", "largest_ring", "three_ring_share"))
    rings = [ring_sizes(symbol) for symbol in net.vertex_symbols]
    sizes = [size for ring in rings for size in ring]
    in_three = sum(m for m, ring in zip(net.multiplicities, rings, strict=True) if 3 in ring)
    total = sum(net.multiplicities)
    return {
        "smallest_ring": min(sizes, default=None),
        "largest_ring": max(sizes, default=None),
        "three_ring_share": in_three / total if total else None,
    }


def values_of_net(net: Net) -> dict[str, Any]:
    """The values of those quantities that the net decides; None where unknown."""
    return {
        "t_atoms": net.t_atoms,
        "unique_t": net.unique_t,
        "td10": net.td10,
        "code": net.name,
        "novelty": net.novelty or (NEW if net.name is None else KNOWN),
        **rings_of(net),
    }


def crystal_system(space_group: int) -> str:
    """Of a space group by its number: one of :data:`CRYSTAL_SYSTEMS`."""
    import gemmi

    group = gemmi.find_spacegroup_by_number(space_group)
    assert group is not None, f"there is no space group {space_group}"
    return str(group.crystal_system_str())


def _of_group(symbol: str | None) -> dict[str, Any]:
    group = group_of_symbol(symbol) if symbol else None
    if group is None:
        return {}
    return {"space_group": group.number, "crystal_system": group.crystal_system_str()}
