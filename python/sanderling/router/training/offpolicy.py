"""Estimates the value of a policy from choices that another policy logged.

Source: Dudík, Langford, Li, Doubly Robust Policy Evaluation and Learning, arXiv 1103.4601. For row i with the logged
action a_i of propensity p_i and reward r_i, a target policy π and a model r̂ of the reward::

    IPS  v_i = w_i r_i                                        w_i = min(π(a_i | x_i) / p_i, clip)       (section 2)
    DR   v_i = Σ_a π(a | x_i) r̂(x_i, a) + w_i (r_i - r̂(x_i, a_i))                                (section 3, eq. 1)

The estimate is the mean of v. If no weight is clipped, IPS is unbiased where the logging policy gives every action of
the target a positive probability. DR is too, whatever r̂ is, provided r̂ was not fitted to the row. Clipping trades
some of this correction for lower variance.
"""

from __future__ import annotations

import numpy as np

from ...records import Record
from .examples import Floats, Ints

CLIP = 100.0
"""Upper bound of a weight. Exploring one question in ten over twelve choices gives weights up to 120, so only the
rarest rows are clipped, and none counts more than a hundredfold."""
NORMAL_95 = 1.96


class Estimate(Record):
    """A mean and its 95 per cent confidence interval, by the normal approximation."""

    mean: float
    low: float
    high: float
    n: int


def weights(target: Floats, propensity: Floats, clip: float = CLIP) -> Floats:
    """Return the importance weights w, [n]. ``target``: π of the logged action, [n]. ``propensity``: p, [n].

    Raises ValueError for a propensity outside (0, 1].
    """
    if not ((propensity > 0) & (propensity <= 1)).all():
        raise ValueError("propensities are above 0 and at most 1")
    found: Floats = np.minimum(target / propensity, clip)
    return found


def ips(target: Floats, propensity: Floats, reward: Floats, clip: float = CLIP) -> Floats:
    """Return the IPS values v, [n]. ``reward``: r, [n]. Other arguments: see :func:`weights`."""
    return weights(target, propensity, clip) * reward


def doubly_robust(
    target: Floats, predicted: Floats, action: Ints, propensity: Floats, reward: Floats, clip: float = CLIP
) -> Floats:
    """Return the doubly robust values v [n].

    ``target``: π of every action, [n, actions], 0 where not allowed. ``predicted``: r̂, [n, actions], ignored where the
    target is 0 and the action was not logged. ``action``: [n].
    """
    rows = np.arange(len(action))
    direct = np.where(target > 0, target * predicted, 0.0).sum(axis=1)
    of_logged = weights(target[rows, action], propensity, clip)
    values: Floats = direct + of_logged * (reward - predicted[rows, action])
    return values


def estimate(values: Floats) -> Estimate:
    """Return the mean of independent values, with its confidence interval.

    The interval of a single value is infinite. Raises ValueError without values.
    """
    n = len(values)
    if n == 0:
        raise ValueError("no rows to estimate from")
    mean = float(values.mean())
    half = NORMAL_95 * float(values.std(ddof=1)) / n**0.5 if n > 1 else float("inf")
    return Estimate(mean=mean, low=mean - half, high=mean + half, n=n)
