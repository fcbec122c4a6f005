"""Calls into the code of others, which may print and exit as it likes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout

from zeo.errors import PluginError, ZeoError
from zeo.tools import progress
from zeo.tools.interrupts import INTERRUPTS


class EscapedError(Exception):
    """An exit or another exception that is no ``Exception``, raised by code that had nothing to end.

    Args:
        description: of what was raised.
    """


@contextmanager
def foreign_code(doing: str | None = None) -> Iterator[None]:
    """What a plugin prints goes to standard error, so that our output stays readable by machines.

    Args:
        doing: what the plugin was asked for, such as ``"loading g"``, where nobody else names it in an error;
            it is told where progress is shown.

    Raises:
        PluginError: it called ``sys.exit``, which must not end the work on everything else; or, with
            ``doing``, it raised anything.
        KeyboardInterrupt: the user pressed Ctrl-C meanwhile, whatever the plugin made of it.
    """
    prefix = f"{doing}: " if doing else ""
    if doing is not None:
        progress.doing(doing)
    with redirect_stdout(sys.stderr):
        try:
            yield
        except SystemExit as error:
            raise PluginError(f"{prefix}the plugin called sys.exit({error.code!r})") from error
        except (ZeoError, KeyboardInterrupt, GeneratorExit):
            raise
        except Exception as error:
            INTERRUPTS.raise_if_received()
            if doing is None:
                raise
            raise PluginError(f"{prefix}the plugin raised {describe(error)}") from error
        except BaseException as error:  # which nobody would catch
            raise PluginError(f"{prefix}the plugin raised {describe(error)}") from error


def describe(error: BaseException) -> str:
    """Type and message of an exception, on one line; of one that escaped, those that it had.

    The arguments of an attrs validator's error hold the whole field; only the first is a message.
    """
    if isinstance(error, EscapedError):
        return str(error)
    message = error.args[0] if len(error.args) > 1 and isinstance(error.args[0], str) else str(error)
    return " ".join(f"{type(error).__name__}: {message}".split()).rstrip(":")
