"""Test whether repetitions slow down by more than their scatter and by more than one step of the CPU clock.

A line is fitted to the samples over their index. Without a trend, its slope divided by its standard error follows
Student's t with n - 2 degrees of freedom (Draper and Smith 1998, section 1.4). The one-sided 99 per cent point bounds
false alarms to one row in a hundred.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

ONE_STEP = 0.05
"""Minimum fall that counts: 100 MHz of 2 GHz, the step in which governors and turbo change the clock without any
heat."""

_T_99 = (31.82, 6.965, 4.541, 3.747, 3.365, 3.143, 2.998, 2.896, 2.821, 2.764)
"""One-sided 99 per cent points of Student's t for 1 to 10 degrees of freedom. Above 10 the last one is used, which is
stricter."""


def fall(values: Sequence[float]) -> float:
    """Return the relative fall of the fitted line from the first value to the last; 0 if it is not significant.

    Fewer than 3 values give 0, because their scatter is unknown. Raises ValueError for a value that is not positive.
    """
    n = len(values)
    if any(not value > 0 for value in values):
        raise ValueError("speeds must be positive")
    if n < 3:
        return 0.0
    mean_x, mean_y = (n - 1) / 2, math.fsum(values) / n
    spread = math.fsum((x - mean_x) ** 2 for x in range(n))
    slope = math.fsum((x - mean_x) * (y - mean_y) for x, y in enumerate(values)) / spread
    rest = math.fsum((y - mean_y - slope * (x - mean_x)) ** 2 for x, y in enumerate(values))
    error = math.sqrt(rest / (n - 2) / spread)
    share = -slope * (n - 1) / (mean_y - slope * mean_x)
    significant = -slope > _T_99[min(n - 2, len(_T_99)) - 1] * error
    return share if significant and share > ONE_STEP else 0.0
