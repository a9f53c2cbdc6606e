"""The FastGRNN as a policy with one or two recurrent steps, trained on the same questions as its baselines."""

from __future__ import annotations

import numpy as np
from msgspec.structs import replace

from ...router.fastgrnn import ESCALATE, Weights
from ...router.training.cell import Parameters, forward, read
from ...router.training.decisions import by_rule
from ...router.training.examples import MODELS, Floats, Ints
from ...router.training.loss import CONTEXT_ROWS, joint
from ...router.training.measure import chosen
from ...router.training.settings import Settings
from ...router.training.train import Trained, train
from ...router.training.weights import parameters_of
from .board import Board, Chosen, accepted, escalating

ONE_STEP, TWO_STEPS = "FastGRNN, one step", "FastGRNN, two steps"
_NAMES = ("0", "1", "2", "3")


class Network:
    """Chooses by the network's first step, or by both of its steps.

    With ``two_steps``, the second step decides whether to escalate.
    """

    def __init__(
        self,
        *,
        two_steps: bool,
        settings: Settings | None = None,
        confident: float = 0.0,
        trained: dict[tuple[int, int], Trained] | None = None,
    ) -> None:
        """``settings``: training settings, except the seed, which is passed to :meth:`fit`; None: the defaults.

        ``confident``: below this probability of the likeliest model the rule chooses, as at run time. ``trained``: a
        cache shared by networks that differ only in their number of steps, so that each is trained once.
        """
        self.name = TWO_STEPS if two_steps else ONE_STEP
        self.two_steps, self._settings, self._confident = two_steps, settings or Settings(), confident
        self._trained = {} if trained is None else trained
        self.trained: Trained | None = None

    def fit(self, board: Board, seed: int) -> None:
        """Train a network, or reuse the one already trained on this board with this seed."""
        key = id(board), seed
        if key not in self._trained:
            settings = replace(self._settings, seed=seed)
            self._trained[key] = train(board.examples(seed), _NAMES, 0, settings=settings)
        self.trained = self._trained[key]

    def choose(self, board: Board) -> Chosen:
        """Choose by the network, or by the rule where the network is not confident.

        Raises ValueError before :meth:`fit`.
        """
        state, y = self._first_step(board)
        model, context = self._or_by_rule(board, y, *chosen(y, board.allowed))
        if not self.two_steps:
            return accepted(model, context)
        logit = self._second_step(board, state, model, context)[:, ESCALATE]
        made = np.isfinite(board.second[np.arange(len(board)), model, context]).all(axis=1)
        return escalating(board, model, context, made & (logit > 0))

    def logits(self, board: Board) -> Floats:
        """Return the first step's logits of the choices, [n, 4, 4]."""
        return _pairs(self._first_step(board)[1])

    def logits_after(self, board: Board, model: Ints, context: Ints) -> Floats:
        """Return the second step's logits of the choices, [n, 4, 4], given these drafts."""
        return _pairs(self._second_step(board, self._first_step(board)[0], model, context))

    def _first_step(self, board: Board) -> tuple[Floats, Floats]:
        weights, parameters = self._weights()
        (trace,) = forward(parameters, [((board.first - weights.mean) / weights.std).astype(np.float32)])
        return trace.after, read(parameters, trace)

    def _second_step(self, board: Board, state: Floats, model: Ints, context: Ints) -> Floats:
        """Return the second step's outputs after these drafts; where ``board`` lacks a draft, they are meaningless."""
        weights, parameters = self._weights()
        seen = board.second[np.arange(len(board)), model, context]
        (trace,) = forward(parameters, [np.nan_to_num((seen - weights.mean) / weights.std).astype(np.float32)], state)
        return read(parameters, trace)

    def _or_by_rule(self, board: Board, y: Floats, model: Ints, context: Ints) -> tuple[Ints, Ints]:
        likeliest = joint(y, board.allowed).sum(axis=2).max(axis=1)
        unsure = likeliest < self._confident
        if not unsure.any():
            return model, context
        of_rule = by_rule(board.first, board.allowed)
        return np.where(unsure, of_rule[0], model), np.where(unsure, of_rule[1], context)

    def _weights(self) -> tuple[Weights, Parameters]:
        if self.trained is None:
            raise ValueError("an untrained network chooses nothing: call fit first")
        return self.trained.weights, parameters_of(self.trained.weights)


def _pairs(y: Floats) -> Floats:
    pairs: Floats = y[:, :MODELS, None] + y[:, None, CONTEXT_ROWS]
    return pairs
