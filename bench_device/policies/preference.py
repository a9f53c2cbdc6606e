"""Compute, for each question, how strongly a policy prefers the strong model to the weak one.

The quality curves are drawn from it.
"""

from __future__ import annotations

import numpy as np

from ...router.training.examples import Floats
from .board import Board, Chosen
from .cascade import Cascade
from .logistic import Logistic
from .nearest import Nearest
from .network import Network


def preference(policy: object, board: Board, weak: Chosen, strong: Chosen) -> Floats | None:
    """Return the policy's preference for ``strong`` per question, [n]; None for a policy that states no preference.

    Higher values mean a stronger preference. The cascade and the two-step network use the weak model's draft, whose
    cost is paid on every question.
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
