"""The Responses API: request body, reply and events.

Only its stateless part is served.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import msgspec

from .. import events
from ..generation import Generation
from ..refusal import Refused
from .calls import Form, form_of
from .chat import ChatRequest
from .detail import headers_so_far
from .messages import ChatMessage
from .options import Options
from .said import Said

T = TypeVar("T")


class InputItem(msgspec.Struct, frozen=True, kw_only=True):
    """One item of the input. Only messages are read."""

    role: str | None = None
    content: str | list[dict[str, Any]] | None = None
    type: str = "message"


class ResponsesRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Body of ``/v1/responses``."""

    input: str | list[InputItem]
    model: str = "auto"
    instructions: str | None = None
    max_output_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    stream: bool | None = None
    text: dict[str, Any] | None = None
    tools: list[dict[str, Any]] | None = None
    tool_choice: str | dict[str, Any] | None = None
    previous_response_id: str | None = None
    conversation: str | dict[str, Any] | None = None
    background: bool | None = None
    user: str | None = None
    sanderling: Options | None = None


def as_chat(body: ResponsesRequest) -> tuple[ChatRequest, Form]:
    """Convert a request to a chat and the form of its answer. Raises Refused for stateful requests."""
    for name in ("previous_response_id", "conversation", "background"):
        if getattr(body, name):
            message = "nothing is kept here between requests: send the earlier items again"
            raise Refused(400, "unsupported_value", message, param=name)
    items = [InputItem(role="user", content=body.input)] if isinstance(body.input, str) else body.input
    messages = [] if not body.instructions else [ChatMessage(role="system", content=body.instructions)]
    for at, item in enumerate(items):
        if item.type != "message":
            message = f"only messages are read, not {item.type[:40]}"
            raise Refused(400, "unsupported_content", message, param=f"input[{at}].type")
        if item.role not in ("system", "developer", "user", "assistant"):
            raise Refused(
                400, "invalid_value", "must be system, developer, user or assistant", param=f"input[{at}].role"
            )
        messages.append(ChatMessage(role=item.role, content=item.content))  # type: ignore[arg-type]  # checked above
    wanted = (body.text or {}).get("format")
    form = form_of(wanted if isinstance(wanted, dict) else None, body.tools, body.tool_choice)
    chat = ChatRequest(
        messages=messages,
        model=body.model,
        stream=body.stream,
        max_tokens=body.max_output_tokens,
        temperature=body.temperature,
        top_p=body.top_p,
        user=body.user,
        sanderling=body.sanderling,
    )
    return chat, form


def reply(said: Said, body: ResponsesRequest, created: float) -> dict[str, Any]:
    """Return the JSON value of a whole reply."""
    status = _status(said)
    return {
        **_shell(said.request_id, body, created, status),
        "incomplete_details": {"reason": "max_output_tokens"} if status == "incomplete" else None,
        "output": [_item(said)],
        "usage": {
            "input_tokens": said.prompt_tokens,
            "output_tokens": said.completion_tokens,
            "total_tokens": said.prompt_tokens + said.completion_tokens,
            "input_tokens_details": {"cached_tokens": said.cached_tokens},
            "output_tokens_details": {"reasoning_tokens": 0},
        },
        "timings": said.timings,
        "sanderling": said.detail,
    }


