"""Frameworks as matrices instead of grids."""

from __future__ import annotations

from zeo import RepresentationSpec, hookimpl


@hookimpl
def zeo_representations() -> list[RepresentationSpec]:
    return [
        RepresentationSpec(
            name="sites",
            summary="cell and atoms as a matrix: the point set of composition-conditioned GANs",
            target="zeo_representations.sites:Sites",
        ),
        RepresentationSpec(
            name="ftcp",
            summary="the same above its Fourier transform: Fourier-transformed crystal properties (FTCP)",
            target="zeo_representations.ftcp:Ftcp",
        ),
    ]
