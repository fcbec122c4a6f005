"""The conditioner ``cfg``: classifier-free guidance.

J. Ho, T. Salimans, *Classifier-free diffusion guidance*, arXiv:2207.12598 (2022), Eq. 6, for estimates of the
clean grid instead of the noise: both are linear in the score.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import frozen
from torch import Tensor

from zeo.conditioning import Denoising, Known
from zeo.interfaces import Conditioner
from zeo.options import option
from zeo.targets import Target
from zeo_zeodiff.edm import Denoiser


class ClassifierFree(Conditioner):
    """Goes on from the estimate without targets through the estimate with them, and beyond."""

    @frozen(kw_only=True)
    class Options:
        scale: float = option(
            2.0, "0: as without targets, 1: as concat, more: further, at twice the evaluations", at_least=0
        )

    def prepare(self, targets: Sequence[Target], known: Known) -> Sequence[Target]:
        """The targets, as far as the network was told such properties in training.

        Raises:
            ConfigError: see :meth:`zeo.conditioning.Known.narrowed`.
        """
        return known.narrowed(targets, known.inputs, "this model")

    def embedding(self, values: Mapping[str, float]) -> Mapping[str, float]:
        """The values themselves."""
        return values

    def guide(self, denoising: Denoising) -> Denoiser:
        """untold + scale (told - untold)."""
        scale = self.options.scale
        if scale == 1.0:
            return denoising.told

        def denoise(x: Tensor, sigma: Tensor) -> Tensor:
            untold: Tensor = denoising.untold(x, sigma)
            return untold.lerp_(denoising.told(x, sigma), scale)

        return denoise
