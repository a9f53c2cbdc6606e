"""A router that reads no question: it knows the mean quality and the price of each choice."""

from __future__ import annotations

import numpy as np

from ...router.training.examples import Floats
from .board import Board, Chosen, accepted, best_allowed


class PriceTable:
    """Chooses the model and context with the best mean quality less price.

    The quality is that in training, the price that of the setting at hand. The price is that of the answer itself,
    so the length of the answer is known to it beforehand.
    """

    name = "price-aware table"

    def __init__(self) -> None:
        """Create a table of zeros."""
        self._mean: Floats = np.zeros((1, 1))

    def fit(self, board: Board, seed: int) -> None:
        """Average the quality of each choice over the questions.

        Every question counts once.
        """
        _, first = np.unique(board.question, return_index=True)
        question = np.unique(board.question, return_inverse=True)[1]
        # A choice may be allowed in one setting of a question and not in another: its quality is the same in all.
        quality = np.full((len(first), *board.quality.shape[1:]), -np.inf)
        np.maximum.at(quality, question, np.where(board.allowed, board.quality, -np.inf))
        known = np.isfinite(quality)
        total = np.where(known, quality, 0.0).sum(axis=0)
        self._mean = np.where(known.any(axis=0), total / np.maximum(known.sum(axis=0), 1), -1.0)

    def choose(self, board: Board) -> Chosen:
        """Choose the allowed model and context with the highest mean quality less its price."""
        return accepted(*best_allowed(self._mean - board.price, board.allowed))
