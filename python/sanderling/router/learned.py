"""The FastGRNN router: two steps of the Rust cell, joined by a hidden state.

Step 1, before generation, reads the request's features and chooses model, context and sampling. Step 2 reads the same
features with the draft's slots filled and decides whether to accept the draft. The last hidden state of a turn is the
first of the next turn, which keeps a conversation on the model that is already warm.

The weights file is one in the package, one installed by ``sanderling router train``, or one named by the user. If its
card states that every draft is accepted, answers are streamed as they are generated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from ..disk.files import irregular
from ..errors import UsageError
from ..records import CONTEXT_BINS, AttentionResult, Generation, Route, Sampling
from .choices import Choice
from .contract import CONFIDENT, Decision, Features, SecondStep
from .features import SIZE, VERSION
from .rule import RuleRouter

if TYPE_CHECKING:
    from .._core import RouterStep

ESCALATE_ABOVE = 0.5
"""Probability above which a draft is escalated: at one half, accepting and escalating are equally likely to be
right."""


def _softmax(logits: Features) -> Features:
    shifted: Features = np.exp(logits - logits.max())
    probabilities: Features = shifted / shifted.sum()
    return probabilities


def _joint(model_logits: Features, context_logits: Features, allowed: Sequence[Choice]) -> tuple[float, ...]:
    """Return p(model) p(context | model) of each allowed choice, renormalised over the allowed ones."""
    rungs = sorted({choice.candidate.rung for choice in allowed})
    of_model = dict(zip(rungs, _softmax(model_logits[rungs]).tolist(), strict=True))
    of_context: dict[tuple[int, str], float] = {}
    for rung in rungs:
        bins = [choice.context_bin for choice in allowed if choice.candidate.rung == rung]
        shares = _softmax(context_logits[[CONTEXT_BINS.index(name) for name in bins]]).tolist()
        of_context |= {(rung, name): share for name, share in zip(bins, shares, strict=True)}
    return tuple(
        of_model[choice.candidate.rung] * of_context[choice.candidate.rung, choice.context_bin] for choice in allowed
    )


def _second_step(card: str) -> tuple[bool, bool]:
    """Whether a router with this ``card`` may escalate drafts, and whether it tells how probably they are right.

    A card that does not say escalates.
    """
    from .training.card import decode

    try:
        found = decode(card)
    except ValueError:
        return True, False
    return found.escalates and not found.verifies, found.verifies


def _weighs_plans(card: str) -> bool:
    """Whether a router with this ``card`` was trained to choose between a model and a quote."""
    from .training.card import decode

    try:
        return {"graph", "quote"} <= set(decode(card).plans)
    except ValueError:
        return False


class FastGrnnRouter:
    """A router that runs a trained FastGRNN."""

    reads: tuple[str, ...] = ()

    def __init__(self, weights: Path) -> None:
        """Read and check the file ``weights``. Raises UsageError when it cannot be used as a router."""
        from .._core import DamageError, FastGrnn, VersionError

        if kind := irregular(weights):
            raise UsageError(f"router weights {weights}: it is {kind}; use a file written by sanderling's trainer")
        try:
            self._cell = FastGrnn.from_bytes(weights.read_bytes())
        except VersionError as error:
            raise UsageError(
                f"router weights {weights}: {error}: train again with  sanderling router train, or use  --router rule"
            ) from error
        except (OSError, DamageError) as error:
            raise UsageError(
                f"router weights {weights}: {error}; use a file written by sanderling's trainer"
            ) from error
        if (self._cell.input_dim, self._cell.features_version) != (SIZE, VERSION):
            raise UsageError(
                f"router weights {weights} take {self._cell.input_dim} features of feature table "
                f"{self._cell.features_version}, this version makes {SIZE} of table {VERSION}: train them again"
            )
        self.id = f"fastgrnn:{self._cell.id}"
        self.card = self._cell.card
        self.may_escalate, self._verifies = _second_step(self.card)
        self._weighs_plans = _weighs_plans(self.card)
        self._fallback = RuleRouter()

    def weigh(
        self, features: Features, allowed: Sequence[Choice], attended: AttentionResult, hidden: Features | None
    ) -> tuple[float, ...]:
        """Return the network's probability of each choice in ``allowed``."""
        step = self._cell.step(features, hidden)
        return _joint(step.model_logits, step.context_logits, allowed)

    def decide(
        self,
        features: Features,
        allowed: Sequence[Choice],
        attended: AttentionResult,
        sampling: Mapping[str, Sampling],
        hidden: Features | None,
    ) -> Decision:
        """Choose the likeliest model and its likeliest context.

        The rule decides instead if no model is likely enough.
        """
        step = self._cell.step(features, hidden)
        weights = _joint(step.model_logits, step.context_logits, allowed)
        of_model: dict[int, float] = {}
        for choice, weight in zip(allowed, weights, strict=True):
            of_model[choice.candidate.rung] = of_model.get(choice.candidate.rung, 0.0) + weight
        rung = max(of_model, key=lambda each: of_model[each])
        if of_model[rung] < CONFIDENT:
            decision = self._fallback.decide(features, allowed, attended, sampling, hidden)
            reason = f"p={of_model[rung]:.2f} is too unsure, so by the rule: {decision.route.reason}"
            route = msgspec.structs.replace(decision.route, router=self.id, reason=reason, escalate=step.escalate)
            return Decision(
                route=route, rung=decision.rung, hidden=step.hidden, abstained=True, quote_share=self._quote_share(step)
            )
        position = max(
            (at for at, choice in enumerate(allowed) if choice.candidate.rung == rung), key=lambda at: weights[at]
        )
        choice = allowed[position]
        route = Route(
            model_id=choice.candidate.model_id,
            context_bin=choice.context_bin,
            context_tokens=choice.context_tokens,
            temperature=step.temperature,
            top_p=step.top_p,
            escalate=step.escalate,
            router=self.id,
            reason=f"p={of_model[rung]:.2f} for this model of {len(of_model)} that are allowed",
            predicted_ms=choice.predicted_ms,
        )
        return Decision(route=route, rung=rung, hidden=step.hidden, quote_share=self._quote_share(step))

    def _quote_share(self, step: RouterStep) -> float:
        """Return p(quote) of ``graph`` and ``quote``; 0 if the plan head was not trained."""
        if not self._weighs_plans:
            return 0.0
        _, graph, quote = step.plan_logits.tolist()
        return float(_softmax(np.array([graph, quote], dtype=np.float32))[1])

    def assess(self, features: Features, draft: Generation, hidden: Features | None) -> SecondStep:
        """Run the second step on ``features``, and return whether to escalate the draft.

        If the weights were trained as a verifier, return the probability that the draft is right instead.
        """
        step = self._cell.step(features, hidden)
        if self._verifies:
            right = 1.0 - step.escalate
            reason = f"the second step finds it right with p={right:.2f}"
            return SecondStep(escalate=not draft.text, reason=reason, hidden=step.hidden, confidence=right)
        return SecondStep(
            escalate=not draft.text or step.escalate > ESCALATE_ABOVE,
            reason=f"the second step escalates with p={step.escalate:.2f}",
            hidden=step.hidden,
        )
