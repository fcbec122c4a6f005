"""The reference of known nets in Python: ``zeo.reference``.

zeo.reference.add("EMM-99.cif")
zeo.identify("EMM-99.cif").name  # "EMM-99"
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from zeo.api.identifying import Identification, identifications
from zeo.api.results import one_line
from zeo.api.structures import Structural
from zeo.crystal.fingerprint import fingerprint
from zeo.data.known.added import AddedNet, add_net, added_nets, remove_net
from zeo.data.known.nets import AS_OF, ReferenceNet, reference_nets
from zeo.data.known.reference import new_to, reference_state
from zeo.errors import InputError, ZeoError
from zeo.tools.hints import nearest

__all__ = ["add", "added", "remove", "searched", "show", "state"]

state = reference_state


def add(x: Structural, name: str | None = None) -> tuple[AddedNet, ...]:
    """Add the nets of structures to the reference, for all commands and runs from now on.

    Args:
        x: a path, a folder, a Structure, ASE Atoms, a pymatgen Structure or several of these.
        name: of the net, where there is one; the name of the file when None.

    Returns:
        what was added.

    Raises:
        ZeoError: a structure that cannot be read, is no four-connected net or has a name already; those
            before it are added.
    """
    found = []
    for _, outcome in additions(x, name):
        if isinstance(outcome, Exception):
            raise outcome
        found.append(outcome)
    return tuple(found)


def additions(x: Structural, name: str | None = None) -> Iterator[tuple[str, AddedNet | Exception]]:
    """Add one net after another; what cannot be added is handed on, so that the others still are."""
    for source, outcome in identifications(x, None, "key"):
        if isinstance(outcome, Exception):
            yield source, outcome if isinstance(outcome, ZeoError) else InputError(one_line(source, outcome))
            continue
        try:
            yield source, _added(source, outcome, name)
        except ZeoError as error:
            yield source, InputError(f"{source}: {error}")


def _added(source: str, found: Identification, name: str | None) -> AddedNet:
    if found.key is None or found.unique_t is None:
        raise InputError(found.problem or "no net")
    if found.name is not None:
        raise InputError(f"this net is in the reference already, as {found.name}")
    net = AddedNet(
        name=Path(source).stem if name is None else name,
        key=found.key,
        fingerprint=fingerprint(found.coordination_sequences, found.multiplicities),
        unique_t=found.unique_t,
        source=source,
        added=datetime.now(UTC).date().isoformat(),
    )
    add_net(net)
    return net


def remove(name: str) -> AddedNet:
    """Take a net that was added out of the reference, and return it.

    Raises:
        ZeoError: none of that name was added, or the reference cannot be written.
    """
    return remove_net(name)


def added() -> tuple[AddedNet, ...]:
    """What was added, by name.

    Raises:
        ZeoError: it cannot be read.
    """
    return added_nets()


def show(name: str) -> ReferenceNet | AddedNet:
    """What the reference has of a net.

    Args:
        name: an IZA code, with or without the hyphen of an interrupted framework, or a name that was added.

    Raises:
        InputError: it has none of that name.
    """
    types, own = reference_nets(), {net.name: net for net in added_nets()}
    code = name.removeprefix("-").upper()
    if name in own:
        return own[name]
    if code in types:
        return types[code]
    near = nearest(name, [*types, *own])
    hint = f": did you mean {near!r}?" if near else f": no IZA type as of {AS_OF}, and not added"
    raise InputError(f"the reference has no net {name!r}{hint}")


def searched(folder: str | Path | None = None) -> str:
    """To what a net without a name is new, such as ``in no IZA type as of 2024-03-07, nor in PCOD``."""
    return new_to(len(added_nets()), folder)
