"""Merge what two readings of one question found: the question by itself, and with the conversation before it.

A change of subject is found by the first, "and when?" by the second. The weight of a node is the mean of its weights in
both, as if each reading were meant with some probability; that keeps a reading that is sure from losing to one that
finds nothing in particular, as it would by ranks.
"""

from __future__ import annotations

import numpy as np

from ...records import AttentionResult, RetrievalResult


def merged(likely: RetrievalResult, other: RetrievalResult, probability: float) -> RetrievalResult:
    """Return the nodes of both results by their mean weight; ``probability``: of ``likely``, the rest of ``other``.

    Vector, hits and the prior's weights are those of ``likely``.
    """
    weights: dict[int, float] = {}
    for found, share in ((likely, probability), (other, 1 - probability)):
        attended = found.attended
        for key, weight in zip(attended.keys.tolist(), attended.weights.tolist(), strict=True):
            weights[key] = weights.get(key, 0.0) + share * weight
    # A stable sort: equal weights stay in the order of the likelier reading.
    order = sorted(weights, key=lambda key: -weights[key])[: len(likely.attended.prior_weights)]
    values = np.array([weights[key] for key in order], np.float32)
    return RetrievalResult(
        vector=likely.vector,
        hits=likely.hits,
        attended=AttentionResult(
            keys=np.array(order, np.uint64),
            weights=values / values.sum() if len(values) else values,
            prior_weights=likely.attended.prior_weights,
            entropy=likely.attended.entropy,
            depth_touched=max(likely.attended.depth_touched, other.attended.depth_touched),
        ),
    )
