"""Predicts the cost of an answer from past answers under a similar load.

Each figure is a weighted median, so that one answer beside a backup or an update does not count. The weight of an
answer falls with the number of answers since (:data:`DECAY`), and with the difference between its load and the present
one. Where the loads differ, a speed is carried from one to the other by the share of the CPUs that our threads would
get if all threads that can run got equal parts. What that gets wrong no longer counts once a few answers under the
present load are known.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from ..records import Record
from .speed_log import AnswerCost

DECAY = 0.93
"""Weight of an answer relative to the next newer one. Of the last 20 the older half counts a third."""
ALIKE = math.log(1.5)
"""Difference of two loads, as a logarithm of shares, that counts as none. Readings of a steady load differ as much."""
WIDTH = 0.4
"""Difference of load beyond :data:`ALIKE` at which a weight falls to 1/e. As a logarithm."""
LEAST_WEIGHT = 1e-3
"""Least weight of an answer, however different its load. It counts where there are no others."""


class Expected(Record):
    """The predicted cost of the next answer. None: no answer so far tells."""

    answers: int = 0
    """Number of answers behind the prediction."""
    prefill_tokens_per_s: float | None = None
    decode_tokens_per_s: float | None = None
    completion_tokens: float | None = None
    load_ms: float | None = None
    rest_ms: float | None = None


def share(rivals: float | None, n_threads: int, cpus: int) -> float:
    """Return the share of a CPU that each of ``n_threads`` threads gets.

    ``rivals``: threads of others beside them; None: each gets a whole CPU.
    """
    return 1.0 if rivals is None else min(1.0, cpus / (n_threads + rivals))


def expected(answers: Sequence[AnswerCost], rivals: float | None, n_threads: int, cpus: int) -> Expected:
    """Predict the cost of the next answer. ``answers``: the last ones, oldest first. ``rivals``: the present load."""
    newest_first = answers[::-1]
    now = share(rivals, n_threads, cpus)
    shares = [share(each.rivals, n_threads, cpus) if rivals is not None else now for each in newest_first]
    apart = [_beyond(math.log(now / each)) for each in shares]
    weights = [max(LEAST_WEIGHT, math.exp(-abs(far) / WIDTH)) * DECAY**age for age, far in enumerate(apart)]

    def median(value: Callable[[AnswerCost], float | None], slower: float = 0.0) -> float | None:
        found = [
            (known * math.exp(slower * far), weight)
            for each, far, weight in zip(newest_first, apart, weights, strict=True)
            if (known := value(each)) is not None
        ]
        return weighted_median(found) if found else None

    return Expected(
        answers=len(answers),
        prefill_tokens_per_s=median(lambda each: each.prefill_tokens_per_s, 1.0),
        decode_tokens_per_s=median(lambda each: each.decode_tokens_per_s, 1.0),
        load_ms=median(lambda each: each.load_ms, -1.0),
        rest_ms=median(lambda each: each.rest_ms, -1.0),
        # What an answer is long does not depend on the load.
        completion_tokens=_aged(newest_first, lambda each: each.completion_tokens),
    )


def weighted_median(values: Sequence[tuple[float, float]]) -> float:
    """Return the weighted median of ``values``, given as (value, weight).

    It is the smallest value up to which half of the weight lies. ``values``: not empty.
    """
    half = sum(weight for _, weight in values) / 2
    for value, weight in sorted(values):
        half -= weight
        if half <= 0:
            return value
    return max(values)[0]


def computed_tokens(answers: Sequence[AnswerCost], context_tokens: int, overhead: int) -> float:
    """Predict the number of prompt tokens computed for a context.

    ``context_tokens``: tokens of the context. A context is seldom full, and part of a prompt's states may have been
    kept: both follow from the last answers, those with contexts of a like size first. ``overhead``: tokens of a prompt
    besides its context.
    """
    full = context_tokens + overhead
    found = [
        (
            each.computed_tokens / size,
            max(LEAST_WEIGHT, (min(full, size) / max(full, size)) ** 2) * DECAY**age,
        )
        for age, each in enumerate(answers[::-1])
        if each.computed_tokens is not None and (size := each.context_tokens + overhead)
    ]
    return full * weighted_median(found) if found else float(full)


def _aged(newest_first: Sequence[AnswerCost], value: Callable[[AnswerCost], float | None]) -> float | None:
    found = [(known, DECAY**age) for age, each in enumerate(newest_first) if (known := value(each)) is not None]
    return weighted_median(found) if found else None


def _beyond(difference: float) -> float:
    """Return the excess of a load difference over :data:`ALIKE`, signed."""
    return math.copysign(max(0.0, abs(difference) - ALIKE), difference)
