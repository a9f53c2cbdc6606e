"""Chat completions: request body, reply and events."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Annotated, Any, Generic, TypeVar

import msgspec

from ... import ranges
from ...plain.completion import CompletionToken, LikelyToken
from ...quote import Quote
from .. import events
from ..generation import Generation
from ..refusal import Refused
from .calls import call_object
from .detail import headers_so_far
from .detail import quote as quote_of
from .documented import SOME
from .messages import ChatMessage
from .options import Options, refuse_number
from .said import Said
from .sampling import Sampled

T = TypeVar("T")


class StreamOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Options that only streamed replies have."""

    include_usage: bool | None = None


class ChatRequest(Sampled, frozen=True, kw_only=True):
    """Body of ``/v1/chat/completions``."""

    messages: Annotated[list[ChatMessage], SOME]
    max_completion_tokens: int | None = None
    stream_options: StreamOptions | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None
    response_format: dict[str, Any] | None = None
    tools: list[dict[str, Any]] | None = None
    tool_choice: str | dict[str, Any] | None = None
    modalities: list[str] | None = None
    audio: dict[str, Any] | None = None
    sanderling: Options | None = None

    @property
    def tokens(self) -> int | None:
        """Maximum number of generated tokens; None: the default."""
        return self.max_tokens if self.max_completion_tokens is None else self.max_completion_tokens


def refuse_unsupported(body: ChatRequest, *, from_notes: bool) -> None:
    """Raise Refused for fields that the service cannot satisfy."""
    if body.audio is not None or (body.modalities and body.modalities != ["text"]):
        raise Refused(400, "unsupported_value", "only texts are written", param="modalities")
    if body.logprobs and from_notes:
        message = "answers from notes come without log-probabilities: name a model without sanderling:"
        raise Refused(400, "unsupported_value", message, param="logprobs")
    refuse_number("top_logprobs", body.top_logprobs, ranges.LIKELIEST)


def reply(said: Said, model: str, *, logprobs: bool) -> dict[str, Any]:
    """Return the JSON value of a whole reply. ``model``: the name that the client gave."""
    message: dict[str, Any] = {"role": "assistant", "content": said.text, "refusal": None}
    if said.call is not None:
        message |= {"content": None, "tool_calls": [call_object(said.call, said.request_id)]}
    else:
        message["annotations"] = _annotations(said)
    choice = {
        "index": 0,
        "message": message,
        "logprobs": _logprobs(said.tokens) if logprobs else None,
        "finish_reason": _finish(said),
    }
    return {
        "id": f"chatcmpl-{said.request_id}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model,
        "choices": [choice],
        "usage": said.usage,
        "timings": said.timings,
        "sanderling": said.detail,
    }


class ChatForm(Generic[T]):
    """Writes an answer as events of chat completions."""

    def __init__(
        self,
        generation: Generation[T],
        said: Callable[[T], Said],
        model: str,
        *,
        include_usage: bool,
        logprobs: bool,
        calls: bool,
        trimmed: bool,
        conversation: str = "",
        local: bool = False,
    ) -> None:
        """``include_usage``: whether to end with an event that holds the usage and no choices.

        ``calls``: whether the text is a call of a function, which is sent as a whole. ``trimmed``: whether white space
        before the first word is left out, as it is in the whole answer. ``conversation``: id of the kept one; empty:
        there is none. ``local``: whether the client is on this machine.
        """
        self._quoted = partial(quote_of, local=local)
        self._said, self._include_usage, self._logprobs, self._calls = said, include_usage, logprobs, calls
        self._generation, self._named = generation, named(conversation)
        self._head = {
            "id": f"chatcmpl-{generation.handle.id}",
            "object": "chat.completion.chunk",
            "created": int(time.time()),
            "model": model,
        }
        self._begun = not trimmed

    def headers(self) -> dict[str, str]:
        """Return the headers of the stream."""
        if self._generation.answer is not None:
            return {**self._said(self._generation.answer).headers, **self._named}
        return {**headers_so_far(self._generation.handle.id, self._generation.ticket), **self._named}

    def begin(self) -> list[bytes]:
        """Return the event with the assistant's role."""
        return [self._chunk({"role": "assistant", "content": None if self._calls else ""})]

    def quote(self, quote: Quote) -> list[bytes]:
        """Return the events with the assistant's role and the quoted sentence."""
        content = None if self._calls else ""
        return [self._chunk({"role": "assistant", "content": content}, sanderling={"quote": self._quoted(quote)})]

    def piece(self, text: str) -> list[bytes]:
        """Return the event for a piece of text."""
        if self._calls:
            return []
        if not self._begun:
            text = text.lstrip()
            self._begun = bool(text)
        return [self._chunk({"content": text})] if text else []

    def end(self, answer: T) -> list[bytes]:
        """Return the events with the citations, the finish reason and the usage."""
        said = self._said(answer)
        cost = {"timings": said.timings, "sanderling": said.detail}
        parts = []
        if said.call is not None:
            parts.append(self._chunk({"tool_calls": [{"index": 0, **call_object(said.call, said.request_id)}]}))
        elif self._calls:
            parts.append(self._chunk({"content": said.text}))
        elif said.citations:
            parts.append(self._chunk({"content": "", "annotations": _annotations(said)}))
        if self._logprobs:
            parts.append(self._chunk({"content": ""}, logprobs=_logprobs(said.tokens)))
        if self._include_usage:
            parts.append(self._chunk({}, _finish(said)))
            parts.append(events.event({**self._head, "choices": [], "usage": said.usage, **cost}))
        else:
            parts.append(self._chunk({}, _finish(said), **cost))
        return [*parts, events.DONE]

    def _chunk(self, delta: dict[str, Any], finish: str | None = None, logprobs: Any = None, **more: Any) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": logprobs, "finish_reason": finish}
        return events.event({**self._head, "choices": [choice], **more})


def named(conversation: str) -> dict[str, str]:
    """Return the header with the id of a stored conversation; empty without an id.

    The id is known before the answer is complete.
    """
    return {"x-sanderling-conversation": conversation} if conversation else {}


def _finish(said: Said) -> str:
    return "tool_calls" if said.call is not None and said.finish_reason == "stop" else said.finish_reason


def _annotations(said: Said) -> list[dict[str, Any]]:
    return [{"type": "url_citation", "url_citation": each} for each in said.citations]


def _logprobs(tokens: Sequence[CompletionToken]) -> dict[str, Any]:
    def one(token: LikelyToken) -> dict[str, Any]:
        return {"token": token.text, "logprob": token.logprob, "bytes": list(token.data)}

    content = [{**one(token), "top_logprobs": [one(each) for each in token.top]} for token in tokens]
    return {"content": content, "refusal": None}
