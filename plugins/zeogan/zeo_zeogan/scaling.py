"""Between physical grids and the numbers in [0, 1] that ZeoGAN's networks see.

An energy of -4000 K becomes 1 and 5000 K becomes 0: what attracts is what counts. Atoms stay as they are: a
Gaussian of amplitude 1 (B. Kim, S. Lee, J. Kim, Sci. Adv. 2020, 6, eaax9324, supplement, section S1-1).
"""

from __future__ import annotations

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray
from torch import Tensor

from zeo.crystal.structure import symbols
from zeo.errors import ConfigError
from zeo_learning.channels import ATOMS, ENERGY_RANGE, is_energy, require_atoms

LEAST, MOST = ENERGY_RANGE


@frozen(kw_only=True)
class Scaling:
    """The way to the network and back.

    Args:
        channels: names; energies and atoms.
    """

    channels: tuple[str, ...] = field(converter=symbols)

    @classmethod
    def of(cls, channels: tuple[str, ...]) -> Scaling:
        """For these channels.

        Raises:
            ConfigError: no atoms are among them, or something that has no place in [0, 1].
        """
        require_atoms(channels)
        others = [name for name in channels if name not in ATOMS and not is_energy(name)]
        if others:
            raise ConfigError(f"voxel.channels: zeogan draws energies and atoms, not {' and '.join(others)}")
        return cls(channels=channels)

    def to_network(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """From a physical grid [C, X, Y, Z]; energies are clipped."""
        scaled = values.copy()
        for name, channel in zip(self.channels, scaled, strict=True):
            if is_energy(name):
                np.clip(channel, LEAST, MOST, out=channel)
                channel[...] = (MOST - channel) / (MOST - LEAST)
        return scaled

    def to_physical(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """From what the network drew, [C, X, Y, Z]."""
        physical = values.copy()
        for name, channel in zip(self.channels, physical, strict=True):
            if is_energy(name):
                channel[...] = MOST - channel * (MOST - LEAST)
        return physical

    def physical_channel(self, drawn: Tensor, name: str) -> Tensor:
        """One channel [B, X, Y, Z] of drawn grids [B, C, X, Y, Z] in its own unit; differentiable."""
        channel = drawn[:, self.channels.index(name)].float()
        return MOST - channel * (MOST - LEAST) if is_energy(name) else channel
