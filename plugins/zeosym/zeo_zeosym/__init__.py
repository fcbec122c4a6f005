"""zeosym: a diffusion model on the symmetry-unique T atoms and the lattice of a framework."""

from __future__ import annotations

from zeo import GeneratorSpec, hookimpl


@hookimpl
def zeo_generators() -> list[GeneratorSpec]:
    return [
        GeneratorSpec(
            name="zeosym",
            summary="diffusion of symmetry-unique T atoms and lattice, in any space group",
            target="zeo_zeosym.generator:ZeoSym",
            trainable=True,
            starts=True,
            parts=("embedding", "guide"),
            conditioner="cfg",
            requires=("torch", "lightning", "safetensors"),
            extra="torch",
        )
    ]
