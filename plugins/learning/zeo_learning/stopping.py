"""Stopping a training from outside: by a signal, or because its time is over while a batch is being made."""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType
from typing import Any

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGALRM") if hasattr(signal, name))
"""What stops a training; the last is the alarm clock of :meth:`Stopper.listen`, which Windows lacks."""


class Stopped(BaseException):
    """Unwinds a training. Like ``KeyboardInterrupt`` it is no ``Exception``, which somebody might catch."""


class Stopper:
    """Turns signals into :class:`Stopped`: at once, or as soon as nothing is half done.

    An update of weights and a save are never interrupted. Everything else is, such as a batch that takes
    hours to make: Python runs a signal's handler between any two of its own instructions. One call of torch,
    such as the backward pass of a step, is waited for.
    """

    def __init__(self) -> None:
        self.at_once = True
        """Whether it may raise; not where several processes have to stop in the same step."""
        self.received: signal.Signals | None = None
        self._deferred = True
        self._process: int | None = None
        self._before: dict[signal.Signals, Any] = {}

    def listen(self, seconds: float | None = None) -> None:
        """Handle signals from now on, even where others have taken them over since, and raise after so many
        seconds. Other threads than the main one never get a signal; training in one ends after its last step
        alone."""
        if threading.current_thread() is not threading.main_thread():
            return
        self._process = os.getpid()
        replaced = {number: signal.signal(number, self._handle) for number in SIGNALS}
        self._before = self._before or replaced
        if seconds is not None and hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, seconds)

    @property
    def by_signal(self) -> signal.Signals | None:
        """What somebody sent, where it was not the alarm clock."""
        alarm = getattr(signal, "SIGALRM", None)
        return None if self.received == alarm else self.received

    def close(self) -> None:
        """Give the signals back; again where others took them for ours and gave them back to us."""
        if self._before and hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0.0)
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def defer(self) -> None:
        """Something begins that must not be left half done."""
        self._raise_if_received()
        self._deferred = True

    def allow(self) -> None:
        """It is done."""
        self._deferred = False
        self._raise_if_received()

    def _raise_if_received(self) -> None:
        if self.received is not None and self.at_once:
            self._deferred = True  # until the last save is done
            raise Stopped

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        if os.getpid() != self._process:
            os._exit(128 + number)  # a worker that was forked: it has nothing to save
        if self.received is None:
            self.received = signal.Signals(number)
            if not self._deferred:
                self._raise_if_received()
