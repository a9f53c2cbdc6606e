"""Compare two rankings on questions with known answering documents.

The same search that answers questions runs both ways. Every kind of question counts alike. The new way is better if the
lower end of the interval of its gain is above 0 and no kind of question loses beyond chance: a way that is good at
chains must not pay for them with questions that one note answers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ...records import Record
from .questions import Made

DEPTH = 5
RESAMPLES = 2000
LEVEL = 0.95

Ranking = Callable[[int], Sequence[int]]
"""Function that returns the documents for question number i, best first."""


class Gain(Record):
    """The mean difference in R@5 between two rankings, with its bootstrap interval."""

    mean: float
    low: float
    high: float


class Verdict(Record):
    """The comparison of a new ranking with the present one."""

    gain: Gain
    of_kind: dict[str, Gain]
    before: float
    """R@5 of the present ranking, averaged over the kinds of questions."""
    after: float

    @property
    def better(self) -> bool:
        """Whether the new ranking is significantly better, and not significantly worse for any kind of question."""
        return self.gain.low > 0 and all(each.high >= 0 for each in self.of_kind.values())


def judge(made: Sequence[Made], present: Ranking, new: Ranking, seed: int) -> Verdict:
    """Compare two rankings on the questions in ``made``. ``made`` must not be empty.

    The interval is a percentile bootstrap, drawn within each kind (Efron and Tibshirani 1993, chapter 13).
    """
    values = np.array([[_recall(way(number), each.gold) for way in (present, new)] for number, each in enumerate(made)])
    kinds = {name: np.flatnonzero([each.kind == name for each in made]) for name in dict.fromkeys(q.kind for q in made)}
    random = np.random.default_rng(seed)
    gains = {name: values[those, 1] - values[those, 0] for name, those in kinds.items()}
    means = {name: of[random.integers(0, len(of), (RESAMPLES, len(of)))].mean(axis=1) for name, of in gains.items()}
    before, after = (float(np.mean([values[those, way].mean() for those in kinds.values()])) for way in (0, 1))
    return Verdict(
        gain=_gain(after - before, np.mean(list(means.values()), axis=0)),
        of_kind={name: _gain(float(gains[name].mean()), means[name]) for name in kinds},
        before=before,
        after=after,
    )


def _gain(mean: float, resampled: np.ndarray) -> Gain:
    low, high = np.quantile(resampled, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Gain(mean=mean, low=float(low), high=float(high))


def _recall(ranked: Sequence[int], gold: Sequence[int]) -> float:
    return len(set(list(dict.fromkeys(ranked))[:DEPTH]) & set(gold)) / len(gold)
