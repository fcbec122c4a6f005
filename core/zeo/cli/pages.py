"""What commands that write a page have in common."""

from __future__ import annotations

from pathlib import Path

import click

from zeo.tools.printing import print_line

OPEN = click.option("--open", "show", is_flag=True, help="Show it in the browser.")


def told(page: Path, show: bool) -> None:
    """Say which page was written, and show it if that is wanted."""
    print_line(f"Wrote {page} ({page.stat().st_size / 1e6:.2f} MB)", err=True)
    if show:
        click.launch(page.resolve().as_uri())
