"""The conditioner ``cfg``: classifier-free guidance.

J. Ho, T. Salimans, *Classifier-free diffusion guidance*, arXiv:2207.12598 (2022), Eq. 6, for estimates of the
clean grid instead of the noise: both are linear in the score.
"""

from __future__ import annotations

from attrs import frozen
from torch import Tensor

from zeo.plugin.conditioning import Denoising
from zeo.plugin.options import option
from zeo_zeodiff.conditioners.concat import Concat
from zeo_zeodiff.edm import Denoiser


class ClassifierFree(Concat):
    """Goes on from the estimate without targets through the estimate with them, and beyond."""

    @frozen(kw_only=True)
    class Options:
        scale: float = option(
            2.0, "0: as without targets, 1: as concat, more: further, at twice the evaluations", at_least=0
        )

    def guide(self, denoising: Denoising) -> Denoiser:
        """untold + scale (told - untold)."""
        scale = self.options.scale
        if scale == 1.0:
            return denoising.told

        def denoise(x: Tensor, sigma: Tensor) -> Tensor:
            untold: Tensor = denoising.untold(x, sigma)
            return untold.lerp_(denoising.told(x, sigma), scale)

        return denoise
