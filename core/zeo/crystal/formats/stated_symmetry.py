"""The symmetry that a CIF states: operations, a Hall symbol, a Hermann-Mauguin symbol, a number, or several.

Operations say all; a Hall symbol does too. A Hermann-Mauguin symbol leaves the origin of some groups and the
axes of rhombohedral ones open, a number leaves the setting open as well (International Tables for
Crystallography A, 6th edition, 1.4 and 2.1), which is then the standard one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

import numpy as np
from attrs import frozen

from zeo.crystal.formats.cif_blocks import Block, says_nothing
from zeo.crystal.formats.lines import shortened
from zeo.crystal.formats.sites import Operations
from zeo.crystal.space_groups import group_of_symbol
from zeo.errors import InputError

OPERATIONS = ("space_group_symop_operation_xyz", "symmetry_equiv_pos_as_xyz")
HALL = ("space_group_name_hall", "symmetry_space_group_name_hall")
HERMANN_MAUGUIN = (
    "space_group_name_h-m_alt",
    "symmetry_space_group_name_h-m",
    "space_group_name_h-m_full",
    "space_group_name_h-m",
)
NUMBER = ("space_group_it_number", "symmetry_int_tables_number")
SETTING = ("space_group_it_coordinate_system_code",)

MOST_OPERATIONS = 192
"""Of any space group in a conventional cell."""

_SUFFIX = re.compile(r"(.*?)(?::|\(?origin(?:choice)?)?(a[123]|b[123]|c[123]|[12hrsz])\)?")
_QUALIFIERS = {"s": "1", "z": "2", "h": "H", "r": "R"}
"""What follows a symbol: Z has the inversion centre at the origin, S the point of highest site symmetry."""


@frozen(eq=False)
class Setting:
    """A space group as it is written down.

    Args:
        name: for people.
        number: 1 to 230, or None where the setting is in no table.
        operations: all of them.
    """

    name: str
    number: int | None
    operations: Operations

    def agrees(self, other: Setting) -> bool:
        """Whether it is the same space group, in whatever setting, as far as can be told."""
        if self.number is not None and other.number is not None:
            return self.number == other.number
        return _kinds(self.operations) == _kinds(other.operations)


@frozen(eq=False)
class Statement:
    """One of the ways in which a file states its symmetry.

    Args:
        said: the file's words.
        settings: that they can mean.
    """

    said: str
    settings: Sequence[Setting]


@frozen(eq=False)
class StatedSymmetry:
    """All that a file states.

    Args:
        listed: what its operations make, if it lists any.
        named: its names of the group, the most precise first.
    """

    listed: Setting | None
    named: Sequence[Statement]

    def contradicted(self) -> Statement | None:
        """The first name that is not what the operations are."""
        listed = self.listed
        if listed is None:
            return None
        return next((one for one in self.named if not any(map(listed.agrees, one.settings))), None)

    def meant(self) -> Sequence[Setting]:
        """The settings that every name allows, of which the most precise one says more.

        Raises:
            InputError: the names contradict each other.
        """
        if not self.named:
            return ()
        first, *others = self.named
        settings = list(first.settings)
        for other in others:
            settings = [one for one in settings if any(one.agrees(setting) for setting in other.settings)]
            if not settings:
                raise InputError(f"it states two space groups, {first.said} and {other.said}")
        return settings


def stated_symmetry(block: Block) -> StatedSymmetry:
    """What a block says of its symmetry.

    Raises:
        InputError: operations or a number that are damaged, operations that form no group, a name of no group
            without operations.
    """
    written = next((column for tag in OPERATIONS if (column := block.column(tag))), [])
    triplets = [value for value in written if not says_nothing(value)]
    listed = _listed(tuple(triplets)) if triplets else None
    setting = (block.value(*SETTING) or "").lower()
    named = []
    if hall := block.value(*HALL):
        named.append(Statement(hall, _of_hall(hall)))
    if symbol := block.value(*HERMANN_MAUGUIN):
        named.append(Statement(symbol, _of_symbol(symbol, setting)))
    if (number := block.value(*NUMBER)) and number != "0":
        if not number.isdecimal():
            raise InputError(f"{shortened(number)} is no number of a space group")
        named.append(Statement(f"number {number}", _of_number(number, setting)))
    unknown = next((statement for statement in named if not statement.settings), None)
    if unknown is not None and listed is None:
        raise InputError(f"unknown space group {shortened(unknown.said)} and no symmetry operations")
    return StatedSymmetry(listed, [statement for statement in named if statement.settings])


@lru_cache(maxsize=64)
def _listed(triplets: tuple[str, ...]) -> Setting:
    """The group of the operations that a file lists.

    Raises:
        InputError: one that cannot be read, or together they are no group.
    """
    import gemmi

    if len(triplets) > 4 * MOST_OPERATIONS:
        raise InputError(f"{len(triplets)} symmetry operations are more than any group has")
    read = [_operation(triplet) for triplet in triplets]
    # some programs leave the identity out
    distinct = dict.fromkeys(["x,y,z", *(operation.wrap().triplet() for operation in read)])
    group = gemmi.GroupOps([gemmi.Op(triplet) for triplet in distinct])
    try:
        group.add_missing_elements()
    except RuntimeError:  # they generate operations without end
        is_group = False
    else:
        is_group = len(list(group)) == len(distinct) and _is_lattice(group.cen_ops)
    if not is_group:
        raise InputError(f"its {len(triplets)} symmetry operations form no group: one is missing or damaged")
    found = gemmi.find_spacegroup_by_ops(group)
    return Setting(
        f"{len(triplets)} operation{'s' if len(triplets) > 1 else ''}",
        found.number if found else None,
        Operations.of(group),
    )


def _is_lattice(translations: Sequence[Sequence[int]]) -> bool:
    """Whether translations, in gemmi's fractions, are closed under addition."""
    import gemmi

    known = {tuple(vector) for vector in translations}
    sums = (tuple((x + y) % gemmi.Op.DEN for x, y in zip(a, b, strict=True)) for a in known for b in known)
    return known.issuperset(sums)


