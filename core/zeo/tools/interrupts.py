"""Ctrl-C at any instant of a command: one line, and the exit code that shells expect.

Python raises ``KeyboardInterrupt`` wherever the program happens to be. In the middle of an import that ends
in a traceback, or in an error of the module that is importing. Here Ctrl-C ends the program at once, but
where a command is at work it is raised, so that the work can end in order: after an import, should there be
one just then, unless that takes seconds. Whoever does not want to wait presses it again.

This module is imported before anything else, and imports next to nothing.
"""

from __future__ import annotations

import _thread
import os
import signal
import sys
import time
from collections.abc import Callable
from os import _exit  # the real one, whatever stands in its place while plugins are imported
from types import FrameType

EXIT_CODE = 128 + signal.SIGINT

LINE = "Interrupted."

TRY_AGAIN_AFTER = 0.05
"""Seconds."""

PATIENCE = 2.0
"""Seconds that an import is waited for: a plugin may hang in one."""


class Interrupts:
    """What becomes of Ctrl-C. As a context it is around work that can end in order."""

    def __init__(self) -> None:
        self.received = False
        """Whether there was one."""
        self.parting: Callable[[], str] = _nothing_more
        """What the program says last: how to go on with the command at work, where it can be gone on with."""
        self._at_work = False
        self._tried_again = False
        self._first_at = 0.0
        self._main_thread = 0

    def listen(self) -> None:
        """Handle Ctrl-C from now on, unless whoever started this process has it ignored."""
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            self._main_thread = _thread.get_ident()
            signal.signal(signal.SIGINT, self._handle)
            sys.unraisablehook = self._unraisable

    def __enter__(self) -> None:
        self._at_work, self.parting = True, _nothing_more

    def __exit__(self, *_: object) -> None:
        self._at_work = False

    def raise_if_received(self) -> None:
        """Between two pieces of work: what was raised in the middle of one may have been lost in the code of
        others, which catches everything or makes another error of it.

        Raises:
            KeyboardInterrupt: there was one.
        """
        if self.received:
            raise KeyboardInterrupt

    def _handle(self, _number: int, frame: FrameType | None) -> None:
        is_second = self.received and not self._tried_again
        if not self.received:
            self._first_at = time.monotonic()
        self.received, self._tried_again = True, False
        importing = self._at_work and _is_importing(frame)
        if is_second or not self._at_work or (importing and time.monotonic() - self._first_at > PATIENCE):
            os.write(2, f"{self.parting()}\n".encode())
            _exit(EXIT_CODE)
        if not importing:
            raise KeyboardInterrupt
        self._try_again()

    def _unraisable(self, error: sys.UnraisableHookArgs) -> None:
        """An interrupt is not lost in ``__del__`` and the like, where no error can be raised."""
        if error.exc_type is KeyboardInterrupt:
            self._try_again()
        else:
            sys.__unraisablehook__(error)

    def _try_again(self) -> None:
        _thread.start_new_thread(self._interrupt_later, ())

    def _interrupt_later(self) -> None:
        time.sleep(TRY_AGAIN_AFTER)
        self._tried_again = True
        if hasattr(signal, "pthread_kill"):
            signal.pthread_kill(self._main_thread, signal.SIGINT)  # which also wakes it, should it be waiting
        else:
            _thread.interrupt_main()


def _nothing_more() -> str:
    return LINE


def _is_importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename == "<frozen importlib._bootstrap>":
            return True
        frame = frame.f_back
    return False


INTERRUPTS = Interrupts()
"""Those of this process."""
