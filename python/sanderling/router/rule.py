"""The router where none was trained for the models at hand: a rule of two lines, called ``rule`` in every output.

The largest allowed model answers of which a medium context and a short answer are predicted within :data:`PATIENCE_MS`;
if none is as quick, the smallest. The context is small, and medium where the attention is spread thin; never larger
than the budget allows. Sampling is the model's own default. Only an empty draft goes to a larger model.

Its first version took the smallest model and let a spread attention have a large context. Both were worse than any
fixed choice of a middling model (``bench_device/LOG.md``): larger contexts made answers later and hardly better. This
one was written with some of the questions in sight that ``sanderling bench router`` judges it on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ..records import CONTEXT_BINS, AttentionResult, ContextBin, Generation, Route, Sampling
from .choices import Choice
from .contract import Decision, Features, Verdict
from .features import INDEX, RUNGS, of_log_ms

PATIENCE_MS = 15_000.0
"""Half of what stands for the budget of who names none (:data:`.labels.settings.PATIENCE_MS`)."""
SPREAD = 0.3
"""Attention mass of the top three nodes. A round number, as the one above: this is a rule, and is named as one."""


def waits_ms(features: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return from features [..., 64] how long each rung is predicted to take, [..., 4]; 0 where not known."""
    prefill, decode = (
        features[..., [INDEX[f"rung{rung}_{what}"] for rung in range(RUNGS)]] for what in ("prefill", "decode")
    )
    waits: NDArray[np.float64] = of_log_ms(prefill) + of_log_ms(decode)
    return waits


def quick(features: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return from features [..., 64] which rungs are quick enough, bool[..., 4]."""
    return waits_ms(features) <= PATIENCE_MS


def wanted_bin(attended: AttentionResult) -> tuple[ContextBin, str]:
    """Return the context bin this retrieval asks for, and why in words."""
    if len(attended.weights) == 0:
        return "small", "nothing was found"
    mass = float(attended.weights[:3].sum())
    return "small" if mass >= SPREAD else "medium", f"the top three notes hold {mass:.0%} of the attention"


class RuleRouter:
    """The rule above. Stateless."""

    id = "rule"
    may_escalate = False
    reads = ("attention_top3", *(f"rung{rung}_{what}" for rung in range(RUNGS) for what in ("prefill", "decode")))

    def weigh(
        self, features: Features, allowed: Sequence[Choice], attended: AttentionResult, hidden: Features | None
    ) -> tuple[float, ...]:
        """Return 1 for the choice of the rule and 0 for all others."""
        chosen = self._choice(features, allowed, wanted_bin(attended)[0])
        return tuple(float(choice is chosen) for choice in allowed)

    @staticmethod
    def _choice(features: Features, allowed: Sequence[Choice], wanted: ContextBin) -> Choice:
        enough = quick(features)
        rungs = sorted({choice.candidate.rung for choice in allowed})
        rung = max((rung for rung in rungs if enough[rung]), default=rungs[0])
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
        """Follow the rule; ``hidden`` is for routers that learn."""
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
        """Accept whatever has text."""
        if draft.text:
            return Verdict(escalate=False, reason="the rule accepts every draft that has text")
        return Verdict(escalate=True, reason="the draft is empty")
