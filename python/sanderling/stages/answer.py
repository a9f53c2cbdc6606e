"""Build the public :class:`~sanderling.records.Answer` from a draft and the notes in its prompt."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from ..engines.rss import rss_bytes
from ..quote import Quote
from ..records import (
    Answer,
    Assessment,
    Draft,
    MemoryUse,
    Node,
    Prompt,
    RetrievalResult,
    Route,
    SourceNote,
    TokenCounts,
)
from ..request.request import Request

MOST_SOURCES = 8
"""Most source notes of an answer that no model gave."""


def source_note(node: Node, score: float, block: str = "") -> SourceNote:
    """Return ``node`` as a source note. ``score``: the weight that ranked it. ``block``: what a model saw of it."""
    return SourceNote(
        key=node.key,
        node_id=node.id,
        title=node.title,
        uri=node.uri,
        position=node.position,
        score=score,
        text=node.text,
        block=block,
    )


def sources(prompt: Prompt, nodes: Mapping[int, Node]) -> tuple[SourceNote, ...]:
    """Return a source for each note that was shown to the model, largest weight first."""
    return tuple(source_note(nodes[block.key], block.score, block.full) for block in prompt.blocks)


def ranked_sources(found: RetrievalResult, nodes: Mapping[int, Node]) -> tuple[SourceNote, ...]:
    """Return a source for each retrieved note, best first. ``nodes``: those of ``found`` that still exist, by key."""
    attended = found.attended
    weights = zip(attended.keys.tolist(), attended.weights.tolist(), strict=True)
    return tuple(source_note(nodes[key], weight) for key, weight in weights if key in nodes)


def answer_without_model(
    request: Request, found: RetrievalResult, nodes: Mapping[int, Node], route: Route, reason: str
) -> Answer:
    """Return an answer without text, whose sources are the notes found.

    It is for a question whose time was over before the model of ``route`` began.

    ``reason``: why it could not.
    """
    return Answer(
        request_id=request.id,
        text="",
        sources=ranked_sources(found, nodes)[:MOST_SOURCES],
        route=replace(route, model_id="", reason=reason),
        assessment=Assessment(accept=False, confidence=0.0, reason="no model answered"),
        finish_reason="budget",
        timings_ms=request.watch.timings(0.0),
        tokens=TokenCounts(),
        memory=MemoryUse(rss_bytes=rss_bytes()),
        warnings=tuple(request.warnings),
        left_device=bool(request.departures),
    )


def make_answer(
    request: Request,
    draft: Draft,
    assessment: Assessment,
    sources: tuple[SourceNote, ...],
    quote: Quote | None = None,
) -> Answer:
    """Build the answer to ``request``.

    It has the timings, token counts and warnings so far.

    ``quote``: the sentence shown before; None: there was none.
    """
    generation = draft.generation
    return Answer(
        request_id=request.id,
        text=generation.text,
        sources=sources,
        route=draft.route,
        assessment=assessment,
        finish_reason=generation.finish_reason,
        timings_ms=request.watch.timings(generation.ttft_ms),
        tokens=TokenCounts(
            prompt=generation.prompt_tokens,
            cached=generation.cached_tokens,
            completion=len(generation.tokens),
        ),
        memory=MemoryUse(rss_bytes=rss_bytes(), model_bytes=generation.rss_bytes),
        cached=draft.cached,
        model_peak_bytes=generation.peak_rss_bytes,
        dropped=draft.prompt.dropped,
        warnings=tuple(request.warnings),
        verdict=draft.verdict,
        quote=quote,
        left_device=bool(request.departures),
    )
