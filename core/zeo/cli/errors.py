"""What the user sees when something goes wrong: one line, and how to learn more."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any, NoReturn

import click

import zeo
from zeo.errors import ZeoError, shortened
from zeo.tools.interrupts import EXIT_CODE, INTERRUPTS
from zeo.tools.printing import print_line, print_text, printable, printable_lines


class ErrorReportingGroup(click.Group):
    """The top-level group: every exception of a subcommand ends here.

    Exit codes: 1 for an error, 2 for a command line that makes no sense, 130 after Ctrl-C.
    """

    def make_context(self, *arguments: Any, **more: Any) -> click.Context:
        try:
            return super().make_context(*arguments, **more)
        except click.ClickException as error:
            raise brief(error) from None

    def invoke(self, ctx: click.Context) -> Any:
        from zeo.tools.logs import log_of_libraries

        try:
            with INTERRUPTS, log_of_libraries():
                return super().invoke(ctx)
        except click.ClickException as error:
            raise brief(error) from error.__cause__
        except (click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise  # click knows what to do with its own, and with a reader that went away
        except KeyboardInterrupt:
            _end_interrupted(ctx)
        except (Exception, SystemExit) as error:  # ours leave by click's Exit: this is some plugin's sys.exit
            if INTERRUPTS.received and not isinstance(error, ZeoError | OSError):
                _end_interrupted(ctx)  # somebody made another error of it
            if ctx.params["debug"]:
                print_text(traceback.format_exc(), err=True)
            fail(error)


def _end_interrupted(ctx: click.Context) -> NoReturn:
    print_line(INTERRUPTS.parting(), err=True)
    ctx.exit(EXIT_CODE)


def fail(error: BaseException) -> NoReturn:
    """End the command with one line about ``error``."""
    message = str(error)
    if isinstance(error, OSError) and error.strerror:
        place = f": {error.filename}" if error.filename else ""
        message = f"{error.strerror}{place}"
    elif isinstance(error, MemoryError):
        message = f"out of memory ({error or 'no details'}); a smaller --grid-size or --batch-size needs less"
    elif not isinstance(error, ZeoError):
        message = f"unexpected {type(error).__name__}: {error}; {_where_to_look(error)}"
    raise click.ClickException(printable(shortened(" ".join(message.split())))) from error


def brief(error: click.ClickException) -> click.ClickException:
    """The same error, with no more of what was typed than can be read, and as it can be printed."""
    vars(error)["message"] = printable(shortened(error.message))
    return error


def _where_to_look(error: BaseException) -> str:
    advice = "run again with `zeo --debug` to see where"
    try:
        return f"the traceback is in {write_traceback(error)}; {advice}"
    except OSError:
        return advice


def write_traceback(error: BaseException) -> Path:
    """Write a traceback into the folder of temporary files and return the file's path."""
    handle, name = tempfile.mkstemp(prefix="zeo-error-", suffix=".log", text=True)
    with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(
            f"zeo {zeo.__version__}, python {sys.version.split()[0]}\n{printable(' '.join(sys.argv))}\n\n"
        )
        file.write(printable_lines("".join(traceback.format_exception(error))))
    return Path(name)
