"""The default router, named ``rule``: it chooses the largest model that is fast enough.

The largest allowed model answers whose predicted time for a medium context and a short answer is within
:data:`PATIENCE_MS`; if there is none, the smallest. The context is small, or medium where the attention is spread out,
and never exceeds the budget. Sampling is the model's default. Only an empty draft goes to a larger model.

An earlier version chose the smallest model, and a large context for spread-out attention. Both choices were worse than
a fixed mid-size model (``bench_device/LOG.md``): larger contexts were slower and hardly better. This version was
written after seeing some of the questions that ``sanderling bench router`` evaluates it on.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ..records import CONTEXT_BINS, AttentionResult, ContextBin, Generation, Route, Sampling
from .choices import Choice
from .contract import Decision, Features, Verdict
from .features import INDEX, RUNGS, of_log_ms

PATIENCE_MS = 15_000.0
"""Half of :data:`sanderling.router.labels.settings.PATIENCE_MS`, the budget assumed where the caller sets none."""
SPREAD = 0.3
"""Attention mass of the top three nodes below which attention counts as spread out; a round number, not a fitted
one."""


def waits_ms(features: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return each rung's predicted time in milliseconds, [..., 4], from features [..., 64]; 0 where unknown."""
    prefill, decode = (
        features[..., [INDEX[f"rung{rung}_{what}"] for rung in range(RUNGS)]] for what in ("prefill", "decode")
    )
    waits: NDArray[np.float64] = of_log_ms(prefill) + of_log_ms(decode)
    return waits


def quick(features: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return which rungs are fast enough, bool[..., 4], from features [..., 64]."""
    return waits_ms(features) <= PATIENCE_MS


def largest_quick(features: NDArray[np.float32], rungs: Collection[int]) -> int:
    """Return the largest of ``rungs`` that is fast enough by features [64]; the smallest if none is."""
    enough = quick(features)
    return max((rung for rung in rungs if enough[rung]), default=min(rungs))


def wanted_bin(attended: AttentionResult) -> tuple[ContextBin, str]:
    """Return the context bin that this retrieval calls for, and the reason in words."""
    if len(attended.prior_weights) == 0:
        return "small", "nothing was found"
    mass = float(attended.prior_weights[:3].sum())
    return "small" if mass >= SPREAD else "medium", f"the top three notes hold {mass:.0%} of the attention"


class RuleRouter:
    """The rule described at the top of this module. It keeps no state."""

    id = "rule"
    may_escalate = False
    reads = ("attention_top3", *(f"rung{rung}_{what}" for rung in range(RUNGS) for what in ("prefill", "decode")))

    def weigh(
        self, features: Features, allowed: Sequence[Choice], attended: AttentionResult, hidden: Features | None
    ) -> tuple[float, ...]:
        """Return the probability of each choice: 1 for the one that the rule makes, 0 for all others."""
        chosen = self._choice(features, allowed, wanted_bin(attended)[0])
        return tuple(float(choice is chosen) for choice in allowed)

    @staticmethod
    def _choice(features: Features, allowed: Sequence[Choice], wanted: ContextBin) -> Choice:
        rung = largest_quick(features, {choice.candidate.rung for choice in allowed})
        bins = [choice for choice in allowed if choice.candidate.rung == rung]
        not_larger = [c for c in bins if CONTEXT_BINS.index(c.context_bin) <= CONTEXT_BINS.index(wanted)]
        return not_larger[-1] if not_larger else bins[0]

    def decide(
        self,
        features: Features,
        allowed: Sequence[Choice],
        attended: AttentionResult,
        sampling: Mapping[str, Sampling],
        hidden: Features | None,
    ) -> Decision:
        """Return the rule's decision; ``hidden`` is ignored."""
        wanted, why = wanted_bin(attended)
        choice = self._choice(features, allowed, wanted)
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
            reason=f"largest model that is quick enough; {why}",
            predicted_ms=choice.predicted_ms,
        )
        return Decision(route=route, rung=choice.candidate.rung)

    def assess(self, features: Features, draft: Generation, hidden: Features | None) -> Verdict:
        """Accept every draft that has text."""
        if draft.text:
            return Verdict(escalate=False, reason="the rule accepts every draft that has text")
        return Verdict(escalate=True, reason="the draft is empty")
