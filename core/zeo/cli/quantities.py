"""``zeo quantities``: everything that wishes can speak of."""

from __future__ import annotations

import click

from zeo.cli.options import tabular

EXAMPLES = """
\b
Examples:
  zeo quantities
  zeo quantities methane pores
  zeo quantities --json

The names stand in wishes and expressions: zeo run --target "methane.qst>=18 kJ/mol" --target largest_ring=12.
Without a probe in front a name is the one of the chosen probes that measures it. Conditions stand in brackets
behind it, in any unit: "methane.kh[T=350 K]", "methane.loading[p=3.5 MPa]",
"selectivity[xenon:krypton=20:80, 1 bar]"; those that are left out are as listed, or as --set has them.
"""


@click.command(epilog=EXAMPLES)
@click.argument("probes", nargs=-1)
@tabular
def quantities(probes: tuple[str, ...], form: str | None) -> None:
    """The quantities that wishes can speak of, with units; those of PROBES alone where some are named."""
    from zeo.api.listing import COLUMNS, quantities
    from zeo.api.results import csv_text
    from zeo.tools.printing import print_json, print_text
    from zeo.tools.tables import format_table

    rows = quantities(*probes)
    if form == "json":
        print_json(rows)
    elif form == "csv":
        print_text(csv_text(COLUMNS, rows))
    else:
        lines = [
            [row["name"], "" if row["unit"] == "1" else row["unit"], row["conditions"], row["meaning"]]
            for row in rows
        ]
        print_text(
            format_table([["quantity", "unit", "conditions", "meaning"]], lines, spare=(2,), whole=(0,))
        )
