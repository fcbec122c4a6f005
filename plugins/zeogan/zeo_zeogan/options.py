"""The options of the ``zeogan`` generator."""

from __future__ import annotations

from attrs import frozen

from zeo.plugin.options import option
from zeo_learning.options import GridTrainingOptions, own_first
from zeo_zeogan.recipes import RECIPES


@frozen(kw_only=True, field_transformer=own_first)
class ZeoGANOptions(GridTrainingOptions):
    at_once: int = option(16, "samples drawn together; memory grows with it alone", at_least=1)
    passes: int = option(
        12, "drawings of a grid, each but the first from the last one under noise (recipe=zeo)", at_least=1
    )
    restarts: int = option(
        3,
        "how often a sample that is not four-connected goes back to noise; with recipe=paper none does",
        at_least=0,
    )
    recipe: str = option(
        "zeo", "what works best under a small budget, or the reference", choices=tuple(RECIPES), training=True
    )
    steps: int = option(
        500_000, "steps of the generator in all, earlier slices included", at_least=1, training=True
    )
    batch: int | None = option(
        None,
        "examples in an update, on each device; 16 (zeo) or 32 (paper) when none",
        at_least=2,
        training=True,
    )
    critic_updates: int | None = option(
        None,
        "of the critic for one of the generator; 1 (zeo) or 5 (paper) when none",
        at_least=1,
        training=True,
    )
    learning_rate: float | None = option(
        None, "of both networks; 1e-3 (zeo) or 1e-4 (paper) when none", above=0, training=True
    )
    penalty: float | None = option(
        None,
        "weight of the critic's gradient penalty; 0.3 (zeo) or 10 (paper) when none",
        above=0,
        training=True,
    )
    average: float | None = option(
        None,
        "decay of the running average of the weights; 0.999 (zeo) or 0 (paper) when none",
        at_least=0,
        at_most=1,
        training=True,
    )
    width: int | None = option(
        None,
        "channels of the networks; 32 at half (zeo) or at full (paper) resolution when none",
        at_least=8,
        training=True,
    )
    check_every: int = option(500, "steps between measurements of drawn grids", at_least=1, training=True)
    drawn_samples: int = option(64, "samples in such a drawing", at_least=1, training=True)
