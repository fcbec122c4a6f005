"""Other potentials behind the ``relax`` stage: any ASE calculator, SevenNet with D3, LAMMPS."""

from __future__ import annotations

from zeo import PostprocessorSpec, hookimpl


@hookimpl
def zeo_postprocessors() -> list[PostprocessorSpec]:
    return [
        PostprocessorSpec(
            name="ase-calculator",
            summary="atoms and cell at the minimum of the energy of any ASE calculator",
            target="zeo_relaxers.ase_calculator:AseCalculator",
            stage="relax",
        ),
        PostprocessorSpec(
            name="sevennet",
            summary="atoms and cell at the minimum of the SevenNet-0 energy with D3 dispersion",
            target="zeo_relaxers.sevennet:SevenNet",
            stage="relax",
            requires=("sevenn", "dftd3"),
            extra="sevennet",
        ),
        PostprocessorSpec(
            name="lammps",
            summary="the Sanders-Leslie-Catlow potential by LAMMPS, to check ours",
            target="zeo_relaxers.lammps_slc:Lammps",
            stage="relax",
            requires=("lammps",),
            extra="lammps",
        ),
    ]
