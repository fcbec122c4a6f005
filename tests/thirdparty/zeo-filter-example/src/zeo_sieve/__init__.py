"""Frameworks that a molecule can move through, as a filter for zeo."""

from zeo import PostprocessorSpec, hookimpl


@hookimpl
def zeo_postprocessors() -> list[PostprocessorSpec]:
    return [
        PostprocessorSpec(
            name="sieve",
            summary="passes frameworks that a molecule of a given diameter can move through",
            target="zeo_sieve.sieve:Sieve",
            stage="filter",
        )
    ]
