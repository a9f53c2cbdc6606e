"""The retrieve stage: find notes for a question and weigh them."""

from __future__ import annotations

from ..filter import Filter
from ..memory import Memory
from ..records import Plan, RetrievalResult, SearchParams, Vectors


def retrieve(
    memory: Memory,
    question: str,
    vector: Vectors,
    filter: Filter | None = None,
    params: SearchParams | None = None,
    plan: Plan = "graph",
) -> RetrievalResult:
    """Retrieve notes for ``question`` from those that pass ``filter``.

    ``vector``: the question's embedding. ``filter`` None: from all notes. ``params`` None: as tuned for the memory.
    ``plan``: see :meth:`Memory.find`.
    """
    return memory.find(question, vector, params or memory.search_params, filter=filter, plan=plan)
