"""zeovae: variational autoencoders of frameworks, and the walks through their latent spaces."""

from __future__ import annotations

from zeo import GeneratorSpec, hookimpl


@hookimpl
def zeo_generators() -> list[GeneratorSpec]:
    return [
        GeneratorSpec(
            name="zeovae",
            summary="variational autoencoder of grids, sites or FTCP, with a branch that knows properties",
            target="zeo_zeovae.generator:ZeoVAE",
            representation="voxel",
            trainable=True,
            embeds=True,
            interpolates=True,
            starts=True,
            weights="weights",
            parts=("latent",),
            conditioner="latent",
            seconds=0.3,
            requires=("torch", "lightning", "safetensors"),
            extra="torch",
        )
    ]
