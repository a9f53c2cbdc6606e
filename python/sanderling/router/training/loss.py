"""The training loss, and its gradient with respect to the head outputs.

For a labelled row, at the first step and, where there is a draft, again at the second::

    L = L_model + L_context + α L_temperature + β L_top_p + η L_utility      L_model, L_context: cross-entropy
                                                                             L_temperature, L_top_p: smooth L1
    L_utility = Σ p(m, c) (U_best − U(m, c)) / scale        p(m, c) ∝ p(m) p(c) over what is allowed

At the second step also, with ``gain`` the utility gained by escalating::

    L_escalate = |gain| / scale_gain · cross-entropy(p, gain > 0) + η (max(gain, 0) − p · gain) / scale_gain

L_utility is the expected regret of a router that samples its choice. Unlike cross-entropy it does not penalise
confusing two choices of equal utility. Choices that are not allowed have probability 0 in every term, as in routing.
The plan logits have a cross-entropy and a regret of the same form over the plans with a known utility, at the first
step and in rows where two are known.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..fastgrnn import CONTEXT, ESCALATE, PLAN, TEMPERATURE, TOP_P
from .cell import sigmoid
from .examples import CONTEXTS, MODELS, NO_LABEL, Examples, Floats

CONTEXT_ROWS = CONTEXT
_BEND = 0.1
"""Where smooth L1 turns from quadratic to linear: labels of temperature and top_p differ by a few tenths."""
_MOST = 5.0
"""Upper bound of a class weight, so that a model that was best only twice does not dominate training."""


@dataclass(frozen=True)
class Terms:
    """Weights of the loss terms. ``balance`` 0: every row counts the same; 1: every class does."""

    alpha: float = 0.1
    beta: float = 0.1
    eta: float = 4.0
    balance: float = 0.0


@dataclass(frozen=True)
class Scales:
    """Class weights of models [4] and contexts [4], and scales of utilities and gains.

    They are computed once, on the training rows.
    """

    model: Floats
    context: Floats
    utility: float
    gain: float


def scales(examples: Examples, terms: Terms) -> Scales:
    """Return the scales for ``examples``. A class without rows gets weight 1, which is never used."""
    spread = np.nanmax(examples.utility, axis=(1, 2)) - np.nanmin(examples.utility, axis=(1, 2))
    gains = np.abs(examples.gain[np.isfinite(examples.gain)])

    def classes(labels: NDArray[np.int64], count: int) -> Floats:
        known = labels[labels != NO_LABEL]
        counts = np.bincount(known, minlength=count)
        share = counts / max(counts.sum(), 1) * max(np.count_nonzero(counts), 1)
        weights: Floats = np.where(counts > 0, np.minimum(np.maximum(share, 1e-9) ** -terms.balance, _MOST), 1.0)
        return weights.astype(np.float32)

    return Scales(
        model=classes(examples.y_model, MODELS),
        context=classes(examples.y_context, CONTEXTS),
        utility=float(spread.mean()) or 1.0,
        gain=float(gains.mean()) if gains.size and gains.any() else 1.0,
    )


def loss(rows: Examples, y: list[Floats], terms: Terms, scale: Scales) -> tuple[float, list[Floats]]:
    """Return the mean loss of the rows, and its gradient with respect to ``y``.

    ``y``: head outputs of each step, [n, 14].
    """
    n = len(rows)
    value, d_first = _choices(rows, y[0], terms, scale)
    planned, d_first[:, PLAN] = _plans(rows.plan, y[0][:, PLAN], terms, scale)
    value = value + planned
    gradients = [d_first]
    if len(y) > 1:
        drafted = rows.drafted
        again, d_second = _choices(rows, y[1], terms, scale)
        d_second *= drafted[:, None]
        judged, d_escalate = _escalate(rows, y[1][:, ESCALATE], terms, scale)
        d_second[:, ESCALATE] = d_escalate
        value = value + again * drafted + judged
        gradients.append(d_second)
    return float(value.sum()) / n, [gradient / n for gradient in gradients]


def log_softmax(logits: Floats, allowed: NDArray[np.bool_]) -> Floats:
    """Return log-probabilities over the allowed entries of the last axis; −inf elsewhere."""
    masked = np.where(allowed, logits, -np.inf)
    shifted = masked - masked.max(axis=-1, keepdims=True)
    result: Floats = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return result


def joint(y: Floats, allowed: NDArray[np.bool_]) -> Floats:
    """Return the probabilities [n, 4, 4] of the allowed pairs, each proportional to p(model) · p(context)."""
    pairs = y[:, :MODELS, None] + y[:, None, CONTEXT_ROWS]
    flat = log_softmax(pairs.reshape(len(y), -1), allowed.reshape(len(y), -1))
    return np.exp(flat).reshape(pairs.shape)


def _choices(rows: Examples, y: Floats, terms: Terms, scale: Scales) -> tuple[Floats, Floats]:
    """Return each row's loss from the four heads that determine its choice, and the gradient of that loss."""
    gradient = np.zeros_like(y)
    allowed = rows.allowed
    of_label = allowed[np.arange(len(rows)), np.maximum(rows.y_model, 0)]
    value, gradient[:, :MODELS] = _cross_entropy(y[:, :MODELS], rows.models, rows.y_model, scale.model)
    more, gradient[:, CONTEXT_ROWS] = _cross_entropy(y[:, CONTEXT_ROWS], of_label, rows.y_context, scale.context)
    value = value + more

    # The clip of the temperature belongs to routing: in training it would leave outputs above it without a gradient.
    outputs = np.logaddexp(0, y[:, TEMPERATURE]), 0.7 + 0.3 * sigmoid(y[:, TOP_P])
    slopes = sigmoid(y[:, TEMPERATURE]), 0.3 * sigmoid(y[:, TOP_P]) * (1 - sigmoid(y[:, TOP_P]))
    labels = rows.y_temperature, rows.y_top_p
    for head, weight, output, slope, label in zip(
        (TEMPERATURE, TOP_P), (terms.alpha, terms.beta), outputs, slopes, labels, strict=True
    ):
        off = np.where(np.isfinite(label), output - np.nan_to_num(label), 0)
        near = np.abs(off) < _BEND
        value = value + weight * np.where(near, off * off / (2 * _BEND), np.abs(off) - _BEND / 2)
        gradient[:, head] = weight * np.where(near, off / _BEND, np.sign(off)) * slope

    p = joint(y, allowed)
    best = np.nanmax(rows.utility, axis=(1, 2), keepdims=True)
    regret = np.where(allowed, best - np.nan_to_num(rows.utility), 0) / scale.utility
    expected = (p * regret).sum(axis=(1, 2))
    d_pairs = terms.eta * p * (regret - expected[:, None, None])
    gradient[:, :MODELS] += d_pairs.sum(axis=2)
    gradient[:, CONTEXT_ROWS] += d_pairs.sum(axis=1)
    return value + terms.eta * expected, gradient


