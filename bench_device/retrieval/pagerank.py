"""Personalised PageRank over a memory's edges: the usual way to rank with a graph, as a baseline.

p ← (1 - d) s + d Wᵀ p, where s are the seeds and W the edge weights divided by their sum at each source node
(Page et al. 1999; over chunks as in HippoRAG, arXiv 2405.14831, section 2.3). Rank held by nodes without outgoing edges
returns to the seeds. A seed weighs 1 / rank.

To be a fair baseline its settings are the best of 24 for each kind of seeds on the first 200 questions of four
development sets: this shape of seeds among three, d among .15, .3 and .5, edges in one direction and in both.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...memory import Store
from ...memory.store.edges import weighted_edges
from ...memory.store.nodes import node_keys

DAMPING = 0.5
TOLERANCE = 1e-9
"""L1 distance between two steps at which iteration stops; each step halves it at least, so 32 steps are enough."""


class PageRank:
    """PageRank over the edges that a memory has when this object is created."""

    def __init__(self, store: Store) -> None:
        """Read the edges of ``store``."""
        rows = weighted_edges(store)
        self.keys = node_keys(store)
        self._row = {key: row for row, key in enumerate(self.keys)}
        src = np.array([self._row[src] for src, _, _ in rows], np.int64)
        dst = np.array([self._row[dst] for _, dst, _ in rows], np.int64)
        weight = np.array([weight for _, _, weight in rows], np.float64)
        self._from, self._to = src, dst
        total = np.bincount(src, weight, len(self.keys))
        self._share = weight / total[src]
        self._alone = total == 0

    def rank(self, seeds: Sequence[int]) -> list[int]:
        """Return the keys of all nodes with a rank above 0, highest rank first. ``seeds``: keys, best first."""
        if not seeds:
            return []
        rank = self.scores(seeds)
        return [self.keys[row] for row in np.argsort(-rank, kind="stable")[: np.count_nonzero(rank)].tolist()]

    def scores(self, seeds: Sequence[int]) -> NDArray[np.float64]:
        """Return the rank of every node, in the order of ``keys``.

        The ranks sum to 1.

        ``seeds``: at least one key, best first.
        """
        start: NDArray[np.float64] = np.zeros(len(self.keys))
        for place, key in enumerate(seeds, start=1):
            start[self._row[key]] = 1 / place
        start /= start.sum()
        rank, change = start, 1.0
        while change > TOLERANCE:
            moved = np.bincount(self._to, rank[self._from] * self._share, len(self.keys))
            after = (1 - DAMPING) * start + DAMPING * (moved + rank[self._alone].sum() * start)
            rank, change = after, float(np.abs(after - rank).sum())
        return rank
