"""Measurements of the answers that each choice of model and context gives to a set of questions.

One board holds one setting: a device, a budget. Any policy's result can be computed from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...router.training.examples import Examples, Floats, Ints, from_utilities

Bools: TypeAlias = NDArray[np.bool_]
NONE = -1


@dataclass(frozen=True)
class Board:
    """Arrays of the answers to n questions for every choice of 4 models and 4 contexts.

    An entry is NaN if the choice is not allowed or was not tried.

    ``first``: float32[n, inputs], features before generation. ``second``: float32[n, 4, 4, inputs], features after the
    draft of that choice. ``quality``: [n, 4, 4], between 0 and 1. ``expected``: [n, 4, 4], the expected quality, on
    which the FastGRNN is trained; equal to ``quality`` where unknown. ``latency_ms``: [n, 4, 4], of the model alone.
    ``price``: [n, 4, 4], utility lost to latency and cost; quality minus price is the utility. ``tokens``: [n, 4, 4],
    parameters times tokens, 10^9. ``question``: int64[n]. ``budget_ms``: [n], NaN without a budget. ``y_temperature``
    and ``y_top_p``: [n], sampling of the best answer, NaN where unknown. ``quoted``: [n], quality of the sentence that
    would be quoted without a model, NaN where unknown.
    """

    first: Floats
    second: Floats
    quality: Floats
    expected: Floats
    latency_ms: Floats
    price: Floats
    tokens: Floats
    em: Floats
    f1: Floats
    question: Ints
    scenario: Ints
    rest_ms: Floats
    budget_ms: Floats
    y_temperature: Floats
    y_top_p: Floats
    quoted: Floats

    def __len__(self) -> int:
        """Return the number of questions."""
        return len(self.first)

    @property
    def utility(self) -> Floats:
        """Return quality minus price, [n, 4, 4]."""
        return self.quality - self.price

    @property
    def allowed(self) -> Bools:
        """Return whether each choice is allowed, bool[n, 4, 4]."""
        known: Bools = np.asarray(np.isfinite(self.quality))
        return known

    def take(self, rows: Ints | Bools) -> Board:
        """Return a board of the rows that a mask or an index array selects."""
        arrays: dict[str, Any] = {field.name: getattr(self, field.name)[rows] for field in fields(self)}
        return Board(**arrays)

    def larger(self, model: Ints, context: Ints) -> Ints:
        """Return the next larger model for each draft, int64[n], or :data:`NONE` where no escalation is possible.

        The context stays the same. Both answers together must meet the budget.
        """
        rows = np.arange(len(self))
        found = np.full(len(self), NONE)
        spent = self.latency_ms[rows, model, context]
        for rung in reversed(range(self.quality.shape[1])):
            with_it = spent + self.latency_ms[rows, rung, context]
            fits = np.isnan(self.budget_ms) | (with_it <= self.budget_ms)
            found = np.where(self.allowed[rows, rung, context] & fits & (rung > model), rung, found)
        return found

    def gain(self, model: Ints, context: Ints) -> Floats:
        """Return the utility gained by escalating each draft, [n]; NaN where no escalation is possible.

        Each is escalated to the model given by :meth:`larger`. The draft's price is paid either way.
        """
        rows, larger = np.arange(len(self)), self.larger(model, context)
        won = self.utility[rows, larger, context] - self.quality[rows, model, context]
        return np.where(larger == NONE, np.nan, won)

    def examples(self, seed: int, epsilon: float = 0.02) -> Examples:
        """Return one training example per question, each with one draft.

        Half of the drafts are those of the best choice, which a good router makes; the others are of any allowed
        choice, because routers err.
        """
        rng = np.random.default_rng(seed)
        drawn = best_allowed(rng.random(self.quality.shape), self.allowed)
        hoped_for = self.expected - self.price
        best = best_allowed(hoped_for, self.allowed)
        well = rng.random(len(self)) < 0.5
        model, context = (np.where(well, a, b) for a, b in zip(best, drawn, strict=True))
        made = from_utilities(
            self.first,
            hoped_for,
            second=self.second[np.arange(len(self)), model, context],
            gain=self.gain(model, context),
            quoted=self.quoted,
            question=self.question,
            epsilon=epsilon,
        )
        return replace(made, y_temperature=self.y_temperature, y_top_p=self.y_top_p)


def joined(boards: Sequence[Board]) -> Board:
    """Return one board with the rows of all ``boards``."""
    arrays: dict[str, Any] = {f.name: np.concatenate([getattr(b, f.name) for b in boards]) for f in fields(Board)}
    return Board(**arrays)


@dataclass(frozen=True)
class Chosen:
    """A policy's choices for the n questions of a board.

    They are the model and context of the draft and of the answer, int64[n] each. Both are equal where the draft was
    accepted.
    """

    draft_model: Ints
    draft_context: Ints
    model: Ints
    context: Ints

    @property
    def escalated(self) -> Bools:
        """Return whether each question's draft was replaced, by a larger model or with another context; bool[n]."""
        changed: Bools = np.asarray((self.draft_model != self.model) | (self.draft_context != self.context))
        return changed

    def take(self, rows: Bools) -> Chosen:
        """Return the choices of the rows that a mask selects."""
        return Chosen(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})

    def of(self, board: Board, values: Floats) -> Floats:
        """Return the entries of ``values`` [n, 4, 4] for the final answers, [n]."""
        found: Floats = values[np.arange(len(board)), self.model, self.context]
        return found

    def spent(self, board: Board, values: Floats) -> Floats:
        """Sum ``values``, [n, 4, 4], over each question's final answer and discarded draft; return [n]."""
        drafts = values[np.arange(len(board)), self.draft_model, self.draft_context]
        return self.of(board, values) + np.where(self.escalated, drafts, 0.0)


