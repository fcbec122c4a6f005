"""Still pictures of frameworks: ``zeo.picture``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from zeo.api import arguments
from zeo.api.structures import Structural, named_structures
from zeo.crystal.structure import Structure
from zeo.errors import ConfigError, InputError, ZeoError
from zeo.plugin.registry import installed_plugins

MOST = 24
"""Frameworks in one picture."""


def picture(
    x: Structural, *, axis: str = "c", probe: str = "methane", cells: int = 2, form: str = "png"
) -> bytes:
    """A picture of frameworks for papers: ``zeo picture``.

        Path("fau.pdf").write_bytes(zeo.picture("FAU", axis="b", form="pdf"))

    Args:
        x: what :func:`zeo.read` takes; several frameworks stand side by side.
        axis: of the cell, along which one looks: ``"a"``, ``"b"`` or ``"c"``.
        probe: the gas whose pores are shaded.
        cells: shown along each of the other two axes.
        form: ``"png"``, ``"pdf"`` or ``"svg"``.

    Returns:
        The picture, for a file or for ``IPython.display.Image``.

    Raises:
        ZeoError: no structure, too many of them, or a probe without an energy grid.
    """
    from zeo.page.still import AXES, View, draw_frameworks

    arguments.choice(form, "form", arguments.PICTURES)
    arguments.choice(axis, "axis", AXES)
    shown = arguments.whole_number(cells, "cells", 1)
    named = [(name, usable(found)) for name, found in named_structures(x)]
    if not named:
        raise InputError(f"{x}: no structure there")
    if len(named) > MOST:
        raise ConfigError(f"{len(named)} frameworks are too many for one picture: choose {MOST} or fewer")
    short = [(Path(name).stem if Path(name).suffix else name, structure) for name, structure in named]
    return draw_frameworks(short, View(axis=axis, cells=shown, probe=_with_grid(probe)), form)


def usable(found: Structure | ZeoError) -> Structure:
    """A structure that can be used.

    Raises:
        ZeoError: why it cannot.
    """
    if isinstance(found, ZeoError):
        raise found
    return found


def _with_grid(name: str) -> tuple[Any, str]:
    """A probe, and its channel of energies.

    Raises:
        ConfigError: it has none.
    """
    plugins = installed_plugins()
    spec = plugins.find("probe", arguments.text(name, "probe")).spec
    channel = f"energy:{spec.name}"
    if channel not in spec.channels:
        raise ConfigError(f"probe: {name} has no energy grid by which pores are shaded; methane has")
    return plugins.create("probe", name), channel
