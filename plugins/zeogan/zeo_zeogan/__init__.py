"""ZeoGAN: a generative adversarial network on grids of energy, silicon and oxygen."""

from __future__ import annotations

from zeo import GeneratorSpec, hookimpl


@hookimpl
def zeo_generators() -> list[GeneratorSpec]:
    return [
        GeneratorSpec(
            name="zeogan",
            summary="adversarial network on energy, Si and O grids: ZeoGAN as published, or in its place",
            target="zeo_zeogan.generator:ZeoGAN",
            representation="voxel",
            repair="random-search",
            trainable=True,
            starts=True,
            weights="weights",
            further_weights={"user-desired": "user_desired"},
            parts=("loss",),
            conditioner="range-penalty",
            seconds=1.5,
            requires=("torch", "lightning", "safetensors"),
            extra="torch",
            quick={"passes": 2},
        )
    ]
