"""Merge two retrieval results for a question: for the question alone, and for the question as a follow-up.

A change of subject is found by the first, "and when?" by the second. Their ranks are fused as those of the channels of
:mod:`~sanderling.memory.retrieve.hybrid`, but with a small constant, so that the first ranks of the likelier reading
stay ahead of the other's. Weights cannot be compared: attention gives nearly all of it to a node that the text names.
"""

from __future__ import annotations

import numpy as np

from ...records import AttentionResult, RetrievalResult
from .hybrid import fuse

K = 2
"""Constant of reciprocal rank fusion.

Of 2, 10 and 60 the best for conversations: a larger one lets a node win that is middling in both results.
"""


def merged(likely: RetrievalResult, other: RetrievalResult, share: float, nearest: float = 0.0) -> RetrievalResult:
    """Return the nodes of both results in one order, each weighted by its share of the fused score.

    ``share``: weight of ``likely``; the rest is that of ``other``. ``nearest``: weight, for each of the two, of the
    order in which its vector found them. Vector, hits and the certainty are those of
    ``likely``, and so is the number of nodes.
    """
    readings = [(share, likely.attended.keys.tolist()), (1 - share, other.attended.keys.tolist())]
    ranked = {key for _, keys in readings for key in keys}
    by_vector = [(nearest, [key for key in each.hits.keys.tolist() if key in ranked]) for each in (likely, other)]
    scores = fuse(readings + by_vector, K)
    # A stable sort: equal scores stay in the order of the likelier reading.
    order = sorted(scores, key=lambda key: -scores[key])[: len(likely.attended.prior_weights)]
    weights = np.array([scores[key] for key in order], np.float32)
    return RetrievalResult(
        vector=likely.vector,
        hits=likely.hits,
        attended=AttentionResult(
            keys=np.array(order, np.uint64),
            weights=weights / weights.sum() if len(order) else weights,
            prior_weights=likely.attended.prior_weights,
            entropy=likely.attended.entropy,
            depth_touched=max(likely.attended.depth_touched, other.attended.depth_touched),
        ),
    )
