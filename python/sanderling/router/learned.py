"""The FastGRNN as a router: two steps of the Rust cell with one hidden state.

Step 1, before generation, sees the request's features and chooses model, context and sampling. Step 2 sees the same
features with the draft's own confidence filled in, and decides whether to accept it. The hidden state after the last
step of a turn is the first step's state of the next, which is how a conversation stays on the model it is warm on.

There are no default weights: this router exists only when a weights file is given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from ..errors import UsageError
from ..records import CONTEXT_BINS, Attended, Generation, Route, Sampling
from ..stages.features import SIZE, VERSION
from .candidates import Choice
from .contract import Decision, Features, Verdict

ESCALATE_ABOVE = 0.5
"""The head is trained as a probability; at a half, accepting and escalating are equally likely to be right."""


def _softmax(logits: Features) -> Features:
    shifted: Features = np.exp(logits - logits.max())
    probabilities: Features = shifted / shifted.sum()
    return probabilities


class FastGrnnRouter:
    """A trained FastGRNN behind the same contract as the rule."""

    may_escalate = True

    def __init__(self, weights: Path) -> None:
        """Read and check ``weights``. Raises UsageError when the file cannot be used as a router."""
        from .._core import CoreError, FastGrnn

        try:
            self._cell = FastGrnn.from_bytes(weights.read_bytes())
        except (OSError, CoreError) as error:
            raise UsageError(
                f"router weights {weights}: {error}; use a file written by sanderling's trainer"
            ) from error
        if (self._cell.input_dim, self._cell.features_version) != (SIZE, VERSION):
            raise UsageError(
                f"router weights {weights} take {self._cell.input_dim} features of feature table "
                f"{self._cell.features_version}, this version makes {SIZE} of table {VERSION}: train them again"
            )
        self.id = f"fastgrnn:{self._cell.id}"

    def decide(
        self,
        features: Features,
        allowed: Sequence[Choice],
        attended: Attended,
        sampling: Mapping[str, Sampling],
        hidden: Features | None,
    ) -> Decision:
        """Take the most probable allowed (model, context) pair: what is masked cannot win, whatever its logit."""
        step = self._cell.step(features, hidden)
        model, context = _softmax(step.model_logits), _softmax(step.context_logits)

        def probability(choice: Choice) -> float:
            return float(model[choice.candidate.rung] * context[CONTEXT_BINS.index(choice.context_bin)])

        choice = max(allowed, key=probability)
        route = Route(
            model_id=choice.candidate.model_id,
            context_bin=choice.context_bin,
            context_tokens=choice.context_tokens,
            temperature=step.temperature,
            top_p=step.top_p,
            escalate=step.escalate,
            router=self.id,
            reason=f"p={probability(choice):.2f}, the highest of {len(allowed)} allowed choices",
            predicted_ms=choice.predicted_ms,
        )
        return Decision(route=route, rung=choice.candidate.rung, hidden=step.hidden)

    def assess(self, features: Features, draft: Generation, hidden: Features | None) -> Verdict:
        """Take the second step."""
        step = self._cell.step(features, hidden)
        return Verdict(
            escalate=not draft.text or step.escalate > ESCALATE_ABOVE,
            reason=f"the second step escalates with p={step.escalate:.2f}",
            hidden=step.hidden,
        )
