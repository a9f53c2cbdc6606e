"""Find the ``same_topic`` edges to add and remove when chunks are added or deleted.

Two chunks of different documents share a topic if each is among the 4 nearest of the other, at a cosine of 0.6 at
least. Nearest neighbours alone would tie everything to the few chunks that are near to all; requiring both directions
avoids that (Jarvis and Patrick, "Clustering Using a Similarity Measure Based on Shared Near Neighbors", 1973).

A new chunk can become the neighbour of old ones and push out those they had; a deleted chunk makes room again. So the
chunks near to it are looked up and their lists of neighbours made again; no other list changes. Edges are therefore the
same in whatever order documents were ingested, as long as no chunk has more than :data:`REACH` others as near as that:
beyond it an edge may remain that a fresh ingest would not draw. Ties are broken by address, so that copies of one text
do not depend on the order either.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from ...records import SearchParams, Vectors
from ..index import MemoryIndex
from ..store.documents import addresses
from ..store.edges import edges_touching
from ..store.nodes import vectors as stored_vectors
from ..store.packed import as_kept
from ..store.store import Store

# MiniLM-L6-v2 (int8) over pairs of random encyclopaedia chunks, title and text: median 0.01 to 0.06, 99th percentile
# 0.37 to 0.45; pairs above 0.6 are of the same article or of the same kind of thing. Other embedders lie elsewhere.
SAME_TOPIC_COSINE = 0.6
SAME_TOPIC_EDGES = 4
REACH = 64
"""Number of nearest chunks considered around each added or deleted chunk."""


class Topics(NamedTuple):
    """The ``same_topic`` edges to add and to remove."""

    new: list[tuple[int, int, float]]
    """(position of a new chunk, key of an old chunk, cosine)."""
    drawn: list[tuple[int, int, float]]
    """(newer, older, cosine) of edges to add between old chunks."""
    removed: list[tuple[int, int]]
    """(src, dst) of edges to delete between old chunks."""


def topics(store: Store, index: MemoryIndex, uri: str, vectors: Vectors, replaced: int | None) -> Topics:
    """Find the ``same_topic`` edges to add and remove when the document at ``uri`` changes.

    ``vectors``: those of its new chunks, float32[n, dim]. ``replaced``: key of the document to be deleted; None: no
    document. Raises RuntimeError inside a writing transaction, since the index has committed nodes only.
    """
    # Compared as they are kept, so that no cosine depends on which of two chunks came first.
    vectors = as_kept(vectors, store.precision)
    # One read transaction: what is found must still be there when its neighbours are looked up.
    with store.read():
        index.follow()
        found = _Plan(store, index, uri, vectors, replaced).made()
    index.save_if_much_is_new()
    return found


class _Plan:
    """Computes the edges added and removed by one change of a document.

    A new chunk is numbered -1 - its position, an old one has its key.
    """

    def __init__(self, store: Store, index: MemoryIndex, uri: str, vectors: Vectors, replaced: int | None) -> None:
        self._store = store
        self._index = index
        self._gone = set(store.document_nodes(replaced)) if replaced is not None else set[int]()
        # (address, position, document); the new one's document is none yet.
        self._where: dict[int, tuple[str, int, int]] = {-1 - row: (uri, row, 0) for row in range(len(vectors))}
        self._near: dict[int, dict[int, float]] = {}
        self._lists: dict[int, list[int]] = {}
        new = {-1 - row: self._search(vector) for row, vector in enumerate(vectors)}
        self._touched = {key for near in new.values() for key in near}
        for vector in self._vectors(self._gone).values():
            self._touched.update(self._search(vector))
        self._look_at(self._touched)
        for node, near in new.items():
            self._near[node] = near
            for key, cosine in near.items():
                self._near[key][node] = cosine
        self._touched.update(new)

    def made(self) -> Topics:
        # Where nothing went, lists of old chunks only lost old members: a pair of which one is untouched is as it was.
        if self._gone:
            self._look_at({key for node in self._touched for key in self._list(node)})
        present = self._present()
        wanted: dict[tuple[int, int], float] = {}
        for node in self._touched:
            for other in self._list(node):
                pair = max(node, other), min(node, other)
                agreed = node in self._list(other) if other in self._near else pair in present
                if agreed:
                    wanted[pair] = self._near[node][other]
        return Topics(
            # A new chunk is the negative one of its pair, hence the second.
            new=[(-1 - b, a, cosine) for (a, b), cosine in sorted(wanted.items()) if b < 0],
            drawn=[(a, b, cosine) for (a, b), cosine in sorted(wanted.items()) if b >= 0 and (a, b) not in present],
            removed=[(src, dst) for pair, (src, dst, by) in sorted(present.items()) if not (pair in wanted or by)],
        )

    def _list(self, node: int) -> list[int]:
        """Return the nearest neighbours of ``node``, nearest first. ``node``: in ``_near``."""
        if node not in self._lists:
            near, own = self._near[node], self._where[node][2]
            others = [key for key in near if self._where[key][2] != own]
            others.sort(key=lambda key: (-near[key], self._where[key]))
            self._lists[node] = others[:SAME_TOPIC_EDGES]
        return self._lists[node]

    def _look_at(self, nodes: Iterable[int]) -> None:
        for key, vector in self._vectors({node for node in nodes if node >= 0} - self._near.keys()).items():
            self._near[key] = self._search(vector)
            self._near[key].pop(key, None)

    def _search(self, vector: Vectors) -> dict[int, float]:
        """Return the old chunks near ``vector`` as {key: cosine with ``vector``}.

        Chunks to be deleted and nodes without a document are left out.
        """
        k = REACH + len(self._gone)
        hits = self._index.nearest(vector, SearchParams(k=k, ef_search=k))
        cosines = np.minimum(1.0, 1.0 - hits.distances.astype(np.float64))
        enough = cosines >= SAME_TOPIC_COSINE
        found = dict(zip(hits.keys[enough].tolist(), cosines[enough].tolist(), strict=True))
        unknown = found.keys() - self._where.keys() - self._gone
        if unknown:
            self._where.update(addresses(self._store, unknown))
        return {key: cosine for key, cosine in found.items() if key in self._where}

    def _vectors(self, nodes: Iterable[int]) -> dict[int, Vectors]:
        return stored_vectors(self._store, nodes)

    def _present(self) -> dict[tuple[int, int], tuple[int, int, bool]]:
        """Return the stored edges at affected chunks, except at chunks to be deleted.

        A dict from (newer, older) to (src, dst, whether a user drew the edge). A user's edges are neither removed nor
        drawn again.
        """
        edges = edges_touching(self._store, (node for node in self._touched if node >= 0), "same_topic")
        return {
            (max(a, b), min(a, b)): (a, b, by == "user") for (a, b), (_, by) in edges.items() if not {a, b} & self._gone
        }
