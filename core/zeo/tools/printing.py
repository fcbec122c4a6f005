"""Everything that is printed: what files, plugins and names hold cannot move the cursor or forge a line.

Control characters are shown as JSON writes them, so that JSON stays as it is.
"""

from __future__ import annotations

import contextlib
import json
import sys
import unicodedata
from typing import Any

import click

HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Categories of Unicode that are not shown but obeyed, or cannot be written: control characters, those that
turn the direction of text, bytes of file names that are not UTF-8, line and paragraph separators."""


def printable(text: object) -> str:
    r"""Text on one line, control characters written out: ``\u001b`` for escape, ``\n`` for a line end."""
    plain = str(text)
    return plain if plain.isprintable() else "".join(map(_shown, plain))


def printable_lines(text: object) -> str:
    """The same, line ends kept: for text whose parts were made printable before."""
    return "\n".join(map(printable, str(text).split("\n")))


def _shown(character: str) -> str:
    if unicodedata.category(character) not in HIDDEN:
        return character
    if ord(character) > 0xFFFF:
        return f"\\U{ord(character):08x}"
    return json.dumps(character)[1:-1] if ord(character) < 0x20 else f"\\u{ord(character):04x}"


def print_line(text: object = "", err: bool = False) -> None:
    """Print one line, whatever is in it.

    Args:
        text: of the line.
        err: on standard error, where one that is closed or full is no reason to stop.
    """
    _print(printable(text), err)


def print_text(text: str, err: bool = False) -> None:
    """Print several lines.

    Args:
        text: the lines; the last may lack its end, and what comes from elsewhere is printable already.
        err: as for :func:`print_line`.
    """
    _print(printable_lines(text.removesuffix("\n")), err)


def print_json(data: Any) -> None:
    """Print a value as JSON; what JSON does not know is written as text."""
    print_text(json.dumps(data, indent=2, default=str))


def _print(text: str, err: bool) -> None:
    stream = sys.stderr if err else sys.stdout
    encoding = getattr(stream, "encoding", None) or "utf-8"
    shown = text.encode(encoding, "backslashreplace").decode(encoding)
    with contextlib.suppress(*(OSError, ValueError) if err else ()):
        click.echo(shown, err=err)
