"""``zeo train``: fit a generator to frameworks."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("name")
@click.option(
    "--data",
    "source",
    metavar="SOURCE",
    default="iza",
    show_default=True,
    help="What to learn from: iza, or a folder or file of structures.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder for the checkpoint.",
)
@click.option(
    "--set",
    "settings",
    metavar="PLUGIN.OPTION=VALUE",
    multiple=True,
    help="Set a plugin's option; PLUGIN. may be left out for NAME.",
)
def train(name: str, source: str, out: Path, settings: tuple[str, ...]) -> None:
    """Train the generator NAME on frameworks and write a checkpoint.

    \b
    Examples:
      zeo train zeodiff --data iza --out checkpoints/zeodiff
      zeo train zeodiff --data my-cifs/ --out checkpoints/mine --set steps=1000

    \b
    zeo plugins list --kind generator shows the generators; zeo plugins show NAME
    shows their options, and whether they are trainable.
    """
    from zeo.config import parse_settings
    from zeo.data.frameworks import open_frameworks
    from zeo.errors import ConfigError
    from zeo.registry import installed_plugins

    plugins = installed_plugins().configured(parse_settings(qualified(settings, name)))
    if not plugins.find("generator", name).spec.trainable:
        raise ConfigError(f"the generator {name!r} has nothing to learn; run it as it is")
    generator = plugins.create("generator", name)
    frameworks = open_frameworks(source)
    if not len(frameworks):
        raise ConfigError(f"there are no frameworks in {source}")
    out.mkdir(parents=True, exist_ok=True)
    click.echo(f"Training {name} on {len(frameworks)} frameworks of {source}", err=True)
    checkpoint = generator.train(frameworks, out, report)
    click.echo(
        f"Checkpoint: {checkpoint}\nNext: zeo run --generator {name} --checkpoint {checkpoint} --probe methane"
    )


def qualified(settings: tuple[str, ...], name: str) -> list[str]:
    """Settings with their plugin: those that name none are for ``name``."""
    return [text if "." in text.partition("=")[0] else f"{name}.{text}" for text in settings]


def report(done: int, total: int, message: str) -> None:
    """Show how far training has come, on standard error."""
    share = f"{done}/{total}" if total else str(done)
    click.echo(f"{share}  {message}".rstrip(), err=True)
