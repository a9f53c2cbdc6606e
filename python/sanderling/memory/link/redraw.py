"""Draw the edges of all documents again, after many were stored without edges.

Linking each document by itself would take longer. The rules are those of :mod:`~sanderling.memory.link.link`; edges
that a user drew stay.
"""

from __future__ import annotations

import numpy as np

from ...records import SearchParams, SearchResult, Vectors
from ..index import MemoryIndex
from ..store.documents import addresses, document_of_nodes
from ..store.store import Store
from ..store.vectors import replace_topics
from .all_topics import all_topics
from .link import Linker
from .oriented import oriented

NODES_AT_ONCE = 2000
"""Number of nodes whose citations are drawn in one transaction. Other writers wait for it."""


def redraw(store: Store, index: MemoryIndex, linker: Linker) -> None:
    """Draw all edges except ``follows`` between the documents of ``store``.

    ``follows`` edges are written with the documents. Each transaction leaves whole edges; a process that is killed
    between two leaves old ones, which the next call replaces.
    """
    index.catch_up()
    with store.read():
        nodes = sorted(document_of_nodes(store))
        where = addresses(store, nodes)
        keys = index.indexed(np.array(nodes, dtype=np.uint64))

        def search(vector: Vectors, params: SearchParams) -> SearchResult:
            return index.nearest(vector, params)

        topics = all_topics(search, keys, index.vectors(keys), where) if len(keys) else []
    with store.write() as writer:
        replace_topics(store, writer, oriented(store, topics))
    for first in range(0, len(nodes), NODES_AT_ONCE):
        with store.write() as writer, linker.change(writer) as change:
            change.redraw(nodes[first : first + NODES_AT_ONCE])
    index.catch_up()
