"""The options of the ``zeovae`` generator."""

from __future__ import annotations

from attrs import frozen

from zeo.plugin.options import option
from zeo_learning.options import GridTrainingOptions, own_first


@frozen(kw_only=True, field_transformer=own_first)
class ZeoVAEOptions(GridTrainingOptions):
    representation: str = option("voxel", "what it learns and draws", choices=("voxel", "sites", "ftcp"))
    prior: str = option(
        "gan",
        "where latent vectors are drawn: a normal distribution, or by a network that learned those of the"
        " training set (a GAN in the latent space, as in CCDCGAN)",
        choices=("normal", "gan"),
    )
    around: tuple[str, ...] = option(
        (), "draw around these frameworks instead: IZA codes, files, names in data sets"
    )
    spread: float = option(
        1.0, "of what is drawn around them, in standard deviations of their own encoding", at_least=0
    )
    at_once: int = option(16, "samples drawn together; memory grows with it alone", at_least=1)
    latent: int | None = option(
        None,
        "numbers of a latent vector; 256 (voxel) or 128 (sites, ftcp) when none",
        at_least=1,
        training=True,
    )
    width: int | None = option(
        None, "of the layers; 48 (voxel) or 384 (sites, ftcp) when none", at_least=8, training=True
    )
    beta: float = option(
        0.1, "weight of the Kullback-Leibler divergence of the latent vectors", at_least=0, training=True
    )
    warm_up: int = option(
        2000, "the first so many steps, over which that weight rises from zero", at_least=0, training=True
    )
    property_weight: float = option(
        1.0, "weight of the property branch, in numbers that are reconstructed", at_least=0, training=True
    )
    steps: int = option(100_000, "steps in all, earlier slices included", at_least=1, training=True)
    batch: int | None = option(
        None,
        "examples in a step, on each device; 16 (voxel) or 64 (sites, ftcp) when none",
        at_least=2,
        training=True,
    )
    learning_rate: float = option(1e-3, "of all networks", above=0, training=True)
    average: float = option(
        0.999, "decay of the running average of the weights", above=0, at_most=1, training=True
    )
    check_every: int = option(500, "steps between validations", at_least=1, training=True)
    drawn_samples: int = option(16, "samples in such a drawing", at_least=1, training=True)
