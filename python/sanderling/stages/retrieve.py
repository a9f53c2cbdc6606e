"""Unit vector in, hits and attention weights over their neighbourhood out."""

from __future__ import annotations

from ..filter import Filter
from ..memory import Memory
from ..records import Found, Vectors

K = 64
EF_SEARCH = 64
HOPS = 2
MAX_NODES = 256


def retrieve(memory: Memory, vector: Vectors, filter: Filter | None = None) -> Found:
    """Search the ``K`` nearest nodes and attend over at most ``MAX_NODES`` nodes within ``HOPS`` of them.

    Only nodes that pass ``filter`` are found; None: all do.
    """
    return memory.retrieve(vector, K, ef_search=EF_SEARCH, hops=HOPS, max_nodes=MAX_NODES, filter=filter)
