"""How much rather each policy would ask the strong model than the weak one, per question: what curves rank by."""

from __future__ import annotations

import numpy as np

from ...router.training.examples import Floats
from .board import Board, Chosen
from .cascade import Cascade
from .logistic import Logistic
from .nearest import Nearest
from .network import Network


def preference(policy: object, board: Board, weak: Chosen, strong: Chosen) -> Floats | None:
    """Return a number per question, [n], larger for the strong model; None for a policy that has no such ranking.

    The cascade and the network of two steps see the weak model's draft, which a caller pays for on every question.
    """
    rows = np.arange(len(board))
    if isinstance(policy, Nearest):
        return _difference(policy.expected(board), weak, strong)
    if isinstance(policy, Logistic):
        return _difference(policy.logits(board), weak, strong)
    if isinstance(policy, Cascade):
        return -policy.confidence(board.second[rows, weak.model, weak.context])
    if isinstance(policy, Network):
        if policy.two_steps:
            return _difference(policy.logits_after(board, weak.model, weak.context), weak, strong)
        return _difference(policy.logits(board), weak, strong)
    return None


def _difference(scores: Floats, weak: Chosen, strong: Chosen) -> Floats:
    rows = np.arange(len(scores))
    found: Floats = scores[rows, strong.model, strong.context] - scores[rows, weak.model, weak.context]
    return found
