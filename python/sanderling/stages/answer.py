"""Build the public :class:`~sanderling.records.Answer` from a draft and the notes it was made from."""

from __future__ import annotations

from collections.abc import Mapping

from ..engines.rss import rss_bytes
from ..records import Answer, Assessment, Draft, MemoryUse, Node, Prompt, RetrievalResult, SourceNote, TokenCounts
from ..request.request import Request


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


def make_answer(request: Request, draft: Draft, assessment: Assessment, sources: tuple[SourceNote, ...]) -> Answer:
    """Return the answer to ``request``, with its timings, token counts and warnings so far."""
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
    )
