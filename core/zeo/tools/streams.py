"""Standard streams that are closed, or that nobody reads any more, stop no work."""

from __future__ import annotations

import io
import os
import sys

_MODES = {"stdin": "r", "stdout": "w", "stderr": "w"}
"""In the order of their numbers."""


def mend_standard_streams() -> None:
    """Open those that are closed on nothing, and let messages that nobody can take be lost.

    A closed one would be the number of the next file to be opened, which messages would then be written into.
    """
    for number, (name, mode) in enumerate(_MODES.items()):
        try:
            os.fstat(number)
        except OSError:
            _open_on_nothing(number)
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))
    sys.stderr = io.TextIOWrapper(
        io.BufferedWriter(_Unheard(2, "w", closefd=False)),
        encoding=sys.stderr.encoding,
        errors="backslashreplace",
        write_through=True,
    )


class _Unheard(io.FileIO):
    """A file that takes all that is written; what the system does not take is lost."""

    def write(self, data) -> int:  # type: ignore[no-untyped-def]
        try:
            return super().write(data)
        except OSError:
            return len(data)


def _open_on_nothing(number: int) -> None:
    opened = os.open(os.devnull, os.O_RDWR)
    if opened != number:
        os.dup2(opened, number)
        os.close(opened)
