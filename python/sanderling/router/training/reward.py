"""A reward model, which is fitted to logged choices and predicts the quality of every choice.

Ridge regression of quality on features, model, context, and the product of features and model. The penalty minimises
the leave-one-out error, which has a closed form for a linear fit (Hastie, Tibshirani and Friedman 2009, equation 7.64).
Latency needs no model: the log already holds predicted times.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...records import CONTEXT_BINS
from ..features import RUNGS
from .examples import Floats, Ints
from .logged import Log

PENALTIES = (1.0, 10.0, 100.0, 1000.0)
_CONTEXTS = len(CONTEXT_BINS)


@dataclass(frozen=True)
class Reward:
    """A fitted reward model. ``mean``: mean quality. ``coefficients``: one per column of the design matrix."""

    mean: float
    coefficients: Floats

    def predicted(self, log: Log) -> Floats:
        """Return the predicted reward r̂ of every choice, [n, 4, 4]; NaN where not allowed."""
        quality = np.empty(log.predicted_ms.shape)
        for model in range(RUNGS):
            for context in range(_CONTEXTS):
                action = np.full(len(log), model * _CONTEXTS + context)
                quality[:, model, context] = self.mean + _design(log.first, action) @ self.coefficients
        return np.clip(quality, 0.0, 1.0) - log.price[:, None, None] * log.predicted_ms


def fit(log: Log) -> Reward:
    """Fit a reward model to logged rows. Raises ValueError if there are none."""
    if not len(log):
        raise ValueError("no rows to fit a reward to")
    mean = float(log.quality.mean())
    x, y = _design(log.first, log.action), log.quality - mean
    # With the singular values at hand each penalty costs a product, not a solve.
    u, s, vt = np.linalg.svd(x, full_matrices=False)
    projected = u.T @ y

    def left_out(penalty: float) -> float:
        shrunk = s**2 / (s**2 + penalty)
        leverage = (u**2 * shrunk).sum(axis=1)
        residual = y - u @ (shrunk * projected)
        return float(np.mean((residual / (1 - leverage)) ** 2))

    penalty = min(PENALTIES, key=left_out)
    return Reward(mean, vt.T @ (s / (s**2 + penalty) * projected))


def _design(first: Floats, action: Ints) -> Floats:
    model, context = np.divmod(action, _CONTEXTS)
    of_model, of_context = np.eye(RUNGS)[model], np.eye(_CONTEXTS)[context]
    both = (of_model[:, :, None] * first[:, None, :]).reshape(len(first), -1)
    return np.concatenate([first, of_model, of_context, both], axis=1)
