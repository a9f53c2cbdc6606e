"""Accept a draft, or replace it by a second draft."""

from __future__ import annotations

import math

from ..records import Assessment, Generation, Route
from .contract import SecondStep


def confidence(draft: Generation) -> float:
    """Return the geometric mean of the draft's token probabilities.

    It is 0 for a draft that is empty or not scored.
    """
    if not draft.tokens or not draft.scored:
        return 0.0
    return math.exp(sum(token.logprob for token in draft.tokens) / len(draft.tokens))


def assess(draft: Generation, step: SecondStep, further: Route | None) -> Assessment:
    """Accept the draft unless there is a ``further`` route to take.

    ``further`` None: none is worth its price, or this is already the second draft.
    """
    reason = step.reason
    if step.escalate and further is None:
        reason += "; no larger model is left, or none fits RAM and budget"
    return Assessment(accept=further is None, confidence=confidence(draft), reason=reason)
