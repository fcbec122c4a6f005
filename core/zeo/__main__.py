"""The entry of the command line, ``zeo`` or ``python -m zeo``."""

from __future__ import annotations

import os

try:
    from zeo.tools.interrupts import INTERRUPTS
    from zeo.tools.streams import mend_standard_streams
except KeyboardInterrupt:  # which nobody handles yet
    os.write(2, b"Interrupted.\n")
    os._exit(130)


def main() -> None:
    """Run the command line; Ctrl-C and closed streams are seen to before anything else is imported."""
    INTERRUPTS.listen()
    mend_standard_streams()
    from zeo.cli import main as command_line

    command_line(prog_name="zeo")


if __name__ == "__main__":
    main()
