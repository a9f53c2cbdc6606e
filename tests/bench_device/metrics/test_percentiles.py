from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanderling.bench_device.metrics.percentiles import (
    median_interval,
    percentiles,
    quantile_interval,
    why_no_p99,
)


def test_p99_needs_a_hundred() -> None:
    assert percentiles(range(99)).p99 is None
    assert percentiles(range(101)).p99 == 99.0
    assert why_no_p99(99) == "P99 left out: 99 requests, 100 are needed"
    assert why_no_p99(100) == ""


def test_percentiles_are_interpolated() -> None:
    found = percentiles([10.0, 20.0])
    assert (found.p50, found.p90) == (15.0, 19.0)
    with pytest.raises(ValueError, match="no percentiles"):
        percentiles([])


def test_the_interval_of_a_median_is_the_tabled_one() -> None:
    # Ranks of Conover's table for the sign test at 95 per cent: n = 10 gives 2 and 9, n = 20 gives 6 and 15.
    assert median_interval(range(1, 11)) == (2.0, 9.0)
    assert median_interval(range(1, 21)) == (6.0, 15.0)
    assert median_interval(range(1, 7)) == (1.0, 6.0)
    assert median_interval(range(5)) is None


def test_the_interval_of_p90() -> None:
    # The shares of binomial(40, .9): P(B < 32) is .016 and P(B >= 40) .015, so the 32nd and the 40th value enclose it.
    assert quantile_interval(range(1, 41), 0.9) == (32.0, 40.0)
    # P(B >= 35) of binomial(35, .9) is .025031, of 36 it is .022528.
    assert quantile_interval(range(35), 0.9) is None
    assert quantile_interval(range(36), 0.9) is not None
    assert quantile_interval([], 0.5) is None


def test_the_interval_of_many_values() -> None:
    # The normal limit: 1.96 * sqrt(n) / 2 ranks to either side.
    low, high = median_interval(range(20_000))
    assert low == pytest.approx(10_000 - 139, abs=2) and high == pytest.approx(10_000 + 139, abs=2)


@given(st.lists(st.floats(0.0, 1e6), min_size=6, max_size=60))
def test_the_interval_holds_the_median(values: list[float]) -> None:
    low, high = median_interval(values)
    assert low <= percentiles(values).p50 <= high