class ResponsesForm(Generic[T]):
    """Writes an answer as events of the Responses API."""

    def __init__(
        self,
        generation: Generation[T],
        said: Callable[[T], Said],
        body: ResponsesRequest,
        *,
        calls: bool,
        trimmed: bool,
    ) -> None:
        """``calls``: whether the text is a function call; it is then sent whole.

        ``trimmed``: whether white space before the first word is left out, as it is in the whole answer.
        """
        self._generation, self._said, self._body, self._calls = generation, said, body, calls
        self._created = time.time()
        self._number = 0
        self._begun = not trimmed

    def headers(self) -> dict[str, str]:
        """Return the headers of the stream."""
        if self._generation.answer is not None:
            return self._said(self._generation.answer).headers
        return headers_so_far(self._generation.handle.id, self._generation.ticket)

    def begin(self) -> list[bytes]:
        """Return the events before the first piece."""
        shell = _shell(self._generation.handle.id, self._body, self._created, "in_progress")
        parts = [self._event("response.created", response=shell), self._event("response.in_progress", response=shell)]
        if not self._calls:
            item = {**_message(self._generation.handle.id, "in_progress"), "content": []}
            parts.append(self._event("response.output_item.added", output_index=0, item=item))
            part = {"type": "output_text", "text": "", "annotations": [], "logprobs": []}
            parts.append(self._event("response.content_part.added", **self._place(), part=part))
        return parts

    def piece(self, text: str) -> list[bytes]:
        """Return the event for a piece of text."""
        if self._calls:
            return []
        if not self._begun:
            text = text.lstrip()
            self._begun = bool(text)
        return [self._event("response.output_text.delta", **self._place(), delta=text, logprobs=[])] if text else []

    def end(self, answer: T) -> list[bytes]:
        """Return the events after the last piece."""
        said = self._said(answer)
        whole = reply(said, self._body, self._created)
        (item,) = whole["output"]
        parts = []
        if self._calls:
            parts.append(self._event("response.output_item.added", output_index=0, item={**item, "arguments": ""}))
            place = {"item_id": item["id"], "output_index": 0}
            parts.append(self._event("response.function_call_arguments.delta", **place, delta=item["arguments"]))
            done = {"arguments": item["arguments"], "name": item["name"]}
            parts.append(self._event("response.function_call_arguments.done", **place, **done))
        else:
            (part,) = item["content"]
            for at, each in enumerate(part["annotations"]):
                added = {"annotation": each, "annotation_index": at}
                parts.append(self._event("response.output_text.annotation.added", **self._place(), **added))
            done_text = {"text": said.text, "logprobs": []}
            parts.append(self._event("response.output_text.done", **self._place(), **done_text))
            parts.append(self._event("response.content_part.done", **self._place(), part=part))
        parts.append(self._event("response.output_item.done", output_index=0, item=item))
        return [*parts, self._event(f"response.{whole['status']}", response=whole)]

    def _place(self) -> dict[str, Any]:
        return {"item_id": f"msg_{self._generation.handle.id}", "output_index": 0, "content_index": 0}

    def _event(self, kind: str, **fields: Any) -> bytes:
        self._number += 1
        return events.event({"type": kind, "sequence_number": self._number - 1, **fields}, kind)


def _shell(request_id: str, body: ResponsesRequest, created: float, status: str) -> dict[str, Any]:
    return {
        "id": f"resp_{request_id}",
        "object": "response",
        "created_at": int(created),
        "status": status,
        "error": None,
        "incomplete_details": None,
        "instructions": body.instructions,
        "max_output_tokens": body.max_output_tokens,
        "metadata": {},
        "model": body.model,
        "output": [],
        "parallel_tool_calls": False,
        "previous_response_id": None,
        "store": False,
        "temperature": body.temperature,
        "text": body.text or {"format": {"type": "text"}},
        "tool_choice": body.tool_choice or "none",
        "tools": body.tools or [],
        "top_p": body.top_p,
        "truncation": "disabled",
        "usage": None,
        "user": body.user,
    }


def _status(said: Said) -> str:
    return "incomplete" if said.finish_reason == "length" else "completed"


def _message(request_id: str, status: str) -> dict[str, Any]:
    return {"id": f"msg_{request_id}", "type": "message", "role": "assistant", "status": status}


def _item(said: Said) -> dict[str, Any]:
    status = _status(said)
    if said.call is not None:
        ids = {"id": f"fc_{said.request_id}", "call_id": f"call_{said.request_id.replace('-', '')[:24]}"}
        call = {"name": said.call.name, "arguments": said.call.arguments}
        return {**ids, "type": "function_call", "status": status, **call}
    annotations = [{"type": "url_citation", **each} for each in said.citations]
    part = {"type": "output_text", "text": said.text, "annotations": annotations, "logprobs": []}
    return {**_message(said.request_id, status), "content": [part]}
