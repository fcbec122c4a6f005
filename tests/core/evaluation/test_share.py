from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zeo.evaluation.share import Share, wilson

NORMAL_95 = 1.959963984540054

counts = st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@settings(deadline=None)
@given(counts)
def test_the_bounds_are_where_the_score_is_that_of_95_per_cent(count_of: tuple[int, int]) -> None:
    count, of = count_of
    low, high = wilson(count, of)
    assert 0.0 <= low <= count / of <= high <= 1.0
    for bound, at_the_end in ((low, count == 0), (high, count == of)):
        if not at_the_end:
            score = abs(count / of - bound) / math.sqrt(bound * (1 - bound) / of)
            assert score == pytest.approx(NORMAL_95, rel=1e-6)


@settings(deadline=None)
@given(counts)
def test_failures_are_mirrored_successes(count_of: tuple[int, int]) -> None:
    count, of = count_of
    low, high = wilson(count, of)
    assert wilson(of - count, of) == pytest.approx((1 - high, 1 - low), abs=1e-12)


def test_a_share_of_nothing_is_unknown_and_nets_have_no_interval() -> None:
    assert (Share(0, 0).share, Share(0, 0).interval) == (None, None)
    assert Share(102, 183, independent=False).interval is None
    assert Share(183, 10_000).interval == pytest.approx((0.01585, 0.02112), abs=1e-5)
