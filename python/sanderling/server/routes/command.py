"""Routes that only the command line calls, over the Unix socket.

They offer the runtime's verbs, with records and errors as JSON. They are no API for others: only a command line of the
same version uses them. Every reply but the first is a stream of events that ends with ``end`` or ``error``, so that one
way of reading serves all.
"""

from __future__ import annotations

import asyncio
import json as standard_json
import os
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ... import errors
from ..._core import __version__
from ...conversation import Conversation
from ...disk.home import data_folder
from ...errors import Cancelled
from ...filter import Filter
from ...memory.ingest.report import IngestProgress
from ...memory.read.excerpt import excerpt
from ...quote import Quote
from ...records import Answer
from ...request.handle import Handle
from ...stages.embed import checked
from ...stages.search_notes import search_notes
from .. import events
from ..answering import ClientGone, Stream, watched
from ..generation import Tell
from ..refusal import Refused, refusal_of
from ..service import Service
from ..wire import detail
from ..wire.command import Asked, FilterFields, Ingested, Quoted, Remembered, Searched, Talked
from .common import caller, json

T = TypeVar("T")

ROOT = "/v1/command"
CLIENT = "command line"
_EVENTS = {"content-type": "text/event-stream"}


async def hello(service: Service, request: Request) -> Response:
    """Return the version and the settings of this service. A command line decides by them whether to use it."""
    _from_command_line(request)
    runtime, home = service.runtime, data_folder()
    return json(
        {
            "version": __version__,
            "home": str(home),
            "config": service.settings.config_stamp,
            "memory_lost": runtime.memory.store.database.lost(),
            "started": dict(service.settings.started),
            "models": runtime.models,
            "warnings": runtime.memory.warnings,
            "write_back": runtime.config.write_back,
        }
    )


async def ask(service: Service, request: Request) -> Response:
    """Answer a question, alone or as the next turn of a conversation."""
    _from_command_line(request)
    body = await _body(request, Asked)
    runtime, desk = service.runtime, service.desk

    def work(handle: Handle, piece: Tell) -> Answer:
        question, filter = checked(body.question), _filter(body.filter)
        limits: dict[str, Any] = {
            name: getattr(body, name)
            for name in ("model", "budget_ms", "privacy", "max_tokens", "context", "limit", "start")
        }
        limits["on_quote"] = piece.quote
        if body.conversation:

            def begin() -> Conversation:
                return runtime.conversation(body.kept) if body.kept else runtime.chat(filter=filter)

            return desk.conversation(body.conversation, begin).ask(question, stream=piece, handle=handle, **limits)
        return runtime.ask(question, filter=filter, cache=body.cache, stream=piece, handle=handle, **limits)

    try:
        generation = service.generate(work, CLIENT)
    except errors.SanderlingError as error:
        return _ended([_error(error)])
    desk.handles[body.id] = generation.handle
    return _Told(service, body.id, generation)


async def talk(service: Service, request: Request) -> Response:
    """Open a kept conversation, and return its id and turns."""
    _from_command_line(request)
    body = await _body(request, Talked)
    parts: list[bytes] = []

    def opened() -> None:
        filter = None if body.filter is None else _filter(body.filter)
        kept = service.runtime.conversation(body.id, filter=filter)
        service.desk.conversation(body.conversation, lambda: kept)
        parts.append(_event("end", {"id": kept.id, "turns": kept.turns if body.id else ()}))

    return await _finished(service.read, opened, parts, request)


async def cancel(service: Service, request: Request) -> Response:
    """Cancel the question with a name given by the command line."""
    _from_command_line(request)
    known = service.desk.cancel((await _body(request, dict[str, str])).get("id", ""))
    return _ended([_event("end", known)])


async def search(service: Service, request: Request) -> Response:
    """Return the notes for a question, best first."""
    _from_command_line(request)
    body = await _body(request, Searched)
    parts: list[bytes] = []

    def found() -> None:
        def warn(warning: str) -> None:
            parts.append(_event("warning", warning))

        question, filter = checked(body.question), _filter(body.filter)
        notes = search_notes(service.runtime.memory, question, filter, warn)[: body.k]
        parts.extend(_event("excerpt", excerpt(note.text, body.excerpt)) for note in notes)
        parts.append(_event("end", notes))

    return await _finished(service.read, found, parts, request)


async def quote(service: Service, request: Request) -> Response:
    """Answer a question with the best sentence of the notes."""
    _from_command_line(request)
    body = await _body(request, Quoted)
    parts: list[bytes] = []

    def found() -> None:
        question, filter = checked(body.question), _filter(body.filter)
        parts.append(_event("end", service.runtime.quote(question, filter=filter, limit=body.limit, start=body.start)))

    return await _finished(service.read, found, parts, request)


async def remember(service: Service, request: Request) -> Response:
    """Write an answer back to the memory."""
    _from_command_line(request)
    body = await _body(request, Remembered)
    parts: list[bytes] = []

    def write() -> None:
        service.runtime.remember(body.question, body.answer)
        parts.append(_event("end", None))

    return await _finished(service.write, write, parts, request)


async def ingest(service: Service, request: Request) -> Response:
    """Read files and folders into the memory, reporting progress."""
    _from_command_line(request)
    return _Ingest(service, await _body(request, Ingested))


