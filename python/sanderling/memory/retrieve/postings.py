"""Find the nodes that contain each word of a question, and the weight of each word.

Each word is one look-up of row keys. SQLite's own BM25 reads the positions of every word in every candidate and costs
three times as much. Of BM25 only the inverse document frequency is kept, idf = ln((N - n + ½) / (n + ½)) (Robertson and
Spärck Jones, 1976), since chunks are of one length and seldom repeat a word of the question; it is computed in
``rust_core/src/candidates/words.rs``. In return it is known *which* words a node has, so that the second search can
look for those the first hits lack.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...records import Keys
from ..store.postings import having
from ..store.store import Store


class Postings(NamedTuple):
    """The nodes with any of the rarer words of a question (see ``Store.terms``)."""

    keys: Keys
    """In rising order."""
    has: NDArray[np.bool_]
    """bool[words, nodes]: which words each node has."""
    misspelt: NDArray[np.bool_]
    """bool[words]: which words no node has. Those with words one edit away count as having them."""


def postings(store: Store, question: str) -> Postings:
    """Return the nodes with any of the rarer words of ``question``."""
    words = store.terms(question)
    if not words:
        return Postings(np.empty(0, np.uint64), np.zeros((0, 0), bool), np.zeros(0, bool))
    keys, has = having(store, [(word,) for word in words])
    found: NDArray[np.bool_] = np.asarray(has.any(axis=1))
    if found.all():
        return Postings(keys, has, ~found)
    others = store.spellings([words[at] for at in np.flatnonzero(~found).tolist()])
    if not any(others.values()):
        return Postings(keys, has, ~found)
    keys, has = having(store, [others.get(word) or (word,) for word in words])
    return Postings(keys, has, ~found)
