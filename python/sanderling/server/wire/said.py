"""A finished result in the API's terms: an answer from the notes, or a plain completion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ...plain.completion import Completion, CompletionToken, ToolCall
from ...plain.tools import Tool, read_call
from ...records import Answer
from ..admission import Ticket
from . import detail


class Said(NamedTuple):
    """A finished result in the API's terms."""

    request_id: str
    text: str
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int
    timings: dict[str, float]
    """Token counts and times, under llama-server's names."""
    detail: dict[str, Any]
    """The object ``sanderling`` of the reply."""
    headers: dict[str, str]
    citations: list[dict[str, Any]] = []  # noqa: RUF012 - a NamedTuple's default, which nobody changes
    tokens: Sequence[CompletionToken] = ()
    call: ToolCall | None = None

    @property
    def usage(self) -> dict[str, Any]:
        """Token counts in the format of chats and completions."""
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "total_tokens": self.prompt_tokens + self.completion_tokens,
            "prompt_tokens_details": {"cached_tokens": self.cached_tokens},
        }


def of_answer(answer: Answer, ticket: Ticket, *, local: bool, tools: Sequence[Tool] = ()) -> Said:
    """Convert an answer from the notes to the API's terms. ``tools``: functions one of which it calls; empty: none."""
    tokens, times = answer.tokens, answer.timings_ms
    return Said(
        request_id=answer.request_id,
        text=answer.text,
        finish_reason=_reason(answer.finish_reason),
        prompt_tokens=tokens.prompt,
        completion_tokens=tokens.completion,
        cached_tokens=tokens.cached,
        timings=detail.timings(
            tokens.prompt, tokens.cached, tokens.completion, times.ttft, max(times.llm - times.ttft, 0)
        ),
        detail=detail.of_answer(answer, ticket, local=local),
        headers=detail.headers(answer.request_id, answer.route.model_id, detail.path_of(answer), answer.left_device),
        citations=detail.url_citations(answer, local=local),
        call=read_call(tools, answer.text) if tools else None,
    )


def of_completion(done: Completion, ticket: Ticket) -> Said:
    """Convert a completion without notes to the API's terms."""
    return Said(
        request_id=done.request_id,
        text=done.text,
        finish_reason=_reason(done.finish_reason),
        prompt_tokens=done.prompt_tokens,
        completion_tokens=len(done.tokens),
        cached_tokens=done.cached_tokens,
        timings=detail.timings(
            done.prompt_tokens, done.cached_tokens, len(done.tokens), done.prefill_ms, done.decode_ms
        ),
        detail=detail.of_completion(done, ticket),
        headers=detail.headers(done.request_id, done.model_id, "tier" if done.tier else "model", bool(done.tier)),
        tokens=done.tokens,
        call=done.tool_call,
    )


def _reason(reason: str) -> str:
    return "length" if reason in ("length", "budget") else "stop"
