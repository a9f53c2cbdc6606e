"""Explains a routing decision by its choices and its most influential features.

A feature's effect is measured by occlusion (Zeiler and Fergus 2014, arXiv 1311.2901, section 4.2): the change in
log-probability of the chosen route when the feature's slot is set to 0, which means "unknown".
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from ..records import AttentionResult, Record, Route
from . import features
from .choices import Choice, Choices
from .contract import Features, Router

SHOWN = 8
LEAST = 1e-9
"""Floor for a probability inside a logarithm."""


class Weighed(Record):
    """One choice with its probability."""

    model_id: str
    context_bin: str
    context_tokens: int
    predicted_ms: float
    probability: float
    """Probability of this choice; 0 where masked."""
    masked: str
    """Why the choice was excluded; empty when it was allowed."""
    speeds_from: str = ""
    """Where the speeds behind ``predicted_ms`` come from, in words."""


class Mattered(Record):
    """One feature that influenced the decision."""

    name: str
    value: float
    """The raw value, before normalisation."""
    unit: str
    effect: float | None
    """How much the feature raised the log-probability of the chosen route, in nats. None for the rule, which reads it
    directly."""


class Explanation(Record):
    """Explanation of a routing decision."""

    route: Route
    guard: str
    """Why only the largest model was allowed; empty when others were too."""
    choices: tuple[Weighed, ...]
    mattered: tuple[Mattered, ...]
    """The features with the largest effect, largest first."""


def explain(
    router: Router,
    raw: Mapping[str, float],
    choices: Choices,
    guard: str,
    attended: AttentionResult,
    route: Route,
    hidden: Features | None,
) -> Explanation:
    """Explain why ``router`` chose ``route`` from the allowed ``choices``.

    ``raw`` are the named feature values and ``guard`` is the guard's reason, empty when it did not apply.
    """
    allowed = choices.allowed
    values = features.vector(raw)
    weights = router.weigh(values, allowed, attended, hidden)
    probability = {id(choice): weight for choice, weight in zip(allowed, weights, strict=True)}
    chosen = next(
        at
        for at, choice in enumerate(allowed)
        if (choice.candidate.model_id, choice.context_bin) == (route.model_id, route.context_bin)
    )
    return Explanation(
        route=route,
        guard=guard,
        choices=tuple(
            Weighed(
                model_id=choice.candidate.model_id,
                context_bin=choice.context_bin,
                context_tokens=choice.context_tokens,
                predicted_ms=choice.predicted_ms,
                probability=probability.get(id(choice), 0.0),
                masked=choice.masked,
                speeds_from=choice.candidate.speeds_from,
            )
            for choice in choices.every
        ),
        mattered=_mattered(router, raw, values, allowed, attended, hidden, chosen),
    )


def _mattered(
    router: Router,
    raw: Mapping[str, float],
    values: Features,
    allowed: Sequence[Choice],
    attended: AttentionResult,
    hidden: Features | None,
    chosen: int,
) -> tuple[Mattered, ...]:
    if router.reads:
        return tuple(_feature(name, raw.get(name, 0.0), None) for name in router.reads)

    def log_p(seen: Features) -> float:
        return math.log(max(router.weigh(seen, allowed, attended, hidden)[chosen], LEAST))

    known = log_p(values)
    effects: dict[str, float] = {}
    for name in raw:
        slot = features.INDEX[name]
        if values[slot]:
            without = values.copy()
            without[slot] = 0.0
            effects[name] = known - log_p(np.asarray(without))
    most = sorted(effects, key=lambda name: -abs(effects[name]))[:SHOWN]
    return tuple(_feature(name, raw[name], effects[name]) for name in most)


def _feature(name: str, value: float, effect: float | None) -> Mattered:
    return Mattered(name=name, value=value, unit=features.SLOTS[features.INDEX[name]].unit, effect=effect)
