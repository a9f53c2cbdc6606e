"""The first part of a request: embed the question, retrieve note keys, and read the notes from the store."""

from __future__ import annotations

from ..errors import NoNotes
from ..memory import Embedder, Memory
from ..memory.retrieve.merge import merged
from ..records import Node, RetrievalResult
from ..request.request import Request
from ..text.questions.follow_up import leans
from .choose_search import searched
from .embed import embed_readings
from .languages import warn_of_languages
from .retrieve import retrieve

Found = tuple[RetrievalResult, dict[int, Node]]
"""What was retrieved, and its nodes by key, heaviest first. Nodes deleted since the search are missing."""

LEANING = 0.8
"""Weight of the reading that includes the conversation, for a question that seems to depend on it.

Depends on the attention's weights, and is measured again with them: ``bench_device/LOG.md``, conversations.
"""
ALONE = 0.2
"""Weight of the same reading for a question that seems to stand alone."""
NEAREST = 0.35
"""Weight of what is nearest to the vector of each reading, for a question that seems to depend on the conversation.

Trained attention trusts words, of which a follow-up has few of its note's: "the pilot", where the note says who flies.
"""


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
        request.plan = searched(alone, request.constraints, alone=within == alone)
        found = retrieve(memory, alone, vectors[-1], request.filter, plan=request.plan)
        if within != alone:
            after = retrieve(memory, within, vectors[0], request.filter)
            found = merged(after, found, LEANING, NEAREST) if leans(alone) else merged(found, after, 1 - ALONE)
        warn_of_languages(memory, request)
        return found, {node.key: node for node in memory.nodes(found.attended.keys)}


def require_notes(memory: Memory, found: RetrievalResult) -> None:
    """Raise NoNotes if no note passed the filter.

    A model that is shown no notes may invent an answer. A memory without any notes passes; its prompt says that
    none were found.
    """
    if len(memory) and not len(found.hits.keys):
        raise NoNotes("no notes match the filter: widen it, or ask without one")
