"""Sends an answer to a client until the client disconnects.

A stream begins with the first piece of text, so that whatever goes wrong before is an error with a status of its own.
Where a sentence of the notes is shown first, it begins with that, and where nothing is said for long, with a comment;
an error becomes an event then.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any, Protocol, TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ..quote import Quote
from . import events
from .generation import Generation
from .refusal import outcome_of, refusal_of

T = TypeVar("T")
Answered_contra = TypeVar("Answered_contra", contravariant=True)


class Form(Protocol[Answered_contra]):
    """Writes an answer as server-sent events in one format."""

    def begin(self) -> list[bytes]:
        """Return the events before the first piece."""

    def piece(self, text: str) -> list[bytes]:
        """Return the events of a piece of text."""

    def end(self, answer: Answered_contra) -> list[bytes]:
        """Return the events after the last piece."""

    def headers(self) -> dict[str, str]:
        """Return the HTTP headers known when the first piece is sent."""


class ClientGone(Exception):
    """Raised when the client disconnects before it has its answer."""


async def finished(generation: Generation[T], receive: Receive) -> T:
    """Wait until ``generation`` ends, and return its answer.

    Raises what prevented it, and ClientGone when the client leaves before.
    """
    with generation.listening():
        if not generation.done:
            leaving = asyncio.ensure_future(_left(receive))
            ending = asyncio.ensure_future(generation.end())
            try:
                await asyncio.wait({leaving, ending}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                await _stop(leaving, ending)
        if not generation.done:
            raise ClientGone
    return generation.result()


class Stream(Response):
    """An HTTP response that streams an answer as events during its generation."""

    def __init__(
        self,
        generation: Generation[Any],
        form: Form[Any],
        quiet_s: float,
        quote: Callable[[Quote], list[bytes]] | None = None,
    ) -> None:
        """``quiet_s``: seconds of silence after which a comment is sent.

        ``quote``: writes the sentence of the notes in place of ``form.begin``; None: it is not sent before the answer.
        """
        self._generation, self._form, self._quiet_s, self._quote = generation, form, quiet_s, quote
        self.ended: Callable[[str, str], None] = lambda outcome, model: None
        """Callback for the end of the stream, given the outcome and the model's id.

        The outcome has its name in the metrics.
        """
        self.background = None
        self.status_code = 200

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events until the answer ends or the client disconnects."""
        error: BaseException | None = ClientGone()
        with self._generation.listening(), self._generation.streaming():
            leaving = asyncio.ensure_future(_left(receive))
            sending = asyncio.ensure_future(self._send(scope, receive, send))
            try:
                await asyncio.wait({leaving, sending}, return_when=asyncio.FIRST_COMPLETED)
                if sending.done():
                    error = sending.result()
            except OSError:
                pass  # the client left while it was written to
            finally:
                await _stop(leaving, sending)
                self.ended(*self._outcome(error))

    def _outcome(self, error: BaseException | None) -> tuple[str, str]:
        told = self._form.headers()
        if isinstance(error, ClientGone):
            outcome = "cancelled"
        elif error is not None:
            outcome = outcome_of(refusal_of(error).status)
        else:
            outcome = "cached" if told["x-sanderling-path"] == "cache" else "ok"
        return outcome, told["x-sanderling-model"]

    async def _send(self, scope: Scope, receive: Receive, send: Send) -> BaseException | None:
        generation, form = self._generation, self._form
        quiet = not await _within(generation.news(0) if self._quote is None else generation.quoted(), self._quiet_s)
        begun = self._quote is not None and generation.quote is not None
        if generation.error is not None and not generation.pieces and not begun:
            await refusal_of(generation.error).response()(scope, receive, send)
            return generation.error
        headers = [(name.encode(), value.encode("latin-1", "replace")) for name, value in form.headers().items()]
        await send({"type": "http.response.start", "status": 200, "headers": [*events.HEADERS, *headers]})

        async def write(parts: list[bytes], more: bool = True) -> None:
            if parts or not more:
                await send({"type": "http.response.body", "body": b"".join(parts), "more_body": more})

        if quiet:
            await write([events.ALIVE])
        if quiet or begun:
            quote = await self._quoted(write)
            await write(quote)
            begun = bool(quote)
        async for text in self._texts(write):
            await write([*([] if begun else form.begin()), *form.piece(text)])
            begun = True
        if generation.error is not None:
            await write([events.event({"error": refusal_of(generation.error).error()})], more=False)
        else:
            await write([*([] if begun else form.begin()), *form.end(generation.result())], more=False)
        return generation.error

    async def _quoted(self, write: Callable[[list[bytes]], Awaitable[None]]) -> list[bytes]:
        """Wait for the quoted sentence, and return its events; none without a quote."""
        while self._quote is not None and not await _within(self._generation.quoted(), self._quiet_s):
            await write([events.ALIVE])
        return [] if self._quote is None or self._generation.quote is None else self._quote(self._generation.quote)

    async def _texts(self, write: Callable[[list[bytes]], Awaitable[None]]) -> AsyncIterator[str]:
        """Yield the pieces, or a comment after each long silence."""
        seen = 0
        while True:
            while not await _within(self._generation.news(seen), self._quiet_s):
                await write([events.ALIVE])
            if len(self._generation.pieces) <= seen:
                return
            new = "".join(self._generation.pieces[seen:])
            seen = len(self._generation.pieces)
            yield new


async def watched(work: Awaitable[T], request: Request) -> T:
    """Await ``work``, but cancel it if the client disconnects. Raises ClientGone."""
    leaving, working = asyncio.ensure_future(_left(request.receive)), asyncio.ensure_future(work)
    try:
        await asyncio.wait({leaving, working}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientGone
        return working.result()
    finally:
        await _stop(leaving, working)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _within(news: Awaitable[None], seconds: float) -> bool:
    try:
        # Python 3.11's wait_for loses a cancellation that comes together with the news: a client that had left was then
        # written to until the answer's end.
        async with asyncio.timeout(seconds):
            await news
    except TimeoutError:
        return False
    return True


async def _stop(*tasks: asyncio.Future[Any]) -> None:
    for task in tasks:
        if not task.done():
            task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError, Exception):
            await task
