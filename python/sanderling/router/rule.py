"""The default router, named ``rule``: it chooses the largest model that is fast enough.

The largest allowed model answers whose predicted time for a small context and a short answer is within
:data:`PATIENCE_MS`; if there is none, the smallest. The context is tiny where one note seems to be needed, and medium
where several do (:func:`hops`), unless that takes :data:`SLOW_MS` longer; it never exceeds the budget. It is fitted to
the notes when it is packed (:mod:`sanderling.stages.grow`), and may grow after a draft that the notes do not bear out.
An answer from notes is greedy, because what they say is not to be varied: sampled as the models' cards advise, answers
were worse on four sets. Without notes, sampling is the model's default. Only an empty draft goes to a larger model.

An earlier version chose the smallest model, and a large context for spread-out attention. Both choices were worse than
a fixed mid-size model (``bench_device/LOG.md``): larger contexts were slower and hardly better. This version was
written after seeing some of the questions that ``sanderling bench router`` evaluates it on.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ..models.candidate import PROMPT_OVERHEAD_TOKENS
from ..records import CONTEXT_BINS, AttentionResult, Generation, Route, Sampling
from .choices import Choice
from .contract import Decision, Features, SecondStep
from .features import CUES, INDEX, NAMES, RUNGS, of_log_ms

PATIENCE_MS = 15_000.0
"""Half of :data:`sanderling.router.labels.settings.PATIENCE_MS`, the budget assumed where the caller sets none."""
SLOW_MS = 2_000.0
"""Most time by which a context may be longer before the first draft. A slow model gets a tiny one: with 1.5B it is
as good as a small one, and a draft that the notes do not bear out is made again from more of them
(``bench_device/LOG.md``)."""
SEVERAL_NOTES = 1.75
"""Least value of :func:`hops` at which several notes seem to be needed."""
NAME = 0.35
"""Part of each name in :func:`hops`. These constants were chosen on half of the questions of four sets and measured on
the others (``bench_device/LOG.md``): two hops lose nothing, and more than half of the one-note questions are tiny."""
AGREEING = 0.35
"""Share of the first ten hits below which vectors and the other channels disagree: another note was named or cited."""
_MEDIUM_ADDS = (256 - 96) / (160 + PROMPT_OVERHEAD_TOKENS)
"""Time that a medium context adds to a tiny one, in small prompts; every device profile has these sizes."""
_CUES, _NAMES, _AGREEMENT, _TOP3, _HITS = (
    INDEX[name] for name in ("query_multi_hop_cues", "query_names", "hits_agreement", "attention_top3", "has_hits")
)


def waits_ms(features: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return each model's predicted time in milliseconds, [..., 4], from features [..., 64]; 0 where unknown."""
    prefill, decode = (
        features[..., [INDEX[f"rung{rung}_{what}"] for rung in range(RUNGS)]] for what in ("prefill", "decode")
    )
    waits: NDArray[np.float64] = of_log_ms(prefill) + of_log_ms(decode)
    return waits


