"""zeosym: a diffusion model on the symmetry-unique T atoms and the lattice of a framework."""

from __future__ import annotations

from zeo import GeneratorSpec, PostprocessorSpec, hookimpl


@hookimpl
def zeo_generators() -> list[GeneratorSpec]:
    return [
        GeneratorSpec(
            name="zeosym",
            summary="diffusion of symmetry-unique T atoms and lattice, in any space group",
            target="zeo_zeosym.generator:ZeoSym",
            trainable=True,
            starts=True,
            weights="weights",
            parts=("embedding", "guide"),
            conditioner="concat",
            repair="symmetric-repair",
            seconds=0.6,
            requires=("torch", "lightning", "safetensors"),
            extra="torch",
        )
    ]


@hookimpl
def zeo_postprocessors() -> list[PostprocessorSpec]:
    return [
        PostprocessorSpec(
            name="symmetric-repair",
            summary="the four-connected net that keeps the space group of the T atoms, else that of repair",
            target="zeo_zeosym.repair:SymmetricRepair",
            stage="repair",
        )
    ]
