"""What a router is: features and allowed choices in, a decision out; the draft's features in, a verdict out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..records import AttentionResult, Generation, Record, Route, Sampling
from .choices import Choice

Features = NDArray[np.float32]

CONFIDENT = 0.4
"""Below this probability of the likeliest model the rule decides. With four models a guess has a quarter. Between 0 and
this nothing changed in ``sanderling bench router``."""


class Decision(Record):
    """A route together with the state the router wants back at its next step."""

    route: Route
    rung: int
    """Of the chosen model on its ladder."""
    hidden: Features | None = None
    abstained: bool = False
    """Whether the router was too unsure to choose, and the rule did."""


class Verdict(Record):
    """Whether the draft should go to a larger model, and why in words."""

    escalate: bool
    reason: str
    hidden: Features | None = None


class Router(Protocol):
    """One of :mod:`sanderling.router.rule` and :mod:`sanderling.router.learned`."""

    @property
    def id(self) -> str:
        """``rule`` or ``fastgrnn:<weights id>``."""

    @property
    def may_escalate(self) -> bool:
        """Whether a non-empty draft can be refused; then it is not streamed before it is accepted."""

    @property
    def reads(self) -> tuple[str, ...]:
        """Names of the features its decision rests on; empty: on all of them."""

    def weigh(
        self, features: Features, allowed: Sequence[Choice], attended: AttentionResult, hidden: Features | None
    ) -> tuple[float, ...]:
        """Return the probability of each of ``allowed``; they sum to 1."""

    def decide(
        self,
        features: Features,
        allowed: Sequence[Choice],
        attended: AttentionResult,
        sampling: Mapping[str, Sampling],
        hidden: Features | None,
    ) -> Decision:
        """Choose among ``allowed``, which is never empty; ``hidden`` None begins a conversation."""

    def assess(self, features: Features, draft: Generation, hidden: Features | None) -> Verdict:
        """Judge a draft; ``features`` have the draft's slots filled."""