def quick(features: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return which models are fast enough, bool[..., 4], given the features [..., 64]."""
    return waits_ms(features) <= PATIENCE_MS


def largest_quick(features: NDArray[np.float32], rungs: Collection[int]) -> int:
    """Return the largest of ``rungs`` that is fast enough, or the smallest if no rung is fast enough.

    ``features``: [64].
    """
    enough = quick(features)
    return max((rung for rung in rungs if enough[rung]), default=min(rungs))


def hops(features: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return a score that grows with the number of notes that an answer needs.

    It has the shape [...], for features [..., 64]. Words such as "whose" count 1 each, up to two, and names
    :data:`NAME` each; attention that is spread out counts up to 2, and channels that disagree 1. It is above 1.75
    for most questions of two hops and below for most of one.
    """
    known = features.astype(np.float64)
    score: NDArray[np.float64] = (
        np.minimum(CUES * known[..., _CUES], 2.0)
        + NAME * NAMES * known[..., _NAMES]
        + 2.0 * (1.0 - known[..., _TOP3])
        + (known[..., _AGREEMENT] < AGREEING)
    )
    return score


def wanted(features: NDArray[np.float32], rung: NDArray[np.int64] | int) -> NDArray[np.int64]:
    """Return the context that each question needs, as an index in ``CONTEXT_BINS``.

    It has the shape [...], for features [..., 64].

    ``rung``: the models that answer, [...].
    """
    several: NDArray[np.bool_] = (hops(features) >= SEVERAL_NOTES) & (features[..., _HITS] != 0)
    prefill = features[..., [INDEX[f"rung{each}_prefill"] for each in range(RUNGS)]]
    of_small_ms = np.take_along_axis(of_log_ms(prefill), np.asarray(rung)[..., None], axis=-1)[..., 0]
    medium = several & (of_small_ms * _MEDIUM_ADDS <= SLOW_MS)
    return np.where(medium, CONTEXT_BINS.index("medium"), CONTEXT_BINS.index("tiny"))


def _why(features: Features) -> str:
    if features[_HITS] == 0:
        return "nothing was found"
    return f"the top three notes hold {features[_TOP3]:.0%} of the attention (hop score {float(hops(features)):.1f})"


class RuleRouter:
    """The rule described at the top of this module. It keeps no state."""

    id = "rule"
    may_escalate = False
    reads = (
        *("query_multi_hop_cues", "query_names", "hits_agreement", "attention_top3"),
        *(f"rung{rung}_{what}" for rung in range(RUNGS) for what in ("prefill", "decode")),
    )

    def weigh(
        self, features: Features, allowed: Sequence[Choice], attended: AttentionResult, hidden: Features | None
    ) -> tuple[float, ...]:
        """Return probability 1 for the rule's choice, and 0 for all others."""
        chosen = self._choice(features, allowed)
        return tuple(float(choice is chosen) for choice in allowed)

    @staticmethod
    def _choice(features: Features, allowed: Sequence[Choice]) -> Choice:
        rung = largest_quick(features, {choice.candidate.rung for choice in allowed})
        bins = [choice for choice in allowed if choice.candidate.rung == rung]
        not_larger = [c for c in bins if CONTEXT_BINS.index(c.context_bin) <= wanted(features, rung)]
        return not_larger[-1] if not_larger else bins[0]

    def decide(
        self,
        features: Features,
        allowed: Sequence[Choice],
        attended: AttentionResult,
        sampling: Mapping[str, Sampling],
        hidden: Features | None,
    ) -> Decision:
        """Return the rule's decision. ``attended`` and ``hidden`` are ignored."""
        choice, why = self._choice(features, allowed), _why(features)
        best = CONTEXT_BINS[int(wanted(features, choice.candidate.rung))]
        if not choice.within_budget:
            why = "nothing meets the budget, this is the fastest"
        elif CONTEXT_BINS.index(choice.context_bin) < CONTEXT_BINS.index(best):
            why += f"; {best} context is over the budget"
        drawn = sampling[choice.candidate.model_id]
        greedy = features[_HITS] != 0
        route = Route(
            model_id=choice.candidate.model_id,
            context_bin=choice.context_bin,
            context_tokens=choice.context_tokens,
            temperature=0.0 if greedy else drawn.temperature,
            top_p=1.0 if greedy else drawn.top_p,
            escalate=0.0,
            router=self.id,
            reason=f"largest model that is quick enough; {why}",
            predicted_ms=choice.predicted_ms,
        )
        return Decision(route=route, rung=choice.candidate.rung)

    def assess(self, features: Features, draft: Generation, hidden: Features | None) -> SecondStep:
        """Refuse an empty draft, and leave every other draft to the verifier."""
        if draft.text:
            return SecondStep(escalate=False, reason="the rule accepts every draft that has text")
        return SecondStep(escalate=True, reason="the draft is empty")