def _operation(triplet: str) -> Any:
    import gemmi

    try:
        operation = gemmi.Op(triplet.replace(" ", "").replace("*", "").lower())
    except (RuntimeError, ValueError) as error:
        raise InputError(f"unreadable symmetry operation {shortened(triplet)}") from error
    if abs(operation.det_rot()) != gemmi.Op.DEN**3:
        raise InputError(f"unreadable symmetry operation {shortened(triplet)}: it does not keep the volume")
    return operation


@lru_cache(maxsize=256)
def _of_hall(symbol: str) -> Sequence[Setting]:
    import gemmi

    try:
        group = gemmi.symops_from_hall(symbol.replace("_", " "))
    except (RuntimeError, ValueError):
        return ()
    found = gemmi.find_spacegroup_by_ops(group)
    return (Setting(symbol, found.number if found else None, Operations.of(group)),)


@lru_cache(maxsize=256)
def _of_symbol(symbol: str, setting: str) -> Sequence[Setting]:
    """The settings of a Hermann-Mauguin symbol in any spelling.

    Args:
        symbol: with or without blanks, underscores and brackets, and with what tells origin and axes.
        setting: the code of origin, axes or monoclinic setting, where the file gives it apart.
    """
    import gemmi

    plain = _spelled(symbol)
    groups = _by_symbol().get(plain, [])
    if not groups and (match := _SUFFIX.fullmatch(plain)):
        groups, setting = _by_symbol().get(match[1], []), match[2]
    if not groups and (found := group_of_symbol(symbol)) is not None:
        groups = [group for group in gemmi.spacegroup_table() if group.hm == found.hm]
    return tuple(map(_of_table, _told_by(setting, groups)))


@lru_cache(maxsize=256)
def _of_number(number: str, setting: str) -> Sequence[Setting]:
    """The standard setting of a number, with each origin and each axes that it has."""
    import gemmi

    if not (number.isdecimal() and len(number) < 4 and 1 <= int(number) <= 230):
        return ()
    standard = gemmi.find_spacegroup_by_number(int(number))
    groups = [group for group in gemmi.spacegroup_table() if group.number == standard.number]
    told = _told_by(setting, groups)
    return tuple(_of_table(group) for group in told if len(told) == 1 or group.hm == standard.hm)


def _told_by(setting: str, groups: Sequence[Any]) -> Sequence[Any]:
    """Those of some groups that are in the setting of a code, or all where the code is none of them."""
    wanted = _QUALIFIERS.get(setting, setting)
    return [group for group in groups if wanted and wanted in (group.ext, group.qualifier)] or groups


@cache
def _by_symbol() -> dict[str, list[Any]]:
    """The groups of gemmi's table by every spelling of their symbols."""
    import gemmi

    groups: dict[str, list[Any]] = {}
    for group in gemmi.spacegroup_table():
        spellings = {_spelled(group.hm), _spelled(group.short_name())}
        if group.number >= 195:
            # before 1983, F d -3 m was F d 3 m
            spellings |= {spelling.replace("-3", "3") for spelling in spellings}
        for spelling in spellings:
            groups.setdefault(spelling, []).append(group)
    return groups


def _spelled(symbol: str) -> str:
    return re.sub(r"[\s_()~'\"]|</?sub>", "", symbol).lower()


def _of_table(group: Any) -> Setting:
    return _setting(group.xhm(), group.number, group.hall)


@lru_cache(maxsize=64)
def _setting(name: str, number: int, hall: str) -> Setting:
    import gemmi

    return Setting(name, number, Operations.of(list(gemmi.symops_from_hall(hall))))


def _kinds(operations: Operations) -> Counter[tuple[int, int]]:
    """How many rotations of each kind there are, which no change of axes changes: determinant and trace."""
    rotations = {tuple(np.round(rotation.ravel()).astype(int)) for rotation in operations.rotations}
    matrices = [np.array(rotation).reshape(3, 3) for rotation in rotations]
    return Counter((round(float(np.linalg.det(one))), int(np.trace(one))) for one in matrices)
