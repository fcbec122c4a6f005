"""Progress of long work on standard error: a bar on a terminal, a line every ten seconds elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Protocol

from attrs import frozen

from zeo.tools.printing import print_line, printable

Advance = Callable[[str], None]
"""Called after each item with a short text that is shown beside the bar."""

LINE_EVERY = 10.0
"""Seconds between lines where there is no terminal."""

SLOW = 0.7
"""Seconds that work goes on without an item done after which a line says what it is, where there is no
terminal."""

COMPILING = "compiling, once after an installation"


class Shown(Protocol):
    """Where the user is told what is being done."""

    def doing(self, what: str) -> None: ...

    def announce(self, what: str) -> None: ...


_shown: list[Shown] = []


def doing(what: str) -> None:
    """Tell the user what is being done now, such as ``"loading zeosym"``, wherever progress is shown."""
    if _shown:
        _shown[-1].doing(what)


def announce(what: str) -> None:
    """Tell the user at once, in a line of its own, what work waits for, wherever progress is shown."""
    if _shown:
        _shown[-1].announce(what)


@contextmanager
def progress(label: str, total: int | None, what: str = "") -> Iterator[Advance]:
    """Show how far work on some items has come, its rate and its expected end.

    Args:
        label: whose work it is.
        total: items; None where they cannot be counted.
        what: is done at first; see :func:`doing`.
    """
    on_terminal = sys.stderr is not None and sys.stderr.isatty()
    with (_bar if on_terminal else _lines)(label, total) as (shown, advance):
        _shown.append(shown)
        try:
            shown.doing(what)
            yield advance
        finally:
            _shown.remove(shown)


@frozen
class _Bar:
    """What is being done, beside a bar; lines are above it."""

    label: str
    show: Callable[[str], object]

    def doing(self, what: str) -> None:
        self.show(what)

    def announce(self, what: str) -> None:
        print_line(f"{self.label}: {what}", err=True)


@contextmanager
def _bar(label: str, total: int | None) -> Iterator[tuple[Shown, Advance]]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(f"{task.speed:.3g}/s" if task.speed else "")

    counted = (MofNCompleteColumn(), Rate(), TimeRemainingColumn()) if total is not None else ()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        *counted,
        TextColumn("{task.fields[text]}", markup=False),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=total, text="")
        yield (
            _Bar(label, lambda what: bar.update(task, text=printable(what))),
            lambda text: bar.update(task, advance=1, text=printable(text)),
        )


class _Lines:
    """What is being done, in a line where it goes on for long before the first item is done."""

    def __init__(self, label: str, total: int | None) -> None:
        self._label = label
        self._prefix = f"{label}:" if total is None else f"{label}: 0 of {total}"
        self._what: str | None = None
        self._told: set[str] = set()
        self._timer: threading.Timer | None = None
        self._ended = False

    def doing(self, what: str) -> None:
        if what == self._what:
            return  # the clock goes on
        self._what = what
        self.cancel()
        if not self._ended and what not in self._told:
            self._timer = threading.Timer(SLOW, self._tell, [what])
            self._timer.daemon = True
            self._timer.start()

    def announce(self, what: str) -> None:
        print_line(f"{self._label}: {what}", err=True)

    def end(self) -> None:
        """Items come: what is being done is no news any more."""
        self._ended = True
        self.cancel()

    def cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _tell(self, what: str) -> None:
        self._told.add(what)
        print_line("  ".join(filter(None, (self._prefix, what))), err=True)


@contextmanager
def _lines(label: str, total: int | None) -> Iterator[tuple[Shown, Advance]]:
    shown = _Lines(label, total)
    advance = lines(label, total or 0)

    def advance_in_time(text: str) -> None:
        shown.end()
        advance(text)

    try:
        yield shown, advance_in_time
    finally:
        shown.end()


def lines(label: str, total: int) -> Advance:
    """A line every ten seconds, also while a bar is shown for the work that this is part of."""
    done, started = 0, time.monotonic()
    due = started + LINE_EVERY

    def advance(text: str) -> None:
        nonlocal done, started, due
        done += 1
        now = time.monotonic()
        if done == 1:
            started = now  # what is compiled for the first item says nothing about the others
        elif now >= due and now > started + 1.0:  # items may come in bursts
            due = now + LINE_EVERY
            rate = (done - 1) / (now - started)
            counted = f"{done}, {rate:.3g}/s"
            if done <= total:  # what has no total, or gives more than was asked for, has no end in sight
                left = timedelta(seconds=round((total - done) / rate))
                counted = f"{done} of {total}, {rate:.3g}/s, {left} left"
            print_line(f"{label}: {counted}  {text}", err=True)

    return advance
