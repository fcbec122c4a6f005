"""Clean-up: from noisy atoms to a four-connected, named framework."""

from __future__ import annotations

from zeo import PostprocessorSpec, hookimpl


@hookimpl
def zeo_postprocessors() -> list[PostprocessorSpec]:
    return [
        PostprocessorSpec(
            name="repair",
            summary="the four-connected net as an exact optimisation, then distance least squares",
            target="zeo_cleanup.repair:ExactRepair",
            stage="repair",
        ),
        PostprocessorSpec(
            name="random-search",
            summary="Algorithm 1 of Kim, Lee & Kim (2020): random moves toward full connectivity",
            target="zeo_cleanup.random_search:RandomSearch",
            stage="repair",
        ),
        PostprocessorSpec(
            name="identify",
            summary="the net's exact key, unique T atoms and name",
            target="zeo_cleanup.identify:Identify",
            stage="identify",
        ),
        PostprocessorSpec(
            name="relax",
            summary="cores, shells and cell at the minimum of the Sanders-Leslie-Catlow potential",
            target="zeo_cleanup.relax.postprocessor:Relax",
            stage="relax",
        ),
        PostprocessorSpec(
            name="new",
            summary="passes nets that are no IZA type and not in the reference folder",
            target="zeo_cleanup.new:New",
            stage="filter",
        ),
    ]
