"""One framework by its name: a framework type, an entry of a data set or a file."""

from __future__ import annotations

import os
from pathlib import Path

from zeo.crystal.io import read_structure
from zeo.data.known.frameworks import Framework
from zeo.data.known.nets import reference_nets
from zeo.data.known.relaxed import relaxed_frameworks, relaxed_structure
from zeo.data.sets.store import STANDARD, DataSet, is_data_set
from zeo.errors import InputError
from zeo.tools.hints import nearest


def framework_named(name: str) -> Framework:
    """A framework and what it is called.

    Args:
        name: the path of a structure file, the code of a framework type (as zeo relaxed it), a name in the
            data set ``standard``, or ``DATASET/NAME`` for one in another data set; the first of these that
            there is.

    Raises:
        InputError: there is none of that name, or the file or data set cannot be read.
    """
    if os.path.isfile(name):
        return Framework(Path(name).name, read_structure(name))
    if name in relaxed_frameworks():
        return Framework(name, relaxed_structure(name))
    source, _, entry = name.rpartition("/")
    if source and not is_data_set(source):
        raise InputError(f"{name}: no such file, and {source} is no data set")
    data = DataSet.open(source or STANDARD)
    if entry not in data.names:
        raise InputError(_unknown(name, entry, source, data.names))
    return Framework(entry, data.structure(data.names.index(entry)))


def _unknown(name: str, entry: str, source: str, entries: list[str]) -> str:
    if source:
        near = nearest(entry, entries)
        return f"{source} holds no framework {entry!r}" + (f": did you mean {near!r}?" if near else "")
    if name.removeprefix("-") in reference_nets():
        return f"zeo knows the net of the framework type {name}, and no atoms of it: give a file"
    near = nearest(name.upper(), relaxed_frameworks()) or nearest(name, entries)
    hint = f"did you mean {near!r}?" if near else "write an IZA code, a name in a data set, or a file"
    return f"{name!r} is no four-connected framework type, no file and not in the data set {STANDARD}: {hint}"
