"""Seconds of candidates, read back from a log."""

from zeo.running.timing import Seconds, log_line, seconds_in


def test_what_is_written_is_read_back():
    lines = [f"12:00:00 {log_line('000003', Seconds(0.25, 1.5))}\n", "12:00:01 another line\n"]
    assert seconds_in(lines) == {3: Seconds(0.25, 1.5)}


def test_numbers_that_cannot_be_are_no_times():
    digits = "9" * 5000
    assert not seconds_in([f"{digits} took 1.000 s to draw and 1.000 s to clean up"])
    assert not seconds_in([f"000003 took {digits}.000 s to draw and 1.000 s to clean up"])
