"""Progress of long work on standard error: a bar on a terminal, a line every ten seconds elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from zeo.tools.printing import print_line, printable

Advance = Callable[[str], None]
"""Called after each item with a short text that is shown beside the bar."""

LINE_EVERY = 10.0
"""Seconds between lines where there is no terminal."""

SLOW = 3.0
"""Seconds without a single item done after which a line says that work has begun."""

FIRST_TEXT = "(the first use after installation compiles for about half a minute)"
"""Shown until the first item is done."""


@contextmanager
def progress(label: str, total: int) -> Iterator[Advance]:
    """Show how far work on ``total`` items has come, its rate and its expected end."""
    if sys.stderr is not None and sys.stderr.isatty():
        with _bar(label, total) as advance:
            yield advance
    else:
        with _told_when_slow_to_begin(label, total) as advance:
            yield advance


@contextmanager
def _bar(label: str, total: int) -> Iterator[Advance]:
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

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        Rate(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[text]}", markup=False),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=total, text=FIRST_TEXT)
        yield lambda text: bar.update(task, advance=1, text=printable(text))


@contextmanager
def _told_when_slow_to_begin(label: str, total: int) -> Iterator[Advance]:
    advance = lines(label, total)
    first_line = f"{label}: 0 of {total}  {FIRST_TEXT}"
    begun = threading.Timer(SLOW, lambda: print_line(first_line, err=True))
    begun.daemon = True

    def advance_in_time(text: str) -> None:
        begun.cancel()
        advance(text)

    begun.start()
    try:
        yield advance_in_time
    finally:
        begun.cancel()


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
            left = timedelta(seconds=round((total - done) / rate))
            counted = f"{done} of {total}, {rate:.3g}/s, {left} left"
            print_line(f"{label}: {counted}  {text}", err=True)

    return advance
