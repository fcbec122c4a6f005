"""Ways to steer a generator toward targets, for any that supports their parts."""

from __future__ import annotations

from zeo import ConditionerSpec, hookimpl


@hookimpl
def zeo_conditioners() -> list[ConditionerSpec]:
    return [
        ConditionerSpec(
            name="cfg",
            summary="classifier-free guidance: exaggerates what telling the network the targets changes",
            target="zeo_conditioners.cfg:ClassifierFree",
            parts=("embedding", "guide"),
            requires=("torch",),
            extra="torch",
        ),
        ConditionerSpec(
            name="concat",
            summary="the network is told the targets, as in ZeoDiff's paper; default of zeodiff and zeosym",
            target="zeo_conditioners.concat:Concat",
            parts=("embedding",),
        ),
        ConditionerSpec(
            name="guide",
            summary="gradients of Henry coefficient, heat and void fraction steer any diffusion, untrained",
            target="zeo_conditioners.guide:Guide",
            parts=("guide",),
            requires=("torch",),
            extra="torch",
        ),
        ConditionerSpec(
            name="latent",
            summary="gradients of a property branch move latent vectors toward targets, near known data",
            target="zeo_conditioners.latent:LatentSearch",
            parts=("latent",),
            requires=("torch",),
            extra="torch",
        ),
        ConditionerSpec(
            name="range-penalty",
            summary="training that draws a property into a range: ZeoGAN's user-desired loss",
            target="zeo_conditioners.range_penalty:RangePenalty",
            parts=("loss",),
            requires=("torch",),
            extra="torch",
        ),
    ]
