"""The code of others while it is imported: whatever it does, this process goes on as it was."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from typing import Any, NoReturn

from zeo.tools.foreign import EscapedError, describe
from zeo.tools.printing import print_line

SLOW = 3.0
"""Seconds after which a line says what is waited for."""


@contextmanager
def contained(waiting_for: str | None = None) -> Iterator[None]:
    """What is imported or asked meanwhile can neither end this process nor change its folder and its output.

    What it prints goes to standard error, so that our output stays readable by machines.

    Args:
        waiting_for: what a line on standard error names after :data:`SLOW` seconds; None says nothing.

    Raises:
        EscapedError: for ``SystemExit``, ``os._exit`` and the like; Ctrl-C of the user stays what it is.
        Exception: as it was raised.
    """
    with ExitStack() as stack:
        stack.enter_context(_same_folder())
        stack.enter_context(_same_streams())
        stack.enter_context(_told_when_slow(waiting_for))
        stack.enter_context(_exits_raise())
        interrupts = stack.enter_context(_counted_interrupts())
        try:
            yield
        except Exception:
            raise
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt) and interrupts() != 0:
                raise
            raise EscapedError(str(error) if isinstance(error, _ExitError) else describe(error)) from error


@contextmanager
def _same_folder() -> Iterator[None]:
    try:
        folder = os.getcwd()
    except OSError:  # it was removed
        yield
        return
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            os.chdir(folder)


@contextmanager
def _same_streams() -> Iterator[None]:
    """Standard output and error outlive that somebody closes them, as objects or as descriptors."""
    streams, copies = (sys.stdout, sys.stderr), {number: _copy(number) for number in (1, 2)}
    shared: Any = _Unclosable(sys.stderr)
    try:
        with redirect_stdout(shared), redirect_stderr(shared):
            yield
    finally:
        for number, copy in copies.items():
            if copy is not None:
                with contextlib.suppress(OSError):
                    os.dup2(copy, number)
                    os.close(copy)
        sys.stdout, sys.stderr = (_reopened(stream, n) for n, stream in enumerate(streams, start=1))


def _copy(descriptor: int) -> int | None:
    try:
        return os.dup(descriptor)
    except OSError:  # this process was started without
        return None


def _reopened(stream: Any, descriptor: int) -> Any:
    if not getattr(stream, "closed", False):
        return stream
    return open(descriptor, "w", encoding="utf-8", errors="backslashreplace", closefd=False)


class _Unclosable:
    """A stream that ``close`` leaves open."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError, ValueError):
            self._stream.write(text)
        return len(text)

    def close(self) -> None:
        """Does nothing."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def _told_when_slow(waiting_for: str | None) -> Iterator[None]:
    if waiting_for is None:
        yield
        return
    line = f"Waiting for {waiting_for}; ZEO_PLUGINS=NAME,... uses these distributions alone"
    timer = threading.Timer(SLOW, print_line, [line], {"err": True})
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


class _ExitError(SystemExit):
    """``os._exit`` was called."""


@contextmanager
def _exits_raise() -> Iterator[None]:
    """``os._exit`` raises in this thread; other threads and processes forked meanwhile end as they wish."""
    process, thread, leave = os.getpid(), threading.get_ident(), os._exit

    def raise_instead(status: int) -> NoReturn:
        if (os.getpid(), threading.get_ident()) != (process, thread):
            leave(status)
        raise _ExitError(f"os._exit({status})")

    os._exit = raise_instead
    try:
        yield
    finally:
        os._exit = leave


@contextmanager
def _counted_interrupts() -> Iterator[Callable[[], int]]:
    """How often the user pressed Ctrl-C meanwhile; in threads that cannot tell, always once."""
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield lambda: 1
        return
    count = 0

    def handle(number: int, frame: Any) -> Any:
        nonlocal count
        count += 1
        return before(number, frame)

    signal.signal(signal.SIGINT, handle)
    try:
        yield lambda: count
    finally:
        signal.signal(signal.SIGINT, before)
