"""Progress where there is no terminal."""

import threading

from zeo.tools import progress as module
from zeo.tools.progress import FIRST_TEXT, progress


def wait_for_timers() -> None:
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):
            thread.join()


def test_work_that_is_slow_to_begin_is_announced(capsys, monkeypatch):
    monkeypatch.setattr(module, "SLOW", 0.0)
    with progress("zeo data make", 7) as advance:
        wait_for_timers()
        advance("")
    assert capsys.readouterr().err == f"zeo data make: 0 of 7  {FIRST_TEXT}\n"


def test_work_that_begins_at_once_is_quiet(capsys):
    with progress("zeo probe", 1) as advance:
        advance("")
        wait_for_timers()
    assert capsys.readouterr().err == ""
