"""A cascade by confidence: the smallest model drafts, and a larger one answers if the draft's confidence is low.

Like FrugalGPT (Chen et al., arXiv 2305.05176), with the draft's mean logprob instead of a learned scorer.
"""

from __future__ import annotations

import numpy as np

from ...router.training.examples import Floats
from .board import Board, Chosen, escalating
from .fixed import Always


class Cascade:
    """Escalates a draft if its confidence is below a threshold.

    Training finds the threshold of highest utility.
    """

    name = "confidence only"

    def __init__(self, feature: int, context: int = 2) -> None:
        """``feature``: column of the draft's mean logprob. ``context``: index of the context of all drafts."""
        self._feature, self._first = feature, Always("", 0, context)
        self._threshold = -np.inf

    def fit(self, board: Board, seed: int) -> None:
        """Set the threshold that gives the highest utility on ``board``.

        Only the confidences of its drafts are tried.
        """
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
        """Let the smallest model draft every answer, and escalate the drafts of low confidence."""
        drafts, confidence = self._drafts(board)
        return escalating(board, drafts.model, drafts.context, confidence <= self._threshold)

    def _drafts(self, board: Board) -> tuple[Chosen, Floats]:
        drafts = self._first.choose(board)
        return drafts, self.confidence(board.second[np.arange(len(board)), drafts.model, drafts.context])

    def confidence(self, second: Floats) -> Floats:
        """Return each draft's confidence, [n].

        It is a column of the features ``second``, [n, inputs].
        """
        seen: Floats = second[:, self._feature]
        return seen
