"""The first part of a request: embed the question, retrieve notes for it, and read those notes from the store."""

from __future__ import annotations

from ..errors import UsageError
from ..memory import Embedder, Memory
from ..records import Node, RetrievalResult
from ..request.request import Request
from .embed import embed
from .retrieve import retrieve

Found = tuple[RetrievalResult, dict[int, Node]]
"""What was retrieved, and its nodes by key, heaviest first. Nodes deleted since the search are missing."""


def find_notes(memory: Memory, embedder: Embedder, request: Request) -> Found:
    """Return the retrieval result for the question of ``request``, and the retrieved notes by key.

    In a conversation, the text to search for starts with the previous question. Embedding and retrieval are timed. The
    request is warned when the embedder read only the beginning of the question.
    """
    text = request.history.search_text(request.query)
    with request.watch("embed"):
        vector = embed(embedder, text, request.warn)
    with request.watch("retrieval"):
        found = retrieve(memory, text, vector, request.filter)
        return found, {node.key: node for node in memory.nodes(found.attended.keys)}


def require_notes(memory: Memory, found: RetrievalResult) -> None:
    """Raise UsageError if no note passed the filter, because a model that is shown no notes may invent an answer.

    A memory without any notes passes; its prompt says that none were found.
    """
    if len(memory) and not len(found.hits.keys):
        raise UsageError("no notes match the filter: widen it, or ask without one")
