"""Direct retrieval: find nodes by vector and by words, without titles, edges or attention.

Both channels are fused by reciprocal ranks. It saves the candidates of the other channels and the trained attention,
some two milliseconds (``bench_device/LOG.md``), and finds fewer of the notes that a question needs one after another.
"""

from __future__ import annotations

import numpy as np

from ..._core import KeySet
from ...records import RetrievalResult, SearchParams, Vectors
from ..index import MemoryIndex
from ..store.store import Store
from .hybrid import MAX_WORDS, fuse, reordered


def direct(
    store: Store, index: MemoryIndex, question: str, vector: Vectors, params: SearchParams, allowed: KeySet | None
) -> RetrievalResult:
    """Rank nodes by ``vector``, float32[dim], and by the words of ``question``, and fuse the two rankings.

    ``allowed``: the only nodes to be found; None: all. The untrained prior weighs the same nodes, so that the router
    reads the same features as after every other retrieval.
    """
    alone = SearchParams(k=params.k, ef_search=params.ef_search, hops=0, max_nodes=params.max_nodes)
    with store.read():
        near = index.retrieve(vector, alone, allowed)
        if not len(near.hits.keys):
            return near
        by_vector = near.hits.keys.tolist()
        scores = fuse([(1.0, by_vector), (1.0, [key for key, _ in store.search_text(question, MAX_WORDS, allowed)])])
        ranking = sorted(scores, key=lambda key: -scores[key])[: params.max_nodes]
        prior = index.attend(vector, np.array(ranking, np.uint64), alone)
    # A node whose words were found may not be indexed yet: it cannot be weighed.
    weighed = set(prior.keys.tolist())
    ranking = [key for key in ranking if key in weighed]
    shares = np.array([scores[key] for key in ranking], np.float32)
    return reordered(near, prior, ranking, shares / shares.sum())
