"""``zeo identify``: the net of a framework, and its name if it has one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from zeo.cli.structures import Outcome
    from zeo.crystal.structure import Structure
    from zeo.plugin.interfaces import Postprocessor

EXAMPLES = """
\b
Examples:
  zeo identify LTA.cif
  zeo identify folder/ --csv --out nets.csv
  zeo identify new.cif --full
  zeo identify *.cif --reference PCOD/

\b
A structure is "unknown" when its net is neither an IZA framework type nor in the reference folder, whose nets
are computed once and kept in the user's cache (set ZEO_CACHE to move it). The exit code is 1 when a structure
could not be read or is not one four-connected net.
"""

SUMMARY = ("name", "t_atoms", "unique_t", "td10", "framework_density_T_per_1000_A3", "key", "problem")
"""What is known of each structure."""

SITES = ("site", "multiplicity", "vertex_symbol", "coordination_sequence")
"""What ``--full`` adds for each unique T atom."""

Row = Mapping[str, Any]


@click.command(epilog=EXAMPLES)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--reference", type=click.Path(path_type=Path), help="Folder of structures with further names.")
@click.option(
    "--match",
    type=click.Choice(["key", "coordination-sequence"]),
    default="key",
    show_default=True,
    help="What is compared: exact keys, or coordination sequences to shell 10.",
)
@click.option("--full", is_flag=True, help="Coordination sequence and vertex symbol of each unique T atom.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@click.option("--csv", "as_csv", is_flag=True, help="Write CSV; with --full, a line for each unique T atom.")
@click.option("--out", type=click.Path(path_type=Path), help="Write to this file.")
def identify(
    files: tuple[Path, ...],
    reference: Path | None,
    match: str,
    full: bool,
    as_json: bool,
    as_csv: bool,
    out: Path | None,
) -> None:
    """Name the frameworks in FILES: CIF and other formats, and folders of them."""
    if as_json and as_csv:
        raise click.UsageError("--json and --csv exclude each other")
    from zeo.cli.structures import emit
    from zeo.plugin.registry import installed_plugins

    options = {"match": match, "reference": reference}
    identifier = installed_plugins().configured({"identify": options}).create("postprocessor", "identify")
    rows, outcome = identify_files(files, identifier)
    write = json_text if as_json else csv_text if as_csv else table_text
    if rows or as_json or as_csv:
        emit(write(rows, full), out)
    outcome.exit()
    if any(row["problem"] for row in rows):
        raise click.exceptions.Exit(1)


def identify_files(files: Sequence[Path], identifier: Postprocessor) -> tuple[list[Row], Outcome]:
    """Identify every structure."""
    from zeo.cli.structures import for_each_structure

    rows: list[Row] = []

    def work(name: str, structure: Structure) -> None:
        rows.append({"structure": name, **described(structure, identifier)})

    return rows, for_each_structure("zeo identify", files, work)


def described(structure: Structure, identifier: Postprocessor) -> Row:
    """The :data:`SUMMARY` of a structure and the :data:`SITES` of its unique T atoms."""
    from zeo.plugin.candidate import Candidate

    candidate = identifier.apply(Candidate(index=0, seed=0, structure=structure))
    row: dict[str, Any] = dict.fromkeys(SUMMARY)
    row["t_atoms"] = structure.count("Si")
    row["framework_density_T_per_1000_A3"] = round(structure.framework_density, 2)
    row["sites"] = []
    if candidate.rejection is not None:
        row["problem"] = f"{candidate.rejection.reason}: {candidate.rejection.detail}".removesuffix(": ")
    elif candidate.identity is not None:
        identity = candidate.identity
        row |= {"name": identity.name, "key": identity.key, "unique_t": identity.unique_t}
        row["td10"] = round(identity.td10, 1)
        row["sites"] = [
            dict(zip(SITES, (f"T{number}", *facts), strict=True))
            for number, facts in enumerate(
                zip(
                    identity.multiplicities,
                    identity.vertex_symbols,
                    identity.coordination_sequences,
                    strict=True,
                ),
                start=1,
            )
        ]
    return row


def table_text(rows: Sequence[Row], full: bool) -> str:
    """One structure a line; under the table what is wrong with some, or all unique T atoms."""
    from zeo.tools.tables import format_table

    headers = [
        ("structure", "name", "T", "unique", "TD10", "density", "key"),
        ("", "", "atoms", "T", "", "T/1000 A3", ""),
    ]
    lines = [
        (
            row["structure"],
            "-" if row["problem"] else row["name"] or "unknown",
            *(
                _text(row[column])
                for column in ("t_atoms", "unique_t", "td10", "framework_density_T_per_1000_A3", "key")
            ),
        )
        for row in rows
    ]
    parts = [format_table(headers, lines, right=(2, 3, 4, 5))]
    parts += [_sites_text(row) for row in rows if full and row["sites"]]
    problems = [f"{row['structure']}: {row['problem']}" for row in rows if row["problem"]]
    if problems:
        parts.append("\n".join(problems))
    return "\n\n".join(parts) + "\n"


def _sites_text(row: Row) -> str:
    from zeo.tools.tables import format_table

    lines = [
        (
            site["site"],
            str(site["multiplicity"]),
            site["vertex_symbol"],
            " ".join(map(str, site["coordination_sequence"])),
        )
        for site in row["sites"]
    ]
    headers = [(row["structure"], "atoms", "vertex symbol", "coordination sequence, shells 1-12")]
    return format_table(headers, lines, right=(1,))


def _text(value: object) -> str:
    return "-" if value is None else str(value)


def csv_text(rows: Sequence[Row], full: bool) -> str:
    """One structure a line, or one unique T atom; what is not known is empty."""
    import csv
    import io

    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(["structure", *SUMMARY, *(SITES if full else ())])
    for row in rows:
        summary = [row["structure"], *(row[column] for column in SUMMARY)]
        sites = row["sites"] if full and row["sites"] else [None]
        for site in sites:
            facts = [site[column] for column in SITES[:-1]] if site else []
            shells = [" ".join(map(str, site["coordination_sequence"]))] if site else []
            writer.writerow(["" if value is None else value for value in (*summary, *facts, *shells)])
    return buffer.getvalue()


def json_text(rows: Sequence[Row], full: bool) -> str:
    """A list of objects; what is not known is null."""
    import json

    shown = [{key: value for key, value in row.items() if full or key != "sites"} for row in rows]
    return json.dumps(shown, indent=1) + "\n"
