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
    """Retrieve the notes for ``question``, whose embedding is ``vector``, from those that pass ``filter``.

    ``filter`` None: from all notes.
    """
    return memory.find(question, vector, params, filter=filter)
