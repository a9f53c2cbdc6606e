"""The first part of a request: embed the question, retrieve notes for it, and read those notes from the store."""

from __future__ import annotations

from ..errors import UsageError
from ..memory import Embedder, Memory
from ..memory.retrieve.merge import merged
from ..records import Node, RetrievalResult
from ..request.request import Request
from ..text.questions.follow_up import leans
from .embed import embed_readings
from .languages import warn_of_languages
from .retrieve import retrieve

Found = tuple[RetrievalResult, dict[int, Node]]
"""What was retrieved, and its nodes by key, heaviest first. Nodes deleted since the search are missing."""

LEANING = 0.75
"""Share of the reading after the conversation, in a question that seems to lean on it."""
ALONE = 0.2
"""The same share in a question that seems to stand alone."""


def find_notes(memory: Memory, embedder: Embedder, request: Request) -> Found:
    """Return the retrieval result for the question of ``request``, and the retrieved notes by key.

    In a conversation the question is searched twice, by itself and after what was said before, and the results are
    merged. Embedding and retrieval are timed. The request is warned when the embedder read only the beginning of the
    question, or does not know the language of the question or of the notes.
    """
    alone, within = request.query, request.history.search_text(request.query)
    readings = [alone] if within == alone else [within, alone]
    with request.watch("embed"):
        vectors = embed_readings(embedder, readings, request.warn)
    with request.watch("retrieval"):
        found = retrieve(memory, alone, vectors[-1], request.filter)
        if within != alone:
            after = retrieve(memory, within, vectors[0], request.filter)
            share = LEANING if leans(alone) else ALONE
            found = merged(after, found, share) if share >= 0.5 else merged(found, after, 1 - share)
        warn_of_languages(memory, request)
        return found, {node.key: node for node in memory.nodes(found.attended.keys)}


def require_notes(memory: Memory, found: RetrievalResult) -> None:
    """Raise UsageError if no note passed the filter, because a model that is shown no notes may invent an answer.

    A memory without any notes passes; its prompt says that none were found.
    """
    if len(memory) and not len(found.hits.keys):
        raise UsageError("no notes match the filter: widen it, or ask without one")
