"""Surrogates: networks and regressions that tell from net and geometry what is costly to measure."""

from __future__ import annotations

from zeo import ProbeSpec, hookimpl


@hookimpl
def zeo_probes() -> list[ProbeSpec]:
    return [
        ProbeSpec(
            name="surrogate",
            summary="what a trained model tells in place of a costly probe, and how sure it is",
            target="zeo_surrogate.probe:Surrogate",
            quantities=[],
            quantities_from="zeo_surrogate.stated:quantities",
            trainable=True,
            requires=("torch", "safetensors"),
            extra="torch",
        )
    ]
