"""Look up a question's words: the nodes that contain each word, and how much each word counts.

Each word is one full-text look-up of row keys. SQLite's own BM25 reads the positions of every word in every candidate
and costs three times as much. Of BM25 only the inverse document frequency is kept, idf = ln((N - n + ½) / (n + ½))
(Robertson and Spärck Jones, 1976), since chunks are of one length and seldom repeat a word of the question. In return
it is known *which* words a node has, so that the second search can look for those the first hits lack.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..._core import KeySet
from ..store.postings import nodes_with_any
from ..store.store import Store

LEAST_IDF = 0.01
"""Lower bound of the idf. Words that most nodes have reach it; they are looked up only if there are no others."""


class Postings(NamedTuple):
    """The nodes that have any of a question's words."""

    keys: NDArray[np.int64]
    """Keys of the nodes, rising."""
    has: NDArray[np.bool_]
    """bool[words, keys]: whether a node has a word."""
    share: NDArray[np.float64]
    """Share of each word in the question's idf, float64[words]; the sum is 1 unless there are no words."""

    def of(self, keys: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return float64[words, keys]: the word's ``share`` where the node has the word, else 0."""
        if not len(self.keys):
            return np.zeros((len(self.share), len(keys)))
        at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        there: NDArray[np.float64] = self.has[:, at] * (self.keys[at] == keys) * self.share[:, None]
        return there

    def best(self, limit: int) -> list[int]:
        """Return the ``limit`` nodes whose words have the largest sums of ``share``, best first.

        Of equals, older nodes come first.
        """
        covered = self.share @ self.has
        return [int(key) for key in self.keys[np.argsort(-covered, kind="stable")[:limit]]]


def postings(store: Store, question: str, nodes: int, allowed: KeySet | None) -> Postings:
    """Look up the rarer words of ``question`` (see ``Store.terms``), and return the nodes that contain any of them.

    ``nodes``: number of nodes in the memory. ``allowed``: the only nodes to return; None: all.
    """
    found = [_rows(store, spelled, allowed) for spelled in store.terms(question)]
    found = [rows for rows in found if len(rows)]
    if not found:
        return Postings(np.empty(0, np.int64), np.zeros((0, 0), bool), np.empty(0))
    idf = np.array([max(LEAST_IDF, _idf(nodes, len(rows))) for rows in found])
    keys, at = np.unique(np.concatenate(found), return_inverse=True)
    has = np.zeros((len(found), len(keys)), bool)
    has[np.repeat(np.arange(len(found)), [len(rows) for rows in found]), at] = True
    return Postings(keys, has, idf / idf.sum())


def _idf(nodes: int, having: int) -> float:
    return math.log((max(nodes, having) - having + 0.5) / (having + 0.5))


def _rows(store: Store, words: Sequence[str], allowed: KeySet | None) -> NDArray[np.int64]:
    rows = nodes_with_any(store, words)
    keys = np.fromiter((row[0] for row in rows), np.int64, len(rows))
    return keys if allowed is None else keys[[int(key) in allowed for key in keys]]
