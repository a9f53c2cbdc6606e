"""Fit the confidence of a sentence: logistic regression with a ridge, by Newton's method.

Source: Hastie, Tibshirani and Friedman, "The Elements of Statistical Learning" (2009), section 4.4.1.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RIDGE = 1.0
"""Penalty of the squared weights, in questions; it keeps them finite where a sign separates few questions."""
_STEPS = 50
_ENOUGH = 1e-9


class Fitted(NamedTuple):
    """Weights of the signs that a sentence holds the answer, and the bias."""

    weights: Floats
    bias: float

    def probability(self, signs: Floats) -> Floats:
        """Return the probability that each sentence holds the answer, float64[n].

        ``signs``: one row per sentence.
        """
        found: Floats = 1 / (1 + np.exp(-(signs @ self.weights + self.bias)))
        return found


def fit(signs: Floats, holds: Floats) -> Fitted:
    """Fit the probability that a sentence holds the answer.

    ``signs``: float64[n, signs]. ``holds``: whether each sentence holds the answer, float64[n] of 0 and 1.
    """
    x = np.column_stack([signs, np.ones(len(signs))])
    penalty = np.diag([*np.full(signs.shape[1], RIDGE), 0.0])
    w = np.zeros(x.shape[1])
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-(x @ w)))
        gradient = x.T @ (p - holds) + penalty @ w
        hessian = (x * (p * (1 - p))[:, None]).T @ x + penalty
        step = np.linalg.solve(hessian + _ENOUGH * np.eye(len(w)), gradient)
        w -= step
        if np.abs(step).max() < _ENOUGH:
            break
    return Fitted(w[:-1], float(w[-1]))


def auroc(scores: Floats, holds: Floats) -> float | None:
    """Return the area under the ROC curve of ``scores``.

    It is the probability that a sentence with the answer scores above one without; None where one kind is absent.
    Ties count half (Hanley and McNeil 1982).
    """
    with_, without = scores[holds > 0], scores[holds == 0]
    if not len(with_) or not len(without):
        return None
    above = (with_[:, None] > without[None, :]).mean()
    return float(above + (with_[:, None] == without[None, :]).mean() / 2)
