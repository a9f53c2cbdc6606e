"""Train a router from rated telemetry and collected answers, and compare it with the present router.

The caller decides whether to install the result. A log row holds the reward of one choice only; training needs the
utilities of all. They are imputed doubly robustly: the reward model's prediction, corrected for the logged choice by
its residual over the propensity (Dudík, Langford, Li, arXiv 1103.4601, section 4), which makes training a
cost-sensitive classification on the imputed values.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from functools import partial

import numpy as np

from ...errors import UsageError
from ...records import Record
from ..fastgrnn import Weights, to_bytes
from ..features import VERSION
from ..labels import arrays, settings
from ..labels.labels import EPSILON
from ..labels.table import Table
from . import judge, offpolicy, reward
from .examples import Examples, Ints, from_utilities, of_arrays
from .expected import expected
from .judge import Judgement, Policy
from .logged import Bools, Log
from .settings import Settings
from .train import accepting, train

LEAST_QUESTIONS = 20
"""Minimum number of questions per source; with fewer, the held-out interval is meaningless."""


class Outcome(Record):
    """A new router's weights file, and comparisons with the present router.

    One comparison is on the log, the other on the collection.
    """

    data: bytes
    judgements: tuple[Judgement, ...]

    @property
    def better(self) -> bool:
        """Whether the new router is better than the present router in every comparison."""
        return all(each.better for each in self.judgements)


def train_online(
    log: Log | None,
    table: Table | None,
    ladder: tuple[str, ...],
    *,
    present: bytes | None,
    against: str,
    drawn: int = settings.COUNT,
    held_out: float = 0.3,
    options: Settings | None = None,
) -> Outcome:
    """Train a router on part of the questions, and compare it with the present router on the other questions.

    ``present``: weights of the router in use; None: the rule. ``against`` is its name. ``drawn``: number of settings in
    which a collection is labelled. The trained router refuses drafts only if that pays significantly on the
    collection's held-out drafts. Raises UsageError when a source is too small, or when the log has no explored rows.
    """
    options = options or Settings()
    examples: list[Examples] = []
    drafts: Examples | None = None
    tests: list[Callable[[Policy, Policy], Judgement]] = []
    if log is not None:
        _enough(len(np.unique(log.question)), "rated questions: rate more answers with  sanderling log rate")
        held = _held(log.question, held_out, options.seed)
        if log.take(held).explored.sum() < 2 or not log.explored[~held].any():
            raise UsageError(
                "nothing in the log was explored, so it tells nothing of other choices: set  explore = 0.05  in"
                " config.toml, ask and rate for a while"
            )
        rest, kept = log.take(~held), log.take(held)
        examples.append(imputed(rest))
        tests.append(partial(judge.on_log, against=against, held=kept, fitted_on=rest))
    if table is not None:
        _enough(len(table), "questions collected: let  sanderling router collect  run longer")
        several = settings.drawn(ladder, table.context_tokens, drawn, options.seed)
        every = of_arrays(arrays.arrays(table, several, options.seed))
        mask = _held(every.question, held_out, options.seed)
        smooth = expected(table, np.unique(every.question[~mask]))
        examples.append(of_arrays(arrays.arrays(table, several, options.seed, expected=smooth)).take(~mask))
        drafts = every.take(mask)
        tests.append(partial(judge.on_collection, against=against, held=drafts))
    learned = _joined(examples)
    source = " and ".join(name for name, part in (("telemetry", log), ("collection", table)) if part is not None)
    weights = train(learned, ladder, VERSION, settings=options, source=source).weights
    if not _judges_drafts(weights, drafts):
        weights = accepting(weights)
    data = to_bytes(weights, int8=True)
    policies = judge.policy(data), judge.policy(present)
    return Outcome(data=data, judgements=tuple(test(*policies) for test in tests))


def imputed(log: Log) -> Examples:
    """Return a log's rows as examples, with the utilities of all choices imputed.

    Sampling is learned as it was logged; escalation is not learned.
    """
    utility = reward.fit(log).predicted(log)
    at = (np.arange(len(log)), *np.divmod(log.action, utility.shape[2]))
    utility[at] += offpolicy.weights(np.ones(len(log)), log.propensity) * (log.reward - utility[at])
    made = from_utilities(
        log.first,
        utility,
        second=np.full(log.first.shape, np.nan, dtype=np.float32),
        question=log.question,
        epsilon=EPSILON,
    )
    return replace(made, y_temperature=log.temperature, y_top_p=log.top_p)


def _judges_drafts(weights: Weights, held: Examples | None) -> bool:
    """Whether refusing drafts raises the utility significantly; False if the utility of no draft is known."""
    if held is None or not (np.isfinite(held.gain) & held.drafted).any():
        return False
    return judge.refusing(weights, held).low > 0


def _enough(questions: int, of: str) -> None:
    if questions < LEAST_QUESTIONS:
        raise UsageError(f"{questions} {of}; {LEAST_QUESTIONS} are the least")


def _held(question: Ints, share: float, seed: int) -> Bools:
    """Return which rows belong to held-out questions."""
    drawn = np.random.default_rng(seed).permutation(np.unique(question))
    held: Bools = np.isin(question, drawn[: max(round(share * len(drawn)), 1)])
    return held


def _joined(parts: Sequence[Examples]) -> Examples:
    """Concatenate the rows of all parts; question numbers of different parts stay distinct."""
    first = 0
    apart = []
    for part in parts:
        apart.append(replace(part, question=part.question + first))
        first += int(part.question.max()) + 1
    return Examples(
        **{field.name: np.concatenate([getattr(p, field.name) for p in apart]) for field in fields(Examples)}
    )
