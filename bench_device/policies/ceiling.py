"""An upper bound for routers: a policy that knows earlier answers to each question.

Answers with other contexts serve as repetitions. Which of several answers is right is partly chance, so the oracle's
gain cannot be reached. An answer of the same model to the same question with another context is nearly a repetition
(``bench_device/LOG.md``). This policy predicts the quality of each choice from the outcomes of all models with the
other contexts; nothing at run time knows them.
"""

from __future__ import annotations

import numpy as np

from ...router.labels.table import Table
from ...router.training.examples import Floats
from ...router.training.expected import ridge
from .board import Board, Chosen, accepted, best_allowed
from .cells import core

PENALTIES = (3.0, 10.0, 30.0, 100.0, np.inf)
"""Penalties of the ridge regressions; the one with the least leave-one-out error is taken, infinite for the mean
alone."""


class Ceiling:
    """Chooses by qualities predicted from the outcomes of all models with other contexts.

    The price is taken off.
    """

    name = "noise ceiling"

    def __init__(self, table: Table) -> None:
        """``table``: the outcomes, of the questions judged as well."""
        self._quality, self._core = table.quality, core(table)
        self._predicted: Floats = np.full(table.quality.shape, np.nan)

    def fit(self, board: Board, seed: int) -> None:
        """Fit a regression of each choice's quality on the outcomes with other contexts.

        It is fitted over the questions of ``board``.
        """
        rows = np.unique(board.question)
        self._predicted = np.full(self._quality.shape, np.nan)
        contexts = np.arange(self._core.shape[1])
        for model, context in np.argwhere(self._core).tolist():
            x = self._quality[:, self._core & (contexts != context)]
            y = self._quality[:, model, context]
            known = np.isfinite(x).all(axis=1) & np.isfinite(y)
            fitted = rows[known[rows]]
            if len(fitted) > 1 and x.shape[1]:
                fits = [ridge(np.nan_to_num(x), fitted, y[fitted], penalty) for penalty in PENALTIES]
                best = min(fits, key=lambda fit: float(np.mean(fit.errors**2)))
                self._predicted[:, model, context] = best.predicted
            elif len(fitted):
                self._predicted[:, model, context] = y[fitted].mean()

    def choose(self, board: Board) -> Chosen:
        """Choose the allowed model and context with the highest predicted utility."""
        models = self._predicted.shape[1]
        scores = np.full(board.quality.shape, -1e9)
        scores[:, :models] = np.nan_to_num(self._predicted[board.question] - board.price[:, :models], nan=-1e9)
        return accepted(*best_allowed(scores, board.allowed))
