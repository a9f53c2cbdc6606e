"""Now and then another choice than the router's, with its probability written down: so that a log can be learned from.

ε-greedy: with probability ε a choice is drawn evenly among all allowed ones, the router's own included. The propensity
of what is taken, ε / k and for the router's own 1 - ε + ε / k, goes to telemetry, where off-policy estimates
(:mod:`.training.offpolicy`) divide by it.

Nothing is explored where a guard demanded the largest model, where the subject is one of risk, where the router
abstained, and nothing is ever sent over a network for exploration's sake.
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from msgspec.structs import replace

from ..records import Sampling
from ..text.question import RISKY, subjects
from .choices import Choice
from .contract import Decision
from .guard import Guarded


def explore(
    decision: Decision, guarded: Guarded, query: str, sampling: Mapping[str, Sampling], epsilon: float, random: Random
) -> Decision:
    """Return ``decision`` with its propensity, or one drawn among ``guarded.allowed``.

    ``epsilon``: 0 leaves everything as it is. ``sampling``: the models' own, which an explored model is given.
    """
    arms = guarded.allowed
    remote = any(choice.candidate.remote for choice in arms)
    if epsilon <= 0 or len(arms) < 2 or guarded.reason or decision.abstained or remote or subjects(query) & RISKY:
        return decision
    drawn = random.choice(arms) if random.random() < epsilon else None
    each = epsilon / len(arms)
    route = decision.route
    if drawn is None or _is(drawn, decision):
        return replace(decision, route=replace(route, propensity=1 - epsilon + each))
    tried = replace(
        drawn.taken(route, sampling[drawn.candidate.model_id]),
        propensity=each,
        reason=f"tried to learn from it, with p={each:.3f}; else {route.model_id}, {route.context_bin} context",
    )
    return replace(decision, route=tried, rung=drawn.candidate.rung)


def _is(choice: Choice, decision: Decision) -> bool:
    route = decision.route
    return (choice.candidate.model_id, choice.context_bin) == (route.model_id, route.context_bin)
