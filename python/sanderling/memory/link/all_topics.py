"""Find the ``same_topic`` edges of a whole memory at once.

The rule is that of :mod:`~sanderling.memory.link.topics`, which keeps these edges as documents come and go.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from ...records import Keys, SearchParams, SearchResult, Vectors
from .topics import REACH, SAME_TOPIC_COSINE, SAME_TOPIC_EDGES

Search = Callable[[Vectors, SearchParams], SearchResult]


def all_topics(
    search: Search, keys: Keys, vectors: Vectors, where: Mapping[int, tuple[str, int, int]]
) -> list[tuple[int, int, float]]:
    """Return each ``same_topic`` edge as (newer node, older node, cosine), sorted.

    ``search`` finds the nodes nearest to a vector among ``keys``, whose ``vectors`` are float32[keys, dim]. ``where``:
    address, position and document of each node that belongs to a document.
    """
    lists: dict[int, dict[int, float]] = {}
    for key, vector in zip(keys.tolist(), vectors, strict=True):
        if key in where:
            lists[key] = _nearest(search, key, vector, where)
    return sorted(
        (key, other, cosine)
        for key, near in lists.items()
        for other, cosine in near.items()
        if other < key and key in lists[other]
    )


def _nearest(search: Search, key: int, vector: Vectors, where: Mapping[int, tuple[str, int, int]]) -> dict[int, float]:
    # One more than the chunk itself, which is not counted.
    hits = search(vector, SearchParams(k=REACH, ef_search=REACH))
    cosines = np.minimum(1.0, 1.0 - hits.distances.astype(np.float64))
    near = [
        (other, cosine)
        for other, cosine in zip(hits.keys.tolist(), cosines.tolist(), strict=True)
        if cosine >= SAME_TOPIC_COSINE and other in where and where[other][2] != where[key][2]
    ]
    near.sort(key=lambda pair: (-pair[1], where[pair[0]]))
    return dict(near[:SAME_TOPIC_EDGES])