class Policy(Protocol):
    """The interface of a policy."""

    @property
    def name(self) -> str:
        """Return the name shown in tables."""

    def fit(self, board: Board, seed: int) -> None:
        """Train on ``board``, which holds none of the questions to be evaluated."""

    def choose(self, board: Board) -> Chosen:
        """Choose an allowed model and context for each question."""


def together(parts: Sequence[Chosen]) -> Chosen:
    """Concatenate the choices for several boards, in the order of the boards passed to :func:`joined`."""
    return Chosen(**{f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Chosen)})


def accepted(model: Ints, context: Ints) -> Chosen:
    """Return choices of these models and contexts, without escalation."""
    return Chosen(model, context, model, context)


def escalating(board: Board, model: Ints, context: Ints, wanted: Bools) -> Chosen:
    """Return choices that escalate the drafts selected by the mask ``wanted``.

    Drafts that cannot be escalated stay. An escalated question is answered by the model given by
    :meth:`Board.larger`.
    """
    larger = board.larger(model, context)
    return Chosen(model, context, np.where(wanted & (larger != NONE), larger, model), context)


def growing(board: Board, draft: Chosen, final: Chosen, wanted: Bools) -> Chosen:
    """Return choices with the answers of ``final`` in place of the drafts that ``wanted`` selects.

    A draft stays where both answers together would take longer than the budget.
    """
    rows = np.arange(len(board))
    both = board.latency_ms[rows, draft.model, draft.context] + board.latency_ms[rows, final.model, final.context]
    replaced = wanted & (np.isnan(board.budget_ms) | (both <= board.budget_ms))
    return Chosen(
        draft.model,
        draft.context,
        np.where(replaced, final.model, draft.model),
        np.where(replaced, final.context, draft.context),
    )


def best_allowed(scores: Floats, allowed: Bools) -> tuple[Ints, Ints]:
    """Return, for each question, the allowed model and context with the highest score in ``scores``, [n, 4, 4]."""
    flat = np.where(allowed, scores, -np.inf).reshape(len(scores), -1).argmax(axis=1)
    model, context = np.divmod(flat, scores.shape[2])
    return model, context
