"""k nearest neighbours over questions: a baseline that a trained router has to beat."""

from __future__ import annotations

import numpy as np

from ...router.training.examples import Floats
from .board import Board, Chosen, accepted, best_allowed

_LEAST_STD = 0.05
"""Minimum standard deviation to divide by, as in training: a nearly constant feature should not determine
neighbours."""


class Nearest:
    """Makes the allowed choice with the highest mean utility over the ``k`` nearest questions."""

    def __init__(self, k: int = 15) -> None:
        """``k``: number of neighbours, by Euclidean distance between standardised features."""
        self.name, self._k = f"kNN, k {k}", k
        self._mean: Floats = np.zeros(0)
        self._std: Floats = self._mean
        self._points: Floats = self._mean
        self._utility: Floats = self._mean

    def fit(self, board: Board, seed: int) -> None:
        """Store the questions and their utilities."""
        self._mean, self._std = board.first.mean(axis=0), np.maximum(board.first.std(axis=0), _LEAST_STD)
        self._points = (board.first - self._mean) / self._std
        self._utility = board.utility

    def choose(self, board: Board) -> Chosen:
        """Choose the allowed model and context with the highest mean utility over the neighbours."""
        return accepted(*best_allowed(self.expected(board), board.allowed))

    def expected(self, board: Board) -> Floats:
        """Return the mean utility of each choice over a question's neighbours, [n, 4, 4]."""
        x = (board.first - self._mean) / self._std
        # |a - b|^2 without |a|^2, which is the same for all neighbours of a question.
        distance = (self._points**2).sum(axis=1) - 2 * x @ self._points.T
        nearest = np.argsort(distance, axis=1, kind="stable")[:, : self._k]
        seen = self._utility[nearest]
        known = np.isfinite(seen)
        # What none of the neighbours may use says nothing: it is worth what the neighbours' choices are on average.
        everything = np.where(known, seen, 0).sum(axis=(1, 2, 3)) / np.maximum(known.sum(axis=(1, 2, 3)), 1)
        count = known.sum(axis=1)
        mean = np.where(known, seen, 0).sum(axis=1) / np.maximum(count, 1)
        found: Floats = np.where(count > 0, mean, everything[:, None, None])
        return found
