"""Collected answers as arrays over question × model × context.

Models follow the ladder, smallest first, like the network's outputs; contexts follow
:data:`~sanderling.records.CONTEXT_BINS`. A combination that was not tried is NaN in :attr:`Table.quality` and False in
:attr:`Table.tried`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ...errors import UsageError
from ...records import CONTEXT_BINS, ContextBin
from .. import features
from .rows import Asked, Rows, Tried

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def signals_of(tried: Tried) -> dict[str, float]:
    """Return the features of one draft, by name."""
    return features.of_signals(
        tried.logprobs,
        tried.margins,
        tried.entropies,
        overlap=tried.overlap,
        not_found=bool(tried.scores.declined),
    )


QUOTE = "quote"
"""Model id in a collection of the sentence that is quoted without a model."""
SIGNALS = tuple(features.of_signals((), (), (), overlap=0.0, not_found=False))
"""Names of the features that depend on the draft."""


@dataclass(frozen=True)
class Table:
    """The greedily sampled answers, as arrays of shape [questions, models, contexts]."""

    ladder: tuple[str, ...]
    context_tokens: dict[ContextBin, int]
    """Largest size of the blocks in each context."""
    asked: tuple[Asked, ...]
    quality: Floats
    """Quality of each answer between 0 and 1; see :func:`quality`."""
    prompt_tokens: Floats
    completion_tokens: Floats
    drafts: dict[tuple[int, int, int], Tried]
    """The greedy answers by question, model and context index."""
    warm: dict[tuple[int, int], Tried]
    """Answers sampled at a temperature above 0 with a medium context, by question and model index."""
    quotes: Mapping[int, float] = field(default_factory=dict)
    """Quality of the sentence that would be quoted without a model, by question index."""

    @property
    def tried(self) -> Bools:
        """Return whether each combination was tried, bool[questions, models, contexts]."""
        known: Bools = ~np.isnan(self.quality)
        return known

    @cached_property
    def vectors(self) -> NDArray[np.float32]:
        """Return the features of question and search, float32[n, 64]; all other slots are 0."""
        return np.stack([features.vector(asked.raw) for asked in self.asked])

    @cached_property
    def signals(self) -> NDArray[np.float32]:
        """Return the draft features, normalised, in the order of :data:`SIGNALS`, float32[..., 8]."""
        found = np.full((*self.quality.shape, len(SIGNALS)), np.nan, dtype=np.float32)
        slots = [features.INDEX[name] for name in SIGNALS]
        for at, tried in self.drafts.items():
            found[at] = features.vector(signals_of(tried))[slots]
        return found

    @property
    def quoted(self) -> Floats:
        """Return the quality of each question's quote, [n]; NaN without a quote. It costs no time of a model."""
        return np.array([self.quotes.get(row, np.nan) for row in range(len(self))])

    def __len__(self) -> int:
        """Return the number of questions."""
        return len(self.asked)


def quality(asked: Asked, tried: Tried) -> float:
    """Return the quality of an answer, between 0 and 1.

    A grade from 1 to 5, rescaled, where there is one. Otherwise a number is right or wrong, and a question that the
    notes do not answer must be declined. The quality of any other answer is the mean of its F1, which penalises wrong
    words, and of whether it contains the right answer, which does not penalise a sentence around it.
    """
    scores = tried.scores
    if scores.judge is not None:
        return (scores.judge - 1) / 4
    if scores.numeric is not None:
        return scores.numeric
    if not asked.answerable:
        return scores.declined
    return (scores.f1 + scores.contains) / 2


def tabulate(rows: Rows) -> Table:
    """Return rows as arrays, without the questions that no model has answered.

    Raises UsageError when nothing is left, or when runs over different ladders or context sizes are mixed.
    """
    kinds = {(each.ladder, tuple(each.context_tokens.items())) for each in rows.collections}
    if len(kinds) != 1:
        raise UsageError(f"the rows are of {len(kinds)} ladders or context sizes, not one: train on one at a time")
    ((ladder, sizes),) = kinds
    names = {tried.question for tried in rows.tried.values()} & rows.asked.keys()
    asked = tuple(each for name, each in rows.asked.items() if name in names)
    if not asked:
        raise UsageError("the rows hold no answers yet: let  sanderling router collect  run longer")
    at = {each.question: row for row, each in enumerate(asked)}
    shape = (len(asked), len(ladder), len(CONTEXT_BINS))
    score, prompt, completion = (np.full(shape, np.nan) for _ in range(3))
    drafts: dict[tuple[int, int, int], Tried] = {}
    warm: dict[tuple[int, int], Tried] = {}
    quotes: dict[int, float] = {}
    for tried in rows.tried.values():
        if tried.model_id == QUOTE and tried.question in at:
            quotes[at[tried.question]] = quality(asked[at[tried.question]], tried)
        if tried.question not in at or tried.model_id not in ladder:
            continue
        row, model = at[tried.question], ladder.index(tried.model_id)
        if tried.temperature > 0:
            warm[row, model] = tried
            continue
        index = row, model, CONTEXT_BINS.index(tried.context_bin)
        drafts[index] = tried
        score[index], prompt[index] = quality(asked[row], tried), tried.prompt_tokens
        completion[index] = tried.completion_tokens
    return Table(ladder, dict(sizes), asked, score, prompt, completion, drafts, warm, quotes)
