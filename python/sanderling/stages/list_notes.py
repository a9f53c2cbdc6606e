"""Answers questions about the notes themselves, such as how many there are, without a model.

::

    question ─► notes_asked ─► (another question: None) ─► select_notes ─► one page ─► Listing

What was counted, and by what rule, is part of the answer. A question that is not wholly understood, or that names a
kind of notes which no tag, folder or type here has, goes to a model like any other.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from ..engines.rss import rss_bytes
from ..listing import Listing, Page
from ..memory import Memory
from ..memory.store import notes as stored
from ..records import Assessment, MemoryUse, Route, SourceNote, TokenCounts
from ..request.request import Request
from ..text.questions.notes_asked import NotesAsked, notes_asked, wants_more
from . import listing_words
from .answer import source_note
from .select_notes import Selection, select_notes

_NO_MODEL = Route(
    model_id="",
    context_bin="tiny",
    context_tokens=0,
    temperature=0.0,
    top_p=1.0,
    escalate=0.0,
    router="",
    reason="counted in the memory, no model was asked",
    predicted_ms=0.0,
)


def list_notes(
    memory: Memory, request: Request, page: Page, stream: Callable[[str], None] | None = None
) -> Listing | None:
    """Return the count or list that ``request`` asks for; None if it asks for neither.

    In a conversation, "more" asks for the page after that of the last list, and after a count for the notes that were
    counted, whatever ``page`` begins with. ``stream``:
    called with the whole text; None: not streamed.
    """
    question, history = request.query, request.history
    more = history.next_listed is not None and wants_more(question)
    if history.next_listed and more:
        question, page = history.last_question, page._replace(start=history.next_listed)
    asked = notes_asked(question, memory.today())
    if asked is None:
        return None
    if more:
        asked = asked._replace(how_many=False)
    with request.watch("retrieval"), memory.store.read():
        found = _listing(memory, request, asked, page)
    if found is None:
        return None
    history.remember(question, "", [])
    history.next_listed = 1 if asked.how_many and found.total else found.next
    if stream is not None:
        stream(found.text)
    return msgspec.structs.replace(found, timings_ms=request.watch.timings(0.0))


def _listing(memory: Memory, request: Request, asked: NotesAsked, page: Page) -> Listing | None:
    store, words = memory.store, listing_words.WORDS[asked.language]
    here = slice(page.start - 1, page.start - 1 + page.limit)
    if asked.what in ("tags", "folders"):
        if asked.conditions:
            return None
        counts = stored.tag_counts(store) if asked.what == "tags" else stored.folder_counts(store, direct=True)
        names = sorted(counts, key=lambda name: (-counts[name], name.casefold()))
        lines = [f"{name} ({counts[name]:,})" for name in names[here]]
        return _made(request, asked, Selection(set(), ""), len(names), lines, (), page.start)
    selection = select_notes(store, asked, request.filter, words)
    if selection is None:
        return None
    rows = stored.listed(store, selection.notes)
    shown = rows[here]
    nodes = {node.key: node for node in memory.nodes([row.node for row in shown])}
    sources = tuple(source_note(nodes[row.node], 0.0) for row in shown if row.node in nodes)
    names = [row.title or row.uri.rsplit("/", 1)[-1] or nodes[row.node].id for row in shown]
    twice = {name for name in names if names.count(name) > 1}
    lines = [
        f"{name} ({row.uri.rsplit('/', 1)[-1]})" if name in twice and row.uri else name
        for name, row in zip(names, shown, strict=True)
    ]
    return _made(request, asked, selection, len(rows), lines, sources, page.start)


def _made(
    request: Request,
    asked: NotesAsked,
    selection: Selection,
    total: int,
    lines: list[str],
    sources: tuple[SourceNote, ...],
    start: int,
) -> Listing:
    words = listing_words.WORDS[asked.language]
    following = start + len(lines) if start - 1 + len(lines) < total and lines else None
    said = words.total(asked.what, total, selection.rule, filtered=selection.filtered)
    text = "\n".join(
        (
            said + (":" if lines and not asked.how_many else "."),
            *(() if asked.how_many else (f"- {line}" for line in lines)),
            *(() if asked.how_many or following is None else (words.more(start, len(lines), total, following),)),
            *selection.hints,
        )
    )
    return Listing(
        request_id=request.id,
        text=text,
        sources=sources,
        route=_NO_MODEL,
        assessment=Assessment(accept=True, confidence=1.0, reason="counted"),
        finish_reason="stop",
        timings_ms=request.watch.timings(0.0),
        tokens=TokenCounts(),
        memory=MemoryUse(rss_bytes=rss_bytes()),
        warnings=tuple(request.warnings),
        kind="count" if asked.how_many else "list",
        total=total,
        rule=selection.rule,
        start=start,
        next=following,
    )
