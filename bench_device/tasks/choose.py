"""Choose, for one kind of task, the smallest model that is as good as the best within a margin.

A model with a template is viable if the lower end of the 95 per cent interval of its difference to the best one is
above minus :data:`MARGIN`. Differences are taken task by task (paired bootstrap, Efron and Tibshirani 1993, chapter 8),
so that how hard a task is cancels. Few tasks make wide intervals, and a larger model is then kept: a test of
non-inferiority, not of difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ...models.task_choice import Template
from ..metrics.quality import bootstrap_interval

MARGIN = 0.05


class Candidate(NamedTuple):
    """One model with one template, and its score and time on each task.

    The tasks are in the same order for all candidates.
    """

    model_id: str
    bytes: int
    template: Template
    scores: tuple[float, ...]
    times_ms: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Return the mean score."""
        return float(np.mean(self.scores))

    @property
    def median_ms(self) -> float:
        """Return the median time of a task."""
        return float(np.median(self.times_ms))


def viable(candidates: Sequence[Candidate], seed: int) -> list[Candidate]:
    """Return the best candidate and all that are worse by no more than the margin.

    None are if the best one's own interval reaches down to 0: no model can do it then. Raises ValueError for
    candidates with unequal numbers of tasks, or without any.
    """
    best = max(candidates, key=lambda each: (each.mean, -each.bytes, -each.median_ms))
    if bootstrap_interval(best.scores, seed)[0] <= 0:
        return []
    found = []
    for each in candidates:
        differences = [own - other for own, other in zip(each.scores, best.scores, strict=True)]
        # The best differs from itself by exactly 0.
        if bootstrap_interval(differences, seed)[0] >= -MARGIN:
            found.append(each)
    return found


def choose(candidates: Sequence[Candidate], seed: int) -> Candidate | None:
    """Return the viable candidate with the smallest file, or None if none is viable.

    Of its templates the quicker one is chosen.
    """
    return min(viable(candidates, seed), key=lambda each: (each.bytes, each.median_ms), default=None)
