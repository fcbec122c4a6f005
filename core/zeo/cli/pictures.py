"""Pictures that commands write."""

from __future__ import annotations

from pathlib import Path

import click

from zeo.api.arguments import PICTURES
from zeo.tools.printing import print_line


def form_of(file: Path, option: str) -> str:
    """What a picture is to be, by the ending of its name.

    Raises:
        click.UsageError: another ending.
    """
    form = file.suffix.lower().lstrip(".")
    if form not in PICTURES:
        endings = ", ".join(f".{one}" for one in PICTURES)
        raise click.UsageError(f"{option}: the name of a picture ends in {endings}, unlike {file.name!r}")
    return form


def write_picture(file: Path, picture: bytes, force: bool) -> None:
    """Write a picture, over a file that is there if so asked, and say where."""
    from zeo.tools.files import write_atomically

    file.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(file, picture, overwrite=force)
    print_line(f"Wrote {file}", err=True)
