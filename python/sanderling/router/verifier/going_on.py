"""Decides whether a second draft is worth its price, and chooses a model and a context for the draft.

It may have a larger context, or a larger model with any context.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ...models.candidate import Candidate
from ...records import CONTEXT_BINS, Route
from ..choices import Choice
from ..labels.settings import lambda_of
from .gains import Gains

FEW_TOKENS = 12
"""Length assumed of a second answer while the first is not written: an answer from notes is a few words."""

SECOND_WAIT = 0.3
"""Weight of the time of a second draft in its price. A sentence of the notes stands there meanwhile, and gains that are
straight lines underrate how much a bad draft has to win: of the values tried on 121 questions, this one and those near
it had the most utility with the whole time counted (``bench_device/LOG.md``)."""
LEAST_GAIN = 0.05
"""Least gain in utility that is worth a second draft: one answer in twenty. With less, models of at most 300 million
parameters read more notes for nothing, and fast ones of 1.5 billion draft half of their answers twice."""


class Step(NamedTuple):
    """One possible second draft, with its expected gain in utility.

    Utility is quality less the price of the time and of a tier. The time counts with the weight
    :data:`SECOND_WAIT`.
    """

    choice: Choice
    gain: float


def steps(route: Route, allowed: Sequence[Choice], *, more: bool) -> tuple[Choice, ...]:
    """Return the choices for a second draft: larger contexts, and larger models.

    The contexts are those of the model of ``route``.

    ``more``: whether a larger context would show the model anything more.
    """
    rungs = {choice.candidate.model_id: choice.candidate.rung for choice in allowed}
    rung = rungs.get(route.model_id)
    size = CONTEXT_BINS.index(route.context_bin)
    return tuple(
        choice
        for choice in allowed
        if (
            choice.candidate.model_id != route.model_id
            and (choice.candidate.remote or (rung is not None and choice.candidate.rung > rung))
        )
        or (
            more
            and choice.candidate.model_id == route.model_id
            and CONTEXT_BINS.index(choice.context_bin) > size
            and choice.context_tokens > route.context_tokens
        )
    )


def wait_ms(candidate: Candidate, context_tokens: int, tokens: int) -> float:
    """Return the milliseconds that a second draft is expected to take.

    It has ``tokens`` tokens; loading the model is included.
    """
    load = 0.0 if candidate.warm else candidate.load_ms
    return load + candidate.prefill_ms(context_tokens) + candidate.decode_ms(tokens)


def best_step(
    route: Route,
    confidence: float,
    allowed: Sequence[Choice],
    gains: Gains,
    parameters: Mapping[str, int],
    *,
    spent_ms: float,
    budget_ms: float | None,
    more: bool = True,
    tokens: int = FEW_TOKENS,
) -> Step | None:
    """Return the step with the largest expected gain, or None if no step pays.

    A step must be worth its price within the rest of the budget.

    ``confidence``: probability that the draft is right. ``parameters``: size of each model. ``more``: see
    :func:`steps`. ``tokens``: length of the draft, which is that expected of a second one.
    """
    price = lambda_of(budget_ms)
    best: Step | None = None
    for choice in steps(route, allowed, more=more):
        if budget_ms is not None and spent_ms + choice.predicted_ms > budget_ms:
            continue
        candidate = choice.candidate
        gain = gains.of(
            route.model_id,
            route.context_bin,
            candidate.model_id,
            choice.context_bin,
            parameters.get(route.model_id, 0),
            remote=candidate.remote,
        )
        wait = wait_ms(candidate, choice.context_tokens, tokens)
        paid = SECOND_WAIT * wait + candidate.price_ms(choice.context_tokens)
        step = Step(choice, gain.expected(confidence) - price * paid)
        if step.gain > LEAST_GAIN and (best is None or step.gain > best.gain):
            best = step
    return best
