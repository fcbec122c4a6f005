"""``zeo relax``: frameworks at rest, and how much less stable than quartz they are."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zeo.cli.options import EXECUTOR, FORCE, tabular
from zeo.tools.free_names import FreeNames, stem_of
from zeo.tools.printing import print_line, print_text

if TYPE_CHECKING:
    from zeo.api.relaxing import Relaxation

EXAMPLES = """
\b
Examples:
  zeo relax LTA.cif MFI
  zeo relax cifs/ --out relaxed/ --jobs 4 --symmetric
  zeo relax cifs/ --out relaxed/ --set relax.cell=orthorhombic \\
      --set relax.rattle=0.05
  zeo relax cifs/ --out relaxed/ --device cuda

--out gets a CIF of every relaxed framework, relax.csv and relax.json. The exit code is 1 unless all are
relaxed: a structure that does not converge,
collapses or is not four-connected is listed with the reason and has no energy. Energies are in kJ/mol per Si
above alpha-quartz; the bands are those of the SLC potential: range made so far (up to 20.5), Deem's limit
(up to 30), RWY (up to 105.6) and above.
Without --device, compiled code relaxes one structure after another, fastest on a CPU. With it, torch relaxes
64 at once, for GPUs; symmetry is not kept.
zeo plugins show relax shows the options of --set.
"""

Row = dict[str, Any]


@click.command(epilog=EXAMPLES)
@click.argument("files", nargs=-1, required=True)
@click.option("--out", type=click.Path(path_type=Path), help="Folder for CIFs, relax.csv and relax.json.")
@click.option("--relaxer", default="relax", show_default=True, metavar="NAME", help="Plugin that relaxes.")
@click.option(
    "--set", "settings", metavar="PLUGIN.OPTION=VALUE", multiple=True, help="Set a plugin's option."
)
@click.option("--symmetric", is_flag=True, help="Write CIFs in the space group that was found, not P1.")
@click.option("--device", metavar="DEVICE", help="Relax many at once in torch: cuda, cpu, ...")
@click.option("--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Processes.")
@EXECUTOR
@FORCE
@tabular
def relax(
    files: tuple[str, ...],
    out: Path | None,
    relaxer: str,
    settings: tuple[str, ...],
    symmetric: bool,
    device: str | None,
    jobs: int,
    executor: str | None,
    force: bool,
    form: str | None,
) -> None:
    """Relax the frameworks in FILES: CIF and other formats, folders of them, IZA codes."""
    from zeo.api.executors import engine
    from zeo.api.relaxing import COLUMNS, relaxations
    from zeo.api.results import csv_text
    from zeo.cli.structures import collected
    from zeo.running.config import parse_settings
    from zeo.tools.files import held, write_atomically

    if device is not None:
        settings = (*settings, f"{relaxer}.device={device}")
    options = parse_settings(settings)
    relaxations((), relaxer, options)  # what cannot work is found out before anything is written
    folder = prepared_folder(out, files, force) if out is not None else None
    cifs = Cifs(folder, symmetric)
    with engine(executor, jobs) as what, nullcontext() if folder is None else held(folder):
        stream = relaxations(files, relaxer, options, what)
        found, outcome = collected("zeo relax", files, stream, cifs.write)
        rows = [one.row() | {"cif": cif} for one, cif in zip(found, cifs.names, strict=False)]
        if folder is not None:
            write_atomically(folder / "relax.csv", csv_text([*COLUMNS, "cif"], rows))
            write_atomically(folder / "relax.json", json_text(rows))
    if form == "json":
        print_text(json_text(rows))
    elif form == "csv":
        print_text(csv_text([*COLUMNS, "cif"], rows))
    elif rows:
        print_text(table_text(rows))
    if folder is not None:
        print_line(
            f"Wrote {sum(bool(row['cif']) for row in rows)} CIFs, relax.csv and relax.json to {folder}",
            err=True,
        )
    outcome.exit()
    if not all(relaxation.converged for relaxation in found):
        raise click.exceptions.Exit(1)


class Cifs:
    """The CIFs of relaxed frameworks, written as they come.

    Args:
        folder: for them; nothing is written when None.
        symmetric: whether they are written in the space group that is found, not P1.
    """

    def __init__(self, folder: Path | None, symmetric: bool) -> None:
        self.names: list[str | None] = []
        self._folder, self._symmetric, self._free = folder, symmetric, FreeNames()

    def write(self, relaxation: Relaxation) -> None:
        """Write one, and note the name of its file; None where there is nothing to write."""
        from zeo.tools.files import write_atomically

        if self._folder is None or relaxation.structure is None:
            self.names.append(None)
            return
        stem = self._free.free(stem_of(relaxation.source))
        write_atomically(self._folder / f"{stem}.cif", relaxation.cif(stem, symmetric=self._symmetric))
        self.names.append(f"{stem}.cif")


def prepared_folder(out: Path, files: Sequence[str], force: bool) -> Path:
    """The folder for the results, made if need be.

    Raises:
        ZeoError: it cannot be made, has links where results go, or holds some of the files to relax, which
            would be written over; or it is not empty, unless ``force`` allows to write over what is in it.
    """
    from zeo.errors import ZeoError
    from zeo.tools.files import LOCK_FILE, require_plain

    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ZeoError(f"cannot make the folder {out} ({error.strerror})") from error
    there = [Path(file) for file in files if os.path.exists(file)]
    inputs = {(file if file.is_dir() else file.parent).resolve() for file in there}
    if out.resolve() in inputs:
        raise ZeoError(f"{out} holds files to relax, which could be written over; choose another --out")
    for name in ("relax.csv", "relax.json"):
        require_plain(out / name)
    if not force and any(name != LOCK_FILE for name in os.listdir(out)):
        raise ZeoError(f"{out} is not empty: choose another --out, or write over what is in it with --force")
    return out


def table_text(rows: Sequence[Row]) -> str:
    """One structure a line; under the table the reasons of those without an energy."""
    from zeo.tools.tables import filled, format_table

    headers = [
        (
            "structure",
            "energy",
            "band",
            "potential",
            "volume",
            "force",
            "pressure",
            "iterations",
            "net",
            "group",
        ),
        ("", "kJ/mol Si", "within", "", "%", "eV/A", "bar", "", "", ""),
    ]
    lines = [
        (
            row["structure"],
            _text(row["energy_kJ_per_mol_Si"], ".2f"),
            _text(row["band"]),
            _text(row["potential"]),
            _text(row["volume_change_percent"], "+.2f"),
            _text(row["largest_force_eV_per_A"], ".1e"),
            _text(row["pressure_bar"], ".0f"),
            _text(row["iterations"]),
            _text(row["net"]),
            _text(row["space_group"]),
        )
        for row in rows
    ]
    parts = [format_table(headers, lines, right=(1, 4, 5, 6, 7), spare=(5, 6, 7, 3, 4, 2))]
    problems = [f"{row['structure']}: {row['problem']}" for row in rows if row["problem"]]
    if problems:
        parts.append(filled("\n".join(problems)))
    return "\n\n".join(parts) + "\n"


def _text(value: object, form: str = "") -> str:
    return "-" if value is None or value == "" else format(value, form)


def json_text(rows: Sequence[Row]) -> str:
    """A list of objects; what is not known is null."""
    import json

    return json.dumps(rows, indent=1) + "\n"
