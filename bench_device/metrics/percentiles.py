"""Latency percentiles, and the confidence interval of a quantile."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate

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


def quantile_interval(values: Sequence[float], share: float) -> tuple[float, float] | None:
    """Return an interval that contains a quantile with at least 95 per cent probability, for any distribution.

    ``share``: the share of values below the quantile; .5 is the median. The number of values below it is
    binomial(n, share), so two of the ordered values enclose it, each failing with at most 2.5 per cent (Conover 1999,
    section 3.2). None for too few values: fewer than 6 for the median, fewer than 36 for P90.
    """
    n = len(values)
    chances = [
        # By logarithms: the number of ways overflows a float from about 1,000 values on.
        math.exp(
            math.lgamma(n + 1)
            - math.lgamma(k + 1)
            - math.lgamma(n - k + 1)
            + k * math.log(share)
            + (n - k) * math.log1p(-share)
        )
        for k in range(n + 1)
    ]
    below = list(accumulate(chances))
    above = list(accumulate(reversed(chances)))
    # The lower one fails if fewer than ``low`` values lie below the quantile, the upper one if ``high`` or more do.
    low = sum(chance <= 0.025 for chance in below)
    high = n + 1 - sum(chance <= 0.025 for chance in above)
    ordered = sorted(values)
    return (float(ordered[low - 1]), float(ordered[high - 1])) if low >= 1 and high <= n else None


def median_interval(values: Sequence[float]) -> tuple[float, float] | None:
    """Return the :func:`quantile_interval` of the median; None for fewer than 6 values."""
    return quantile_interval(values, 0.5)
