"""Policies that learn nothing, and the one that knows everything."""

from __future__ import annotations

import numpy as np

from ...router.training.decisions import by_rule
from ...router.training.examples import Floats
from .board import Board, Chosen, accepted, best_allowed

_PREFERENCE = 100.0
"""A step to another model weighs more than any step to another context."""


class Always:
    """One model with one context; where that is not allowed, the nearest model that is, the smaller of two."""

    def __init__(self, name: str, model: int, context: int) -> None:
        """``model`` and ``context`` by number, smallest first."""
        self.name, self._model, self._context = name, model, context

    def fit(self, board: Board, seed: int) -> None:
        """Learn nothing."""

    def choose(self, board: Board) -> Chosen:
        """See :class:`~.board.Policy`."""
        models, contexts = np.arange(board.quality.shape[1]), np.arange(board.quality.shape[2])
        # A tenth of a step more for what is larger makes a tie go to the smaller.
        far_model = np.abs(models - self._model) + 0.1 * (models > self._model)
        far_context = np.abs(contexts - self._context) + 0.1 * (contexts > self._context)
        scores = -(_PREFERENCE * far_model[:, None] + far_context)
        return accepted(*best_allowed(np.broadcast_to(scores, board.quality.shape), board.allowed))


class BestFixed:
    """The one choice that was worth most in training; where it is not allowed, the next best that is."""

    name = "best fixed"

    def __init__(self) -> None:
        """Without a preference."""
        self._worth: Floats = np.zeros((1, 1))

    def fit(self, board: Board, seed: int) -> None:
        """Take the mean utility of every choice, against that of the rows it was allowed in."""
        utility = board.utility
        # Choices are allowed in different rows: compared is what they win over the mean of their row.
        won = utility - np.nanmean(utility, axis=(1, 2), keepdims=True)
        known = np.isfinite(won)
        self._worth = np.where(known, won, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)

    def choose(self, board: Board) -> Chosen:
        """See :class:`~.board.Policy`."""
        return accepted(*best_allowed(np.broadcast_to(self._worth, board.quality.shape), board.allowed))


class Rule:
    """The product's rule, :mod:`sanderling.router.rule`."""

    name = "rule"

    def fit(self, board: Board, seed: int) -> None:
        """Learn nothing."""

    def choose(self, board: Board) -> Chosen:
        """See :class:`~.board.Policy`. That an empty draft goes on plays no part here."""
        return accepted(*by_rule(board.first, board.allowed))


class RandomShare:
    """Draws among what is allowed with the frequencies of another policy on the same questions."""

    def __init__(self, of: Chosen, name: str = "random at equal share") -> None:
        """``of``: whose models and contexts to draw."""
        self.name, self._of = name, of
        self._seed = 0

    def fit(self, board: Board, seed: int) -> None:
        """Keep the seed."""
        self._seed = seed

    def choose(self, board: Board) -> Chosen:
        """See :class:`~.board.Policy`."""
        _, models, contexts = board.quality.shape
        pairs = np.bincount(self._of.model * contexts + self._of.context, minlength=models * contexts)
        frequency = np.broadcast_to(pairs.reshape(models, contexts), board.quality.shape).astype(np.float64)
        # Where none of the pairs is allowed, any that is.
        weight = np.where(board.allowed, frequency + 1e-9, 0.0)
        # The largest of u^(1/w) is a draw with weights w (Efraimidis and Spirakis 2006), here in logarithms.
        keys = np.log(np.random.default_rng(self._seed).random(weight.shape)) / np.maximum(weight, 1e-300)
        return accepted(*best_allowed(keys, board.allowed))


class Oracle:
    """The allowed choice of the highest utility: what no router can beat without escalating."""

    name = "oracle"

    def fit(self, board: Board, seed: int) -> None:
        """Learn nothing."""

    def choose(self, board: Board) -> Chosen:
        """See :class:`~.board.Policy`."""
        return accepted(*best_allowed(board.utility, board.allowed))
