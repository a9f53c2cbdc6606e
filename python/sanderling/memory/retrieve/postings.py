"""Find the nodes that contain each word of a question, and the weight of each word.

Each word is one look-up of row keys. SQLite's own BM25 reads the positions of every word in every candidate and costs
three times as much. Of BM25 only the inverse document frequency is kept, idf = ln((N - n + ½) / (n + ½)) (Robertson and
Spärck Jones, 1976), since chunks are of one length and seldom repeat a word of the question; it is computed in
``rust_core/src/candidates/words.rs``. In return it is known *which* words a node has, so that the second search can
look for those the first hits lack.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...records import Keys
from ..store.postings import having
from ..store.store import Store


def postings(store: Store, question: str) -> tuple[Keys, NDArray[np.bool_]]:
    """Return the nodes with any of the rarer words of ``question`` (see ``Store.terms``), in rising order of keys.

    The second array is bool[words, nodes]: which words each node has. Where no node has a word, those with words one
    edit away count as having it.
    """
    words = store.terms(question)
    if not words:
        return np.empty(0, np.uint64), np.zeros((0, 0), bool)
    keys, has = having(store, [(word,) for word in words])
    found = has.any(axis=1)
    if found.all():
        return keys, has
    others = store.spellings([words[at] for at in np.flatnonzero(~found).tolist()])
    if not any(others.values()):
        return keys, has
    return having(store, [others.get(word) or (word,) for word in words])