def _plans(utility: Floats, y: Floats, terms: Terms, scale: Scales) -> tuple[Floats, Floats]:
    """Return each row's loss from the plan head, and its gradient; both 0 where fewer than two plans are known."""
    known = np.isfinite(utility)
    counts = known.sum(axis=1) > 1
    log_p = log_softmax(y, known | ~counts[:, None])
    p = np.exp(log_p)
    filled = np.where(known, utility, -np.inf)
    best = filled.argmax(axis=1)
    at = np.arange(len(y)), best
    lost = np.where(known & counts[:, None], filled[at][:, None] - np.nan_to_num(utility), 0.0) / scale.utility
    expected = (p * lost).sum(axis=1)
    gradient = p + terms.eta * p * (lost - expected[:, None])
    gradient[at] -= 1
    value = np.where(counts, -log_p[at] + terms.eta * expected, 0.0)
    return value, np.where(counts[:, None], gradient, 0.0)


def _cross_entropy(
    logits: Floats, allowed: NDArray[np.bool_], labels: NDArray[np.int64], weights: Floats
) -> tuple[Floats, Floats]:
    """Return each row's cross-entropy and its gradient with respect to ``logits``.

    Both are 0 in rows whose label is missing or not allowed.
    """
    at = np.arange(len(labels)), np.maximum(labels, 0)
    counts = (labels != NO_LABEL) & allowed[at]
    # A row without a label may allow nothing here; any mask will do for it.
    log_p = log_softmax(logits, allowed | ~counts[:, None])
    weight = np.where(counts, weights[at[1]], 0).astype(logits.dtype)
    gradient = np.exp(log_p)
    gradient[at] -= 1
    return -weight * np.where(counts, log_p[at], 0), gradient * weight[:, None]


def _escalate(rows: Examples, y: Floats, terms: Terms, scale: Scales) -> tuple[Floats, Floats]:
    known = np.isfinite(rows.gain) & rows.drafted
    gain = np.where(known, np.nan_to_num(rows.gain), 0).astype(y.dtype) / scale.gain
    p, target = sigmoid(y), gain > 0
    entropy = np.logaddexp(0, np.where(target, -y, y))
    value = np.abs(gain) * entropy + terms.eta * (np.maximum(gain, 0) - p * gain)
    return value, np.abs(gain) * (p - target) - terms.eta * gain * p * (1 - p)
