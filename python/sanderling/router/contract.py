"""The router interface: choose a route from features, then judge the draft."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..records import AttentionResult, Generation, Record, Route, Sampling
from .choices import Choice

Features = NDArray[np.float32]

CONFIDENT = 0.4
"""Minimum probability of the likeliest model; below it the rule decides. Chance level is 0.25 with four models. No
threshold from 0 to 0.4 changed the results of ``sanderling bench router``."""


class Decision(Record):
    """A route, and the hidden state to pass to the router's next step."""

    route: Route
    rung: int
    """Position of the chosen model on its ladder."""
    hidden: Features | None = None
    abstained: bool = False
    """Whether the router was too unsure and the rule chose instead."""
    quote_share: float = 0.0
    """Probability of answering with a quote instead of a model; 0 from a router that does not weigh plans."""


class SecondStep(Record):
    """The router's judgement of a draft, with the reason in words."""

    escalate: bool
    """Whether the router sends the draft to the next larger model, whatever the verifier makes of it."""
    reason: str
    hidden: Features | None = None
    confidence: float | None = None
    """Probability that the draft is right; None: the router leaves that to the verifier."""


class Router(Protocol):
    """Interface of a router.

    :mod:`sanderling.router.rule` and :mod:`sanderling.router.learned` implement it.
    """

    @property
    def id(self) -> str:
        """Return ``rule`` or ``fastgrnn:<weights id>``."""

    @property
    def may_escalate(self) -> bool:
        """Whether a non-empty draft can be refused. If so, drafts are not streamed before they are accepted."""

    @property
    def reads(self) -> tuple[str, ...]:
        """Return the names of the features that the decision depends on; an empty tuple means all."""

    def weigh(
        self, features: Features, allowed: Sequence[Choice], attended: AttentionResult, hidden: Features | None
    ) -> tuple[float, ...]:
        """Return the probability of each choice in ``allowed``.

        The probabilities sum to 1.
        """

    def decide(
        self,
        features: Features,
        allowed: Sequence[Choice],
        attended: AttentionResult,
        sampling: Mapping[str, Sampling],
        hidden: Features | None,
    ) -> Decision:
        """Choose one of the ``allowed`` choices.

        There is at least one. ``hidden`` None starts a conversation.
        """

    def assess(self, features: Features, draft: Generation, hidden: Features | None) -> SecondStep:
        """Judge a draft by ``features``.

        The slots that describe the draft are filled.
        """
