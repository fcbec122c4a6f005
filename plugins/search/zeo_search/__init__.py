"""Search: hypothetical frameworks from symmetric random search and from mutation of known ones."""

from __future__ import annotations

from zeo import GeneratorSpec, hookimpl


@hookimpl
def zeo_generators() -> list[GeneratorSpec]:
    return [
        GeneratorSpec(
            name="search",
            summary="new frameworks by symmetric random search and mutation, toward targets",
            target="zeo_search.generator:Search",
            explores=True,
            takes_targets=True,
            quick={"t_atoms": (4, 40)},
        )
    ]
