"""Samples that miss go back, and the best of what they were stays."""

import math
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from zeo_learning.restarts import beneath, restarted

FAR = st.one_of(st.just(math.inf), st.floats(0.0, 10.0), st.just(0.0))
PATHS = st.lists(st.lists(FAR, min_size=5, max_size=5), min_size=1, max_size=6)
"""For each sample how far it is from what is wanted, as drawn and after each of four restarts."""


def led_along(paths, restarts):
    visits = [0] * len(paths)

    def again(chosen, _samples):
        for k in chosen:
            visits[k] += 1
        return [paths[k][visits[k]] for k in chosen]

    return restarted([path[0] for path in paths], lambda _, far: far, again, restarts)


@given(PATHS)
def test_more_restarts_never_come_further_from_what_is_wanted(paths):
    ends = [[far for far, _ in led_along(paths, restarts)] for restarts in range(5)]
    for fewer, more in pairwise(ends):
        assert all(after <= before for before, after in zip(fewer, more, strict=True))
    assert ends[4] == [min(path) for path in paths]


@given(PATHS, st.integers(0, 4))
def test_a_sample_goes_back_until_it_is_what_is_wanted(paths, restarts):
    for path, (_, went_back) in zip(paths, led_along(paths, restarts), strict=True):
        assert went_back == min(path.index(0.0) if 0.0 in path else restarts, restarts)


@given(PATHS)
def test_a_sample_has_no_part_in_what_becomes_of_the_others(paths):
    assert led_along(paths, 4) == [led_along([path], 4)[0] for path in paths]


def test_a_restart_goes_down_the_levels_of_the_drawing():
    assert beneath([10.0, 4.0, 1.0, 0.5, 0.0], 4.0) == [4.0, 1.0, 0.5, 0.0]
    assert beneath([10.0, 0.5, 0.0], 4.0) == [4.0, 0.5, 0.0]
