"""Training examples: known nets with noise, made when they are asked for, a batch at a time.

Example k depends on k and the seed alone, so that training resumes at any number and any worker can make any
example.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import frozen
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from zeo_zeosym.batch import as_tensor, batch_of
from zeo_zeosym.collection import Crystals
from zeo_zeosym.noise import LARGEST, LOG_MEAN, LOG_STD, SMALLEST, with_noise

BLUR = 0.1
"""Standard deviations by which what the network is told of a framework may be off: a net has not one density
and one heat of adsorption, but those of all ways to build it."""


@frozen(eq=False)
class Examples(Dataset[dict[str, Tensor]]):
    """The endless sequence of training examples.

    Args:
        crystals: to learn from.
        conditioning: [crystals, q, 2], what can be told of each; see
            :meth:`zeo_learning.condition.Conditions.encoded`.
        seed: of the sequence.
    """

    crystals: Crystals
    conditioning: NDArray[np.float32]
    seed: int

    def __getitem__(self, number: int) -> dict[str, Tensor]:
        return self.__getitems__([number])

    def __getitems__(self, numbers: Sequence[int]) -> dict[str, Tensor]:
        """The examples of these numbers as one batch for the network (:func:`zeo_zeosym.batch.batch_of`),
        with what it is to find: ``noise`` [m, 3] and ``strain_noise`` [b, 6]."""
        return self.at(numbers, None)

    def at(self, numbers: Sequence[int], level: float | None) -> dict[str, Tensor]:
        """The same, all at one noise level, angstrom."""
        streams = [np.random.default_rng((self.seed, number)) for number in numbers]
        chosen = np.array([stream.integers(len(self.crystals)) for stream in streams])
        levels = np.exp([stream.normal(LOG_MEAN, LOG_STD) for stream in streams]).clip(SMALLEST, LARGEST)
        sigma = levels if level is None else np.full(len(levels), level)
        kept = np.stack([_kept(stream, self.conditioning.shape[1]) for stream in streams])
        strain_unit = np.stack([stream.standard_normal(6) for stream in streams])
        crystals = self.crystals[chosen]
        counts = crystals.unique.tolist()
        unit = np.concatenate(
            [stream.standard_normal((count, 3)) for stream, count in zip(streams, counts, strict=True)]
        )
        noisy = with_noise(crystals, sigma, unit, strain_unit)
        blur = np.stack([BLUR * stream.standard_normal(self.conditioning.shape[1]) for stream in streams])
        conditioning = self.conditioning[chosen]
        conditioning[:, :, 0] += blur
        conditioning = (conditioning * conditioning[:, :, 1:] * kept[:, :, None]).reshape(len(chosen), -1)
        return {
            **batch_of(crystals, noisy.coords, noisy.lattice, sigma, conditioning),
            "noise": as_tensor(noisy.noise),
            "strain_noise": as_tensor(noisy.strain_noise),
        }


def _kept(stream: np.random.Generator, quantities: int) -> NDArray[np.bool_]:
    """Which quantities the network is told: every number of them, from none to all, is equally likely."""
    share = stream.random()
    return stream.random(quantities) < share
