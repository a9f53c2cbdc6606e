"""Recall after half of the vectors in an index have been replaced.

A random third of the vectors is held back. Of the two thirds in the index, a random half is deleted and the held-back
third inserted, in steps of a tenth, as notes come and go. Afterwards the index holds as many vectors as before. It is
compared with a fresh index of the same vectors, so the difference is the effect of churn and not of other vectors.
"""

from __future__ import annotations

import msgspec
import numpy as np

from ...records import Record, Vectors
from . import truth
from .measure import Clock, build, search_all
from .peer import Peer, Spec

_STEPS = 10


class Churn(Record):
    """Recall of one index before and after half of its vectors are replaced, and the time per replacement."""

    before: float
    after: float
    fresh: float
    """Recall of a fresh index of the vectors present after the churn."""
    replace_ms: float
    """Mean time to delete one vector and insert another."""


class Case:
    """Input common to all indexes: the vectors, the order of deletions and insertions, and the exact answers."""

    def __init__(self, vectors: Vectors, queries: Vectors, k: int, ef: int, seed: int, clock: Clock) -> None:
        """Draw the vectors to delete and to insert; ``vectors`` has shape [n, dim], where n is at least 3 · ``k``."""
        third = len(vectors) // 3
        rng = np.random.default_rng(seed)
        # Shuffled, or the waiting third would be of another kind: of the last folder, say.
        self.vectors = vectors[rng.permutation(len(vectors))[: 3 * third]]
        self.leaving = rng.permutation(2 * third)[:third].astype(np.uint64)
        self.coming = np.arange(2 * third, 3 * third, dtype=np.uint64)
        before = np.arange(3 * third) < 2 * third
        after = np.ones(3 * third, dtype=np.bool_)
        after[self.leaving] = False
        self.before = truth.exact(self.vectors, queries, k, before)
        self.after = truth.exact(self.vectors, queries, k, after)
        self.ef = ef
        self.clock = clock

    def run(self, peer: type[Peer], spec: Spec) -> Churn:
        """Replace half of an index's vectors, and return the recall before and after.

        The recall of a fresh index is returned as well.
        """
        inside = len(self.coming) * 2
        spec = msgspec.structs.replace(spec, capacity=inside)
        index, _ = build(peer, spec, self.vectors[:inside], self.clock)
        recall_before = self._recall(index, self.before)
        started = self.clock()
        for leaving, coming in zip(
            np.array_split(self.leaving, _STEPS), np.array_split(self.coming, _STEPS), strict=True
        ):
            index.delete(leaving)
            index.insert(coming, self.vectors[coming])
        seconds = self.clock() - started
        recall_after = self._recall(index, self.after)

        rows = np.flatnonzero(self.after.live)
        afresh, _ = build(peer, spec, self.vectors[rows], self.clock)
        found, _ = search_all(afresh, self.after.queries, self.after.k, self.ef, self.clock)
        # Built afresh, row i has key i; its number among all vectors is rows[i].
        fresh = truth.recall(self.after, [rows[keys[keys < inside]].astype(np.uint64) for keys in found])
        return Churn(
            before=recall_before, after=recall_after, fresh=fresh, replace_ms=1000 * seconds / len(self.coming)
        )

    def _recall(self, index: Peer, case: truth.Truth) -> float:
        found, _ = search_all(index, case.queries, case.k, self.ef, self.clock)
        return truth.recall(case, found)
