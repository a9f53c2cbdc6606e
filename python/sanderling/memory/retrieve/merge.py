"""Merge the results of two readings of a question: by itself, and as a follow-up to earlier turns.

A change of subject is found by the first, "and when?" by the second. Their ranks are fused as those of the channels of
:mod:`~sanderling.memory.retrieve.hybrid`, but with a small constant, so that the first ranks of the likelier reading
stay ahead of the other's. Weights cannot be compared: attention gives nearly all of it to a node that the text names.
"""

from __future__ import annotations

import numpy as np

from ...records import AttentionResult, RetrievalResult
from .hybrid import fuse

K = 2
"""Of 2, 10 and 60 the best for conversations: a larger one lets a node that is middling in both readings win."""


def merged(likely: RetrievalResult, other: RetrievalResult, share: float) -> RetrievalResult:
    """Return the nodes of both results in one order, each with its share of the fused score as its weight.

    ``share``: weight of ``likely``; the rest is that of ``other``. Vector, hits and the prior's weights are those of
    ``likely``, and so is the number of nodes.
    """
    readings = ((share, likely.attended.keys.tolist()), (1 - share, other.attended.keys.tolist()))
    scores = fuse(readings, K)
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
