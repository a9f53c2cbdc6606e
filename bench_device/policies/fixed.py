"""Baselines: fixed choices, the rule, random choices, and the oracle."""

from __future__ import annotations

import numpy as np

from ...router.training.decisions import by_rule
from ...router.training.examples import Floats
from .board import Board, Chosen, accepted, best_allowed

_PREFERENCE = 100.0
"""Makes a step to another model outweigh any step to another context."""


class Always:
    """Chooses one fixed model and context, or the nearest allowed ones.

    Of two equally near ones, the smaller is chosen.
    """

    def __init__(self, name: str, model: int, context: int) -> None:
        """``model`` and ``context``: indices, smallest first."""
        self.name, self._model, self._context = name, model, context

    def fit(self, board: Board, seed: int) -> None:
        """Do nothing: this policy is not trained."""

    def choose(self, board: Board) -> Chosen:
        """Choose the fixed model and context wherever they are allowed, else the nearest allowed ones."""
        models, contexts = np.arange(board.quality.shape[1]), np.arange(board.quality.shape[2])
        # A tenth of a step more for what is larger makes a tie go to the smaller.
        far_model = np.abs(models - self._model) + 0.1 * (models > self._model)
        far_context = np.abs(contexts - self._context) + 0.1 * (contexts > self._context)
        scores = -(_PREFERENCE * far_model[:, None] + far_context)
        return accepted(*best_allowed(np.broadcast_to(scores, board.quality.shape), board.allowed))


class BestFixed:
    """Makes the allowed choice with the highest mean utility in training."""

    name = "best fixed"

    def __init__(self) -> None:
        """Create an untrained policy, which prefers no choice."""
        self._worth: Floats = np.zeros((1, 1))

    def fit(self, board: Board, seed: int) -> None:
        """Rate each choice by its mean utility relative to the other choices for the same question."""
        utility = board.utility
        # Subtracting the row's mean makes choices comparable that are allowed in different rows.
        won = utility - np.nanmean(utility, axis=(1, 2), keepdims=True)
        known = np.isfinite(won)
        self._worth = np.where(known, won, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)

    def choose(self, board: Board) -> Chosen:
        """Choose the allowed model and context with the highest rating."""
        return accepted(*best_allowed(np.broadcast_to(self._worth, board.quality.shape), board.allowed))


class Rule:
    """Chooses by the rule that routes without training, :mod:`sanderling.router.rule`."""

    name = "rule"

    def fit(self, board: Board, seed: int) -> None:
        """Do nothing: this policy is not trained."""

    def choose(self, board: Board) -> Chosen:
        """Choose by the rule.

        Its escalation of empty drafts is not simulated.
        """
        return accepted(*by_rule(board.first, board.allowed))


class RandomShare:
    """Draws allowed choices at random, with the frequencies of another policy on the same questions."""

    def __init__(self, of: Chosen, name: str = "random at equal share") -> None:
        """``of``: the choices whose frequencies are used."""
        self.name, self._of = name, of
        self._seed = 0

    def fit(self, board: Board, seed: int) -> None:
        """Store the seed for :meth:`choose`.

        Nothing is trained.
        """
        self._seed = seed

    def choose(self, board: Board) -> Chosen:
        """Draw an allowed model and context for each question."""
        _, models, contexts = board.quality.shape
        pairs = np.bincount(self._of.model * contexts + self._of.context, minlength=models * contexts)
        frequency = np.broadcast_to(pairs.reshape(models, contexts), board.quality.shape).astype(np.float64)
        # Where none of the pairs is allowed, any that is.
        weight = np.where(board.allowed, frequency + 1e-9, 0.0)
        # The largest of u^(1/w) is a draw with weights w (Efraimidis and Spirakis 2006), here in logarithms.
        keys = np.log(np.random.default_rng(self._seed).random(weight.shape)) / np.maximum(weight, 1e-300)
        return accepted(*best_allowed(keys, board.allowed))


class Oracle:
    """Makes the allowed choice with the highest utility: an upper bound for routers without escalation."""

    name = "oracle"

    def fit(self, board: Board, seed: int) -> None:
        """Do nothing: this policy is not trained."""

    def choose(self, board: Board) -> Chosen:
        """Choose the allowed model and context with the highest utility."""
        return accepted(*best_allowed(board.utility, board.allowed))
