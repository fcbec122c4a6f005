"""Still pictures of frameworks: ``zeo.picture``."""

from __future__ import annotations

from typing import Any

from zeo.api import arguments
from zeo.api.structures import Structural, named_structures, short, usable
from zeo.errors import ConfigError, InputError
from zeo.plugin.registry import installed_plugins
from zeo.tools.foreign import foreign_code

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
    plugin, channel, temperature = _with_grid(probe)
    view = View(axis=axis, cells=shown, probe=plugin, channel=channel, temperature=temperature)
    with foreign_code(f"drawing pores by {probe}"):
        return draw_frameworks([(short(name), structure) for name, structure in named], view, form)


def _with_grid(name: str) -> tuple[Any, str, float]:
    """A probe, its channel of energies, and its temperature in kelvin.

    Raises:
        ConfigError: it lacks one of them.
    """
    from zeo.page.pore_grid import temperature_of

    plugins = installed_plugins()
    spec = plugins.find("probe", arguments.text(name, "probe")).spec
    channel = f"energy:{spec.name}"
    probe = plugins.create("probe", name)
    temperature = temperature_of(probe)
    if channel not in spec.channels or temperature is None:
        raise ConfigError(f"probe: {name} has no energy grid by which pores are shaded; methane has")
    return probe, channel, temperature
