"""A cascade by confidence: the smallest model drafts, and a larger one answers if the draft's confidence is low.

As FrugalGPT (Chen et al., arXiv 2305.05176), with the draft's mean logprob instead of a learned scorer.
"""

from __future__ import annotations

import numpy as np

from ...router.training.examples import Floats
from .board import Board, Chosen, escalating
from .fixed import Always


class Cascade:
    """Escalates below a threshold on one feature of the draft, chosen for the highest utility in training."""

    name = "confidence only"

    def __init__(self, feature: int, context: int = 1) -> None:
        """``feature``: column of the draft's mean logprob. ``context``: index of the context of all drafts."""
        self._feature, self._first = feature, Always("", 0, context)
        self._threshold = -np.inf

    def fit(self, board: Board, seed: int) -> None:
        """Try every confidence that occurs as the threshold."""
        drafts, confidence = self._drafts(board)
        gain = board.gain(drafts.model, drafts.context)
        known = np.isfinite(gain) & np.isfinite(confidence)
        order = np.argsort(confidence[known])
        # Escalating the i least confident wins the sum of their gains.
        won = np.concatenate([[0.0], np.cumsum(gain[known][order])])
        best = int(won.argmax())
        ordered = confidence[known][order]
        self._threshold = -np.inf if best == 0 else float(ordered[best - 1])

    def choose(self, board: Board) -> Chosen:
        """See :class:`~sanderling.bench_device.policies.board.Policy`."""
        drafts, confidence = self._drafts(board)
        return escalating(board, drafts.model, drafts.context, confidence <= self._threshold)

    def _drafts(self, board: Board) -> tuple[Chosen, Floats]:
        drafts = self._first.choose(board)
        return drafts, self.confidence(board.second[np.arange(len(board)), drafts.model, drafts.context])

    def confidence(self, second: Floats) -> Floats:
        """Return the confidence of drafts from their features [n, inputs]."""
        seen: Floats = second[:, self._feature]
        return seen
