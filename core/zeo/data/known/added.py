"""Nets that the user has added to the reference: one file in the user's folder, for all commands and runs."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path

import attrs
import click
from attrs import field, frozen
from attrs.validators import in_, instance_of

from zeo.data.known.nets import reference_nets
from zeo.errors import InputError, ZeoError
from zeo.tools.files import held, require_plain, write_atomically
from zeo.tools.hints import nearest

FORMAT = 1

NO_NAMES = ("unknown", "new")
"""Said of nets that have none."""

LONGEST_NAME = 64

LARGEST_FILE = 64 * 2**20
"""Bytes; some hundred thousand nets."""


@frozen(kw_only=True)
class AddedNet:
    """A net that the user gave a name.

    Args:
        name: free of slashes, which separate names that coordination sequences cannot tell apart.
        key: exact key.
        fingerprint: of its coordination sequences.
        unique_t: T atoms not equivalent under the symmetry of the net.
        source: the structure that it was read from.
        added: the day, as YYYY-MM-DD.
    """

    name: str = field(validator=instance_of(str))
    key: str = field(validator=instance_of(str))
    fingerprint: str = field(validator=instance_of(str))
    unique_t: int = field(validator=instance_of(int))
    source: str = field(validator=instance_of(str))
    added: str = field(validator=instance_of(str))


@frozen(kw_only=True)
class _Stored:
    """What the file holds."""

    format: int = field(validator=in_((FORMAT,)))
    nets: tuple[AddedNet, ...]


def additions_path() -> Path:
    """The file of additions, in ``$ZEO_REFERENCE`` or the user's folder for zeo."""
    folder = os.environ.get("ZEO_REFERENCE") or Path(click.get_app_dir("zeo")) / "reference"
    return Path(folder) / "nets.json"


def added_nets() -> tuple[AddedNet, ...]:
    """What the user has added, by name.

    Raises:
        ZeoError: the file is damaged, or cannot be read.
    """
    from zeo.tools.typed_json import parsed_object, structured  # takes a while, and most have added none

    path = additions_path()
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST_FILE + 1)
        if len(text) > LARGEST_FILE:
            raise ValueError(f"more than {LARGEST_FILE} bytes")
        stored = structured(parsed_object(text), _Stored)
        return tuple(sorted(stored.nets, key=lambda net: net.name))
    except FileNotFoundError:
        return ()
    except (OSError, ValueError) as error:
        raise ZeoError(
            f"{path}: the nets that were added to the reference cannot be read ({type(error).__name__}):"
            " put a copy back, or delete the file and add them again"
        ) from error


def add_net(net: AddedNet) -> None:
    """Add a net, on disk.

    Raises:
        InputError: a name that cannot be one, a name that is taken, or a net that is there already.
        ZeoError: the file is damaged or cannot be written, or another process is changing it.
    """
    _check_name(net.name)

    def with_it(nets: tuple[AddedNet, ...]) -> Iterable[AddedNet]:
        for other in nets:
            if other.key == net.key:
                raise InputError(f"this net is in the reference already, as {other.name}")
            if other.name == net.name:
                raise InputError(f"{net.name} names another net: zeo reference remove {net.name}, or --name")
        return [*nets, net]

    _change(with_it)


def remove_net(name: str) -> AddedNet:
    """Remove a net, on disk, and return it.

    Raises:
        InputError: none of that name was added.
        ZeoError: the file is damaged or cannot be written, or another process is changing it.
    """
    removed: list[AddedNet] = []

    def without_it(nets: tuple[AddedNet, ...]) -> Iterable[AddedNet]:
        removed.extend(net for net in nets if net.name == name)
        if not removed:
            raise InputError(_no_such(name, [net.name for net in nets]))
        return [net for net in nets if net.name != name]

    _change(without_it)
    return removed[0]


def _change(change: Callable[[tuple[AddedNet, ...]], Iterable[AddedNet]]) -> None:
    path = additions_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with held(path.parent):
            require_plain(path)
            nets = sorted(change(added_nets()), key=lambda net: net.name)
            data = {"format": FORMAT, "nets": [attrs.asdict(net) for net in nets]}
            write_atomically(path, json.dumps(data, indent=1) + "\n")
    except OSError as error:
        raise ZeoError(
            f"cannot write {path} ({error.strerror or error}); set ZEO_REFERENCE to another folder"
        ) from error


def _check_name(name: str) -> None:
    if not (
        0 < len(name) <= LONGEST_NAME and name.isprintable() and name == name.strip() and "/" not in name
    ):
        raise InputError(
            f"{name[:LONGEST_NAME]!r} cannot be the name of a net: printable, without slashes, at most"
            f" {LONGEST_NAME} characters; give another with --name"
        )
    if name in NO_NAMES:
        raise InputError(f"{name} is what nets without a name are called: give another with --name")
    if name.removeprefix("-") in reference_nets():
        raise InputError(f"{name} is a framework type of the IZA: give another name with --name")


def _no_such(name: str, names: list[str]) -> str:
    if name.removeprefix("-") in reference_nets():
        return f"{name} is a framework type of the IZA, which stays: only nets that were added can be removed"
    near = nearest(name, names)
    return f"no net {name!r} was added" + (f": did you mean {near!r}?" if near else "")
