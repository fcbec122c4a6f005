"""``zeo identify``: the net of a framework, and its name if it has one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zeo.cli.choosing import HELP, choosing, require_some
from zeo.cli.options import EXECUTOR, into_file, tabular

if TYPE_CHECKING:
    from zeo.api.identifying import Identification

EXAMPLES = f"""
\b
Examples:
  zeo identify LTA.cif MFI
  zeo identify folder/ --csv --out nets.csv
  zeo identify new.cif --full
  zeo identify *.cif --reference PCOD/
  zeo identify folder/ --where "largest_ring>=12" --where novelty=new \\
      --sort density --top 5

A structure is "unknown" when its net is no IZA framework type, was not added by zeo reference add, and is not
in the reference folder, whose nets are computed once and kept in the user's cache (set ZEO_CACHE to move it).
T atoms are Si, Al, P, Ge and the like; what is in the pores is left out. The exit code is 1 when a structure
could not be read, or is neither one four-connected net nor an interrupted framework type.
A file or folder that is called like an IZA type is meant before the type. With --full, CSV has a line for
each unique T atom.
{HELP}
They speak of t_atoms, unique_t, smallest_ring, largest_ring, three_ring_share, td10, density, code, novelty.
"""

SITES = ("site", "multiplicity", "vertex_symbol", "coordination_sequence")
"""What ``--full`` adds for each unique T atom."""


@click.command(epilog=EXAMPLES)
@click.argument("files", nargs=-1, required=True)
@click.option(
    "--reference",
    type=click.Path(path_type=Path),
    help="Folder, data set or run with further names.",
)
@click.option(
    "--match",
    type=click.Choice(["key", "coordination-sequence"]),
    default="key",
    show_default=True,
    help="What is compared: exact keys, or coordination sequences to shell 10.",
)
@EXECUTOR
@choosing
@click.option("--full", is_flag=True, help="Coordination sequence and vertex symbol of each unique T atom.")
@tabular
@into_file
def identify(
    files: tuple[str, ...],
    reference: Path | None,
    match: str,
    executor: str | None,
    where: tuple[str, ...],
    sort: tuple[str, ...],
    top: int | None,
    full: bool,
    form: str | None,
    out: Path | None,
    force: bool,
) -> None:
    """Name the frameworks in FILES: CIF and other formats, folders of them, IZA codes."""
    from zeo.api.executors import engine
    from zeo.api.identifying import KNOWN, identifications
    from zeo.api.reference import searched
    from zeo.cli.structures import collected, emit
    from zeo.tools.printing import print_line
    from zeo.wishes.choosing import Choice
    from zeo.wishes.naming import Listed

    choice = Choice.of(where, sort, Listed(KNOWN))
    with engine(executor, 1) as what:
        stream = identifications(files, reference, match, what)
        found, outcome = collected("zeo identify", files, stream)
    write = {"json": json_text, "csv": csv_text, None: table_text}[form]
    chosen = choice.among(found, lambda identification: identification.values())[:top]
    if found or form is not None:
        emit(write(chosen, full), out, force)
    if any(identification.is_new for identification in chosen):
        print_line(f"unknown: {searched(reference)}", err=True)
    outcome.exit()
    require_some(found, chosen, where)
    if any(identification.problem for identification in found):
        raise click.exceptions.Exit(1)


def sites(identification: Identification) -> list[dict[str, Any]]:
    """The :data:`SITES` of the unique T atoms."""
    facts = zip(
        identification.multiplicities,
        identification.vertex_symbols,
        identification.coordination_sequences,
        strict=True,
    )
    return [dict(zip(SITES, (f"T{n}", *values), strict=True)) for n, values in enumerate(facts, start=1)]


def table_text(found: Sequence[Identification], full: bool) -> str:
    """One structure a line; under the table all unique T atoms, and what is to be said of some."""
    from zeo.tools.printing import printable
    from zeo.tools.tables import filled, format_table

    headers = [
        ("structure", "name", "T", "unique", "TD10", "density", "key"),
        ("", "", "atoms", "T", "", "T/1000 A3", ""),
    ]
    columns = ("t_atoms", "unique_t", "td10", "framework_density_T_per_1000_A3", "key")
    lines = [
        (
            one.source,
            "-" if one.problem else one.name or "unknown",
            *(_text(one.row()[column]) for column in columns),
        )
        for one in found
    ]
    parts = [format_table(headers, lines, right=(2, 3, 4, 5), spare=(5, 4), whole=(6,))]
    parts += [_sites_text(one) for one in found if full and one.multiplicities]
    told = [
        filled(printable(f"{one.source}: {text}"))
        for one in found
        for text in (one.problem, one.remark)
        if text
    ]
    if told:
        parts.append("\n".join(told))
    return "\n\n".join(parts) + "\n"


def _sites_text(identification: Identification) -> str:
    from zeo.tools.tables import format_table

    lines = [
        (
            site["site"],
            str(site["multiplicity"]),
            site["vertex_symbol"],
            " ".join(map(str, site["coordination_sequence"])),
        )
        for site in sites(identification)
    ]
    headers = [(identification.source, "atoms", "vertex symbol", "coordination sequence, shells 1-12")]
    return format_table(headers, lines, right=(1,))


def _text(value: object) -> str:
    return "-" if value is None else str(value)


def csv_text(found: Sequence[Identification], full: bool) -> str:
    """One structure a line, or one unique T atom; what is not known is empty."""
    from zeo.api.identifying import COLUMNS
    from zeo.api.results import csv_text

    if not full:
        return csv_text(COLUMNS, [one.row() for one in found])
    rows = [one.row() | _with_shells_as_text(site) for one in found for site in sites(one) or [{}]]
    return csv_text([*COLUMNS, *SITES], rows)


def _with_shells_as_text(site: dict[str, Any]) -> dict[str, Any]:
    shells = {key: " ".join(map(str, site[key])) for key in site if key == SITES[-1]}
    return site | shells


def json_text(found: Sequence[Identification], full: bool) -> str:
    """A list of objects; what is not known is null."""
    import json

    shown = [one.row() | ({"sites": sites(one)} if full else {}) for one in found]
    return json.dumps(shown, indent=1) + "\n"
