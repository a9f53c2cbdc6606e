"""Which router decides, and the route to the next larger model when it refuses a draft."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from ..models.shelf import Shelf
from ..records import Route, Sampling
from ..router.candidates import Choice
from ..router.contract import Router
from ..router.learned import FastGrnnRouter
from ..router.rule import RuleRouter

LEARNED = "learned"
"""What a user asks for to route by the router that was installed."""


def router_named(name: str) -> Router:
    """Return the rule for ``rule``, what is installed for ``learned``, else the FastGRNN of the weights file ``name``.

    Raises UsageError if it cannot be used, or when none is installed.
    """
    if name == RuleRouter.id:
        return RuleRouter()
    if name != LEARNED:
        return FastGrnnRouter(Path(name))
    from ..router import installed

    return FastGrnnRouter(installed.weights())


def check_shelf(router: Router, name: str, shelf: Shelf) -> None:
    """Raise UsageError when the installed router, asked for by ``name``, was trained for other models than these."""
    if name == LEARNED and isinstance(router, FastGrnnRouter):
        from ..router import installed
        from ..router.training import card

        rungs = {max(model.entry.rung - 1, 0): model.entry.id for model in shelf.models}
        installed.check_ladder(card.decode(router.card).models, rungs)


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
