"""The energy of a gas around a framework: as coarse as a picture may be, and exact in where the pores are.

A point holds asinh(E / 2T) in steps, since energies run from some negative kT to the millions. One of the
steps ends exactly at the energy up to which probes call a point open, so that the pores on the page are those
of a probe on a grid of the same size.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zeo.crystal.structure import Structure
from zeo.errors import ZeoError
from zeo.page.packing import packed
from zeo.plugin.registry import Plugins
from zeo.tools.foreign import foreign_code

POINTS = 32
"""Along each axis."""

OPEN_BELOW = 15.0
"""Points with E <= 15 T are open to the gas, as for the probes."""

LOWEST, HIGHEST = -20.0, 30.0
"""Energies in T beyond which all are shown alike."""

STEPS = 96
"""Between the two; between neighbouring points there are more, so that surfaces look smooth."""

_BEND = 2.0

DrawPores = Callable[[Structure], dict[str, Any] | None]


def _bent(energy: Any) -> Any:
    """An energy in T on the scale of the steps."""
    return np.arcsinh(energy / _BEND)


LIMIT = math.asinh(OPEN_BELOW / _BEND)
STEP = (math.asinh(HIGHEST / _BEND) - math.asinh(LOWEST / _BEND)) / STEPS
LAST_OPEN = round((LIMIT - math.asinh(LOWEST / _BEND)) / STEP)
"""The step that ends at the limit."""


def stepped(energy: NDArray[np.floating[Any]], temperature: float) -> NDArray[np.uint8]:
    """The steps of a grid [X, Y, Z] of energies.

    Args:
        energy: in kelvin.
        temperature: likewise.
    """
    above = np.ceil((_bent(energy.astype(np.float64) / temperature) - LIMIT) / STEP)
    # rounding must not move a point across the limit
    above = np.where(energy <= OPEN_BELOW * temperature, np.minimum(above, 0), np.maximum(above, 1))
    steps: NDArray[np.uint8] = np.clip(LAST_OPEN + above, 0, STEPS + 1).astype(np.uint8)
    return steps


def temperature_of(probe: Any) -> float | None:
    """Of the gas, in kelvin; None where a probe has no such option, so that nothing is open or closed."""
    value = getattr(probe.options, "temperature", None)
    return float(value) if isinstance(value, int | float) else None


def pores_by(probes: Sequence[str], plugins: Plugins) -> DrawPores:
    """What draws the pores that the first of some probes with an energy grid sees, if there is one.

    Args:
        probes: by name.
        plugins: with the options that the probes measure with.
    """
    channels = {name: f"energy:{plugins.find('probe', name).spec.name}" for name in probes}
    able = [name for name in probes if channels[name] in plugins.find("probe", name).spec.channels]
    if not able:
        return lambda _structure: None
    probe, channel = plugins.create("probe", able[0]), channels[able[0]]
    temperature = temperature_of(probe)
    if temperature is None:
        return lambda _structure: None

    def draw(structure: Structure) -> dict[str, Any] | None:
        try:
            with foreign_code(f"drawing pores by {able[0]}"):
                energy = probe.channel(channel, structure, (POINTS,) * 3)
        except ZeoError:  # such as a framework that the force field does not describe
            return None
        scale = {"T": temperature, "bend": _BEND, "limit": LIMIT, "step": STEP, "open": LAST_OPEN}
        steps = packed(stepped(energy, temperature).tobytes())
        return {"gas": able[0], "points": POINTS, **scale, "steps": steps}

    return draw
