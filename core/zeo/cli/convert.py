"""``zeo convert``: grids and structures from one format to another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from zeo.crystal.structure import Structure
    from zeo.grids.grid import Grid
    from zeo.plugin.interfaces import GridRepresentation

GRID_SUFFIXES = (".npz", ".grid")

EXAMPLES = """
\b
Examples:
  zeo convert LTA.grid --to npz            (reads LTA.griddata, LTA.si and LTA.O beside it)
  zeo convert runs/grids --to griday --out for-zeogan
  zeo convert MFI.cif --to npz --grid-size 64
  zeo convert LTA.npz --to cif             (the atoms that the decoder finds)
"""


@click.command(epilog=EXAMPLES)
@click.argument("paths", metavar="FILES...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--to",
    "form",
    required=True,
    type=click.Choice(["npz", "griday", "cube", "cif"]),
    help="zeo's grids; the reference programs' .grid .griddata .si .O; one cube file per channel; atoms.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=".",
    help="Folder to write to.  [default: the current one]",
)
@click.option("--force", is_flag=True, help="Write over files that exist.")
@click.option(
    "--energy",
    metavar="CHANNEL",
    default="energy:methane",
    show_default=True,
    help="The channel that a .griddata file holds.",
)
@click.option("--grid-size", type=click.IntRange(min=4), help="Points along each axis.  [default: 32]")
@click.option(
    "--set", "settings", metavar="PLUGIN.OPTION=VALUE", multiple=True, help="Set a plugin's option."
)
def convert(
    paths: tuple[Path, ...],
    form: str,
    out: Path,
    force: bool,
    energy: str,
    grid_size: int | None,
    settings: tuple[str, ...],
) -> None:
    """Convert grids (.npz, .grid sets) and structures (anything else); folders are searched.

    A structure becomes a grid through the voxel representation, a grid becomes atoms through its decoder.
    """
    from zeo.errors import InputError, ZeoError
    from zeo.plugin.registry import installed_plugins
    from zeo.running.config import merge_options, parse_settings
    from zeo.tools.files import write_atomically

    options = parse_settings(settings)
    if grid_size is not None:
        options = merge_options(options, {"voxel": {"n": grid_size}})
    if form == "griday":
        options = merge_options(options, {"voxel": {"channels": (energy, "si", "o")}})
    plugins = installed_plugins().configured(options)
    voxel = plugins.create("representation", "voxel")
    out.mkdir(parents=True, exist_ok=True)
    written: set[Path] = set()
    failed = 0
    for path in input_files(paths):
        try:
            files = {out / name: data for name, data in converted(path, form, energy, voxel).items()}
            if not written.isdisjoint(files):
                raise InputError(f"{path}: another file of that name was converted to {out} before")
            for target, data in files.items():
                write_atomically(target, data, overwrite=force)
        except FileExistsError as error:
            failed += 1
            advice = "choose another --out, or give --force"
            click.echo(f"Error: {path}: {error.filename} exists; {advice}", err=True)
            continue
        except ZeoError as error:
            failed += 1
            place = "" if str(path) in str(error) else f"{path}: "
            click.echo(f"Error: {place}{error}", err=True)
            continue
        written |= set(files)
        click.echo(f"{path} -> {' '.join(map(str, files))}")
    if failed:
        raise click.exceptions.Exit(1)


def input_files(paths: tuple[Path, ...]) -> Iterator[Path]:
    """The files named, and the grids and structures in the folders named."""
    from zeo.crystal.io import structure_files
    from zeo.errors import InputError

    for path in paths:
        if not path.is_dir():
            yield path
            continue
        grids = sorted(file for file in path.rglob("*") if file.suffix in GRID_SUFFIXES)
        try:
            yield from [*grids, *structure_files(path)]
        except InputError:
            if not grids:
                raise InputError(f"{path}: no grid or structure file in this folder") from None
            yield from grids


def converted(path: Path, form: str, energy: str, voxel: GridRepresentation) -> dict[str, bytes]:
    """The files that ``path`` becomes, by name.

    Raises:
        ZeoError: a file that cannot be read or that lacks what the format needs.
    """
    from zeo.crystal.cif import cif_text
    from zeo.crystal.io import read_structure
    from zeo.errors import GridError
    from zeo.grids.grid import Grid
    from zeo.grids.grid_io import cube_text, npz_bytes
    from zeo.grids.griday import griday_files

    name = path.stem
    source = read_grid(path, energy) if path.suffix in GRID_SUFFIXES else read_structure(path)
    if form == "cif":
        atoms = voxel.decode(source) if isinstance(source, Grid) else source
        if len(atoms) == 0:
            raise GridError(f"{path}: the decoder finds no atoms in this grid")
        return {f"{name}.cif": cif_text(atoms, name).encode()}
    grid = source if isinstance(source, Grid) else voxel.encode(source)
    if form == "npz":
        return {f"{name}.npz": npz_bytes(grid)}
    if form == "griday":
        return {f"{name}{suffix}": data for suffix, data in griday_files(grid, energy).items()}
    shown = decoded(source, voxel) if isinstance(source, Grid) else source
    return {
        f"{name}.{channel.replace(':', '-')}.cube": cube_text(grid, channel, shown).encode()
        for channel in grid.channels
    }


def read_grid(path: Path, energy: str) -> Grid:
    """A grid in either format; energies that had to be made finite are reported."""
    from zeo.grids.grid_io import read_npz
    from zeo.grids.griday import LARGEST_ENERGY, read_griday

    if path.suffix == ".npz":
        return read_npz(path)
    grid, clamped = read_griday(path, energy)
    if clamped:
        click.echo(f"{path}: {clamped} energies on top of an atom were set to {LARGEST_ENERGY:g} K", err=True)
    return grid


def decoded(grid: Grid, voxel: GridRepresentation) -> Structure | None:
    """The atoms to show with a grid; None where it holds none."""
    from zeo.errors import GridError

    try:
        return voxel.decode(grid)
    except GridError:
        return None
