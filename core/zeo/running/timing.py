"""How long candidates took: in the log alone, so that records stay byte-identical, and read back from it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from contextlib import suppress

from attrs import frozen

_LINE = re.compile(r" (\d{6,15}) took (\d{1,15}\.\d{3}) s to draw and (\d{1,15}\.\d{3}) s to clean up$")

LINE = 120
"""Bytes of such a line, at most."""


@frozen
class Seconds:
    """Wall-clock seconds that a candidate took.

    Args:
        drawing: until the generator handed it over; one that draws a whole batch at once spends the time of
            all with the first.
        clean_up: from the drawn grid to the last stage that it reached.
    """

    drawing: float
    clean_up: float


def log_line(candidate_id: str, seconds: Seconds) -> str:
    """What the log says of a candidate that is finished."""
    return f"{candidate_id} took {seconds.drawing:.3f} s to draw and {seconds.clean_up:.3f} s to clean up"


def seconds_in(log: Iterable[str]) -> dict[int, Seconds]:
    """Seconds by index of the candidate, from the lines of a log; of one computed twice, the last."""
    found = {}
    for line in log:
        match = _LINE.search(line.rstrip())
        if match:
            found[int(match[1])] = Seconds(float(match[2]), float(match[3]))
    return found


def times_in(log: Iterable[str]) -> list[float]:
    """When candidates were finished: seconds since 1970, in order; the clock is that of this machine."""
    times = []
    for line in log:
        if _LINE.search(line.rstrip()):
            with suppress(ValueError, OverflowError):
                date, _, thousandths = line[:23].partition(",")
                times.append(time.mktime(time.strptime(date, "%Y-%m-%d %H:%M:%S")) + int(thousandths) / 1000)
    return sorted(times)
