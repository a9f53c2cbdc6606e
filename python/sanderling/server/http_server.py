"""The HTTP server: uvicorn with our own shutdown rules."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import signal
import socket
from collections.abc import Callable, Generator
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from .connection import Connection, no_room, raise_file_limit

log = logging.getLogger(__name__)

KEEP_ALIVE_S = 75
GRACE_S = 3
"""Seconds until a shutdown ends running answers."""
LOOKS_S = 0.5
ACCEPTED_AT_ONCE = 16
"""Maximum number of connections accepted in one step of the event loop.

None of them is counted before the step ends.
"""
BACKLOG = 1024
"""Maximum number of connections that wait in the system to be accepted."""
NO_ROOM = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class HttpServer(uvicorn.Server):
    """A server that stops on a signal or after a time without requests. It is given open sockets."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        idle_s: Callable[[], float],
        idle_exit_s: float | None,
        started: Callable[[], None],
        ending: Callable[[], None] = lambda: None,
    ) -> None:
        """``idle_s``: returns the seconds since the last request. ``idle_exit_s`` None: never end for lack of requests.

        ``started``: called once requests are answered. ``ending``: called when a shutdown waits no longer for them, and
        has them answered.
        """
        super().__init__(
            uvicorn.Config(
                app,
                http=Connection,
                backlog=ACCEPTED_AT_ONCE,
                log_config=None,
                log_level=logging.ERROR,  # what strangers send is none of the log's business
                access_log=False,
                proxy_headers=False,  # else a client of this machine could call itself any address
                server_header=False,
                ws="none",
                lifespan="off",
                timeout_keep_alive=KEEP_ALIVE_S,
                timeout_graceful_shutdown=GRACE_S + 1,
            )
        )
        self._idle_s, self._idle_exit_s, self._told, self._ending = idle_s, idle_exit_s, started, ending
        self._looking: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start answering requests."""
        raise_file_limit()
        asyncio.get_running_loop().set_exception_handler(_report)
        await super().startup(sockets)
        for each in sockets or ():
            each.listen(BACKLOG)  # asyncio has set it to what it accepts at once
        if not self.should_exit:
            self._told()
            if self._idle_exit_s is not None:
                self._looking = asyncio.create_task(self._end_when_idle(self._idle_exit_s))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop answering. Answers that take longer than :data:`GRACE_S` end with an error of their own form."""
        telling = asyncio.get_running_loop().call_later(GRACE_S, self._ending)
        try:
            await super().shutdown(sockets)
        finally:
            telling.cancel()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Stop the server on SIGINT, SIGTERM or SIGHUP during the block.

        A closed terminal sends SIGHUP, which stays ignored where the caller ignores it (nohup).

        uvicorn's own raises the signal again behind it, and SIGTERM would end the process before anything is closed.
        """
        signals = [signal.SIGINT, signal.SIGTERM]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            signals.append(signal.SIGHUP)
        try:
            before = [signal.signal(each, self.handle_exit) for each in signals]
        except ValueError:  # not the main thread: a test's, which ends it otherwise
            yield
            return
        try:
            yield
        finally:
            for each, handler in zip(signals, before, strict=True):
                signal.signal(each, handler)

    async def _end_when_idle(self, seconds: float) -> None:
        while self._idle_s() < seconds:
            await asyncio.sleep(min(LOOKS_S, seconds / 4))
        log.info("nobody asked for %g s: the service ends", seconds)
        self.should_exit = True


def _report(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log an error of the event loop, in one line if descriptors are used up.

    With a traceback, whose source is read from files, that line would itself fail.
    """
    error = context.get("exception")
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        no_room.warn(f"a connection could not be accepted: {error.strerror}")
    else:
        loop.default_exception_handler(context)
