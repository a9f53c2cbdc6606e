"""Compare a new router with the present router on held-out questions.

On a log, both are evaluated by doubly robust estimates on the same rows, so the difference is paired. On a collection,
both are evaluated by the utility of their choices, averaged over the settings of each question. Both comparisons cover
the first step, before generation. The new router is better if the 95 per cent interval of the difference lies above 0.
Refusing drafts is evaluated separately, by the utility it gains on the drafts of a collection.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from ...records import CONTEXT_BINS, Record
from ..fastgrnn import ESCALATE, Weights
from . import offpolicy, reward
from .decisions import by_rule, by_weights
from .examples import Examples, Floats, Ints
from .logged import Bools, Log
from .measure import outputs
from .offpolicy import Estimate
from .weights import parameters_of

Policy: TypeAlias = Callable[[Floats, Bools], tuple[Ints, Ints]]
"""A function from features [n, 64] and allowed choices, bool[n, 4, 4], to model and context [n]."""


class Judgement(Record):
    """Utilities of the new and the present router, and the difference between them.

    ``ips``: the new router's utility by inverse propensity alone; None without a log.
    """

    source: str
    """``log`` or ``collection``."""
    against: str
    """``rule`` or ``fastgrnn:<weights id>``."""
    new: Estimate
    present: Estimate
    difference: Estimate
    ips: Estimate | None = None

    @property
    def better(self) -> bool:
        """Whether the new router is significantly better."""
        return self.difference.low > 0

    def __str__(self) -> str:
        """Return a one-line summary to be shown to a person."""
        gain, unit = self.difference, "rows of the log" if self.source == "log" else "questions collected"
        return (
            f"on {gain.n} held-out {unit}: utility {self.new.mean:.4f}, {self.against} {self.present.mean:.4f},"
            f" difference {gain.mean:+.4f} [{gain.low:+.4f}, {gain.high:+.4f}]"
        )


def policy(data: bytes | None) -> Policy:
    """Return the policy of the weights file ``data``, or the policy of the rule if ``data`` is None."""
    return by_rule if data is None else lambda first, allowed: by_weights(data, first, allowed)


def on_log(new: Policy, present: Policy, against: str, held: Log, fitted_on: Log) -> Judgement:
    """Compare two policies on the explored rows of the log ``held``.

    The reward model for this is fitted to the log ``fitted_on``. The two logs must have no question in common. Raises
    ValueError when no row of ``held`` was explored.
    """
    held = held.take(held.explored)
    predicted = np.nan_to_num(reward.fit(fitted_on).predicted(held)).reshape(len(held), -1)
    targets = [_target(each, held) for each in (new, present)]
    logged = held.action, held.propensity, held.reward
    one, other = (offpolicy.doubly_robust(target, predicted, *logged) for target in targets)
    of_logged = targets[0][np.arange(len(held)), held.action]
    return Judgement(
        source="log",
        against=against,
        new=offpolicy.estimate(one),
        present=offpolicy.estimate(other),
        difference=offpolicy.estimate(one - other),
        ips=offpolicy.estimate(offpolicy.ips(of_logged, held.propensity, held.reward)),
    )


def on_collection(new: Policy, present: Policy, against: str, held: Examples) -> Judgement:
    """Compare two policies on every question of the collected examples ``held``."""
    _, question = np.unique(held.question, return_inverse=True)
    counts = np.bincount(question)

    def worth(of: Policy) -> Floats:
        model, context = of(held.first, held.allowed)
        utility = held.utility[np.arange(len(held)), model, context]
        return np.bincount(question, weights=utility) / counts

    one, other = worth(new), worth(present)
    return Judgement(
        source="collection",
        against=against,
        new=offpolicy.estimate(one),
        present=offpolicy.estimate(other),
        difference=offpolicy.estimate(one - other),
    )


def refusing(weights: Weights, held: Examples) -> Estimate:
    """Estimate the utility that a router with these ``weights`` gains per question by refusing drafts.

    Accepting every draft gains 0. Raises ValueError when no draft has a known answer of a larger model to compare with.
    """
    judged = np.isfinite(held.gain) & held.drafted
    y = outputs(parameters_of(weights), held, weights.mean, weights.std)[-1]
    won = np.where(y[judged, ESCALATE] > 0, held.gain[judged], 0.0)
    _, question = np.unique(held.question[judged], return_inverse=True)
    return offpolicy.estimate(np.bincount(question, weights=won) / np.bincount(question))


def _target(of: Policy, log: Log) -> Floats:
    """Return the probability of each action under the policy, [n, 16]: 1 for its choice, 0 otherwise."""
    model, context = of(log.first, np.isfinite(log.predicted_ms))
    target = np.zeros((len(log), log.predicted_ms[0].size))
    target[np.arange(len(log)), model * len(CONTEXT_BINS) + context] = 1.0
    return target
