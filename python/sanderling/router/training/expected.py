"""A table of answers in, how good each answer could be expected to be out: what a router is trained to choose by.

One answer is right or wrong, and which of twelve was right is mostly luck. A network trained on that learns the luck of
a few hundred questions by heart. So the measured qualities are replaced by a ridge regression on the features of the
question, one per model and context, with one penalty for all of them: the one of the least leave-one-out error, which
linear smoothers have in closed form (Hastie, Tibshirani, Friedman, Elements of Statistical Learning, 2nd edition,
equation 7.64). With an infinite penalty that is each choice's mean. Prices and speeds are known and stay as they are.

What a draft's own signals tell is not smoothed away: gains of escalating keep the measured qualities.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...stages import features
from ..table import Floats, Table
from .examples import Ints

PENALTIES = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0, np.inf)
LEAST_STD = 0.05
"""As of the network's inputs: what hardly varies must not arrive as a large number."""
LEAST = 5
"""Answers of a choice; below, it keeps what was measured."""


class Ridge(NamedTuple):
    """Predictions of one choice, at every question, and their leave-one-out errors at the questions known."""

    predicted: Floats
    errors: Floats


def expected(table: Table, rows: Ints) -> Floats:
    """Return the expected quality of every answer that was given, [n, models, contexts]; NaN for the others.

    ``rows``: the questions to learn from; those that are judged on must not be among them.
    """
    x = np.stack([features.vector(asked.raw) for asked in table.asked]).astype(np.float64)
    x = (x - x[rows].mean(axis=0)) / np.maximum(x[rows].std(axis=0), LEAST_STD)
    cells = list(np.ndindex(table.quality.shape[1:]))
    known = {cell: rows[np.isfinite(table.quality[rows, *cell])] for cell in cells}
    cells = [cell for cell in cells if len(known[cell]) >= LEAST]
    found = table.quality.copy()
    if not cells:
        return found

    def fitted(penalty: float) -> list[Ridge]:
        return [ridge(x, known[cell], table.quality[known[cell], *cell], penalty) for cell in cells]

    best = min(map(fitted, PENALTIES), key=lambda each: float(np.mean(np.concatenate([r.errors**2 for r in each]))))
    for cell, one in zip(cells, best, strict=True):
        found[:, *cell] = np.where(np.isfinite(table.quality[:, *cell]), np.clip(one.predicted, 0.0, 1.0), np.nan)
    return found


def ridge(x: Floats, rows: Ints, y: Floats, penalty: float) -> Ridge:
    """Fit ``y`` at ``rows`` of ``x``, [n, features], with an intercept that is not punished."""
    centre = x[rows].mean(axis=0)
    centred, n = x[rows] - centre, len(rows)
    if np.isinf(penalty):
        return Ridge(np.full(len(x), y.mean()), (y - y.mean()) / (1 - 1 / n))
    # In the dual, because there are about as many questions as features.
    kernel = centred @ centred.T
    inverse = np.linalg.inv(kernel + penalty * np.eye(n))
    predicted = y.mean() + (x - centre) @ (centred.T @ (inverse @ (y - y.mean())))
    leverage = np.diag(kernel @ inverse) + 1 / n
    return Ridge(predicted, (y - predicted[rows]) / (1 - leverage))
