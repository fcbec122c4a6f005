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


def remember_page(folder: Path, wanted: bool | None) -> None:
    """Note in a folder of new work that no page is wanted, so that whoever goes on with it knows.

    Raises:
        ZeoError: it cannot be noted.
    """
    from zeo.errors import ZeoError
    from zeo.tools.files import NO_PAGE, write_atomically

    if wanted is False:
        try:
            write_atomically(folder / NO_PAGE, "")
        except OSError as error:
            raise ZeoError(f"cannot write in {folder}: {error.strerror}; go on with --resume") from error


def page_wanted(folder: Path, wanted: bool | None) -> bool:
    """Whether a page is wanted: as the command says, or as it was when the work began."""
    from zeo.tools.files import NO_PAGE

    return not (folder / NO_PAGE).exists() if wanted is None else wanted
