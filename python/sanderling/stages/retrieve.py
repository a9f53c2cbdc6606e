"""Unit vector in, hits and attention weights over their neighbourhood out."""

from __future__ import annotations

from typing import Protocol

from ..records import Attended, Found, Hits, Keys, Vectors

K = 64
EF_SEARCH = 64
HOPS = 2
MAX_NODES = 256


class Searchable(Protocol):
    """The part of a memory this stage needs; :class:`sanderling.memory.Memory` is one."""

    def search(self, vector: Vectors, k: int = K, *, ef_search: int = EF_SEARCH) -> Hits:
        """Return the k nearest nodes."""

    def attend(self, vector: Vectors, hits: Keys, *, hops: int = HOPS, max_nodes: int = MAX_NODES) -> Attended:
        """Return attention weights over the hits' neighbourhood."""


def retrieve(memory: Searchable, vector: Vectors) -> Found:
    """Search the ``K`` nearest nodes and attend over at most ``MAX_NODES`` nodes within ``HOPS`` of them."""
    hits = memory.search(vector, K, ef_search=EF_SEARCH)
    attended = memory.attend(vector, hits.keys, hops=HOPS, max_nodes=MAX_NODES)
    return Found(vector=vector, hits=hits, attended=attended)
