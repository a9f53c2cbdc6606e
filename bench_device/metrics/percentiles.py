"""Latency percentiles, and the confidence interval of a median."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ...records import Record

LEAST_FOR_P99 = 100


class Percentiles(Record):
    """Percentiles in milliseconds, linearly interpolated."""

    p50: float
    p90: float
    p99: float | None
    """None below 100 requests, where it would be little more than the maximum."""


def percentiles(values: Sequence[float]) -> Percentiles:
    """Return the percentiles of ``values``. Raises ValueError without values."""
    if not values:
        raise ValueError("no values have no percentiles")
    p50, p90, p99 = (float(value) for value in np.percentile(values, [50, 90, 99]))
    return Percentiles(p50=p50, p90=p90, p99=p99 if len(values) >= LEAST_FOR_P99 else None)


def why_no_p99(n: int) -> str:
    """Return a note that ``n`` requests are too few for a P99, or an empty string if they suffice."""
    return "" if n >= LEAST_FOR_P99 else f"P99 left out: {n} requests, {LEAST_FOR_P99} are needed"


def median_interval(values: Sequence[float]) -> tuple[float, float] | None:
    """Return an interval that contains the median with at least 95 per cent probability, for any distribution.

    The number of values below the median is binomial(n, 1/2), so the k-th smallest and k-th largest value enclose it
    with probability 1 - 2 P(B < k) (Conover 1999, section 3.2). None for fewer than 6 values, whose extremes do not
    reach 95 per cent.
    """
    n = len(values)
    outside, k = 0.0, 0
    while outside + math.comb(n, k) / 2**n <= 0.025:
        outside += math.comb(n, k) / 2**n
        k += 1
    ordered = sorted(values)
    return (float(ordered[k - 1]), float(ordered[n - k])) if k else None
