"""The command line. One module for each noun; imports live inside command bodies to keep ``--help`` fast."""

from __future__ import annotations

import click

import zeo
from zeo.cli import (
    best,
    convert,
    data,
    design,
    evaluate,
    identify,
    interpolate,
    isotherm,
    map,
    merge,
    picture,
    plugins,
    probe,
    quantities,
    reference,
    relax,
    report,
    run,
    status,
    train,
    view,
)
from zeo.cli.errors import ErrorReportingGroup
from zeo.cli.ordered import OrderedGroup


class _Main(OrderedGroup, ErrorReportingGroup):
    """Everything that zeo can do, in the order of the work."""


@click.group(cls=_Main, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(zeo.__version__, "-V", "--version", prog_name="zeo")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def main(debug: bool) -> None:
    """Inverse design of zeolites: from a target property to real, four-connected, named frameworks.

    \b
    Examples:
      zeo run --probe methane -n 20
      zeo design --target "void_fraction=0.18..0.22" --target "energy<20 kJ/mol"
      zeo probe LTA.cif --probe methane
      zeo identify *.cif
      zeo plugins list
    """


for command in (
    run.run,
    design.design,
    merge.merge,
    status.status,
    interpolate.interpolate,
    best.best,
    report.report,
    view.view,
    picture.picture,
    map.map,
    evaluate.evaluate,
    train.train,
    data.data,
    identify.identify,
    reference.reference,
    relax.relax,
    probe.probe,
    isotherm.isotherm,
    quantities.quantities,
    convert.convert,
    plugins.plugins,
):
    main.add_command(command)
