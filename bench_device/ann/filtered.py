"""Recall and QPS of searches restricted to some of the vectors: a random half, twentieth or two-hundredth.

Every index gets the same allowed rows, and exact answers are computed among them. A library that filters after an
unchanged graph walk loses recall as fewer rows are allowed; one that walks on until it has enough results loses speed.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...records import Record, Vectors
from . import truth
from .measure import Clock, in_turn, search_all
from .peer import Peer


class Filtered(Record):
    """Results of one index in searches restricted to one share of the vectors."""

    share: float
    allowed: int
    """Number of allowed vectors."""
    recall: float
    qps: float
    """Median queries per second."""
    qps_samples: tuple[float, ...]


class Case:
    """The input common to all indexes at one share: allowed rows and exact answers.

    The answers are those among the allowed rows.
    """

    def __init__(self, share: float, vectors: Vectors, queries: Vectors, k: int, seed: int) -> None:
        """Draw round(``share`` · n) of the n rows of ``vectors``; that number must be at least ``k``."""
        self.share = share
        live: NDArray[np.bool_] = np.zeros(len(vectors), dtype=np.bool_)
        live[np.random.default_rng(seed).permutation(len(vectors))[: round(share * len(vectors))]] = True
        self.keys = np.flatnonzero(live).astype(np.uint64)
        self.truth = truth.exact(vectors, queries, k, live)

    def run(self, indexes: Sequence[Peer], ef: int, repetitions: int, clock: Clock) -> list[Filtered | None]:
        """Search each index in turn, restricted to the allowed rows.

        The result is None for an index that cannot restrict a search. Afterwards the restriction is lifted.
        """
        able = [i for i, index in enumerate(indexes) if index.filters]
        rates: dict[int, list[float]] = {i: [] for i in able}
        recalls: dict[int, float] = {}
        for i in able:
            indexes[i].restrict(self.keys)
        for turn in range(repetitions):
            for i in in_turn(able, turn):
                found, rate = search_all(indexes[i], self.truth.queries, self.truth.k, ef, clock)
                rates[i].append(rate)
                recalls[i] = truth.recall(self.truth, found)
        for i in able:
            indexes[i].restrict(None)
        return [self._result(recalls[i], rates[i]) if i in recalls else None for i in range(len(indexes))]

    def _result(self, recall: float, rates: list[float]) -> Filtered:
        return Filtered(
            share=self.share,
            allowed=len(self.keys),
            recall=recall,
            qps=statistics.median(rates),
            qps_samples=tuple(round(rate, 4) for rate in rates),
        )


def measure_filtered(
    indexes: Sequence[Peer],
    vectors: Vectors,
    queries: Vectors,
    shares: Sequence[float],
    k: int,
    ef: int,
    repetitions: int,
    seed: int,
    clock: Clock,
) -> list[tuple[Filtered, ...] | None]:
    """Measure each index at each share of allowed vectors.

    The result is None for an index that cannot restrict a search. Shares with fewer than ``k`` vectors are skipped.
    """
    results: list[list[Filtered]] = [[] for _ in indexes]
    for share in shares:
        if round(share * len(vectors)) < k:
            continue
        found = Case(share, vectors, queries, k, seed).run(indexes, ef, repetitions, clock)
        for i, one in enumerate(found):
            results[i] += [] if one is None else [one]
    return [tuple(result) if index.filters else None for index, result in zip(indexes, results, strict=True)]
