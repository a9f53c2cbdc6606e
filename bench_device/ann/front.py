"""Queries per second at a given recall, interpolated between measured points.

Indexes are compared at equal recall, which their measured points do not share. Interpolation is linear in recall and in
log QPS: over ``ef_search``, QPS falls by about the same factor each time the missing recall halves.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

Pair = tuple[float, float]
"""Recall and QPS at one setting."""


def front(points: Sequence[Pair]) -> list[Pair]:
    """Return the Pareto front of ``points``, by ascending recall.

    On the front, more recall always costs QPS.
    """
    kept: list[Pair] = []
    for point in sorted(set(points), reverse=True):
        if not kept or point[1] > kept[-1][1]:
            kept.append(point)
    return kept[::-1]


def qps_at(points: Sequence[Pair], recall: float) -> float | None:
    """Return the QPS at ``recall``, or None if no point reaches that recall.

    Below the first point of the front, return that point's QPS, since nothing faster was measured. There is no
    extrapolation.
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
