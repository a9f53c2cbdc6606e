"""The default router: a rule that fits in a paragraph, called ``rule`` in every output.

The smallest allowed model answers. The context is as small as the retrieval is sure: if the three heaviest nodes hold
at least ``SURE`` of the attention, small; at least ``HALF_SURE``, medium; else large; never larger than the budget
allows. Sampling is the model's own default. Only an empty draft goes to a larger model: a router that judges drafts by
default has to beat this one first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..records import CONTEXT_BINS, Attended, ContextBin, Generation, Route, Sampling
from .candidates import Choice
from .contract import Decision, Features, Verdict

SURE = 0.9
HALF_SURE = 0.6
"""Attention mass of the top three nodes. Round numbers, not fitted: this is a rule, and is named as one."""


def wanted_bin(attended: Attended) -> tuple[ContextBin, str]:
    """Return the context bin this retrieval asks for, and why in words."""
    if len(attended.weights) == 0:
        return "small", "nothing was found"
    mass = float(attended.weights[:3].sum())
    name: ContextBin = "small" if mass >= SURE else "medium" if mass >= HALF_SURE else "large"
    return name, f"the top three notes hold {mass:.0%} of the attention"


class RuleRouter:
    """The rule above. Stateless."""

    id = "rule"
    may_escalate = False
    reads = ("attention_top3",)

    def weigh(
        self, features: Features, allowed: Sequence[Choice], attended: Attended, hidden: Features | None
    ) -> tuple[float, ...]:
        """Return 1 for the choice of the rule and 0 for all others."""
        chosen = self._choice(allowed, wanted_bin(attended)[0])
        return tuple(float(choice is chosen) for choice in allowed)

    @staticmethod
    def _choice(allowed: Sequence[Choice], wanted: ContextBin) -> Choice:
        smallest = min(choice.candidate.rung for choice in allowed)
        bins = [choice for choice in allowed if choice.candidate.rung == smallest]
        not_larger = [c for c in bins if CONTEXT_BINS.index(c.context_bin) <= CONTEXT_BINS.index(wanted)]
        return not_larger[-1] if not_larger else bins[0]

    def decide(
        self,
        features: Features,
        allowed: Sequence[Choice],
        attended: Attended,
        sampling: Mapping[str, Sampling],
        hidden: Features | None,
    ) -> Decision:
        """Follow the rule; ``features`` and ``hidden`` are for routers that learn."""
        wanted, why = wanted_bin(attended)
        choice = self._choice(allowed, wanted)
        if not choice.within_budget:
            why = "nothing meets the budget, this is the fastest"
        elif choice.context_bin != wanted:
            why += f"; {wanted} context is over the budget"
        drawn = sampling[choice.candidate.model_id]
        route = Route(
            model_id=choice.candidate.model_id,
            context_bin=choice.context_bin,
            context_tokens=choice.context_tokens,
            temperature=drawn.temperature,
            top_p=drawn.top_p,
            escalate=0.0,
            router=self.id,
            reason=f"smallest model that fits; {why}",
            predicted_ms=choice.predicted_ms,
        )
        return Decision(route=route, rung=choice.candidate.rung)

    def assess(self, features: Features, draft: Generation, hidden: Features | None) -> Verdict:
        """Accept whatever has text."""
        if draft.text:
            return Verdict(escalate=False, reason="the rule accepts every draft that has text")
        return Verdict(escalate=True, reason="the draft is empty")
