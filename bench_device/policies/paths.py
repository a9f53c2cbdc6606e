"""Policies that draft with one model and context, and answer with another if a gate refuses the draft.

Two drafts of the same model differ by context only: its context grows. Both are paid in full, although a grown prompt
begins like the first one.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from ...router.features import INDEX
from ...router.training.examples import Floats
from .board import Board, Bools, Chosen, Policy, growing

OVERLAP, NOT_FOUND, TOKENS, MEAN_LOGPROB = (
    INDEX[name] for name in ("draft_overlap", "draft_not_found", "draft_tokens", "draft_mean_logprob")
)
_PENALTY = 10.0
"""Penalty of the ridge regression, in questions."""


class Gate(Protocol):
    """Decides which drafts are replaced."""

    name: str

    def fit(self, board: Board, draft: Chosen, final: Chosen) -> None:
        """Learn from questions for which the answers of both policies are known."""

    def refused(self, board: Board, draft: Chosen, final: Chosen) -> Bools:
        """Return which drafts are replaced by the answers of ``final``, bool[n]."""


class Path:
    """Lets one policy draft, and another policy answer if the gate refuses the draft."""

    def __init__(self, name: str, draft: Policy, final: Policy, gate: Gate) -> None:
        """``name``: of the two policies that choose the cells; the gate's is appended."""
        self.name, self._draft, self._final, self._gate = f"{name}, {gate.name}", draft, final, gate

    def fit(self, board: Board, seed: int) -> None:
        """Fit both policies, and the gate to their answers."""
        self._draft.fit(board, seed)
        self._final.fit(board, seed)
        self._gate.fit(board, self._draft.choose(board), self._final.choose(board))

    def choose(self, board: Board) -> Chosen:
        """Draft, and replace the drafts that the gate refuses."""
        draft, final = self._draft.choose(board), self._final.choose(board)
        return growing(board, draft, final, self._gate.refused(board, draft, final))


class Words:
    """Refuses a draft that declines to answer, or contains a word that is not in its context.

    Nothing is fitted.
    """

    name = "words"

    def fit(self, board: Board, draft: Chosen, final: Chosen) -> None:
        """Do nothing: this gate is not trained."""

    def refused(self, board: Board, draft: Chosen, final: Chosen) -> Bools:
        """Return which drafts decline, or contain words that are not in their context, bool[n]."""
        return ~borne_out(_second(board, draft))


class Worth:
    """Refuses a draft if the final answer is predicted to improve on it by more than it costs.

    A regression on the draft's signals predicts the gain.
    """

    name = "fitted"

    def __init__(self) -> None:
        """Create a gate that expects no gain."""
        self._coefficients: Floats = np.zeros(4)

    def fit(self, board: Board, draft: Chosen, final: Chosen) -> None:
        """Fit a regression of the gain in quality on three signals of the draft.

        They are: borne out, declined, and the mean log-probability.
        """
        gain = final.of(board, board.quality) - draft.of(board, board.quality)
        x = _signals(_second(board, draft))
        known = np.isfinite(gain) & np.isfinite(x).all(axis=1)
        if not known.any():
            return
        # Rows of one question in many settings are one question.
        weight = 1.0 / np.bincount(np.unique(board.question[known], return_inverse=True)[1])
        weight = weight[np.unique(board.question[known], return_inverse=True)[1]]
        x, gain = x[known], gain[known]
        penalty = _PENALTY * np.diag([0.0, 1.0, 1.0, 1.0])
        self._coefficients = np.linalg.lstsq(x.T @ (weight[:, None] * x) + penalty, x.T @ (weight * gain), rcond=None)[
            0
        ]

    def refused(self, board: Board, draft: Chosen, final: Chosen) -> Bools:
        """Return for which drafts the other answer's predicted gain exceeds that answer's price."""
        expected = np.nan_to_num(_signals(_second(board, draft))) @ self._coefficients
        found: Bools = expected > final.of(board, board.price)
        return found


class Perfect:
    """Refuses a draft exactly where the other answer's true gain exceeds that answer's price.

    No gate can surpass it.
    """

    name = "perfect gate"

    def fit(self, board: Board, draft: Chosen, final: Chosen) -> None:
        """Do nothing: this gate is not trained."""

    def refused(self, board: Board, draft: Chosen, final: Chosen) -> Bools:
        """Return for which drafts the other answer's true gain exceeds that answer's price."""
        found: Bools = final.of(board, board.utility) > draft.of(board, board.quality)
        return found


def borne_out(second: Floats) -> Bools:
    """Return which drafts give an answer, in words of their context only.

    ``second``: features, [n, inputs].
    """
    found: Bools = (second[:, OVERLAP] >= 1.0) & (second[:, NOT_FOUND] == 0.0) & (second[:, TOKENS] > 0.0)
    return found


def _second(board: Board, draft: Chosen) -> Floats:
    found: Floats = board.second[np.arange(len(board)), draft.model, draft.context]
    return found


def _signals(second: Floats) -> Floats:
    columns = np.ones(len(second)), borne_out(second), second[:, NOT_FOUND], second[:, MEAN_LOGPROB]
    return np.stack([np.asarray(column, dtype=np.float64) for column in columns], axis=1)
