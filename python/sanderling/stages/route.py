"""Which router decides, and the route to the next larger model when it refuses a draft."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from ..records import Route, Sampling
from ..router.candidates import Choice
from ..router.contract import Router
from ..router.learned import FastGrnnRouter
from ..router.rule import RuleRouter


def router_named(name: str) -> Router:
    """Return the rule for ``rule``, else the FastGRNN whose weights file ``name`` is. Raises UsageError if unusable."""
    return RuleRouter() if name == RuleRouter.id else FastGrnnRouter(Path(name))


def next_larger(
    current: Route,
    allowed: Sequence[Choice],
    sampling: Mapping[str, Sampling],
    spent_ms: float,
    budget_ms: float | None,
) -> Route | None:
    """Return the route to the next larger allowed model with the same context bin, or None.

    None also when the budget that is left does not cover what the larger model is predicted to take.
    """
    rungs = {choice.candidate.model_id: choice.candidate.rung for choice in allowed}
    above = [
        choice
        for choice in allowed
        if choice.candidate.rung > rungs[current.model_id]
        and choice.context_bin == current.context_bin
        and (budget_ms is None or spent_ms + choice.predicted_ms <= budget_ms)
    ]
    if not above:
        return None
    to = min(above, key=lambda choice: choice.candidate.rung)
    drawn = sampling[to.candidate.model_id]
    return msgspec.structs.replace(
        current,
        model_id=to.candidate.model_id,
        context_tokens=to.context_tokens,
        temperature=drawn.temperature,
        top_p=drawn.top_p,
        predicted_ms=to.predicted_ms,
        escalated_from=current.model_id,
        reason=f"the draft of {current.model_id} was not accepted",
    )
