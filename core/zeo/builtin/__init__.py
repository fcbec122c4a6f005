"""The plugins that live in the core, registered like any other."""

from __future__ import annotations

from zeo import GeneratorSpec, RepresentationSpec, hookimpl

VOXEL = "voxel"
"""The representation that comes with zeo, by name."""


@hookimpl
def zeo_representations() -> list[RepresentationSpec]:
    return [
        RepresentationSpec(
            name=VOXEL,
            summary="energy and atom-density grids on the fractional cell",
            target="zeo.builtin.voxel:Voxel",
        )
    ]


@hookimpl
def zeo_generators() -> list[GeneratorSpec]:
    return [
        GeneratorSpec(
            name="dataset",
            summary="grids of known frameworks, with noise on request: what the representation loses",
            target="zeo.builtin.dataset:DatasetGenerator",
            representation=VOXEL,
        )
    ]
