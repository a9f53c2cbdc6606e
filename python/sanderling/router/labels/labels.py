"""Compute the features, utilities and labels of a table of answers in one setting.

The utility is U = Q - λ · latency_ms - μ · cost. Latency is computed from each answer's token counts at the setting's
speeds, not from the collecting machine. Cost is the work, 2 · parameters · tokens floating-point operations. Choices
that exceed RAM or budget are excluded, as at run time.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ...records import CONTEXT_BINS
from .. import features
from ..choices import choices_for
from .settings import Setting
from .table import SIGNALS, Bools, Floats, Table, quality, signals_of

EPSILON = 0.02
"""Utilities closer than this count as equal: a difference of one answer in fifty."""

KEPT_TOKENS = 30
"""Tokens of the system prompt, whose state a model keeps from one question to the next."""

Features = NDArray[np.float32]
_SIGNALS = [features.INDEX[name] for name in SIGNALS]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Labels:
    """The labels of one table in one setting, for n questions. Shapes are [n, models, contexts] unless given."""

    setting: Setting
    features: Features
    """Features of the first step, [n, 64]."""
    utility: Floats
    """Utility of each choice; NaN where masked or not tried."""
    allowed: Bools
    latency_ms: Floats
    y_model: Ints
    """Best model, [n]; -1 where no tried choice is allowed."""
    y_context: Ints
    """Smallest context of the best model whose utility is within :data:`EPSILON` of its best, [n]."""
    y_temperature: Floats
    """Temperature of the best answer, [n]."""
    y_top_p: Floats
    """top_p of the best answer, [n]."""
    gain: Floats
    """Utility gained by escalating a draft to the next larger model; negative where accepting is better. The draft's
    cost is paid either way. NaN where there is no draft, where no larger model fits RAM and budget, or where its answer
    is unknown."""
    clarity: Floats
    """Utility of the best model minus that of the second best, [n]; large where the decision is easy."""


def latency_ms(table: Table, setting: Setting) -> Floats:
    """Return the predicted latency of each answer, including the time to load the model.

    NaN where no answer was tried.
    """
    prefill = np.array([candidate.prefill_tokens_per_s for candidate in setting.candidates])[:, None]
    decode = np.array([candidate.decode_tokens_per_s for candidate in setting.candidates])[:, None]
    load = np.array([0.0 if candidate.warm else candidate.load_ms for candidate in setting.candidates])[:, None]
    read = np.maximum(table.prompt_tokens - KEPT_TOKENS, 1)
    found: Floats = 1000 * (read / prefill + table.completion_tokens / decode) + load
    return found


def cost_tflop(table: Table, setting: Setting) -> Floats:
    """Return the work of each answer in 10^12 operations.

    A token costs two operations per parameter (Kaplan et al. 2020, table 1).
    """
    parameters = np.array(setting.parameters, dtype=np.float64)[:, None]
    found: Floats = 2e-12 * parameters * (table.prompt_tokens + table.completion_tokens)
    return found


def label(table: Table, setting: Setting, epsilon: float = EPSILON, *, expected: Floats | None = None) -> Labels:
    """Return features, utilities and labels for every question of ``table``.

    ``expected``: expected qualities to label by, [n, models, contexts]; None: the measured ones. Gains always use the
    measured ones. Raises ValueError when the setting is for another ladder, and OutOfMemory when no model fits its RAM.
    """
    if tuple(candidate.model_id for candidate in setting.candidates) != table.ladder:
        raise ValueError(f"the setting is of {[c.model_id for c in setting.candidates]}, the table of {table.ladder}")
    latency, cost = latency_ms(table, setting), cost_tflop(table, setting)
    price = setting.lambda_per_ms * latency + setting.mu_per_tflop * cost
    allowed = table.tried & _allowed(table, setting)
    utility = np.where(allowed, (table.quality if expected is None else expected) - price, -np.inf)
    of_model = utility.max(axis=2)
    y_model = np.where(np.isfinite(of_model).any(axis=1), of_model.argmax(axis=1), -1)
    chosen = np.take_along_axis(utility, y_model[:, None, None].clip(0), axis=1)[:, 0]
    y_context = np.where(y_model < 0, -1, (chosen >= chosen.max(axis=1, keepdims=True) - epsilon).argmax(axis=1))
    y_temperature, y_top_p = _sampling(table, y_model, y_context, epsilon)
    return Labels(
        setting=setting,
        features=first_step(table, setting),
        utility=np.where(allowed, utility, np.nan),
        allowed=allowed,
        latency_ms=latency,
        y_model=y_model,
        y_context=y_context,
        y_temperature=y_temperature,
        y_top_p=y_top_p,
        gain=_gain(table, setting, latency, price),
        clarity=_clarity(of_model),
    )


def first_step(table: Table, setting: Setting) -> Features:
    """Return the features of the first step, float32[n, 64]."""
    around = (
        features.of_request(setting.constraints, setting.device_class, setting.free_ram_bytes, setting.strain)
        | features.of_candidates(setting.candidates, setting.context_tokens[features.PRICED])
        | features.of_conversation(setting.turn, setting.previous, setting.held_tokens)
        | {"user_requests": setting.user_requests}
    )
    slots = [features.INDEX[name] for name in around]
    out: Features = table.vectors.copy()
    out[:, slots] = features.vector(around)[slots]
    return out


def second_step(table: Table, labels: Labels, row: int, model: int, context: int) -> Features:
    """Return the features of the second step for one draft, float32[64].

    ``row``, ``model`` and ``context`` are the indices of the draft in ``table``. Raises KeyError for a draft that
    was not made.
    """
    tried = table.drafts[row, model, context]
    budget_ms = labels.setting.constraints.budget_ms
    left_ms = None if budget_ms is None else budget_ms - float(labels.latency_ms[row, model, context])
    seen = signals_of(tried) | features.of_second_step(model, left_ms)
    out: Features = labels.features[row].copy()
    slots = [features.INDEX[name] for name in seen]
    out[slots] = features.vector(seen)[slots]
    return out


def second_steps(table: Table, labels: Labels) -> Features:
    """Return the features of the second step for every draft.

    The shape is float32[n, models, contexts, 64], with NaN where there is no draft.
    """
    shape = table.quality.shape
    out: Features = np.broadcast_to(labels.features[:, None, None], (*shape, features.SIZE)).copy()
    out[..., _SIGNALS] = table.signals
    previous = np.array([features.vector(features.of_second_step(model, None)) for model in range(shape[1])])
    out[..., features.INDEX["previous_model"]] = previous[:, None, features.INDEX["previous_model"]]
    budget_ms = labels.setting.constraints.budget_ms
    out[..., features.INDEX["has_budget"]] = float(budget_ms is not None)
    left_ms = np.zeros(shape) if budget_ms is None else np.maximum(budget_ms - labels.latency_ms, 0.0)
    slot = features.INDEX["budget"]
    out[..., slot] = np.minimum(np.vectorize(features.SLOTS[slot].normalise)(np.nan_to_num(left_ms)), features.MOST)
    out[~table.tried] = np.nan
    return out


def _allowed(table: Table, setting: Setting) -> Bools:
    """Return which choices are allowed, bool[n, models, contexts].

    As at run time, this depends on predicted times, not on true ones.
    """
    masks = np.zeros((len(setting.candidates), len(CONTEXT_BINS)), dtype=bool)
    for choice in choices_for(setting.candidates, setting.context_tokens, setting.constraints).allowed:
        masks[choice.candidate.rung, CONTEXT_BINS.index(choice.context_bin)] = True
    return np.broadcast_to(masks, table.quality.shape)


def _sampling(table: Table, y_model: Ints, y_context: Ints, epsilon: float) -> tuple[Floats, Floats]:
    """Return temperature and top_p of the chosen model's best answer.

    The greedy answer is best unless a sampled one is better by ``epsilon``.
    """
    temperature, top_p = np.zeros(len(table)), np.ones(len(table))
    for row, (model, context) in enumerate(zip(y_model.tolist(), y_context.tolist(), strict=True)):
        greedy, warm = table.drafts.get((row, model, context)), table.warm.get((row, model))
        best = greedy
        if greedy is not None and warm is not None:
            asked = table.asked[row]
            best = warm if quality(asked, warm) > quality(asked, greedy) + epsilon else greedy
        if best is not None:
            temperature[row], top_p[row] = best.temperature, best.top_p
    return temperature, top_p


def _gain(table: Table, setting: Setting, latency: Floats, price: Floats) -> Floats:
    """Return the net utility of escalating each draft to the next larger model with the same context.

    The draft's cost is paid either way. Models that do not fit RAM are skipped.
    """
    out, budget_ms = np.full(table.quality.shape, np.nan), setting.constraints.budget_ms
    rungs = [rung for rung, candidate in enumerate(setting.candidates) if candidate.fits_ram]
    for below, above in pairwise(rungs):
        gain = table.quality[:, above] - price[:, above] - table.quality[:, below]
        in_time = budget_ms is None or latency[:, below] + latency[:, above] <= budget_ms
        out[:, below] = np.where(in_time, gain, np.nan)
    return out


def _clarity(of_model: Floats) -> Floats:
    """Return the best model's utility minus the second best's, [n]; 0 where fewer than two are known."""
    if of_model.shape[1] < 2:
        return np.zeros(len(of_model))
    two = np.sort(of_model, axis=1)[:, -2:]
    return np.where(np.isfinite(two).all(axis=1), two[:, 1] - np.where(np.isfinite(two[:, 0]), two[:, 0], 0.0), 0.0)
