"""The command line. One module for each noun; imports live inside command bodies to keep ``--help`` fast."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

import click

import zeo
from zeo.cli.errors import ErrorReportingGroup

COMMANDS = ("run", "train", "identify", "probe", "convert", "plugins")
"""In the order of the help text. Each is the command of that name in the module of that name."""


class _Main(ErrorReportingGroup):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(self.commands)


@click.group(cls=_Main, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(zeo.__version__, "-V", "--version", prog_name="zeo")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def main(debug: bool) -> None:
    """Inverse design of zeolites: from a target property to real, four-connected, named frameworks.

    \b
    Examples:
      zeo run --generator dataset --probe methane -n 20
      zeo probe LTA.cif --probe methane
      zeo identify *.cif
      zeo plugins list
    """


for _name in COMMANDS:
    if find_spec(f"zeo.cli.{_name}"):
        main.add_command(getattr(import_module(f"zeo.cli.{_name}"), _name))
