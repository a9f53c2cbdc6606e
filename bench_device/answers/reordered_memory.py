"""A memory that ranks by a given search method, to measure answers under that ranking.

Only the ranking differs; budget, blocks and prompt are the runtime's.
"""

from __future__ import annotations

from ...filter import Filter
from ...memory import Memory
from ...memory.index import Attention
from ...memory.retrieve.hybrid import Weights, reordered
from ...records import DEFAULT_SEARCH, Plan, RetrievalResult, SearchParams, Vectors
from ..retrieval.ways import Way


class ReorderedMemory(Memory):
    """A memory that shares the store and the index of another memory.

    Close only the other memory.
    """

    def __init__(self, memory: Memory, way: Way) -> None:
        """Share the content of ``memory``, and rank by ``way``, which returns all keys found, best first."""
        super().__init__(memory.store, memory.index, memory.embedder)
        self._way = way

    def find(
        self,
        question: str,
        vector: Vectors,
        params: SearchParams = DEFAULT_SEARCH,
        *,
        attention: Attention | None = None,
        filter: Filter | None = None,
        weights: Weights | None = None,
        plan: Plan = "graph",
    ) -> RetrievalResult:
        """Search, and reorder the results by the search method of this memory.

        The best result gets the largest attention weight. Raises ValueError for a filter, which search methods do not
        support.
        """
        if filter is not None:
            raise ValueError("a way of searching takes no filter")
        found = self.retrieve(vector, params, attention=attention, filter=filter)
        order = self._way(question, vector)[: len(found.attended.keys)]
        return reordered(found, found.attended, order, found.attended.weights[: len(order)])
