"""Grids and structures in other formats: ``zeo.convert`` and what it returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Literal, get_args

from attrs import field, frozen

from zeo.api import arguments
from zeo.api.arguments import Options
from zeo.api.grids import GridFile, structures_and_grids
from zeo.api.results import Result, Results, Row, Stream, gathered, worked_on
from zeo.api.structures import Structural
from zeo.crystal.cif import cif_text
from zeo.crystal.formats.cssr import cssr_text
from zeo.crystal.formats.gulp import gulp_text
from zeo.crystal.formats.lammps import lammps_text
from zeo.crystal.formats.writing import extxyz_text, poscar_text, shortest_cif_text
from zeo.crystal.structure import Structure
from zeo.errors import ConfigError, GridError, InputError
from zeo.grids.grid import Grid
from zeo.grids.grid_io import cube_text, npz_bytes
from zeo.grids.griday import griday_files
from zeo.plugin.interfaces import GridRepresentation
from zeo.plugin.registry import installed_plugins
from zeo.plugin.use import refuse_idle_options
from zeo.running.config import merge_options
from zeo.tools.files import write_atomically
from zeo.tools.free_names import stem_of

COLUMNS = ("structure", "files")

Form = Literal["npz", "griday", "cube", "cif", "cssr", "gulp", "lammps", "poscar", "extxyz"]

Write = Callable[[Structure, str], str]
"""The text of a file of a structure with a name."""


@frozen(kw_only=True)
class Conversion(Result):
    """A grid or a structure in another format.

    Args:
        source: its path, code or number.
        files: what it became, by file name.
        clamped: energies on top of an atom that had to be made finite.
    """

    source: str
    files: Mapping[str, bytes] = field(repr=False)
    clamped: int = 0

    def row(self) -> Row:
        return {"structure": self.source, "files": " ".join(self.files)}

    def write(self, folder: str | Path = ".", *, force: bool = False) -> list[Path]:
        """Write the files.

        Args:
            folder: made if need be.
            force: write over files that exist.

        Raises:
            InputError: one of them exists, and ``force`` is not given; nothing is written then.
        """
        out = arguments.path(folder, "folder")
        written = [out / name for name in self.files]
        existing = next((file for file in written if file.exists()), None)
        if existing is not None and not force:
            raise InputError(f"{self.source}: {existing} exists; choose another --out, or give --force")
        out.mkdir(parents=True, exist_ok=True)
        for file, data in zip(written, self.files.values(), strict=True):
            try:
                write_atomically(file, data, overwrite=force)
            except FileExistsError:
                raise InputError(f"{self.source}: {file} has just been written by another process") from None
        return written


def convert(
    x: Structural,
    to: Form,
    *,
    energy: str = "energy:methane",
    grid_size: int | None = None,
    p1: bool = False,
    library: str | None = None,
    options: Options | None = None,
) -> Conversion | Results[Conversion]:
    """Grids and structures in other formats: ``zeo convert``.

        zeo.convert("MFI", "npz", grid_size=64).write("grids")

    A structure becomes a grid through the voxel representation, a grid becomes atoms through its decoder.

    Args:
        x: what ``zeo.identify`` takes; ``.npz``, ``.grid`` and ``.bov`` files are grids.
        to: ``"npz"``, zeo's grids; ``"griday"``, the reference programs' .grid .griddata .si .O; ``"cube"``,
            one file a channel; atoms as ``"cif"``, ``"cssr"``, ``"gulp"`` (an input), ``"lammps"`` (a data
            file), ``"poscar"`` or ``"extxyz"``.
        energy: the channel that a .griddata file holds.
        grid_size: grid points along each axis; what the representation has when None.
        p1: a CIF of all atoms of the cell, instead of the unique ones in the conventional cell.
        library: a file of potentials that a GULP input is to read, such as ``"catlow.lib"``.
        options: of plugins, by plugin and name; these win over ``grid_size``.

    Returns:
        One result for one structure or grid, a sequence of them for several.

    Raises:
        ZeoError: an option that cannot work, or the one structure or grid cannot be read or lacks what the
            format needs.
    """
    return gathered(x, conversions(x, to, energy, grid_size, p1, library, options), COLUMNS)


def conversions(
    x: Structural,
    to: str,
    energy: str,
    grid_size: int | None,
    p1: bool,
    library: str | None,
    options: Options | None,
) -> Stream[Conversion]:
    """One after another; the arguments are those of :func:`convert`.

    Raises:
        ZeoError: an option that cannot work.
    """
    arguments.choice(to, "to", get_args(Form))
    for given, name, form in ((p1, "p1", "cif"), (library, "library", "gulp")):
        if given and to != form:
            raise ConfigError(f"{name} is for {form}, not for {to}: leave it out")
    channel = arguments.text(energy, "energy")
    points = arguments.grid_points(grid_size)
    sizes: dict[str, dict[str, Any]] = {} if points is None else {"voxel": {"n": points}}
    channels = {"voxel": {"channels": (channel, "si", "o")}} if to == "griday" else {}
    writers = _writers(p1, None if library is None else arguments.text(library, "library"))
    chosen = arguments.options_by_plugin(options)
    plugins = installed_plugins().configured(merge_options(sizes, chosen, channels))
    refuse_idle_options(chosen, [("representation", "voxel")], plugins, "a conversion")
    voxel = plugins.create("representation", "voxel")

    def work(name: str, source: Structure | Grid | GridFile) -> Conversion:
        found, clamped = source.read(channel) if isinstance(source, GridFile) else (source, 0)
        stem = stem_of(name)
        if to in writers:
            suffix, write = writers[to]
            files = {f"{stem}{suffix}": write(_atoms(found, voxel), stem).encode()}
        else:
            files = _grids(stem, found, to, channel, voxel)
        return Conversion(source=name, files=files, clamped=clamped)

    return worked_on(structures_and_grids(x), work)


def _writers(p1: bool, library: str | None) -> dict[str, tuple[str, Write]]:
    """The ending of the file and what writes it, by format."""
    return {
        "cif": (".cif", cif_text if p1 else shortest_cif_text),
        "cssr": (".cssr", cssr_text),
        "gulp": (".gin", partial(gulp_text, library=library)),
        "lammps": (".lmp", lammps_text),
        "poscar": (".vasp", poscar_text),
        "extxyz": (".extxyz", extxyz_text),
    }


def _atoms(source: Structure | Grid, voxel: GridRepresentation) -> Structure:
    atoms = voxel.decode(source) if isinstance(source, Grid) else source
    if len(atoms) == 0:
        raise GridError("the decoder finds no atoms in this grid")
    return atoms


def _grids(
    name: str, source: Structure | Grid, to: str, energy: str, voxel: GridRepresentation
) -> dict[str, bytes]:
    grid = source if isinstance(source, Grid) else voxel.encode(source)
    if to == "npz":
        return {f"{name}.npz": npz_bytes(grid)}
    if to == "griday":
        return {f"{name}{suffix}": data for suffix, data in griday_files(grid, energy).items()}
    shown = _decoded(source, voxel) if isinstance(source, Grid) else source
    return {
        f"{name}.{channel.replace(':', '-')}.cube": cube_text(grid, channel, shown).encode()
        for channel in grid.channels
    }


def _decoded(grid: Grid, voxel: GridRepresentation) -> Structure | None:
    """The atoms to show with a grid; None where it holds none."""
    try:
        return voxel.decode(grid)
    except GridError:
        return None
