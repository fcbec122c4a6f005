"""``zeo relax``: frameworks at rest, and how much less stable than quartz they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from zeo.cli.structures import Outcome
    from zeo.plugin.candidate import Candidate

EXAMPLES = """
\b
Examples:
  zeo relax LTA.cif
  zeo relax cifs/ --out relaxed/ --jobs 4 --symmetric
  zeo relax cifs/ --out relaxed/ --set relax.cell=orthorhombic --set relax.rattle=0.05

\b
--out gets a CIF of every relaxed framework, relax.csv and relax.json. A structure that does not converge,
collapses or is not four-connected is listed with the reason and has no energy. Energies are in kJ/mol per Si
above alpha-quartz; the bands are those of the SLC potential: range made so far (up to 20.5), Deem's limit
(up to 30), RWY (up to 105.6) and above.
zeo plugins show relax shows the options of --set.
"""

COLUMNS = (
    "structure",
    "energy_kJ_per_mol_Si",
    "band",
    "potential",
    "volume_change_percent",
    "largest_force_eV_per_A",
    "largest_stress_bar",
    "pressure_bar",
    "iterations",
    "net",
    "space_group",
    "lid_violations",
    "converged",
    "problem",
    "cif",
)

Row = dict[str, Any]


@click.command(epilog=EXAMPLES)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Folder for CIFs, relax.csv and relax.json.")
@click.option("--relaxer", default="relax", show_default=True, metavar="NAME", help="Plugin that relaxes.")
@click.option(
    "--set", "settings", metavar="PLUGIN.OPTION=VALUE", multiple=True, help="Set a plugin's option."
)
@click.option("--symmetric", is_flag=True, help="Write CIFs in the space group that was found, not P1.")
@click.option("--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Processes.")
def relax(
    files: tuple[Path, ...],
    out: Path | None,
    relaxer: str,
    settings: tuple[str, ...],
    symmetric: bool,
    jobs: int,
) -> None:
    """Relax the frameworks in FILES: CIF and other formats, and folders of them."""
    from zeo.cli.workers import create_relaxer
    from zeo.running.config import parse_settings
    from zeo.tools.files import write_atomically

    options = parse_settings(settings)
    create_relaxer(relaxer, options)  # an option that cannot work is found out before the first structure
    folder = prepared_folder(out, files) if out is not None else None
    rows, outcome = relax_files(files, relaxer, options, jobs, folder, symmetric)
    if folder is not None:
        write_atomically(folder / "relax.csv", csv_text(rows))
        write_atomically(folder / "relax.json", json_text(rows))
    if rows:
        click.echo(table_text(rows), nl=False)
    if folder is not None:
        click.echo(f"Wrote {sum(bool(row['cif']) for row in rows)} CIFs and relax.csv to {folder}", err=True)
    outcome.exit()


def prepared_folder(out: Path, files: Sequence[Path]) -> Path:
    """The folder for the results, made if need be.

    Raises:
        ZeoError: it cannot be made, or holds some of the files to relax, which would be written over.
    """
    from zeo.errors import ZeoError

    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ZeoError(f"cannot make the folder {out} ({error.strerror})") from error
    inputs = {(file if file.is_dir() else file.parent).resolve() for file in files}
    if out.resolve() in inputs:
        raise ZeoError(f"{out} holds files to relax, which could be written over; choose another --out")
    return out


def relax_files(
    files: Sequence[Path],
    relaxer: str,
    options: Mapping[str, Mapping[str, Any]],
    jobs: int,
    folder: Path | None,
    symmetric: bool,
) -> tuple[list[Row], Outcome]:
    """Relax every structure; one that cannot be read costs one line on standard error.

    Returns:
        A row for each structure in the order of the files, and how the work ended.

    Raises:
        ConfigError: an option that turns out not to work for any structure.
    """
    from contextlib import closing

    from zeo.cli.structures import Outcome, count_files, one_line
    from zeo.cli.workers import relaxed
    from zeo.errors import ConfigError
    from zeo.tools.free_names import FreeNames
    from zeo.tools.progress import progress

    rows: list[Row] = []
    failures = 0
    names = FreeNames()
    interrupted = False
    results = relaxed(files, relaxer, options, jobs)
    with progress("zeo relax", count_files(files)) as advance, closing(results):
        try:
            for name, result in results:
                if isinstance(result, ConfigError):
                    raise result
                if isinstance(result, Exception):
                    click.echo(f"Error: {one_line(name, result)}", err=True)
                    failures += 1
                else:
                    rows.append(described(name, result))
                    if folder is not None and result.rejection is None:
                        rows[-1]["cif"] = _write_cif(folder, names.free(file_stem(name)), result, symmetric)
                advance(name)
        except KeyboardInterrupt:
            interrupted = True
    return rows, Outcome(len(rows), failures, interrupted)


def described(name: str, candidate: Candidate) -> Row:
    """The :data:`COLUMNS` of a relaxed structure."""
    from zeo.running.feasibility import energy_band, lid_verdict

    notes, energy, rejection = candidate.notes, candidate.energy, candidate.rejection
    row: Row = dict.fromkeys(COLUMNS)
    row["structure"] = name
    if energy is not None and rejection is None:
        row["energy_kJ_per_mol_Si"] = round(energy.value, 3)
        row["band"] = energy_band(energy)
    row["potential"] = energy.potential if energy is not None else notes.get("potential")
    if "volume_change" in notes:
        row["volume_change_percent"] = round(100.0 * notes["volume_change"], 3)
    row["largest_force_eV_per_A"] = notes.get("largest_force")
    row["largest_stress_bar"] = notes.get("largest_stress")
    row["pressure_bar"] = notes.get("pressure")
    row["iterations"] = notes.get("iterations")
    row["space_group"] = notes.get("space_group")
    row["lid_violations"] = lid_verdict(notes)
    row["converged"] = rejection is None
    if rejection is not None:
        row["problem"] = f"{rejection.reason}: {rejection.detail}".removesuffix(": ")
    elif notes.get("net_unchanged", True):
        row["net"] = "unchanged"
    else:
        name_now = candidate.identity.name if candidate.identity else None
        row["net"] = f"changed, now {name_now or 'unknown'}"
    return row


def _write_cif(folder: Path, stem: str, candidate: Candidate, symmetric: bool) -> str:
    """Write the relaxed atoms; returns the name of the file."""
    from zeo.crystal.cif import cif_text, symmetric_cif_text
    from zeo.crystal.symmetry import crystal_of
    from zeo.tools.files import write_atomically

    assert candidate.structure is not None
    assert candidate.energy is not None
    energy = candidate.energy
    comments = [f"relaxed ({energy.potential}): {energy.value:.3f} kJ/mol per Si above alpha-quartz"]
    crystal = crystal_of(candidate.structure) if symmetric else None
    if crystal is None:
        text = cif_text(candidate.structure, stem, comments=comments)
    else:
        text = symmetric_cif_text(crystal, stem, comments)
    write_atomically(folder / f"{stem}.cif", text)
    return f"{stem}.cif"


def file_stem(name: str) -> str:
    """Of the CIF for a structure: the file's, and the number of the block in it."""
    path, _, number = name.partition("#")
    return Path(path).stem + (f"_{number}" if number else "")


def table_text(rows: Sequence[Row]) -> str:
    """One structure a line; under the table the reasons of those without an energy."""
    from zeo.tools.tables import format_table

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
    parts = [format_table(headers, lines, right=(1, 4, 5, 6, 7))]
    problems = [f"{row['structure']}: {row['problem']}" for row in rows if row["problem"]]
    if problems:
        parts.append("\n".join(problems))
    return "\n\n".join(parts) + "\n"


def _text(value: object, form: str = "") -> str:
    return "-" if value is None or value == "" else format(value, form)


def csv_text(rows: Sequence[Row]) -> str:
    """One structure a line; what is not known is empty."""
    import csv
    import io

    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow(["" if row[column] is None else row[column] for column in COLUMNS])
    return buffer.getvalue()


def json_text(rows: Sequence[Row]) -> str:
    """A list of objects; what is not known is null."""
    import json

    return json.dumps(rows, indent=1) + "\n"
