"""The conditioner ``cfg``: classifier-free guidance.

J. Ho, T. Salimans, *Classifier-free diffusion guidance*, arXiv:2207.12598 (2022), Eq. 6, for estimates of the
clean sample instead of the noise as well: both are linear in the score.
"""

from __future__ import annotations

from attrs import frozen
from torch import Tensor

from zeo.plugin.conditioning import Denoising, Estimate, Level, Noisy
from zeo.plugin.options import option
from zeo_conditioners.concat import Concat


class ClassifierFree(Concat):
    """Goes on from the estimate without targets through the estimate with them, and beyond."""

    @frozen(kw_only=True)
    class Options:
        scale: float = option(
            2.0, "0: as without targets, 1: as concat, more: further, at twice the evaluations", at_least=0
        )

    def guide(self, denoising: Denoising[Noisy, Level, Tensor]) -> Estimate[Noisy, Level, Tensor]:
        """unconditional + scale (conditional - unconditional)."""
        scale = self.options.scale
        if scale == 1.0:
            return denoising.conditional

        def denoise(noisy: Noisy, level: Level, /) -> Tensor:
            return denoising.unconditional(noisy, level).lerp_(denoising.conditional(noisy, level), scale)

        return denoise
