"""Question and unit vector in, hits and weights over all nodes found out."""

from __future__ import annotations

from ..filter import Filter
from ..memory import Memory
from ..records import RetrievalResult, Vectors

K = 64
EF_SEARCH = 64
HOPS = 2
MAX_NODES = 256


def retrieve(memory: Memory, question: str, vector: Vectors, filter: Filter | None = None) -> RetrievalResult:
    """Search the ``K`` nearest nodes, and by words and titles; attend over at most ``MAX_NODES`` nodes around them.

    ``question`` is the text that ``vector`` is of. Only nodes that pass ``filter`` are found; None: all do.
    """
    return memory.find(question, vector, K, ef_search=EF_SEARCH, hops=HOPS, max_nodes=MAX_NODES, filter=filter)
