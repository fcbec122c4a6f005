"""Targets that are overshot, as a conditioner for zeo."""

from zeo import ConditionerSpec, hookimpl


@hookimpl
def zeo_conditioners() -> list[ConditionerSpec]:
    return [
        ConditionerSpec(
            name="overshoot",
            summary="tells the network more than what is wanted, since it does less than what it is told",
            target="zeo_overshoot.overshoot:Overshoot",
            parts=["embedding"],
        )
    ]
