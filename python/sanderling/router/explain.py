"""A decision in, what it rests on out: the choices with their masks and probabilities, the features that mattered.

How much a feature mattered is found by occlusion (Zeiler and Fergus 2014, arXiv 1311.2901, section 4.2): its slot is
set to 0, which means "not known", and the change of the log-probability of what was chosen is read off.
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
"""Probability that stands for none in a logarithm."""


class Weighed(Record):
    """One choice as the router saw it."""

    model_id: str
    context_bin: str
    context_tokens: int
    predicted_ms: float
    probability: float
    """0 where masked."""
    masked: str
    """Why it could not be chosen; empty: it could."""


class Mattered(Record):
    """One feature that the decision rests on."""

    name: str
    value: float
    """Before it was normalised."""
    unit: str
    effect: float | None
    """Nats by which it made what was chosen likelier; None: the router is a rule, and reads it outright."""


class Explanation(Record):
    """Why a question goes where it goes."""

    route: Route
    guard: str
    """Why the largest model was demanded; empty: it was not."""
    choices: tuple[Weighed, ...]
    mattered: tuple[Mattered, ...]
    """Most important first."""


def explain(
    router: Router,
    raw: Mapping[str, float],
    choices: Choices,
    guard: str,
    attended: AttentionResult,
    route: Route,
    hidden: Features | None,
) -> Explanation:
    """Explain ``route``, which ``router`` chose among those of ``choices`` that are not masked."""
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
