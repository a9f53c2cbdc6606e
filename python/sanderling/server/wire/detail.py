"""Details of an answer that have no field in the OpenAI API.

Examples are the route, the sources and the timings.
"""

from __future__ import annotations

from typing import Any

import msgspec

from ...plain.completion import Completion
from ...quote import Quote, SourceNote
from ...records import Answer
from ...verdict import said
from ..admission import Ticket
from ..citations import citations, passage, url
from ..refusal import SCHEMA
from ..targets import TIER, tier_of


def of_answer(answer: Answer, ticket: Ticket, *, local: bool) -> dict[str, Any]:
    """Return the object ``sanderling`` of an answer. ``local``: whether the client is on this machine."""
    route = answer.route
    return {
        "request_id": answer.request_id,
        "sources": [
            {**note(source, local=local), "passage": passage(answer.text, source)} for source in answer.sources
        ],
        "route": {
            "model": route.model_id,
            "tier": route.tier or TIER,
            "context": route.context_bin,
            "router": route.router,
            "reason": route.reason,
            "predicted_ms": route.predicted_ms,
            "escalated_from": route.escalated_from,
        },
        "confidence": answer.assessment.confidence,
        "verdict": None
        if answer.verdict is None
        else {**msgspec.to_builtins(answer.verdict), "said": said(answer.verdict)},
        "finish_reason": answer.finish_reason,
        "left_device": answer.left_device,
        "queue_ms": ticket.queue_ms,
        "timings_ms": msgspec.to_builtins(answer.timings_ms),
        "dropped": msgspec.to_builtins(answer.dropped),
        "warnings": list(answer.warnings),
        "cached": answer.cached,
        "conversation": answer.conversation,
        "quote": None if answer.quote is None else quote(answer.quote, local=local),
    }


def of_completion(done: Completion, ticket: Ticket) -> dict[str, Any]:
    """Return the object ``sanderling`` of a plain completion."""
    return {
        "request_id": done.request_id,
        "sources": [],
        "route": {
            "model": done.model_id,
            "tier": done.tier or TIER,
            "router": "",
            "reason": "the client named this model",
        },
        "finish_reason": done.finish_reason,
        "left_device": bool(done.tier),
        "queue_ms": ticket.queue_ms,
        "timings_ms": msgspec.to_builtins(done.timings_ms),
        "warnings": [],
        "cached": False,
    }


def note(source: SourceNote, *, local: bool) -> dict[str, Any]:
    """Return a note's fields for a reply."""
    return {
        "id": source.node_id,
        "title": source.title,
        "url": url(source, local=local),
        "score": source.score,
        "position": source.position,
        "text": source.text,
    }


def quote(quoted: Quote, *, local: bool) -> dict[str, Any]:
    """Return the quoted sentence with its note and its position in the note."""
    return {
        "text": quoted.text,
        "source": {**note(quoted.source, local=local), "passage": (quoted.start, quoted.end)},
        "confidence": quoted.confidence,
    }


def url_citations(answer: Answer, *, local: bool) -> list[dict[str, Any]]:
    """Return the citations of an answer in the OpenAI format. All clients of that API accept them."""
    return [
        {
            "title": each.source.title or each.source.uri,
            "url": url(each.source, local=local),
            "note_id": each.source.node_id,
            "start_index": each.start,
            "end_index": each.end,
        }
        for each in citations(answer.text, answer.sources)
    ]


def timings(prompt: int, cached: int, completion: int, prompt_ms: float, predicted_ms: float) -> dict[str, float]:
    """Return token counts and times under llama-server's names."""
    read = prompt - cached
    return {
        "cache_n": cached,
        "prompt_n": read,
        "prompt_ms": prompt_ms,
        "prompt_per_second": 1e3 * read / prompt_ms if prompt_ms else 0.0,
        "predicted_n": completion,
        "predicted_ms": predicted_ms,
        "predicted_per_second": 1e3 * completion / predicted_ms if predicted_ms else 0.0,
    }


def path_of(answer: Answer) -> str:
    """Return the origin of an answer.

    It is ``model``, ``tier``, ``cache``, ``quote`` for a sentence of the notes, else ``memory``.
    """
    if answer.cached:
        return "cache"
    if answer.route.tier:
        return "tier"
    if answer.route.model_id:
        return "model"
    return "memory" if answer.quote is None else "quote"


def headers(request_id: str, model_id: str, path: str, left_device: bool = False) -> dict[str, str]:
    """Return the HTTP headers of a reply.

    ``model_id``: the answering model; empty: none, or not yet known. ``left_device``: whether anything of the question
    was sent to another machine so far.
    """
    return {
        "x-request-id": request_id,
        "x-sanderling-schema": SCHEMA,
        "x-sanderling-model": model_id,
        "x-sanderling-tier": tier_of(model_id),
        "x-sanderling-path": path,
        "x-sanderling-left-device": "true" if left_device else "false",
    }


def headers_so_far(request_id: str, ticket: Ticket) -> dict[str, str]:
    """Return the HTTP headers sent at the start of a stream.

    The route is known by then. A stream may begin with a sentence of the notes before a tier is asked: what is about to
    leave counts as gone.
    """
    remote = tier_of(ticket.model_id) != TIER
    return headers(request_id, ticket.model_id, "tier" if remote else "model", ticket.left_device or remote)
