"""Words of a question in, the nodes that have them out: which node covers how much of the question, and which part.

One full-text look-up per word, of row numbers alone. SQLite's own BM25 needs the positions of every word in every
candidate and costs three times as much; of it only the inverse document frequency is kept, idf =
ln((N - n + ½) / (n + ½)) (Robertson and Spärck Jones, 1976), since texts are chunks of one length and a word of a
question seldom stands twice in one. What is gained is knowing *which* words a node has: so what a first passage leaves
unanswered can be looked for.
"""

from __future__ import annotations

import math
import re
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..._core import KeySet
from ..store.postings import nodes_with_word
from ..store.store import MAX_QUERY_TERMS, Store

LEAST_IDF = 0.01
"""Of words that most nodes have: looked up only where a question has no others, and then they are all there is."""


class Postings(NamedTuple):
    """Nodes that have any of a question's words."""

    keys: NDArray[np.int64]
    """Rising."""
    has: NDArray[np.bool_]
    """[words, keys]"""
    share: NDArray[np.float64]
    """Of each word in the question's idf; together 1, or no words."""

    def of(self, keys: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return float64[words, keys]: the share of each word a node has."""
        if not len(self.keys):
            return np.zeros((len(self.share), len(keys)))
        at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        there: NDArray[np.float64] = self.has[:, at] * (self.keys[at] == keys) * self.share[:, None]
        return there

    def best(self, limit: int) -> list[int]:
        """Return the ``limit`` nodes that cover most, best first; of equal ones the oldest."""
        covered = self.share @ self.has
        return [int(key) for key in self.keys[np.argsort(-covered, kind="stable")[:limit]]]


def postings(store: Store, question: str, nodes: int, allowed: KeySet | None) -> Postings:
    """Look up the telling words of ``question`` in a memory of ``nodes``. ``allowed``: the only nodes; None: all."""
    words = list(dict.fromkeys(word.lower() for word in re.findall(r"\w+", question)))[:MAX_QUERY_TERMS]
    found = [_rows(store, word, allowed) for word in store.telling(words)] if words else []
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


def _rows(store: Store, word: str, allowed: KeySet | None) -> NDArray[np.int64]:
    rows = nodes_with_word(store, word)
    keys = np.fromiter((row[0] for row in rows), np.int64, len(rows))
    return keys if allowed is None else keys[[int(key) in allowed for key in keys]]
