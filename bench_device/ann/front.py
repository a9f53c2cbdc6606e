"""Queries per second at a given recall, read between measured points.

Indexes are compared at equal recall, and no two of them pass exactly through one, so what lies between two points of an
index has to be interpolated: linearly in recall, and in the logarithm of QPS, because over ``ef_search`` QPS falls by
about the same factor for every halving of what recall lacks.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

Pair = tuple[float, float]
"""Recall and QPS of one setting."""


def front(points: Sequence[Pair]) -> list[Pair]:
    """Those points than which no other has at least the recall and at least the QPS, by ascending recall."""
    kept: list[Pair] = []
    for point in sorted(set(points), reverse=True):
        if not kept or point[1] > kept[-1][1]:
            kept.append(point)
    return kept[::-1]


def qps_at(points: Sequence[Pair], recall: float) -> float | None:
    """QPS with which ``recall`` is reached, or None if it never is.

    Below the first point of the front it is that point's, for nothing faster was measured. Nothing is extrapolated.
    """
    best = front(points)
    if not best or recall > best[-1][0]:
        return None
    if recall <= best[0][0]:
        return best[0][1]
    for (low, fast), (high, slow) in pairwise(best):
        if recall <= high:
            share = (recall - low) / (high - low)
            return math.exp((1 - share) * math.log(fast) + share * math.log(slow))
    raise AssertionError("recall lies between the first and the last point of the front")
