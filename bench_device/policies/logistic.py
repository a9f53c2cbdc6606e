"""Multinomial logistic regression on the router's features: a linear baseline."""

from __future__ import annotations

import numpy as np

from ...router.training.adamw import AdamW
from ...router.training.cell import Parameters
from ...router.training.examples import Floats
from .board import Board, Chosen, accepted, best_allowed

_STEPS = 600
_RATE = 0.02
_DECAY = 0.1
_LEAST_STD = 0.05


class Logistic:
    """A classifier with one class per pair of model and context, trained to predict the best pair.

    It chooses only allowed pairs.
    """

    name = "logistic"

    def __init__(self) -> None:
        """Create an untrained classifier."""
        self._mean: Floats = np.zeros(0)
        self._std = self._mean
        self._parameters: Parameters = {}

    def fit(self, board: Board, seed: int) -> None:
        """Train by full-batch gradient descent.

        The loss is convex, so ``seed`` has no effect.
        """
        n = len(board)
        self._mean, self._std = board.first.mean(axis=0), np.maximum(board.first.std(axis=0), _LEAST_STD)
        x = ((board.first - self._mean) / self._std).astype(np.float32)
        masked = ~board.allowed.reshape(n, -1)
        best = np.where(masked, -np.inf, board.utility.reshape(n, -1)).argmax(axis=1)
        self._parameters = {
            "w0": np.zeros((masked.shape[1], x.shape[1]), dtype=np.float32),
            "bias": np.zeros(masked.shape[1], dtype=np.float32),
        }
        optimiser, rows = AdamW(self._parameters, decay=_DECAY), np.arange(n)
        # Choices first: sums over twelve numbers that lie apart by n are vectors, over twelve neighbours they are not.
        columns, masked = np.ascontiguousarray(x.T), np.ascontiguousarray(masked.T)
        for step in range(_STEPS):
            logits = self._parameters["w0"] @ columns + self._parameters["bias"][:, None]
            logits[masked] = -np.inf
            p = np.exp(logits - logits.max(axis=0))
            p /= p.sum(axis=0)
            p[best, rows] -= 1
            optimiser.step({"w0": p @ x / n, "bias": p.sum(axis=1) / n}, _RATE * (1 - step / _STEPS))

    def choose(self, board: Board) -> Chosen:
        """Choose the allowed model and context with the highest logit."""
        return accepted(*best_allowed(self.logits(board), board.allowed))

    def logits(self, board: Board) -> Floats:
        """Return the logits of the choices, [n, 4, 4]."""
        x = (board.first - self._mean) / self._std
        logits: Floats = x @ self._parameters["w0"].T + self._parameters["bias"]
        return logits.reshape(board.quality.shape)
