"""One training run: from examples to calibrated weights and a report. Equal seeds and rows give equal weights."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime

import msgspec
import numpy as np
from numpy.typing import NDArray

from ...models.registry import ladder_of
from ...records import PLANS, Record
from ..fastgrnn import ESCALATE, Weights, from_bytes, to_bytes
from .calibrate import temperature
from .card import Card, decode, encode
from .cell import Parameters, Shape, initial
from .descend import Prepared, descend
from .examples import MODELS, NO_LABEL, Examples, Floats, split
from .loss import CONTEXT_ROWS, Terms, scales
from .measure import Measured, agreement, measure, outputs, standardised
from .settings import Settings
from .weights import parameters_of, weights_of

_NEVER = -20.0
"""A logit so low that no draft is escalated."""
LEAST_STD = 0.05
"""Minimum standard deviation to divide a feature by. Features lie near [-1, 1], and one that is nearly constant in
training must not turn into hundreds when it varies later."""


class Trained(Record):
    """Trained weights, with their losses and results. Results are on the held-out questions."""

    weights: Weights
    settings: Settings
    losses: tuple[tuple[float, float], ...]
    """Training and held-out loss per epoch."""
    best_epoch: int
    uncalibrated: Measured
    float32: Measured
    int8: Measured
    int8_agreement: float
    """Share of rows on which int8 and float32 weights choose the same."""
    seconds: float

    def without_weights(self) -> dict[str, object]:
        """Return every field but the weights, for JSON."""
        return {name: getattr(self, name) for name in self.__struct_fields__ if name != "weights"}


def train(
    examples: Examples,
    models: tuple[str, ...],
    features_version: int,
    *,
    settings: Settings | None = None,
    terms: Terms | None = None,
    source: str = "",
    made: str | None = None,
) -> Trained:
    """Train a router on ``examples``; return the router's weights, losses and results.

    ``models``: model ids of the ladder's rungs, smallest first. ``terms`` None: default weights of the loss.
    ``source``: where the rows come from, for the card; no text from users. ``made`` None: today. Raises ValueError for
    rows of fewer than two questions.
    """
    began = time.perf_counter()
    settings, terms = settings or Settings(), terms or Terms()
    rng = np.random.default_rng(settings.seed)
    training, held = split(examples, settings.held_out, settings.seed)
    mean, std, varies = _normalisation(training)
    shape = Shape(examples.first.shape[1], settings.hidden, settings.rank_w, settings.rank_u)
    descent = descend(
        initial(shape, varies, rng),
        Prepared(training, standardised(training, mean, std)),
        Prepared(held, standardised(held, mean, std)),
        settings,
        terms,
        scales(training, terms),
        rng,
    )
    parameters = descent.parameters

    weighed = np.isfinite(examples.plan)
    y = outputs(parameters, held, mean, std)
    uncalibrated = measure(y, held)
    card = Card(
        models=models,
        temperatures=_calibrated(parameters, y, held),
        rows=len(examples),
        questions=len(np.unique(examples.question)),
        drafts=int(examples.drafted.sum()),
        seed=settings.seed,
        epochs=descent.epoch + 1,
        made=made or datetime.now(UTC).date().isoformat(),
        source=source,
        plans=tuple(np.array(PLANS)[weighed[weighed.sum(axis=1) > 1].any(axis=0)].tolist()),
        ladder=ladder_of(models),
    )
    y = outputs(parameters, held, mean, std)
    float32 = measure(y, held)
    weights = weights_of(parameters, features_version, mean, std, encode(card, float32))
    in_codes = outputs(parameters_of(from_bytes(to_bytes(weights, int8=True))), held, mean, std)
    return Trained(
        weights=weights,
        settings=settings,
        losses=tuple(descent.losses),
        best_epoch=descent.epoch,
        uncalibrated=uncalibrated,
        float32=float32,
        int8=measure(in_codes, held),
        int8_agreement=agreement(y[0], in_codes[0], held.allowed),
        seconds=time.perf_counter() - began,
    )


def accepting(weights: Weights) -> Weights:
    """Return a copy of ``weights`` that accepts every draft.

    It is for use where judging drafts does not pay.
    """
    heads, bias = weights.heads.copy(), weights.bias.copy()
    heads[ESCALATE], bias[ESCALATE] = 0.0, _NEVER
    card = msgspec.structs.replace(decode(weights.card), escalates=False)
    return replace(weights, heads=heads, bias=bias, card=encode(card, card.held_out))


def _normalisation(examples: Examples) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Return each feature's mean, its standard deviation, and whether it varies, over both steps.

    Mean and deviation have float32 precision.
    """
    seen = [examples.first]
    if examples.second is not None:
        seen.append(examples.second[examples.drafted])
    rows = np.concatenate(seen).astype(np.float64)
    deviation = rows.std(axis=0)
    mean, std = (x.astype(np.float32).astype(np.float64) for x in (rows.mean(axis=0), np.maximum(deviation, LEAST_STD)))
    return mean, std, deviation > 1e-6


def _calibrated(parameters: Parameters, y: list[Floats], held: Examples) -> tuple[float, float, float]:
    """Calibrate each probability head in place: divide its rows by its temperature.

    Returns the temperatures of model, context and escalation.
    """
    allowed = held.allowed
    labelled = (held.y_model != NO_LABEL) & (held.y_context != NO_LABEL)
    labels = held.y_model[labelled]
    contexts = allowed[labelled, labels]
    drafted = np.isfinite(held.gain) & held.drafted
    binary = np.stack([np.zeros(drafted.sum()), y[-1][drafted, ESCALATE]], axis=1)
    temperatures = (
        temperature(y[0][labelled, :MODELS], held.models[labelled], labels),
        temperature(y[0][labelled, CONTEXT_ROWS], contexts, held.y_context[labelled]),
        temperature(binary, np.ones_like(binary, dtype=np.bool_), (held.gain[drafted] > 0).astype(np.int64)),
    )
    for rows, t in zip((slice(0, MODELS), CONTEXT_ROWS, slice(ESCALATE, ESCALATE + 1)), temperatures, strict=True):
        parameters["heads"][rows] /= t
        parameters["bias"][rows] /= t
    return temperatures
