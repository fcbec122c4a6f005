"""Facts about the channels of a grid on which all networks agree."""

from __future__ import annotations

ENERGY_RANGE = (-4000.0, 5000.0)
"""Kelvin: what the network sees of an energy is clipped to this, as in both reference papers."""

ATOMS = ("si", "o")
"""The channels that hold atoms."""
