"""Unit vector in, hits and attention weights over their neighbourhood out."""

from __future__ import annotations

from ..memory import Memory
from ..records import Found, Vectors

K = 64
EF_SEARCH = 64
HOPS = 2
MAX_NODES = 256


def retrieve(memory: Memory, vector: Vectors) -> Found:
    """Search the ``K`` nearest nodes and attend over at most ``MAX_NODES`` nodes within ``HOPS`` of them."""
    hits = memory.search(vector, K, ef_search=EF_SEARCH)
    attended = memory.attend(vector, hits, hops=HOPS, max_nodes=MAX_NODES)
    return Found(vector=vector, hits=hits, attended=attended)
