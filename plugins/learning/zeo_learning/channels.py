"""Facts about the channels of a grid on which all networks agree."""

from __future__ import annotations

from collections.abc import Iterable

from zeo.errors import ConfigError

ENERGY_RANGE = (-4000.0, 5000.0)
"""Kelvin: what the network sees of an energy is clipped to this, as in both reference papers."""

ATOMS = ("si", "o")
"""The channels that hold atoms."""


def is_energy(name: str) -> bool:
    """Whether a channel holds energies in kelvin."""
    return name.startswith("energy:")


def gases(channels: Iterable[str]) -> list[str]:
    """Those whose energies are among the channels."""
    return [name.removeprefix("energy:") for name in channels if is_energy(name)]


def require_atoms(channels: Iterable[str]) -> None:
    """Raises:
    ConfigError: grids with these channels hold no silicon or no oxygen.
    """
    present = set(channels)
    missing = [name for name in ATOMS if name not in present]
    if missing:
        raise ConfigError(f"voxel.channels: without {' and '.join(missing)} no atoms can be found in a grid")
