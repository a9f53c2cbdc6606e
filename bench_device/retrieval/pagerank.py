"""Personalised PageRank over a memory's edges: the usual way to rank with a graph, as something to compare with.

p ← (1 - d) s + d Wᵀ p, where s are the seeds and W the edge weights, both ways, divided by each node's sum (Page et al.
1999; over passages as in HippoRAG, arXiv 2405.14831, section 2.3, from which d = 0.5 is). What nodes without edges hold
goes back to the seeds.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from sanderling.memory import Store

DAMPING = 0.5
TOLERANCE = 1e-9
"""L1 distance of two steps. Each step shrinks it by ``DAMPING`` at least, so 32 steps are enough."""


class PageRank:
    """The edges of one memory as they are now."""

    def __init__(self, store: Store) -> None:
        """Read the edges of ``store``."""
        rows = store.database.execute("SELECT src, dst, weight FROM edge")
        self._keys = [key for (key,) in store.database.execute("SELECT key FROM node ORDER BY key")]
        self._row = {key: row for row, key in enumerate(self._keys)}
        src = np.array([self._row[src] for src, _, _ in rows], np.int64)
        dst = np.array([self._row[dst] for _, dst, _ in rows], np.int64)
        weight = np.array([weight for _, _, weight in rows], np.float64)
        self._from, self._to = np.concatenate([src, dst]), np.concatenate([dst, src])
        both = np.concatenate([weight, weight])
        total = np.bincount(self._from, both, len(self._keys))
        self._share = both / total[self._from]
        self._alone = total == 0

    def rank(self, seeds: Mapping[int, float]) -> list[int]:
        """Return the nodes that have any rank, highest first. ``seeds``: positive weights, of any sum."""
        if not seeds:
            return []
        start: NDArray[np.float64] = np.zeros(len(self._keys))
        for key, weight in seeds.items():
            start[self._row[key]] = weight
        start /= start.sum()
        rank, change = start, 1.0
        while change > TOLERANCE:
            moved = np.bincount(self._to, rank[self._from] * self._share, len(self._keys))
            after = (1 - DAMPING) * start + DAMPING * (moved + rank[self._alone].sum() * start)
            rank, change = after, float(np.abs(after - rank).sum())
        return [self._keys[row] for row in np.argsort(-rank, kind="stable")[: np.count_nonzero(rank)].tolist()]
