"""The retrieve stage: find notes for a question and weigh them."""

from __future__ import annotations

from ..filter import Filter
from ..memory import Memory
from ..records import DEFAULT_SEARCH, RetrievalResult, SearchParams, Vectors


def retrieve(
    memory: Memory,
    question: str,
    vector: Vectors,
    filter: Filter | None = None,
    params: SearchParams = DEFAULT_SEARCH,
) -> RetrievalResult:
    """Retrieve notes for ``question`` from those that pass ``filter``.

    ``vector``: the question's embedding. ``filter`` None: from all notes.
    """
    return memory.find(question, vector, params, filter=filter)
