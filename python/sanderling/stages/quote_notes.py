"""Answers a question with a sentence of the notes, without a model.

``sanderling ask --quote`` shows that sentence.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..engines.rss import rss_bytes
from ..errors import UsageError
from ..filter import Filter
from ..listing import Page
from ..memory import Memory
from ..quote import Quote
from ..records import Answer, Assessment, MemoryUse, Node, RetrievalResult, Route, TokenCounts
from ..request.handle import Handle
from ..request.request import Request
from .answer import ranked_sources
from .embed import checked
from .find_notes import find_notes, require_notes
from .list_notes import list_notes
from .quote import quote

SOURCES = 3
"""Notes named as sources of such an answer, the quoted one first."""
ASKED = "a sentence of your notes, no model was asked"
NONE = "no sentence of your notes answers this, and no model was asked"


def quote_notes(
    memory: Memory, question: str, filter: Filter | None, page: Page, handle: Handle | None = None
) -> Answer:
    """Answer ``question`` with the best sentence of the notes.

    Without such a sentence the answer's text is empty. A question about the notes themselves is answered as
    :meth:`sanderling.Runtime.ask` does. ``handle``: gives the answer its id; None: a new one.

    Raises UsageError for an empty or oversized question and for an empty memory, NoNotes if no note passes the filter.
    """
    page.check()
    handle = handle or Handle()
    handle.begin()
    request = Request(checked(question), handle.id, filter=filter, handle=handle)
    if (listing := list_notes(memory, request, page)) is not None:
        return listing
    if not len(memory):
        raise UsageError(f"the memory at {memory.store.path} holds no notes: run  sanderling ingest FOLDER  first")
    found, nodes = find_notes(memory, memory.embedder, request)
    require_notes(memory, found)
    with request.watch("quote"):
        chosen = quote(memory.embedder, request, found, nodes)
    return quoted_answer(request, chosen, found, nodes, NONE if chosen is None else ASKED)


def quoted_answer(
    request: Request, quote: Quote | None, found: RetrievalResult, nodes: Mapping[int, Node], reason: str
) -> Answer:
    """Return ``quote`` as the answer to ``request``. ``reason``: why no model was asked."""
    notes = ranked_sources(found, nodes)
    if quote is not None:
        notes = (quote.source, *(note for note in notes if note.key != quote.source.key))
    return Answer(
        request_id=request.id,
        text="" if quote is None else quote.text,
        sources=notes[:SOURCES],
        route=Route(
            model_id="",
            context_bin="tiny",
            context_tokens=0,
            temperature=0.0,
            top_p=1.0,
            escalate=0.0,
            router="",
            reason=reason,
            predicted_ms=0.0,
            plan="quote",
        ),
        assessment=Assessment(
            accept=quote is not None, confidence=0.0 if quote is None else quote.confidence, reason="quoted"
        ),
        finish_reason="stop",
        timings_ms=request.watch.timings(0.0),
        tokens=TokenCounts(),
        memory=MemoryUse(rss_bytes=rss_bytes()),
        warnings=tuple(request.warnings),
        quote=quote,
        left_device=bool(request.departures),
    )
