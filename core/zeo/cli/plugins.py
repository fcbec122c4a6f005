"""``zeo plugins``: what is installed, what it can do, and whether it keeps its promises."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from zeo.cli.options import tabular
from zeo.tools.printing import print_json, print_line, print_text, printable
from zeo.tools.tables import filled

if TYPE_CHECKING:
    from zeo.plugin.discovery import Entry
    from zeo.plugin.registry import Plugins

KIND_OPTION = click.option("--kind", metavar="KIND", help="Only plugins of this kind.")

LISTED = ("kind", "name", "distribution", "trainable", "summary")
"""Columns of the list."""

CHECKED = ("verdict", "plugin", "remark")
"""Columns of a check."""

OPTION = ("name", "type", "choices", "unit", "default", "help")
"""What CSV has of each option."""


@click.group()
def plugins() -> None:
    """List, describe and check the plugins that are installed.

    \b
    Examples:
      zeo plugins list --kind probe
      zeo plugins show methane
      zeo plugins check
    """


@plugins.command("list")
@KIND_OPTION
@tabular
def list_(kind: str | None, form: str | None) -> None:
    """List the plugins, and those that could not be declared with the reason.

    \b
    Examples:
      zeo plugins list
      zeo plugins list --kind generator
      zeo plugins list --json
    """
    from zeo.plugin.registry import installed_plugins

    installed = installed_plugins()
    entries = select(installed, None, kind)
    if form == "json":
        described = [declared_facts(installed, entry) for entry in entries]
        failed = [
            {
                "distribution": failure.distribution.name,
                "version": failure.distribution.version,
                "entry_point": failure.entry_point,
                "name": failure.name,
                "reason": failure.reason,
            }
            for failure in installed.failures
        ]
        print_json({"plugins": described, "failures": failed})
        return
    from zeo.tools import spreadsheets
    from zeo.tools.tables import format_table

    rows = [
        (
            entry.kind,
            installed.shown_name(entry),
            str(entry.distribution),
            "yes" if entry.spec.trainable else "",
            entry.spec.summary,
        )
        for entry in entries
    ]
    if form == "csv":
        print_text(spreadsheets.csv_text([LISTED, *rows]))
        return
    print_text(format_table([LISTED], rows, spare=(2, 3)))
    if installed.failures:
        print_text("\nNot loaded:")
        for failure in installed.failures:
            print_line(f"  {failure}")


@plugins.command()
@click.argument("name")
@KIND_OPTION
@tabular
def show(name: str, kind: str | None, form: str | None) -> None:
    """Describe the plugins called NAME: what they declare, and the options of --set, which alone CSV has.

    Exits with 1 if one of them does not load.

    \b
    Examples:
      zeo plugins show methane
      zeo plugins show zeodiff --kind generator
    """
    from zeo.plugin.registry import installed_plugins

    installed = installed_plugins()
    described = [facts(installed, entry) for entry in select(installed, name, kind)]
    if form == "json":
        print_json(described)
    elif form == "csv":
        print_text(options_csv(described))
    else:
        print_text("\n\n".join(described_text(plugin) for plugin in described))
    if any("error" in plugin for plugin in described):
        raise click.exceptions.Exit(1)


@plugins.command()
@click.argument("name", required=False)
@KIND_OPTION
@click.option(
    "--checkpoint",
    metavar="PATH",
    type=click.Path(path_type=Path),
    help="Weights of the generator NAME.  [default: its own]",
)
@tabular
def check(name: str | None, kind: str | None, checkpoint: Path | None, form: str | None) -> None:
    """Load the plugins and test that they keep the promises of their kind.

    Without NAME, all of them; what an optional one requires need not be installed. Exits with 1 if any fails.

    \b
    Examples:
      zeo plugins check
      zeo plugins check methane
      zeo plugins check --kind probe
      zeo plugins check zeodiff --checkpoint weights/
    """
    from zeo.plugin.registry import installed_plugins
    from zeo.tools.spreadsheets import csv_text

    if checkpoint is not None and name is None:
        raise click.UsageError("--checkpoint is of one generator: give its NAME")
    installed = installed_plugins()
    entries = select(installed, name, kind)
    rows = []
    for verdict, about, remark in verdicts(installed, entries, checkpoint, name is None):
        rows.append((verdict, about, remark))
        if form is None:
            width = max((len(label(installed, entry)) for entry in entries), default=0)
            print_text(filled(printable(f"{verdict:<6}  {about:<{width}}  {remark}".rstrip())))
    if form == "json":
        print_json([dict(zip(CHECKED, row, strict=True)) for row in rows])
    elif form == "csv":
        print_text(csv_text([CHECKED, *rows]))
    if any(verdict == "FAILED" or (verdict == "absent" and name is not None) for verdict, *_ in rows):
        raise click.exceptions.Exit(1)


def verdicts(
    installed: Plugins, entries: Iterable[Entry], checkpoint: Path | None, everything: bool
) -> Iterator[tuple[str, str, str]]:
    """Verdict, plugin and remark of each as it comes; of what could not be declared too, for everything."""
    for entry in entries:
        verdict, remark = conformance(installed, entry, checkpoint)
        yield verdict, label(installed, entry), remark
    if everything:
        for failure in installed.failures:
            yield "FAILED", str(failure), ""


def select(installed: Plugins, name: str | None, kind: str | None) -> list[Entry]:
    """The plugins of one name and one kind, or of any, grouped by kind.

    Raises:
        PluginError: there is none.
    """
    from zeo.plugin.registry import KINDS
    from zeo.tools.hints import closest

    if kind is not None and kind not in KINDS:
        raise click.BadParameter(
            f"{kind!r} is no kind of plugin: {closest(kind, KINDS)}", param_hint="--kind"
        )
    kinds = [kind] if kind else list(KINDS)
    if name is None:
        return [entry for each in kinds for entry in installed.entries(each)]
    return installed.named(name, kinds)


def label(installed: Plugins, entry: Entry) -> str:
    return f"{entry.kind} {installed.shown_name(entry)}"


def declared_facts(installed: Plugins, entry: Entry) -> dict[str, Any]:
    """What a plugin declares, without importing it (JSON)."""
    import attrs

    declared = attrs.asdict(entry.spec)
    return {
        "kind": entry.kind,
        "name": installed.shown_name(entry),
        "summary": declared.pop("summary"),
        "distribution": entry.distribution.name,
        "version": entry.distribution.version,
        **{key: value for key, value in declared.items() if key != "name"},
    }


def facts(installed: Plugins, entry: Entry) -> dict[str, Any]:
    """What a plugin declares and what its class tells: file and options, or why it does not load."""
    import inspect

    import attrs

    from zeo.errors import PluginError
    from zeo.plugin.options import describe_options

    declared = declared_facts(installed, entry)
    try:
        cls = installed.load(entry.kind, entry.qualified_name)
    except PluginError as error:
        return {**declared, "error": str(error)}
    options = [attrs.asdict(option) for option in describe_options(cls.Options)]
    return {**declared, "file": inspect.getsourcefile(cls), "options": options}


def options_csv(described: Iterable[dict[str, Any]]) -> str:
    """A line for each option."""
    from zeo.tools.spreadsheets import csv_text

    lines = [
        [plugin["kind"], plugin["name"], *(as_text(option[fact]) for fact in OPTION)]
        for plugin in described
        for option in plugin.get("options", ())
    ]
    return csv_text([["kind", "plugin", *OPTION], *lines])


def described_text(plugin: dict[str, Any]) -> str:
    """A page about one plugin."""

    lines = [printable(f"{plugin['kind']} {plugin['name']}: {plugin['summary']}"), ""]
    for key in ("distribution", "file", "target", "requires", "extra"):
        if plugin.get(key):
            value = f"{plugin[key]} {plugin['version']}" if key == "distribution" else plugin[key]
            lines.append(printable(f"{key:<14}  {as_text(value)}"))
    declared = [key for key in ("representation", "trainable", "parts", "stage", "channels") if key in plugin]
    lines += [printable(f"{key:<14}  {as_text(plugin[key])}") for key in declared]
    if plugin.get("further_weights"):
        lines.append(
            printable(f"{'checkpoints':<14}  {as_text([*plugin['further_weights']])} (--checkpoint NAME)")
        )
    lines = filled("\n".join(lines)).split("\n")
    if plugin.get("quantities"):
        lines += ["", quantity_table(plugin["quantities"])]
    if "error" in plugin:
        lines += ["", filled(printable(f"It cannot be used: {plugin['error']}"))]
    elif plugin["options"]:
        lines += ["", option_table(plugin["options"])]
    else:
        lines += ["", "It has no options."]
    return "\n".join(lines)


def quantity_table(quantities: Iterable[dict[str, Any]]) -> str:
    from zeo.tools.tables import format_table

    rows = [(quantity["name"], quantity["unit"], quantity["summary"]) for quantity in quantities]
    return format_table([("quantity", "unit", "meaning")], rows)


def option_table(options: Iterable[dict[str, Any]]) -> str:
    from zeo.tools.tables import format_table

    rows = []
    for option in options:
        kind = " | ".join(option["choices"]) or option["type"]
        default = as_text(option["default"])
        rows.append((option["name"], kind, option["unit"], default, option["help"]))
    return format_table([("option", "type", "unit", "default", "meaning")], rows, spare=(2,))


def as_text(value: Any) -> str:
    """A value as it would be written in a setting."""
    if value is None or value == ():
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ", ".join(map(as_text, value))
    return str(value)


def conformance(
    installed: Plugins, entry: Entry, checkpoint: Path | None = None
) -> tuple[Literal["ok", "absent", "FAILED"], str]:
    """Whether a plugin passes the checks of its kind, and a remark or the reason why not.

    One is absent when what it requires is not installed.
    """
    from zeo.errors import RequirementError, ZeoError
    from zeo.testing import ConformanceError, check_plugin
    from zeo.tools.foreign import describe, foreign_code

    try:
        quick = installed.configured({f"{entry.kind}:{entry.qualified_name}": entry.spec.quick})
        with foreign_code():
            instance = quick.create(entry.kind, entry.qualified_name)
            return "ok", check_plugin(entry.kind, instance, entry.spec, checkpoint)
    except RequirementError as error:
        return "absent", f"not installed: {str(error).removeprefix(f'{entry} ')}"
    except (ConformanceError, ZeoError) as error:
        return "FAILED", str(error).removeprefix(f"{entry}: ")
    except Exception as error:  # a plugin may raise anything; the next one is checked all the same
        return "FAILED", f"raised {describe(error)}"
