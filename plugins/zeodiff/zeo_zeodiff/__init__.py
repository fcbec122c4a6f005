"""ZeoDiff: a diffusion model on grids of energy, silicon and oxygen."""

from __future__ import annotations

from zeo import ConditionerSpec, GeneratorSpec, hookimpl


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
            requires=("torch", "lightning", "safetensors"),
            extra="torch",
        )
    ]


@hookimpl
def zeo_conditioners() -> list[ConditionerSpec]:
    return [
        ConditionerSpec(
            name="cfg",
            summary="classifier-free guidance: exaggerates what telling the network the targets changes",
            target="zeo_zeodiff.conditioners.cfg:ClassifierFree",
            parts=("embedding", "guide"),
            requires=("torch",),
            extra="torch",
        ),
        ConditionerSpec(
            name="concat",
            summary="the network is told the targets, as in ZeoDiff's paper; the default of zeodiff",
            target="zeo_zeodiff.conditioners.concat:Concat",
            parts=("embedding",),
        ),
        ConditionerSpec(
            name="guide",
            summary="gradients of Henry coefficient, heat and void fraction steer any diffusion, untrained",
            target="zeo_zeodiff.conditioners.guide:Guide",
            parts=("guide",),
            requires=("torch",),
            extra="torch",
        ),
    ]
