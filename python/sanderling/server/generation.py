"""An answer computed in a thread, for any number of clients.

Equal questions in flight share one. It ends early only when nobody listens any more, so that a client that leaves costs
the others nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from traceback import clear_frames
from typing import Generic, TypeVar

from ..errors import SanderlingError
from ..quote import Quote
from ..request.handle import Handle
from .admission import Ticket

T = TypeVar("T")


class Tell:
    """Receives an answer's text pieces and quoted sentence from the answer's thread."""

    def __init__(self, piece: Callable[[str], None], quote: Callable[[Quote], None]) -> None:
        """``piece``, ``quote``: callbacks for a text piece and for the quoted sentence."""
        self._piece, self.quote = piece, quote

    def __call__(self, text: str) -> None:
        """Receive a piece of text."""
        self._piece(text)


Work = Callable[[Handle, Tell], T]
"""Function that computes an answer in a thread.

It is given the handle that cancels it, and a :class:`Tell` for each piece of text.
"""


class Generation(Generic[T]):
    """An answer that is being generated. All methods but ``work`` run on the event loop."""

    def __init__(self, handle: Handle, ticket: Ticket, close: Callable[[], None]) -> None:
        """``close``: called once no new client may listen."""
        self.handle, self.ticket = handle, ticket
        self.began_s = time.perf_counter()
        self.pieces: list[str] = []
        self.times_s: list[float] = []
        """Time at which each piece was generated, on the clock of ``began_s``."""
        self.quote: Quote | None = None
        """The quoted sentence shown before the first piece; None: none, or not yet."""
        self.answer: T | None = None
        self.error: BaseException | None = None
        self.done = False
        self.listeners = 0
        self._streams, self._woken = 0, False
        self._changed = asyncio.Event()
        self._close = close

    def begin(
        self,
        work: Work[T],
        run: Callable[[Callable[[], T]], asyncio.Future[T]],
        ended: Callable[[Generation[T]], None],
    ) -> None:
        """Have ``run`` call ``work`` in a thread. ``ended``: called at its end, before the listeners are notified."""
        loop = asyncio.get_running_loop()

        def piece(text: str) -> None:
            if text:
                self.times_s.append(time.perf_counter())
                self.pieces.append(text)
                wake()

        def quote(quoted: Quote) -> None:
            self.quote = quoted
            wake()

        def wake() -> None:
            if self._streams and not self._woken:
                self._woken = True
                loop.call_soon_threadsafe(self._tell)

        told = Tell(piece, quote)
        run(lambda: work(self.handle, told)).add_done_callback(lambda future: self._finish(future, ended))

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Count a listener during the block; cancel the generation when no listener remains."""
        self.listeners += 1
        try:
            yield
        finally:
            self.listeners -= 1
            if not self.listeners and not self.done:
                self._close()
                self.handle.cancel()

    @contextmanager
    def streaming(self) -> Iterator[None]:
        """Notify the event loop of each piece during the block. Otherwise only the end is reported, at less cost."""
        self._streams += 1
        try:
            yield
        finally:
            self._streams -= 1

    async def news(self, seen: int) -> None:
        """Wait for more than ``seen`` pieces or for the end of the generation. Call it while streaming."""
        while len(self.pieces) <= seen and not self.done:
            await self._changed.wait()

    async def quoted(self) -> None:
        """Wait for the quote, the first piece, or the end of the generation. Call it while streaming."""
        while self.quote is None and not self.pieces and not self.done:
            await self._changed.wait()

    async def end(self) -> None:
        """Wait until the generation has ended."""
        while not self.done:
            await self._changed.wait()

    def result(self) -> T:
        """Return the answer, or raise the error that prevented it. Call it when the generation is done."""
        if self.error is not None:
            raise self.error
        assert self.answer is not None
        return self.answer

    def fail(self, error: SanderlingError) -> None:
        """End it for its listeners with ``error``, and cancel the work."""
        if not self.done:
            self.error = error
            self._close_to_new()
            self.handle.cancel()
            self._tell()

    def _close_to_new(self) -> None:
        self.done = True
        self._close()
        self._close = _nothing  # it holds this object: a circle, which would be freed late

    def _finish(self, future: asyncio.Future[T], ended: Callable[[Generation[T]], None]) -> None:
        failed = self.done
        self._close_to_new()
        error = asyncio.CancelledError() if future.cancelled() else future.exception()
        if error is not None:
            _release(error)
        if not failed:
            self.error = error
            self.answer = None if error is not None else future.result()
        ended(self)
        self._tell()

    def _tell(self) -> None:
        self._woken = False  # before those who wait look: a piece that comes meanwhile tells them again
        self._changed.set()
        self._changed = asyncio.Event()


def _release(error: BaseException) -> None:
    """Release the traceback frames of ``error``.

    They keep the question and its generation in memory. Clearing a frame is not enough, because its function stays and
    holds what it closes over. Only the log reads a traceback, and only that of a bug, which therefore keeps it.
    """
    clear_frames(error.__traceback__)
    each: BaseException | None = error if isinstance(error, SanderlingError) else None
    while each is not None and each.__traceback__ is not None:
        each.__traceback__ = None
        each = each.__cause__ or each.__context__


def _nothing() -> None:
    pass
