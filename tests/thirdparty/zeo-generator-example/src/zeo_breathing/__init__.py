"""Known frameworks, each breathed in or out to a density drawn from the distribution that was learned."""

from zeo import GeneratorSpec, hookimpl


@hookimpl
def zeo_generators() -> list[GeneratorSpec]:
    return [
        GeneratorSpec(
            name="breathing",
            summary="known frameworks scaled to densities like those of the training set",
            target="zeo_breathing.generator:Breathing",
            trainable=True,
        )
    ]
