"""The options of the ``zeodiff`` generator."""

from __future__ import annotations

from attrs import frozen

from zeo.plugin.options import option
from zeo_learning.options import GridTrainingOptions, own_first
from zeo_zeodiff.recipes import RECIPES

EVALUATIONS = {"renoise": 30, "dpm": 25, "ddim": 25, "ddpm": 1500}
"""Of the network for each sample, by sampler."""


@frozen(kw_only=True, field_transformer=own_first)
class ZeoDiffOptions(GridTrainingOptions):
    sampler: str = option(
        "renoise",
        "fresh noise at every level (interpolation: dpm instead), DPM-Solver++, DDIM or ancestral DDPM",
        choices=tuple(EVALUATIONS),
    )
    evaluations: int | None = option(
        None,
        "network evaluations for each sample; 30 (renoise), 25 (dpm, ddim) or 1500 (ddpm) when none",
        at_least=2,
    )
    restarts: int = option(
        12,
        "how often a sample that is not four-connected, or misses a target, begins anew at most;"
        " with recipe=paper none does",
        at_least=0,
    )
    measured: bool = option(
        True, "estimate what targets ask for of each sample, so that those that miss one begin anew"
    )
    unseen: bool = option(False, "let samples begin anew whose net is one that the weights learned from")
    at_once: int = option(16, "samples denoised together; memory grows with it alone", at_least=1)
    symmetry: bool = option(True, "keep the space group of the drawn cell while denoising")
    template_weights: bool = option(
        True, "with targets, draw cells of training frameworks whose own properties are near them more often"
    )
    mix: str = option(
        "variance-preserving",
        "interpolation: how noisy grids are mixed; linear lets the noise shrink, as the paper does",
        choices=("variance-preserving", "linear"),
    )
    mix_at: float = option(
        6.7, "interpolation: noise level of the mixing; 6.7 is that of the paper's t = 750 of 1500", above=0
    )
    recipe: str = option(
        "zeo",
        "what works best under a small budget, or the reference as released",
        choices=tuple(RECIPES),
        training=True,
    )
    loss: str | None = option(
        None, "edm (zeo), huber or eq5 (paper); the first of the recipe when none", training=True
    )
    told: str | None = option(
        None, "with recipe=paper, the property that the network is told, such as methane.qst", training=True
    )
    steps: int = option(100_000, "steps in all, earlier slices included", at_least=1, training=True)
    batch: int = option(8, "examples in a step, on each device", at_least=1, training=True)
    learning_rate: float | None = option(
        None, "after warm-up; 1e-3 (zeo) or 1e-4 (paper) when none", above=0, training=True
    )
    average: float | None = option(
        None,
        "decay of the running average of the weights; 0.9995 (zeo) or 0.9999 (paper) when none",
        above=0,
        at_most=1,
        training=True,
    )
    symmetric_share: float | None = option(
        None,
        "with recipe=zeo, share of examples that keep their space group; 0.85 when none",
        at_least=0,
        at_most=1,
        training=True,
    )
    width: int | None = option(
        None,
        "channels of the network; 64 at half resolution (zeo), 32 at full (paper) when none",
        at_least=8,
        training=True,
    )
    check_every: int = option(500, "steps between validations", at_least=1, training=True)
    drawn_samples: int = option(16, "samples in such a drawing", at_least=1, training=True)
