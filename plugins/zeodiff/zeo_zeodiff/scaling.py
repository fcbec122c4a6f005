"""Between physical grids and the numbers that the network sees."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from zeo.errors import ConfigError
from zeo.structure import symbols
from zeo_zeodiff.edm import SIGMA_DATA

ENERGY_RANGE = (-4000.0, 5000.0)
"""Kelvin: what the network sees of an energy is clipped to this, as in both reference papers."""


def _floats(values: Iterable[float]) -> tuple[float, ...]:
    return tuple(float(value) for value in values)


@frozen(kw_only=True)
class Scaling:
    """Clips energies, then gives every channel mean 0 and the standard deviation of :mod:`zeo_zeodiff.edm`.

    Args:
        channels: names.
        mean: of each clipped channel over the training grids.
        std: likewise.
    """

    channels: tuple[str, ...] = field(converter=symbols)
    mean: tuple[float, ...] = field(converter=_floats)
    std: tuple[float, ...] = field(converter=_floats)

    @classmethod
    def of(cls, channels: Sequence[str], grids: Iterable[NDArray[np.float32]]) -> Scaling:
        """Measured on physical grids [C, X, Y, Z].

        Raises:
            ConfigError: a channel that is constant: there is nothing to learn.
        """
        clipped = np.stack([clip(grid, channels) for grid in grids]).swapaxes(0, 1).reshape(len(channels), -1)
        std = clipped.std(axis=1, dtype=np.float64)
        if not std.all():
            raise ConfigError(f"the channel {channels[int(np.argmin(std))]} is the same everywhere")
        return cls(channels=tuple(channels), mean=clipped.mean(axis=1, dtype=np.float64), std=std)

    def to_network(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """From a physical grid [C, X, Y, Z]."""
        mean, scale = self._columns()
        scaled: NDArray[np.float32] = (clip(values, self.channels) - mean) / scale
        return scaled

    def to_physical(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """From what the network drew, [..., C, X, Y, Z]; energies clipped."""
        mean, scale = self._columns()
        return clip(values * scale + mean, self.channels)

    def _columns(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        mean = np.array(self.mean, dtype=np.float32)[:, None, None, None]
        scale = np.array(self.std, dtype=np.float32)[:, None, None, None] / np.float32(SIGMA_DATA)
        return mean, scale


def clip(values: NDArray[np.float32], channels: Sequence[str]) -> NDArray[np.float32]:
    """Energies [..., C, X, Y, Z] clipped to :data:`ENERGY_RANGE`; the other channels as they are."""
    clipped = values.copy()
    for k, name in enumerate(channels):
        if name.startswith("energy:"):
            np.clip(clipped[..., k, :, :, :], *ENERGY_RANGE, out=clipped[..., k, :, :, :])
    return clipped
