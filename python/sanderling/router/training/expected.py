"""Expected quality of each answer, smoothed over questions: the target that a router is trained on.

One answer is right or wrong, and which of twelve is right is mostly chance. A network trained on the raw outcomes
memorises the chance of a few hundred questions. The measured qualities are therefore replaced by the mean quality of
their choice plus, per model, a ridge regression of the deviation on the question's features. All models share one
penalty: the largest one whose leave-one-out error is within a standard error of the smallest (Hastie, Tibshirani,
Friedman, Elements of Statistical Learning, 2nd edition, section 7.10; leave-one-out errors in closed form by equation
7.64). Features thus matter only where there is evidence that they do. Prices and speeds are known and are not smoothed.

Gains of escalating keep the measured qualities, which depend on the draft's own signals.
"""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np

from ..labels.table import Floats, Table
from .examples import Ints

PENALTIES = (10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0, np.inf)
LEAST_STD = 0.05
"""Minimum standard deviation to divide by, as for the network's inputs: a nearly constant feature must not become
large."""
LEAST = 5
"""Minimum number of questions per model; below it, its expected quality ignores the features."""


class Ridge(NamedTuple):
    """Predictions for every question, and leave-one-out errors for the questions that were fitted."""

    predicted: Floats
    errors: Floats


def expected(table: Table, rows: Ints) -> Floats:
    """Return the expected quality of every collected answer, [n, models, contexts]; NaN without an answer.

    ``rows``: the questions to learn from; must not include the ones used for evaluation.
    """
    x = table.vectors.astype(np.float64)
    x = (x - x[rows].mean(axis=0)) / np.maximum(x[rows].std(axis=0), LEAST_STD)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # means of nothing are NaN, as they should be
        mean = np.nanmean(table.quality[rows], axis=0)
        off = np.nanmean(table.quality - mean, axis=2)
    known = [rows[np.isfinite(off[rows, model])] for model in range(off.shape[1])]
    models = [model for model, of_model in enumerate(known) if len(of_model) >= LEAST]
    fits = [[ridge(x, known[model], off[known[model], model], penalty) for model in models] for penalty in PENALTIES]
    found = np.broadcast_to(mean, table.quality.shape).copy()
    for model, one in zip(models, fits[_chosen([[one.errors for one in fit] for fit in fits])], strict=True):
        found[:, model] += one.predicted[:, None]
    # A choice that only the others were given has no mean: what was measured of it says at least that it was tried.
    found = np.where(np.isfinite(found), found, table.quality)
    return np.where(np.isfinite(table.quality), np.clip(found, 0.0, 1.0), np.nan)


def _chosen(errors: list[list[Floats]]) -> int:
    """Return the index of the largest penalty whose error exceeds the smallest error by at most one standard error.

    ``errors``: by penalty and model.
    """
    if not errors[0]:
        return len(errors) - 1
    squared = [np.concatenate(each) ** 2 for each in errors]
    means = [float(each.mean()) for each in squared]
    best = int(np.argmin(means))
    bound = means[best] + float(squared[best].std(ddof=1)) / np.sqrt(len(squared[best]))
    return max(place for place, mean in enumerate(means) if mean <= bound)


def ridge(x: Floats, rows: Ints, y: Floats, penalty: float) -> Ridge:
    """Fit a ridge regression of ``y`` on the given ``rows`` of ``x`` [n, features], with an unpenalised intercept."""
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
