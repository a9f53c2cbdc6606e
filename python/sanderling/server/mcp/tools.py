"""The MCP tools of the service.

They are few, because a client shows them all to its model with every message.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Annotated, Any

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ResourceError
from pydantic import Field

from ... import ranges
from ...constraints import Constraints
from ...filter import Filter
from ...memory.store.description import loose_id
from ...records import Answer
from ...text.clean import clean
from ..generation import Generation
from ..protection import CALLER
from ..question import Question
from ..refusal import Refused
from ..service import Service
from . import notes
from .failure import told

MOST_TEXT = 8_000
MOST_QUESTION = 16_000
MOST_TAGS = 32
PROGRESS_S = 0.25
"""Minimum time between two progress reports."""

Id = Annotated[str, Field(max_length=200)]
Words = Annotated[str, Field(max_length=MOST_QUESTION)]
Text = Annotated[str, Field(max_length=MOST_TEXT)]
Title = Annotated[str, Field(max_length=300)]
Tags = Annotated[list[Annotated[str, Field(max_length=100)]], Field(max_length=MOST_TAGS)]
Limit = Annotated[int, Field(ge=1, le=20)]
Budget = Annotated[float, Field(ge=ranges.BUDGET_MS.low, le=ranges.BUDGET_MS.high)]


class Tools:
    """The tools of one service. Their docstrings are what a client's model reads."""

    def __init__(self, service: Service) -> None:
        """``service``: the service whose queue the tools share."""
        self._service = service

    async def search(self, query: Words, ctx: Context[Any, Any], limit: Limit = 5, tags: Tags = []) -> dict[str, Any]:  # noqa: B006 - the SDK reads the default, nobody changes it
        """Find notes about a question, best first; no model runs. Long texts are cut: fetch has them whole."""
        with told():
            warnings: list[str] = []
            wanted, local = Filter(tags=tuple(tags)), _local(ctx)
            found = await self._service.read(
                lambda: self._service.runtime.search(query, filter=wanted, warn=warnings.append)
            )
            return {"results": [notes.result(each, local=local) for each in found[:limit]], "warnings": warnings}

    async def fetch(self, id: Id, ctx: Context[Any, Any]) -> dict[str, Any]:
        """Return a whole note by its id from search."""
        with told():
            local = _local(ctx)
            return await self._service.read(lambda: notes.whole(self._service.runtime.memory.store, id, local=local))

    async def ask(self, question: Words, ctx: Context[Any, Any], budget_ms: Budget | None = None) -> dict[str, Any]:
        """Answer a question from the notes with a small model on this device, with sources; takes seconds."""
        with told():
            local = _local(ctx)
            generation = self._service.ask(
                Question(text=question, constraints=Constraints(budget_ms=budget_ms)), _client(ctx)
            )
            answer = await _answered(generation, ctx)
            return {
                "text": answer.text,
                "sources": [notes.result(each, local=local) for each in answer.sources],
                "model": answer.route.model_id,
                "reason": answer.route.reason,
                "left_device": answer.left_device,
                "warnings": list(answer.warnings),
            }

    async def remember(self, text: Text, ctx: Context[Any, Any], title: Title = "", tags: Tags = []) -> dict[str, Any]:  # noqa: B006 - as above
        """Store a note that later questions find. The same text is stored once."""
        with told():
            local = _local(ctx)
            return await self._service.write(lambda: self._remembered(text.strip(), title, tags, local))

    async def forget(self, id: Id, ctx: Context[Any, Any]) -> dict[str, Any]:
        """Delete a note that was remembered, and return it. Notes that come from files are refused."""
        with told():
            local = _local(ctx)
            return await self._service.write(lambda: self._forgotten(id, local))

    async def note(self, id: str) -> str:
        """Return the text of a note."""
        with told(ResourceError):
            found = await self._service.read(lambda: notes.described(self._service.runtime.memory.store, id[:200]))
            return found.nodes[0].text

    def _remembered(self, text: str, title: str, tags: list[str], local: bool) -> dict[str, Any]:
        runtime = self._service.runtime
        id = loose_id(runtime.memory.store, clean(text)) or runtime.give(text, title=title, tags=tags).id
        return notes.whole(runtime.memory.store, id, local=local)

    def _forgotten(self, id: str, local: bool) -> dict[str, Any]:
        runtime = self._service.runtime
        note = notes.whole(runtime.memory.store, id, local=local)
        if note["metadata"]["source"] == "kb" or note["metadata"]["uri"]:
            message = "this note comes from a file or document, which its owner deletes; it was not forgotten"
            raise Refused(403, "not_yours", message, param="id")
        runtime.forget(id)
        return note


async def _answered(generation: Generation[Answer], ctx: Context[Any, Any]) -> Answer:
    """Wait for the answer, reporting progress to the client. If the client gives up, the generation is cancelled."""
    told_s, seen = 0.0, 0
    with generation.listening(), generation.streaming():
        while not generation.done:
            await generation.news(seen)
            seen = len(generation.pieces)
            if seen and time.monotonic() - told_s >= PROGRESS_S:
                told_s = time.monotonic()
                await ctx.report_progress(seen, message="".join(generation.pieces)[-200:].strip())
        return generation.result()


def _scope(ctx: Context[Any, Any]) -> dict[str, Any]:
    """Return the ASGI scope of an HTTP request, or an empty one for stdio."""
    request = getattr(ctx.request_context, "request", None)
    found: dict[str, Any] = {} if request is None else request.scope
    return found


def _local(ctx: Context[Any, Any]) -> bool:
    """Return whether the client is on this machine and can open its files."""
    scope = _scope(ctx)
    return bool(scope[CALLER].local) if CALLER in scope else not scope


def _client(ctx: Context[Any, Any]) -> str:
    """Return the client's name for the queue. The queue is fair between names."""
    caller = _scope(ctx).get(CALLER)
    name: Callable[[str | None], str] = caller.client if caller is not None else lambda user: "stdio"
    return name(None)
