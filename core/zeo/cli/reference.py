"""``zeo reference``: the nets that have names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zeo.cli.options import tabular
from zeo.cli.ordered import OrderedGroup
from zeo.tools.printing import print_line, print_text, printable

if TYPE_CHECKING:
    from zeo.data.known.added import AddedNet
    from zeo.data.known.nets import ReferenceNet

EXAMPLES = """
\b
Examples:
  zeo reference add EMM-99.cif
  zeo reference add unit_cell.cif --name EMM-99
  zeo reference list
  zeo reference show -CLO

What is added counts in all commands and runs; a run notes the date and the hash of the reference. It is kept
in the user's folder for zeo (set ZEO_REFERENCE to another). For one command: zeo identify --reference.
"""


ADD_EXAMPLES = """
\b
Examples:
  zeo reference add EMM-99.cif
  zeo reference add unit_cell.cif --name EMM-99
"""

LIST_EXAMPLES = """
\b
Examples:
  zeo reference list
  zeo reference list --all
"""

SHOW_EXAMPLES = """
\b
Examples:
  zeo reference show MFI
  zeo reference show -CLO
"""

NET = ("net", "unique T", "key", "added", "from")
"""Columns of the list."""

REMOVE_EXAMPLES = """
\b
Examples:
  zeo reference remove EMM-99
"""


@click.group(cls=OrderedGroup, epilog=EXAMPLES)
def reference() -> None:
    """List the nets that zeo knows by name, and add to them."""


@reference.command(epilog=ADD_EXAMPLES)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--name", help="Name of the net, of one structure.  [default: the file's]")
def add(files: tuple[Path, ...], name: str | None) -> None:
    """Add the nets of the structures in FILES, named after their files."""
    from zeo.api.reference import additions
    from zeo.api.results import one_line

    failed = False
    if name is not None and (len(files) > 1 or files[0].is_dir()):
        raise click.UsageError("--name is for one structure")
    for source, outcome in additions(files, name):
        if isinstance(outcome, Exception):
            failed = True
            print_line(f"Error: {one_line(source, outcome)}", err=True)
        else:
            print_line(f"added {outcome.name}: {outcome.key}, {outcome.unique_t} unique T")
    if failed:
        raise click.exceptions.Exit(1)


@reference.command("list", epilog=LIST_EXAMPLES)
@click.option("--all", "everything", is_flag=True, help="The IZA framework types too.")
@tabular
def list_(everything: bool, form: str | None) -> None:
    """List the nets that were added, and the state of the reference."""
    from zeo.api.reference import added, state
    from zeo.api.results import csv_text
    from zeo.data.known.nets import reference_nets
    from zeo.tools.printing import print_json
    from zeo.tools.tables import filled, format_table

    now, own = state(), added()
    rows = [dict(zip(NET, (n.name, n.unique_t, n.key, n.added, n.source), strict=True)) for n in own]
    if everything:
        known = reference_nets().values()
        rows += [dict(zip(NET, (r.symbol, len(r.sites), r.key, "", r.source), strict=True)) for r in known]
    if form == "json":
        print_json({"reference": now, "nets": rows})
    elif form == "csv":
        print_text(csv_text(NET, rows))
    elif rows:
        print_text(format_table([NET], [[*map(str, row.values())] for row in rows], right={1}) + "\n")
    if form is None:
        number = len(reference_nets())
        state_of_it = f"{number} IZA types as of {now['date']}, {len(own)} added; sha256 {now['sha256']}"
        print_text(filled(state_of_it))


@reference.command(epilog=SHOW_EXAMPLES, context_settings={"ignore_unknown_options": True})
@click.argument("name")
@tabular
def show(name: str, form: str | None) -> None:
    """Show what is known of the net NAME: an IZA code, or a name that was added."""
    from zeo.api.reference import show
    from zeo.api.results import csv_text
    from zeo.data.known.added import AddedNet
    from zeo.tools.printing import print_json

    net = show(name)
    rows = rows_of_added(net) if isinstance(net, AddedNet) else rows_of_type(net)
    if form == "json":
        print_json(rows)
    elif form == "csv":
        print_text(csv_text([*rows[0]], rows))
    else:
        print_text(text_of_added(net) if isinstance(net, AddedNet) else text_of_type(net))


@reference.command(epilog=REMOVE_EXAMPLES)
@click.argument("name")
def remove(name: str) -> None:
    """Remove the net NAME that was added."""
    from zeo.api.reference import remove

    net = remove(name)
    print_line(f"removed {net.name}: {net.key}")


def rows_of_added(net: AddedNet) -> list[dict[str, Any]]:
    """What is known of a net that was added."""
    return [dict(zip(NET, (net.name, net.unique_t, net.key, net.added, net.source), strict=True))]


def rows_of_type(net: ReferenceNet) -> list[dict[str, Any]]:
    """What is known of a type, a row for each T site."""
    stated = {
        "net": net.symbol,
        "key": net.key,
        "interrupted": net.interrupted,
        "framework_density_T_per_1000_A3": net.framework_density,
        "td10": net.td10,
    }
    sites = zip(net.sites, net.multiplicities, net.vertex_symbols, net.coordination_sequences, strict=True)
    return [
        stated | {"site": s, "atoms": n, "vertex_symbol": v, "coordination_sequence": " ".join(map(str, c))}
        for s, n, v, c in sites
    ]


def text_of_added(net: AddedNet) -> str:
    """A fact a line."""
    head = f"{printable(net.name)}, added {printable(net.added)} from {printable(net.source)}"
    return f"{head}\nkey        {printable(net.key)}\nunique T   {net.unique_t}\n"


def text_of_type(net: ReferenceNet) -> str:
    """A fact a line, and the table of its T sites."""
    from zeo.data.known.nets import SOURCES
    from zeo.tools.tables import filled, format_table

    density = "unknown" if net.framework_density is None else f"{net.framework_density:g} T/1000 A3"
    head = [
        net.symbol + (", an interrupted framework: the net of its bridges" if net.interrupted else ""),
        f"key        {net.key}",
        f"density    {density}",
        f"TD10       {net.td10:g}",
        f"from       {SOURCES[net.source]}",
    ]
    rows = [
        [site, str(count), symbol, " ".join(map(str, shells))]
        for site, count, symbol, shells in zip(
            net.sites, net.multiplicities, net.vertex_symbols, net.coordination_sequences, strict=True
        )
    ]
    title = [("site", "atoms", "vertex symbol", "coordination sequence, shells 1-12")]
    return filled("\n".join(head)) + "\n\n" + format_table(title, rows, right=(1,)) + "\n"
