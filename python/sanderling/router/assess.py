"""Accept a draft or escalate it to a larger model."""

from __future__ import annotations

import math

from ..records import Assessment, Generation, Route
from .contract import Verdict


def confidence(draft: Generation) -> float:
    """Return the geometric mean of the draft's token probabilities: exp of the mean logprob; 0 for an empty draft."""
    if not draft.tokens:
        return 0.0
    return math.exp(sum(token.logprob for token in draft.tokens) / len(draft.tokens))


def assess(draft: Generation, verdict: Verdict, larger: Route | None) -> Assessment:
    """Accept the draft unless the router refuses it and a larger model is available.

    ``larger`` None: there is no larger model, or this is already the second draft.
    """
    reason = verdict.reason
    if verdict.escalate and larger is None:
        reason += "; no larger model is left, or none fits RAM and budget"
    return Assessment(accept=not verdict.escalate or larger is None, confidence=confidence(draft), reason=reason)
