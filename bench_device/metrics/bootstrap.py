"""The ratio of two means or medians, with its bootstrap interval (Efron and Tibshirani 1993, chapters 8 and 13)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ...records import Record

RESAMPLES = 10_000
LEAST = 5
"""Minimum number of values for an interval: resamples of 2 or 3 values rarely reach beyond the values themselves."""


class Ratio(Record):
    """The ratio of the means or medians of two series, with its 95 per cent interval.

    The interval has the percentiles of a bootstrap.
    """

    ratio: float
    low: float
    high: float
    paired: bool
    """Whether pairs were resampled; otherwise each side separately."""
    n: tuple[int, int]

    @property
    def differs(self) -> bool:
        """Whether both series have at least ``LEAST`` values and the interval excludes 1."""
        return min(self.n) >= LEAST and not self.low <= 1.0 <= self.high


def ratio(
    a: Sequence[float], b: Sequence[float], *, paired: bool, seed: int, of: Literal["mean", "median"] = "mean"
) -> Ratio:
    """Return the ratio ``b`` / ``a`` of the means or medians, with its interval.

    ``paired``: a[i] and b[i] were measured under the same conditions. Pairs are then drawn together, so variation
    common to both does not widen the interval. Raises ValueError for empty or non-positive values, and for pairs of
    unequal number. With as few as 5 values, the interval has .63 of Student's width (sqrt(4/5) * 1.96 / 2.78): read it
    as a lower bound of the uncertainty.
    """
    if not a or not b or min(*a, *b) <= 0:
        raise ValueError("a ratio needs positive values on both sides")
    if paired and len(a) != len(b):
        raise ValueError(f"{len(a)} and {len(b)} values are no pairs")
    left, right = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    centre = np.mean if of == "mean" else np.median
    rng = np.random.default_rng(seed)
    first = rng.integers(0, left.size, (RESAMPLES, left.size))
    second = first if paired else rng.integers(0, right.size, (RESAMPLES, right.size))
    drawn: NDArray[np.float64] = centre(right[second], axis=1) / centre(left[first], axis=1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Ratio(
        ratio=float(centre(right) / centre(left)),
        low=float(low),
        high=float(high),
        paired=paired,
        n=(left.size, right.size),
    )


def took_turns(a: Sequence[float], b: Sequence[float]) -> bool:
    """Whether two series of times alternate, as in a b a b or b a b a.

    Then a[i] and b[i] are adjacent in time.
    """
    if len(a) != len(b) or not a:
        return False
    if a[0] > b[0]:
        a, b = b, a
    merged = [time for pair in zip(a, b, strict=True) for time in pair]
    return all(first < second for first, second in pairwise(merged))
