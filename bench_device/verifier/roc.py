"""Area under the ROC curve: the probability that a right draft has a higher confidence than a wrong one."""

from __future__ import annotations

import numpy as np

from ...router.training.drafts import Bools, Floats
from ...router.training.examples import Ints
from ..metrics.estimate import Estimate

RESAMPLES = 300


def auroc(confidence: Floats, right: Bools) -> float:
    """Return the area under the ROC curve, with ties counted as one half.

    It is NaN if all drafts are right or all are wrong. By ranks (Mann and Whitney 1947).
    """
    positive = int(right.sum())
    negative = len(right) - positive
    if not positive or not negative:
        return float("nan")
    _, place, count = np.unique(confidence, return_inverse=True, return_counts=True)
    ends = np.cumsum(count)
    ranks = (ends - (count - 1) / 2)[place]
    return float((ranks[right].sum() - positive * (positive + 1) / 2) / (positive * negative))


def estimate(confidence: Floats, right: Bools, question: Ints, seed: int) -> Estimate:
    """Return the area with its 95 per cent interval, by a bootstrap over questions."""
    value = auroc(confidence, right)
    names, number = np.unique(question, return_inverse=True)
    order = np.argsort(number, kind="stable")
    starts = np.searchsorted(number[order], np.arange(len(names) + 1))
    rng = np.random.default_rng(seed)
    drawn = []
    for _ in range(RESAMPLES):
        chosen = rng.integers(0, len(names), len(names))
        rows = np.concatenate([order[starts[each] : starts[each + 1]] for each in chosen.tolist()])
        drawn.append(auroc(confidence[rows], right[rows]))
    known = np.array(drawn)[np.isfinite(drawn)]
    if not len(known):
        return Estimate(mean=value, low=value, high=value)
    low, high = np.quantile(known, [0.025, 0.975])
    return Estimate(mean=value, low=float(low), high=float(high))
