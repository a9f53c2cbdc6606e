"""ε-greedy exploration: sometimes replaces the router's choice with a random choice.

The propensity of the choice is logged, so that logs can train a router. With probability ε a choice is drawn uniformly
from all k allowed ones, the router's own included. The propensity is therefore ε / k, and 1 - ε + ε / k for the
router's own choice. Telemetry stores it, and off-policy estimates (:mod:`sanderling.router.training.offpolicy`) divide
by it.

There is no exploration where a guard demands the largest model, where the question's subject is risky, where the router
abstained, or where any allowed model is remote.
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from msgspec.structs import replace

from ..records import Sampling
from ..text.questions.question import RISKY, subjects
from .choices import Choice
from .contract import Decision
from .guard import Guarded


def explore(
    decision: Decision, guarded: Guarded, query: str, sampling: Mapping[str, Sampling], epsilon: float, random: Random
) -> Decision:
    """Replace ``decision`` by a random choice from ``guarded.allowed`` with probability ``epsilon``.

    The returned route holds its propensity. ``epsilon`` 0 returns ``decision`` unchanged. ``sampling`` holds each
    model's default, used for a random choice.
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
