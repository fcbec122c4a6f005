"""ZeoDiff: a diffusion model on grids of energy, silicon and oxygen."""

from __future__ import annotations

from zeo import GeneratorSpec, hookimpl


@hookimpl
def zeo_generators() -> list[GeneratorSpec]:
    return [
        GeneratorSpec(
            name="zeodiff",
            summary="diffusion on energy, Si and O grids, given a cell and a space group",
            target="zeo_zeodiff.generator:ZeoDiff",
            representation="voxel",
            trainable=True,
            interpolates=True,
            starts=True,
            weights="weights",
            parts=("embedding", "guide"),
            conditioner="concat",
            seconds=6.0,
            requires=("torch", "lightning", "safetensors"),
            extra="torch",
            quick={"evaluations": 4},
        )
    ]
