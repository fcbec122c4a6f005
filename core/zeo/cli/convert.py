"""``zeo convert``: grids and structures from one format to another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from zeo.cli.options import FORCE, GRID_SIZE
from zeo.tools.printing import print_line

if TYPE_CHECKING:
    from zeo.api.converting import Conversion

EXAMPLES = """
\b
Examples:
  zeo convert LTA.grid --to npz       (with LTA.griddata, LTA.si and LTA.O)
  zeo convert runs/grids --to griday --out for-zeogan
  zeo convert sample_0.bov --to cif   (of ZeoGAN or ZeoDiff, all channels)
  zeo convert MFI.cif --to npz --grid-size 64
  zeo convert MFI --to cif            (the IZA type, as zeo relaxed it)
  zeo convert LTA.npz --to cif        (the atoms that the decoder finds)
  zeo convert CHA.res --to cif        (its space group; all atoms with --p1)
  zeo convert folder --to gulp --library catlow.lib --out jobs
  zeo convert CHA.cif --to lammps

\b
The exit code is 1 when something could not be converted; the others are.
"""


@click.command(epilog=EXAMPLES)
@click.argument("files", metavar="FILES...", nargs=-1, required=True)
@click.option(
    "--to",
    "form",
    required=True,
    type=click.Choice(["npz", "griday", "cube", "cif", "cssr", "gulp", "lammps", "poscar", "extxyz"]),
    help="Grids: zeo's; the reference programs' .grid .griddata .si .O; one cube file per channel. Atoms:"
    " a CIF with its space group, CSSR, a GULP input, a LAMMPS data file, POSCAR, extended XYZ.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=".",
    help="Folder to write to.  [default: the current one]",
)
@FORCE
@click.option(
    "--energy",
    metavar="CHANNEL",
    default="energy:methane",
    show_default=True,
    help="The channel that a .griddata file holds.",
)
@GRID_SIZE
@click.option("--p1", is_flag=True, help="cif: all atoms of the cell as it is, without symmetry.")
@click.option("--library", metavar="FILE", help="gulp: potentials for GULP to read, such as catlow.lib.")
@click.option(
    "--set", "settings", metavar="PLUGIN.OPTION=VALUE", multiple=True, help="Set a plugin's option."
)
def convert(
    files: tuple[str, ...],
    form: str,
    out: Path,
    force: bool,
    energy: str,
    grid_size: int | None,
    p1: bool,
    library: str | None,
    settings: tuple[str, ...],
) -> None:
    """Convert grids (.npz, .grid sets, .bov samples) and structures (anything else); folders are searched.

    A structure becomes a grid through the voxel representation, a grid becomes atoms through its decoder.
    """
    from zeo.api.converting import conversions
    from zeo.api.grids import grids_in
    from zeo.cli.structures import count_files, worked_through
    from zeo.running.config import parse_settings

    total = count_files(files) + sum(len(grids_in(Path(file))) for file in files)
    stream = conversions(files, form, energy, grid_size, p1, library, parse_settings(settings))
    worked_through("zeo convert", total, stream, Writing(out, force).write).exit()


class Writing:
    """The files of conversions, written as they come.

    Args:
        out: folder for them.
        force: whether files that exist are written over; not those that have just been written.
    """

    def __init__(self, out: Path, force: bool) -> None:
        self._out, self._force = out, force
        self._written: set[Path] = set()

    def write(self, conversion: Conversion) -> None:
        """Write one and say so.

        Raises:
            InputError: one of its files is there already.
        """
        from zeo.errors import InputError
        from zeo.grids.raw import LARGEST_ENERGY

        source = conversion.source
        if not self._written.isdisjoint(self._out / name for name in conversion.files):
            raise InputError(f"{source}: another file of that name was converted to {self._out} before")
        written = conversion.write(self._out, force=self._force)
        self._written |= set(written)
        if conversion.clamped:
            count = f"{conversion.clamped} energies on top of an atom"
            print_line(f"{source}: {count} were set to {LARGEST_ENERGY:g} K", err=True)
        print_line(f"{source} -> {' '.join(map(str, written))}")