class _Told(Stream):
    """Streams an answer to the command line as events.

    The quoted sentence comes first, then each piece of text, then the record or the error.
    """

    def __init__(self, service: Service, name: str, generation: Any) -> None:
        form = _Form(generation)
        super().__init__(generation, form, service.settings.quiet_s, form.quote)
        self._desk, self._name = service.desk, name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._desk.handles.pop(self._name, None)

    async def _send(self, scope: Scope, receive: Receive, send: Send) -> BaseException | None:
        await send({"type": "http.response.start", "status": 200, "headers": events.HEADERS})

        async def write(parts: list[bytes], more: bool = True) -> None:
            await send({"type": "http.response.body", "body": b"".join(parts), "more_body": more})

        if quote := await self._quoted(write):
            await write(quote)
        async for text in self._texts(write):
            await write(self._form.piece(text))
        error = self._generation.error
        await write(self._form.end(self._generation.result()) if error is None else [_error(error)], more=False)
        return error


class _Form:
    """Writes an answer as events for the command line."""

    def __init__(self, generation: Any) -> None:
        self._generation = generation

    def headers(self) -> dict[str, str]:
        answer, ticket = self._generation.answer, self._generation.ticket
        if answer is None:
            return detail.headers_so_far(self._generation.handle.id, ticket)
        return detail.headers(self._generation.handle.id, ticket.model_id, detail.path_of(answer), answer.left_device)

    def begin(self) -> list[bytes]:
        return []

    def quote(self, quote: Quote) -> list[bytes]:
        return [_event("quote", quote)]

    def piece(self, text: str) -> list[bytes]:
        return [_event("text", text)]

    def end(self, answer: Answer) -> list[bytes]:
        return [_event("end", answer)]


class _Ingest(Response):
    """Streams the progress of an ingest as events.

    The ingest ends after the current document if the client disconnects.
    """

    EVERY_S = 0.05

    def __init__(self, service: Service, body: Ingested) -> None:
        super().__init__(headers=_EVENTS)
        self._service, self._asked = service, body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        loop, gone = asyncio.get_running_loop(), threading.Event()
        news: asyncio.Queue[bytes | None] = asyncio.Queue()
        told_s = 0.0

        def step(progress: IngestProgress) -> None:
            nonlocal told_s
            if gone.is_set():
                raise Cancelled("the command was ended")
            self._service.check_running()
            if time.monotonic() - told_s >= self.EVERY_S:
                told_s = time.monotonic()
                loop.call_soon_threadsafe(news.put_nowait, _event("progress", progress))

        asked = self._asked
        work = asyncio.ensure_future(
            self._service.write(
                lambda: self._service.runtime.add(
                    *asked.paths,
                    prune=asked.prune,
                    exclude=asked.exclude,
                    confirm=lambda question: True,  # else the command line asks by itself
                    domain=asked.domain,
                    tags=asked.tags,
                    on_progress=step,
                )
            )
        )
        work.add_done_callback(lambda _: news.put_nowait(None))
        leaving = asyncio.ensure_future(_left(receive, gone))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": events.HEADERS})
            while (part := await news.get()) is not None:
                await send({"type": "http.response.body", "body": part, "more_body": True})
            error = work.exception()
            if error is None:
                report = work.result()
                parts = [_event("failures", report.failures), _event("end", report)]
            else:
                parts = [_error(error)]
            await send({"type": "http.response.body", "body": b"".join(parts)})
        finally:
            gone.set()
            leaving.cancel()


async def _left(receive: Receive, gone: threading.Event) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    gone.set()


def _from_command_line(request: Request) -> None:
    if caller(request).address != "unix":
        raise Refused(404, "not_found", "there is nothing here: see /openapi.json")


async def _body(request: Request, type: type[T]) -> T:
    # The standard library's reader takes the lone surrogates of names that are no text.
    try:
        return msgspec.convert(standard_json.loads(await request.body()), type)
    except (ValueError, RecursionError) as error:
        raise Refused(400, "invalid_type", f"not what a command line of this version sends: {error}") from error


def _filter(fields: FilterFields) -> Filter:
    return Filter(**msgspec.to_builtins(fields))


async def _finished(
    run: Callable[[Callable[[], None]], Awaitable[None]],
    call: Callable[[], None],
    parts: list[bytes],
    request: Request,
) -> Response:
    """Run ``call`` through ``run``, and return the events that it appends to ``parts``."""
    try:
        await watched(run(call), request)
    except ClientGone:
        raise
    except Exception as error:
        parts.append(_error(error))
    return _ended(parts)


def _ended(parts: list[bytes]) -> Response:
    return Response(b"".join(parts), headers=_EVENTS)


def _event(name: str, value: Any) -> bytes:
    try:
        data = msgspec.json.encode(value, enc_hook=os.fspath)
    except UnicodeEncodeError:  # a file name that is not UTF-8: JSON can escape it
        builtin = msgspec.to_builtins(value, enc_hook=os.fspath)
        data = standard_json.dumps(builtin, separators=(",", ":")).encode()
    return b"event: " + name.encode() + b"\ndata: " + data + b"\n\n"


def _error(error: BaseException) -> bytes:
    """Return the event for an error. It holds the error's class in errors.py and its message."""
    known = (kind.__name__ for kind in type(error).__mro__ if kind.__module__ == errors.__name__)
    name = next(known, errors.SanderlingError.__name__)
    return _event("error", {"type": name, "message": refusal_of(error).message})
