"""Two generators that learn, one of structures and one of matrices, and the representation of the latter."""

from zeo import GeneratorSpec, RepresentationSpec, hookimpl


@hookimpl
def zeo_representations() -> list[RepresentationSpec]:
    return [
        RepresentationSpec(
            name="atom-rows",
            summary="cell, elements and fractional coordinates as one padded matrix",
            target="zeo_breathing.sites:Sites",
        )
    ]


@hookimpl
def zeo_generators() -> list[GeneratorSpec]:
    return [
        GeneratorSpec(
            name="breathing",
            summary="known frameworks scaled to densities like those of the training set",
            target="zeo_breathing.generator:Breathing",
            trainable=True,
        ),
        GeneratorSpec(
            name="trembling",
            summary="known frameworks between which cells and atoms are averaged, as matrices of sites",
            target="zeo_breathing.trembling:Trembling",
            representation="atom-rows",
            trainable=True,
        ),
    ]
